"""Every link in the documentation leads somewhere, and every page can be found."""

from __future__ import annotations

import pytest

from tests.docs.pages import DOCS, ROOT, Page, pages

_ELSEWHERE = ("https://", "http://", "mailto:")


def _named(page: Page) -> str:
    return page.name


@pytest.mark.parametrize("page", pages(), ids=_named)
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(page: Page) -> None:
    """A page that moves, or a heading that is reworded, takes its links along."""
    lost = []
    for link in page.links():
        if link.startswith(_ELSEWHERE):
            continue
        path, _, anchor = link.partition("#")
        target = (page.path.parent / path).resolve() if path else page.path
        if not target.is_relative_to(ROOT) or not target.exists():
            lost.append(link)
        elif anchor and anchor not in Page(target).anchors():
            lost.append(f"{link} (no such heading)")
    assert lost == []


def test_the_index_leads_to_every_page() -> None:
    """Nobody has to know that a page exists to find it."""
    index = Page(DOCS / "README.md")
    linked = {(DOCS / link.partition("#")[0]).resolve() for link in index.links()}
    found = {path for path in DOCS.rglob("*.md") if path != index.path}
    decisions = {
        path for path in found if path.parent.name == "decisions" and path.name[0].isdigit()
    }
    assert found - decisions - linked == set()


def test_the_index_of_decisions_is_complete() -> None:
    """Each decision has its row, under its own title's number."""
    folder = DOCS / "decisions"
    listed = set(Page(folder / "README.md").links())
    assert listed == {path.name for path in folder.glob("0*.md")}


def test_pictures_say_in_words_what_they_show() -> None:
    """For who cannot see them."""
    for page in pages():
        assert "![](" not in page.text, f"{page.name} has a picture without words"
