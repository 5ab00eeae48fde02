"""The README of the memory adapter runs as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

from adapters.memory import MemorySystem

README = Path(__file__).parents[3] / "adapters" / "memory" / "README.md"


def test_example_in_the_readme_runs() -> None:
    """What a reader copies works."""
    found = re.search(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert found
    exec(compile(found[1], str(README), "exec"), {})
    MemorySystem.shared("vru").close()
