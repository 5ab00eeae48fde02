"""
From a Patch to the zaak of a creeerZaak: all that can be told of a case at once. Pure.

What cannot be told here is left out: the write that follows is told so, each change by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Any, Final

from adapters.stuf_zds import casting, extras, objects
from adapters.stuf_zds.fields import CREATABLE, ORDER, WRITABLE, element
from adapters.stuf_zds.moments import DUTCH
from adapters.stuf_zds.names import (
    ENTITEITTYPE,
    SLEUTEL_GEGEVENSBEHEER,
    SLEUTEL_VERZENDEND,
    VERWERKINGSSOORT,
    ZKN,
    q,
)
from adapters.stuf_zds.parties import Parts, handler_as_role, unit_as_role
from adapters.stuf_zds.settings import StufSettings
from adapters.stuf_zds.values import Verwerkingssoort
from adapters.stuf_zds.xml import Element, add, local
from contracts.case import CaseObject, Handler, Property, Role, split_path
from contracts.errors import Rejected
from contracts.ids import Mark
from contracts.patch import Change, Patch

_T: Final = Verwerkingssoort.TOEVOEGING
_NEEDED: Final = frozenset(
    {
        "identificatie",
        "omschrijving",
        "kenmerk",
        "startdatum",
        "registratiedatum",
        "zaakniveau",
        "deelzakenIndicatie",
        "isVan",
        "heeftAlsInitiator",
    }
)
"""Elements without which no case can be made; all others can be told of afterwards."""


def zaak(patch: Patch, mark: Mark, number: str, settings: StufSettings) -> Element:
    """
    Give the object that makes a case which bears *mark*.

    Raises:
        Rejected: It has no case type, or is for somebody whom the system does not serve.
    """
    given = {c.path: c.become for c in patch.changes if c.become is not None}
    if settings.participant and given.get("participant") not in (None, settings.participant):
        msg = f"this system holds cases of {settings.participant} alone"
        raise Rejected(msg, path="participant")
    made = element("object")
    made.set(ENTITEITTYPE, "ZAK")
    if not settings.deviating().number_as_key:
        made.set(SLEUTEL_VERZENDEND, mark)
        made.set(SLEUTEL_GEGEVENSBEHEER, mark)
    made.set(VERWERKINGSSOORT, _T.value)
    first = element("identificatie")
    first.text = number
    told: dict[str, list[Element]] = {"identificatie": [first]}
    for one in _elements(patch, given, mark, settings):
        told.setdefault(local(one), []).append(one)
    for name in ORDER:
        made.extend(told.get(name, ()))
    return made


def _elements(
    patch: Patch, given: Mapping[str, Any], mark: Mark, settings: StufSettings
) -> Iterator[Element]:
    day = patch.at.astimezone(DUTCH).date().isoformat()
    registered = str(given.get("registered") or day)
    for name, member in {**WRITABLE, **CREATABLE}.items():
        if name in given and name not in ("start", "registered"):
            with suppress(Rejected):  # the write that follows is told
                yield member.write(given[name], None)
    yield WRITABLE["start"].write(str(given.get("start") or registered), None)
    yield CREATABLE["registered"].write(registered, None)
    yield extras.kenmerk(mark, extras.BRON)
    for name, value in (("zaakniveau", "1"), ("deelzakenIndicatie", "N")):
        made = element(name)
        made.text = value
        yield made
    yield _kind(given, settings)
    yield from _items(patch, settings)


def _kind(given: Mapping[str, Any], settings: StufSettings) -> Element:
    code = given.get("case_type")
    if not isinstance(code, str) or not code:
        msg = "a case cannot be made without a case type"
        raise Rejected(msg, path="case_type")
    made = casting.begun("isVan", _T)
    kind = add(made, q(ZKN, "gerelateerde"), None, {ENTITEITTYPE: "ZKT"})
    kind.set(VERWERKINGSSOORT, Verwerkingssoort.IDENTIFICATIE.value)
    known = settings.case_types.get(code)
    if known is not None and known.name:
        add(kind, q(ZKN, "omschrijving"), known.name)
    add(kind, q(ZKN, "code"), code)
    return made


def _items(patch: Patch, settings: StufSettings) -> Iterator[Element]:
    has_initiator = False
    told: dict[str, str] = {}
    for change in patch.changes:
        name, key = split_path(change.path)
        if change.become is None:
            continue
        if name == "properties" and key in settings.properties:
            told[key] = extras.as_text(Property.model_validate(change.become).value)
            continue
        if name in settings.elements:
            told[settings.elements[name]] = extras.as_text(change.become)
            continue
        with suppress(Rejected):  # the write that follows is told
            for one in _item(name, change, settings):
                is_initiator = local(one) == "heeftAlsInitiator"
                if not (is_initiator and has_initiator):
                    yield one
                has_initiator = has_initiator or is_initiator
    if told:
        holder = element("object")
        extras.add_extra(holder, told)
        yield holder[0]
    if not has_initiator:
        yield casting.stand_in(settings.initiator)


def _item(name: str, change: Change, settings: StufSettings) -> Iterator[Element]:
    parts = Parts(settings.roles, settings.handler_role)
    match name:
        case "roles":
            yield casting.relation(Role.model_validate(change.become), parts)
        case "handler":
            who = Handler.model_validate(change.become)
            yield casting.relation(handler_as_role(who, parts), parts)
        case "unit":
            relation = settings.deviating().unit_relation
            yield casting.relation(unit_as_role(str(change.become), relation), parts)
        case "objects":
            item = CaseObject.model_validate(change.become)
            is_group = objects.is_group(item)
            yield objects.group(item) if is_group else objects.relation(item, _T)


def least(case: Element) -> Element:
    """Give the least of a case without which none can be made."""
    made = element("object")
    for name, value in case.attrib.items():
        made.set(name, value)
    made.extend([deepcopy(one) for one in case if local(one) in _NEEDED])
    return made
