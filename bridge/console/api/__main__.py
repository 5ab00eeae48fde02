"""``python -m bridge.console.api``: write the API's document; ``--check``: only compare it."""

import argparse
import sys
from pathlib import Path

from bridge.console.api import written

FILE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "openapi.json"


def main() -> int:
    """Write or check; 1 where it is stale."""
    parser = argparse.ArgumentParser(prog="python -m bridge.console.api", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when stale")
    if not parser.parse_args().check:
        FILE.write_text(written(), "utf-8")
        return 0
    is_stale = not FILE.exists() or FILE.read_text("utf-8") != written()
    if is_stale:
        sys.stderr.write(f"stale: {FILE.name}; run python -m bridge.console.api\n")
    return int(is_stale)


if __name__ == "__main__":
    raise SystemExit(main())
