"""The reference of the API says what the API does."""

from __future__ import annotations

from bridge.console.api import OPERATIONS, written
from bridge.console.api.__main__ import FILE
from tests.docs.pages import reference


def test_the_document_of_the_api_is_not_stale() -> None:
    """It is made of what the operations take and give, words of the engine among them."""
    assert FILE.read_text("utf-8") == written(), "run python -m bridge.console.api"


def test_every_operation_of_the_api_is_described() -> None:
    """By method and path, and none that is gone."""
    told = reference("api.md").rows("Operations")
    assert told.keys() == {f"{each.method} {each.path}" for each in OPERATIONS}
