"""The pages of the documentation, as the tests beside this file read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
DOCS: Final = ROOT / "docs"
REFERENCE: Final = DOCS / "reference"

_FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"(?<!\\)\]\(([^)\s]+)\)")
_CODE: Final = re.compile(r"`([^`]+)`")
_HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)
_SPACES: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of Markdown."""

    path: Path

    @property
    def name(self) -> str:
        """Where it is in the repository."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def text(self) -> str:
        """All of it."""
        return self.path.read_text("utf-8")

    @property
    def prose(self) -> str:
        """All of it but the fenced blocks."""
        return _FENCE.sub("", self.text)

    def links(self) -> list[str]:
        """Give the targets of its links."""
        return _LINK.findall(self.prose)

    def words(self) -> frozenset[str]:
        """Give what stands in code style in the text: the names that it documents."""
        return frozenset(_CODE.findall(self.prose))

    def rows(self, heading: str) -> dict[str, str]:
        """Give the rows of the tables under a heading: each name in the first cell → the row."""
        found: dict[str, str] = {}
        for line in self.section(heading).splitlines():
            if line.startswith("|"):
                found |= dict.fromkeys(_CODE.findall(line.split("|")[1]), line)
        return found

    def section(self, heading: str) -> str:
        """Give the text under a heading, up to the next of its level or above."""
        found = re.search(rf"^(#+) {re.escape(heading)}$", self.text, re.MULTILINE)
        assert found is not None, f"{self.name} has no heading {heading!r}"
        level = len(found[1])
        rest = self.text[found.end() :]
        end = re.search(rf"^#{{1,{level}}} ", rest, re.MULTILINE)
        return rest[: end.start()] if end else rest

    def anchors(self) -> frozenset[str]:
        """Give the anchors of its headings, as forges derive them."""
        return frozenset(_anchor(heading) for heading in _HEADING.findall(self.prose))

    def blocks(self, language: str) -> list[str]:
        """Give its fenced blocks in a language."""
        return [body for tag, body in _FENCE.findall(self.text) if tag == language]

    def commands(self) -> Iterator[str]:
        """Give the lines of its shell blocks, continued lines joined."""
        for body in self.blocks("sh"):
            # What goes to another program's input is no shell.
            shell = re.sub(r"<<'(\w+)'\n.*?^\1$", "", body, flags=re.MULTILINE | re.DOTALL)
            for line in shell.replace("\\\n", " ").splitlines():
                if line.strip():
                    yield _SPACES.sub(" ", line.strip())


def reference(name: str) -> Page:
    """Give a page of the reference."""
    return Page(REFERENCE / name)


def pages() -> list[Page]:
    """Give every page that readers are sent to."""
    top = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")]
    readmes = [*ROOT.glob("adapters/**/README.md"), *ROOT.glob("bridge/**/README.md")]
    return [Page(path) for path in (*top, *sorted(DOCS.rglob("*.md")), *sorted(readmes))]


def _anchor(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.replace("\\", "").lower())
    return kept.strip().replace(" ", "-")
