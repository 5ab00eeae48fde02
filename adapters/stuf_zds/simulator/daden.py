"""
What people do in their case system, one deed each; pages and players do the same ones.

Each takes a case and what was typed, and refuses as any message would be refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from adapters.kit.simulator import Party, Row, render_moment
from adapters.stuf_zds.values import moment_of, say_moment

from .besluiten import Besluiten
from .documenten import Documenten
from .overdracht import Overdracht
from .personen import party, relation_of, role
from .reading import Tree
from .statussen import current
from .system import Cause, System
from .toon import Toon
from .weigering import refuse
from .wijziging import kept
from .zaken import Zaken, roles_of

Data = Mapping[str, Any]
Deed = Callable[[Row, Data, Cause], object]
FIELDS: Final = (
    "omschrijving", "toelichting", "startdatum", "registratiedatum", "publicatiedatum",
    "einddatumGepland", "uiterlijkeEinddatum", "einddatum", "betalingsIndicatie",
    "laatsteBetaaldatum", "archiefnominatie", "datumVernietigingDossier", "zaakniveau",
)  # fmt: skip


class Daden:
    """The deeds, by their names."""

    def __init__(
        self,
        system: System,
        zaken: Zaken,
        documenten: Documenten,
        besluiten: Besluiten,
        overdracht: Overdracht,
        agency: Party,
    ) -> None:
        self.system = system
        self.documenten = documenten
        self.overdracht = overdracht
        self.toon = Toon(system, zaken, documenten, besluiten)
        self._zaken = zaken
        self._besluiten = besluiten
        name = str(agency.get("name", system.agency))
        self._own = party("organisatorischeEenheid", system.agency, name)
        self._staff = {str(one["id"]): str(one["name"]) for one in agency.get("staff", ())}
        self._deeds: Mapping[str, Deed] = {
            "velden": self._fields,
            "status": self._status,
            "resultaat": self._result,
            "sluiten": self._close,
            "eigenschap": self._property,
            "kenmerk": self._reference,
            "opschorten": self._suspend,
            "hervatten": self._resume,
            "verlengen": self._extend,
            "betrokkene": self._add_party,
            "betrokkene-weg": self._drop_party,
            "behandelaar": self._assign,
            "object": self._object,
            "gerelateerd": self._related,
            "besluit": self._decide,
            "notitie": self._note,
            "overdragen": self._hand_over,
            "weg": self._remove,
        }

    def names(self) -> list[str]:
        """Give what can be done."""
        return sorted(self._deeds)

    def has(self, name: str) -> bool:
        """Tell whether this can be done."""
        return name in self._deeds

    def do(self, name: str, row: Row, data: Data, cause: Cause) -> None:
        """Do it, wholly or not at all."""
        with self.system.store.transaction():
            self._deeds[name](row, data, cause)

    def cause(self, data: Data, user: str = "") -> Cause:
        """Tell who does something, and whether it was never otherwise."""
        who = str(data.get("by") or user)
        return Cause(who, correction=bool(data.get("correctie")))

    # -- beginning ---------------------------------------------------------------------------

    def new(self, data: Data, cause: Cause) -> Row:
        """Take in a case; the agency itself stands for who asked, where nobody is named."""
        today = self.system.clock.today().isoformat()
        tree: Tree = {
            "identificatie": data.get("identificatie") or self.system.numbers.zaak(),
            "startdatum": today,
            "registratiedatum": today,
            "zaakniveau": "1",
            "deelzakenIndicatie": "N",
            **{name: data[name] for name in FIELDS if data.get(name)},
            "isVan": {"gerelateerde": {"code": str(data.get("zaaktype", ""))}},
        }
        who = data.get("initiator") or {}
        asked = self._party(who) if who else self._own
        tree["heeftAlsInitiator"] = [role(self._initiator(), asked, who.get("extra"))]
        tree["extraElementen"] = [
            [naam, str(value)] for naam, value in (data.get("eigenschappen") or {}).items()
        ]
        with self.system.store.transaction():
            row = self._zaken.create(tree, cause)
            first = {"nummer": "1"} if self._zaken.case_type(row).statuses else None
            status = data.get("status") or first
            if status:
                given = status if isinstance(status, Mapping) else {"code": status}
                self._status(row, given, cause)
        return self._again(row)

    def _initiator(self) -> str:
        roles = self.system.catalogue.roles
        return next((one for one in roles if relation_of(one) == "heeftAlsInitiator"), "Initiator")

    def _again(self, row: Row) -> Row:
        return self._zaken.find({"identificatie": row["identificatie"]})

    # -- how it stands -----------------------------------------------------------------------

    def _fields(self, row: Row, data: Data, cause: Cause) -> None:
        values = {name: data[name] or None for name in FIELDS if name in data}
        self._zaken.replace(row, values, cause)

    def _status(self, row: Row, data: Data, cause: Cause) -> Row:
        wanted = {
            "volgnummer": str(data.get("nummer") or data.get("statustype") or "") or None,
            "code": data.get("code"),
            "omschrijving": data.get("naam"),
        }
        if data.get("op"):
            moment = datetime.fromisoformat(str(data["op"]))
        else:
            moment = self._later_than_all(row)
        item: Tree = {
            "gerelateerde": {name: value for name, value in wanted.items() if value},
            "datumStatusGezet": say_moment(moment),
        }
        if data.get("toelichting"):
            item["toelichting"] = str(data["toelichting"])
        if cause.gebruiker:
            name = self._staff.get(cause.gebruiker, cause.gebruiker)
            item["isGezetDoor"] = {"gerelateerde": party("medewerker", cause.gebruiker, name)}
        return self._zaken.set_status(row, item, cause)

    def _later_than_all(self, row: Row) -> datetime:
        """Give now; or, where the clock stands still, the moment after the newest status."""
        now, newest = self.system.clock.now(), current(row["gegevens"])
        if newest is None:
            return now
        return max(now, moment_of(newest["datumStatusGezet"]).at + timedelta(milliseconds=1))

    def _result(self, row: Row, data: Data, cause: Cause) -> Row:
        result = {n: str(data[n]) for n in ("toelichting",) if data.get(n)}
        if data.get("resultaat"):
            result["omschrijving"] = str(data["resultaat"])
        return self._zaken.replace(row, {"resultaat": result or None}, cause)

    def _close(self, row: Row, data: Data, cause: Cause) -> None:
        row = self._result(row, data, cause)
        final = next((s for s in self._zaken.case_type(row).statuses if s.final), None)
        if final is None:
            refuse("dit zaaktype kent geen eindstatus")
        self._status(row, {"nummer": str(final.number)}, cause)

    def _property(self, row: Row, data: Data, cause: Cause) -> None:
        naam, value = str(data.get("naam", "")), str(data.get("waarde", "")).strip()
        if not naam:
            refuse("eigenschap heeft geen naam")
        now = row["gegevens"].get("extraElementen", [])
        others = [one for one in now if one[0] != naam]
        values = [*others, [naam, value]] if value else others
        if sorted(values) != sorted(now):
            self._zaken.replace(row, {"extraElementen": values}, cause)

    def _reference(self, row: Row, data: Data, cause: Cause) -> None:
        one = {"kenmerk": str(data.get("kenmerk", "")), "bron": str(data.get("bron", ""))}
        now = row["gegevens"].get("kenmerk", [])
        others = [each for each in now if each != one]
        values = others if data.get("weg") else [*others, one]
        self._zaken.replace(row, {"kenmerk": values}, cause)

    def _suspend(self, row: Row, data: Data, cause: Cause) -> None:
        stands = {"indicatie": "J", "reden": str(data.get("reden", ""))[:200]}
        self._zaken.replace(row, {"opschorting": kept(stands)}, cause)

    def _resume(self, row: Row, data: Data, cause: Cause) -> None:
        self._zaken.replace(row, {"opschorting": {"indicatie": "N"}}, cause)

    def _extend(self, row: Row, data: Data, cause: Cause) -> None:
        days = int(data.get("dagen") or 0)
        longer = {"duur": str(days), "reden": str(data.get("reden", ""))[:200]}
        values: Tree = {"verlenging": longer}
        if row["gegevens"].get("verlenging") == longer:
            return
        if deadline := row["gegevens"].get("uiterlijkeEinddatum"):
            later = date.fromisoformat(deadline) + timedelta(days=days)
            values["uiterlijkeEinddatum"] = later.isoformat()
        self._zaken.replace(row, values, cause)

    # -- who and what ------------------------------------------------------------------------

    def _party(self, data: Data) -> Tree:
        kind = str(data.get("soort") or "natuurlijkPersoon")
        who = party(kind, str(data.get("nummer") or ""), str(data.get("naam") or ""))
        return {kind: {**who[kind], **(data.get("gegevens") or {})}}

    def _add_party(self, row: Row, data: Data, cause: Cause) -> None:
        name = str(data.get("rol") or "")
        relation = relation_of(name)
        item = role(name, self._party(data), data.get("extra"))
        now = row["gegevens"].get(relation, [])
        if item not in now:
            self._zaken.replace(row, {relation: [*now, item]}, cause)

    def _drop_party(self, row: Row, data: Data, cause: Cause) -> None:
        name, number = str(data.get("rol") or ""), str(data.get("nummer") or "")
        for relation, item in roles_of(row["gegevens"]):
            related: Tree = next(iter(item["gerelateerde"].values()), {})
            if item.get("omschrijving") == name and number in related.values():
                left = [one for one in row["gegevens"][relation] if one is not item]
                self._zaken.replace(row, {relation: left}, cause)
                return
        refuse("deze betrokkene is er niet")

    def _assign(self, row: Row, data: Data, cause: Cause) -> None:
        """Make somebody of the staff play a role, in the place of who did."""
        name, who = str(data.get("rol") or "Behandelaar"), str(data.get("persoon") or "")
        person = party("medewerker", who, str(data.get("naam") or self._staff.get(who, who)))
        relation = relation_of(name)
        now = row["gegevens"].get(relation, [])
        others = [
            one for one in now
            if "medewerker" not in one["gerelateerde"] or one.get("omschrijving") != name
        ]  # fmt: skip
        self._zaken.replace(row, {relation: [*others, role(name, person)]}, cause)

    def _object(self, row: Row, data: Data, cause: Cause) -> None:
        item: Tree = {"gerelateerde": {str(data["soort"]): dict(data["gegevens"])}}
        if data.get("omschrijving"):
            item["omschrijving"] = str(data["omschrijving"])
        now = row["gegevens"].get("heeftBetrekkingOp", [])
        if item not in now:
            self._zaken.replace(row, {"heeftBetrekkingOp": [*now, item]}, cause)

    def _related(self, row: Row, data: Data, cause: Cause) -> None:
        other = self._zaken.find({"identificatie": str(data.get("identificatie", ""))})
        relation = "heeftAlsDeelzaak" if data.get("deelzaak") else "heeftBetrekkingOpAndere"
        item = {"gerelateerde": {"identificatie": other["identificatie"]}}
        now = row["gegevens"].get(relation, [])
        if item not in now:
            self._zaken.replace(row, {relation: [*now, item]}, cause)

    def _decide(self, row: Row, data: Data, cause: Cause) -> None:
        day = str(data.get("datum") or self.system.clock.today().isoformat())
        said = {
            "bst.omschrijving": str(data.get("soort") or "Besluit"),
            "datumBeslissing": day,
            "ingangsdatumWerking": str(data.get("ingangsdatum") or day),
            "toelichting": str(data.get("toelichting") or "") or None,
        }
        self._besluiten.add(said, row, cause)

    # -- beside it ---------------------------------------------------------------------------

    def _note(self, row: Row, data: Data, cause: Cause) -> None:
        """Write a note. It stays in this system: no message of StUF has a place for it."""
        note = {
            "uuid": str(uuid4()),
            "onderwerp": str(data.get("onderwerp") or "Notitie"),
            "tekst": str(data.get("tekst") or ""),
            "door": cause.gebruiker,
            "op": render_moment(self.system.clock.now()),
        }
        self._zaken.remember(row, notities=[*row["notities"], note])

    def _hand_over(self, row: Row, data: Data, cause: Cause) -> None:
        self.overdracht.ask(row, str(data.get("aan", "")), str(data.get("melding", "")))

    def _remove(self, row: Row, data: Data, cause: Cause) -> None:
        self._zaken.remove(row, cause)
