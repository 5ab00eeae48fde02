"""
Telling subscribers what changed here (Lk01), and asking one to take over a case (Di01).

Whoever listens as the consumer of the case services hears creeerZaak, updateZaak and
actualiseerZaakstatus; whoever listens to the sector model hears zakLk01 and edcLk01, of which
neither the body nor the action says more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from adapters.kit.simulator import Row
from adapters.stuf_zds import names
from adapters.stuf_zds.envelope import Stuurgegevens, Systeem, add_stuurgegevens
from adapters.stuf_zds.names import ENTITEITTYPE, FUNCTIE, STUF, ZKN, Operation, Profile, q
from adapters.stuf_zds.xml import Element, add, root

from .documenten import MEMBERS as DOCUMENT_MEMBERS
from .post import Post, systeem_of
from .reading import ONTVANGEND, SOORT, VERZENDEND, Tree
from .shapes import Entity
from .stem import Stem
from .system import Cause, System
from .verschil import differences, done, nothing
from .weigering import refuse
from .writing import Writer
from .zaakvorm import EDC, ZAK
from .zaken import MEMBERS as ZAAK_MEMBERS

_KERN: Final = ("identificatie", "omschrijving", "isVan")


@dataclass(frozen=True, slots=True)
class _Telling:
    """One notification: by which service where the listener has it, of what, and how."""

    service: Operation | None
    entity: Entity
    sort: str
    objects: tuple[Tree, ...]
    only_relations: bool = False


class Kennisgevingen:
    """Words notifications, one for each who wants to hear."""

    def __init__(self, system: System, post: Post, stem: Stem) -> None:
        self._system = system
        self._post = post
        self._stem = stem

    # -- what happened -----------------------------------------------------------------------

    def zaak(self, old: Row | None, new: Row | None, cause: Cause) -> None:
        """Tell that a case began, became another, or went."""
        row = new or old
        if row is None:
            return
        for telling in self._of_zaak(old, new, cause):
            self._tell(telling, row, cause)

    def _of_zaak(self, old: Row | None, new: Row | None, cause: Cause) -> list[_Telling]:
        announced = self._system.quirks.announces
        tellings: list[_Telling] = []
        if new is None and old is not None:
            kern = {name: old["gegevens"][name] for name in _KERN if name in old["gegevens"]}
            tellings.append(_Telling(None, ZAK, "V", (kern,)))
        elif old is None and new is not None:
            tellings.append(_Telling(names.CREEER_ZAAK, ZAK, "T", (new["gegevens"],)))
        elif old is not None and new is not None:
            changed = differences(ZAAK_MEMBERS, old["gegevens"], new["gegevens"])
            if changed is not None:
                sort = "F" if cause.correction else "W"
                tellings.append(_Telling(names.UPDATE_ZAAK, ZAK, sort, changed))
        if "zaak" not in announced:
            tellings = []
        if "status" in announced and old is not None and new is not None:
            tellings += self._statuses(old["gegevens"], new["gegevens"])
        return tellings

    def _statuses(self, old: Tree, new: Tree) -> list[_Telling]:
        kern: Tree = {name: new[name] for name in _KERN[:2] if name in new}
        return [
            _Telling(
                names.ACTUALISEER_ZAAKSTATUS,
                ZAK,
                "W",
                ({**kern, "heeft": [nothing("T")]}, {**kern, "heeft": [_set(item)]}),
                only_relations=True,
            )
            for item in new.get("heeft", [])
            if item not in old.get("heeft", [])
        ]

    def document(self, old: Row | None, new: Row, cause: Cause) -> None:
        """Tell that a document came, or became another; never what is in it."""
        if "document" not in self._system.quirks.announces:
            return
        links = [
            {"gerelateerde": {n: zaak["gegevens"][n] for n in _KERN[:2] if n in zaak["gegevens"]}}
            for uuid in new["zaken"]
            if (zaak := self._system.store.get("zaak", uuid)) is not None
        ]
        telling: _Telling | None = None
        if old is None:
            shown = {**new["gegevens"], "isRelevantVoor": links}
            telling = _Telling(names.MAAK_ZAAKDOCUMENT, EDC, "T", (shown,))
        else:
            changed = differences(DOCUMENT_MEMBERS, old["gegevens"], new["gegevens"])
            if changed is not None:
                related = {"isRelevantVoor": [{**one, SOORT: "I"} for one in links]}
                both = tuple({**one, **related} for one in changed)
                telling = _Telling(None, EDC, "W", both)
        if telling is not None:
            self._tell(telling, new, cause)

    def besluit(self, row: Row, cause: Cause) -> None:
        """Tell that a case led to a decision."""
        zaak = self._system.store.get("zaak", row["zaak"])
        if zaak is None or "besluit" not in self._system.quirks.announces:
            return
        tree = zaak["gegevens"]
        kern: Tree = {name: tree[name] for name in _KERN[:2] if name in tree}
        item = {"gerelateerde": {**row["gegevens"], SOORT: "T"}, SOORT: "T"}
        objects = ({**kern, "leidtTot": [nothing("T")]}, {**kern, "leidtTot": [item]})
        telling = _Telling(names.UPDATE_ZAAK, ZAK, "W", objects, only_relations=True)
        self._tell(telling, zaak, cause)

    def again(self, row: Row, cause: Cause) -> None:
        """Tell once more of a case in which nothing changed, as a system that repeats its news."""
        kern: Tree = {name: row["gegevens"][name] for name in _KERN if name in row["gegevens"]}
        telling = _Telling(names.UPDATE_ZAAK, ZAK, "W", (kern, kern), only_relations=True)
        self._tell(telling, row, cause)

    # -- telling it --------------------------------------------------------------------------

    def _tell(self, telling: _Telling, row: Row, cause: Cause) -> None:
        for subscriber in self._post.subscribers():
            if subscriber["applicatie"] == cause.applicatie and not self._system.quirks.echo:
                continue
            action, message, reference = self._message(telling, row, subscriber)
            self._post.tell(subscriber, action, message, reference)

    def _message(self, telling: _Telling, row: Row, to: Row) -> tuple[str, Element, str]:
        entity = telling.entity.type
        told = self._stem.speak("Lk01", systeem_of(to), entity=entity)
        profile = Profile(to["profile"])
        by_service = telling.service is not None and to["speaks"] == "zds"
        if by_service and telling.service is not None:
            action = telling.service.action(profile)
            message = root(telling.service.element(profile))
        else:
            action = f"{ZKN}/{entity.lower()}Lk01"
            message = root(q(ZKN, f"{entity.lower()}Lk01"))
        add_stuurgegevens(message, told, ZKN)
        parameters = add(message, q(ZKN, "parameters"))
        add(parameters, q(STUF, "mutatiesoort"), telling.sort)
        add(parameters, q(STUF, "indicatorOvername"), "V" if by_service else "I")
        keys = {VERZENDEND: row["uuid"]}
        if theirs := row.get("sleutels", {}).get(to["applicatie"]):
            keys[ONTVANGEND] = theirs
        is_1_2 = by_service and profile is Profile.ZDS_1_2
        soort = "I" if telling.only_relations and not is_1_2 else telling.sort
        writer = Writer("W" if soort in ("I", "F") else soort)
        for tree in telling.objects:
            shown = {**tree, **keys, SOORT: "W" if soort == "F" else soort}
            if is_1_2:
                shown = _as_1_2_wants(shown)
            writer.entity(message, q(ZKN, "object"), telling.entity, shown)
        return action, message, told.reference

    # -- handing over ------------------------------------------------------------------------

    def overdragen(self, zaak: Row, to: str, melding: str) -> str:
        """Ask a subscriber to take over a case; returns the reference of the message."""
        subscriber = self._system.store.get("abonnee", to)
        if subscriber is None:
            refuse(f"{to} luistert niet naar dit systeem")
        operation = names.OVERDRAGEN_ZAAK
        told = self._free(operation, systeem_of(subscriber))
        message = _begun(operation, told)
        if melding:
            add(message, q(ZKN, "melding"), melding[:250])
        case = add(message, q(ZKN, "object"), None, {ENTITEITTYPE: "ZAK", FUNCTIE: "entiteit"})
        add(case, q(ZKN, "identificatie"), zaak["identificatie"])
        kind = zaak["gegevens"]["isVan"]["gerelateerde"]
        relation = add(case, q(ZKN, "isVan"), None, {ENTITEITTYPE: "ZAKZKT"})
        related = add(relation, q(ZKN, "gerelateerde"), None, {ENTITEITTYPE: "ZKT"})
        add(related, q(ZKN, "omschrijving"), kind["omschrijving"])
        add(related, q(ZKN, "code"), kind["code"])
        action = operation.action(Profile.ZDS_1_2)
        self._post.tell(subscriber, action, message, told.reference)
        return told.reference

    def overdracht_beantwoorden(self, aanbod: Row, antwoord: str) -> None:
        """Answer who asked us to take over a case."""
        client = self._post.client(aanbod["van"])
        if client is None:
            refuse(f"van {aanbod['van']} is geen adres bekend")
        operation = names.OVERDRAGEN_ZAAK_ANTWOORD
        told = self._free(operation, client.systeem, cross=aanbod["referentie"])
        message = _begun(operation, told)
        case = add(message, q(ZKN, "object"), None, {ENTITEITTYPE: "ZAK", FUNCTIE: "entiteit"})
        add(case, q(ZKN, "identificatie"), aanbod["identificatie"])
        add(case, q(ZKN, "antwoord"), antwoord)
        self._post.answer(client, operation.action(Profile.ZDS_1_2), message, told.reference)

    def _free(self, operation: Operation, to: Systeem, cross: str = "") -> Stuurgegevens:
        return self._stem.speak(operation.code, to, functie=operation.functie, cross=cross)


def _begun(operation: Operation, told: Stuurgegevens) -> Element:
    message = root(operation.element(Profile.ZDS_1_2))
    add_stuurgegevens(message, told, ZKN)
    return message


def _set(item: Tree) -> Tree:
    """Give a status as one that was set, and by whom."""
    made = {**item, SOORT: "T"}
    if "isGezetDoor" in item:
        made["isGezetDoor"] = done("T", item["isGezetDoor"], "I")
    return made


def _as_1_2_wants(tree: Tree) -> Tree:
    """In 1.2 a status says by whom it was set, or that nobody knows."""
    statuses = [
        one if one.get("@nil") or "isGezetDoor" in one else {**one, "isGezetDoor": nothing("T")}
        for one in tree.get("heeft", [])
    ]
    return {**tree, "heeft": statuses} if statuses else tree
