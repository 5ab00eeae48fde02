"""What a form of a case's page asks for, taken at its word only where the page offers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web
from pydantic import JsonValue

from bridge.console.pages._case_view import CaseView, ParkedView
from bridge.console.pages._forms import reason_in
from bridge.console.people import PERSON
from bridge.engine.operate import Choose, Operation, Recreate, Resume, Skip, Unlink
from bridge.engine.parked import Way
from contracts.case import split_path

OTHER: Final = "other"
"""Chosen where none of the values that are known is the right one."""


class NotChosen(Exception):
    """No value was chosen, or the other one was left empty."""


Form = Mapping[str, Any]


def asked(form: Form, view: CaseView, request: web.Request) -> Operation:
    """
    Read what is asked of one thing that waits.

    Raises:
        HTTPBadRequest: No such thing waits, or what is asked is no way out of it.
        NotChosen: A value is to hold, and none is given.
    """
    by, reason = request[PERSON].id, reason_in(form)
    waits = next(
        (
            each
            for each in view.parked
            if (each.agency, each.path) == (form.get("agency"), form.get("path"))
        ),
        None,
    )
    if waits is None:
        raise web.HTTPConflict(text="this does not wait for a person any more")
    way = form.get("way")
    if way not in {each.value for each in waits.parked.ways}:
        raise web.HTTPBadRequest(text="that is no way out of it")
    match Way(way):
        case Way.RESUME:
            return Resume(by, reason, waits.agency, waits.path)
        case Way.SKIP:
            return Skip(by, reason, waits.agency, waits.path)
        case Way.CHOOSE:
            return Choose(by, reason, waits.path, _chosen(form, waits))
        case Way.RECREATE:
            return Recreate(by, reason, waits.agency)
        case Way.UNLINK:
            raise web.HTTPBadRequest(text="the cases are let go in a form of their own")


def ask_unlink(form: Form, request: web.Request) -> Unlink:
    """Read that the cases are to go their own way."""
    return Unlink(request[PERSON].id, reason_in(form))


def _chosen(form: Form, waits: ParkedView) -> JsonValue:
    choice = str(form.get("choice", ""))
    if choice == OTHER:
        return _typed(str(form.get("other", "")).strip(), waits.path)
    if not choice:
        raise NotChosen
    if not choice.isdecimal() or int(choice) >= len(waits.choices):
        raise web.HTTPBadRequest(text="choose one of the values, or give another")
    return waits.choices[int(choice)]


def _typed(text: str, path: str) -> JsonValue:
    name, key = split_path(path)
    if not text:
        raise NotChosen
    if not key:
        return text
    if name == "properties":
        return {"key": key, "value": text}
    raise web.HTTPBadRequest(text="this can only be chosen among the values that are known")
