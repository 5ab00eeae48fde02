"""
Documents: YAML read as data and nothing else, within limits.

A file of rules may come from anywhere. No tags, no anchors (a small file of them can unfold to
gigabytes), no key twice in one mapping, and limits on size, depth and number of nodes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml
from yaml.composer import Composer

from bridge.rules.faults import Fault

MAX_BYTES: Final = 4 * 1024 * 1024
MAX_DEPTH: Final = 30
MAX_NODES: Final = 200_000


class _TooMuch(yaml.YAMLError):
    """Raised inside the reader; the message says what is too much."""


class _Loader(Composer, yaml.CSafeLoader):
    """
    A safe loader that keeps within limits and refuses a key that stands twice.

    The text is taken apart by libyaml, in a fifth of the time: rules are read at every start. What
    it finds is put together here, where it is counted.
    """

    def __init__(self, text: str) -> None:
        yaml.CSafeLoader.__init__(self, text)
        Composer.__init__(self)
        self._depth = 0
        self._nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark: Any = self.peek_event().start_mark  # type: ignore[union-attr]  # of the alias
            msg = "anchors and aliases are not allowed"
            raise yaml.composer.ComposerError(None, None, msg, mark)
        self._nodes += 1
        self._depth += 1
        if self._nodes > MAX_NODES or self._depth > MAX_DEPTH:
            msg = f"more than {MAX_NODES} values, or nested deeper than {MAX_DEPTH}"
            raise _TooMuch(msg)
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - as PyYAML calls it
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, (str, int)) or isinstance(key, bool):
                msg = f"a key must be text, this is {key!r}; put it between quotes"
                raise yaml.constructor.ConstructorError(None, None, msg, key_node.start_mark)
            if key in seen:
                msg = f"key {key!r} stands here twice"
                raise yaml.constructor.ConstructorError(None, None, msg, key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def text_of(file: Path) -> str | Fault:
    """Read the text of one file; a Fault says why it cannot be."""
    try:
        size = file.stat().st_size
        if size > MAX_BYTES:
            what = f"{size} bytes; a file of rules has at most {MAX_BYTES}"
            return Fault(file.name, "", what, "split it, or take out what is no rule")
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return Fault(file.name, "", f"cannot be read ({error})", "save it as UTF-8 text")


def texts_of(folder: Path) -> dict[str, str | Fault]:
    """Read the files of a folder by their names; what cannot be read counts where it is needed."""
    return {file.name: text_of(file) for file in sorted(folder.glob("*.yaml"))}


def parsed(name: str, text: str) -> dict[str, Any] | Fault:
    """Read the text of one file as a mapping; a Fault says why it cannot be."""
    if len(text) > MAX_BYTES:
        what = f"{len(text)} characters; a file of rules has at most {MAX_BYTES}"
        return Fault(name, "", what, "split it, or take out what is no rule")
    try:
        content = _Loader(text).get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        return Fault(name, place, f"no valid YAML: {error.problem}", "correct the text there")
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return Fault(name, "", f"no valid YAML: {error}", "correct the text")
    if not isinstance(content, dict):
        return Fault(name, "", "holds no mapping of keys to values", "start from an example")
    return content
