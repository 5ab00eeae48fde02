"""Casework in a system that speaks StUF: its people work on its own pages, here by their deeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from bridge.demo.histories import Location, Person, World
from bridge.demo.looks import Looks, LooksDocument
from bridge.demo.system import Body, CaseSystem
from bridge.demo.work import NotThere

PLACE_OF_PARTICIPANT: Final = "opdrachtgever"
"""The extra element in which both agreed to say whose case it is: StUF has no place for it."""

_ZAKEN: Final = "/_sim/zaken"
_HANDLES: Final = "heeftAlsUitvoerende"
_KINDS: Final = {
    "natuurlijk_persoon": "natuurlijkPersoon",
    "niet_natuurlijk_persoon": "nietNatuurlijkPersoon",
}


@dataclass(slots=True)
class StufCasework:
    """Works on the cases of one system. *by* is always the person who does it."""

    system: CaseSystem
    world: World

    # Finding

    async def case(self, number: str) -> str:
        """Give the address of a case by its number."""
        found = await self.find(number)
        if found is None:
            msg = f"{self.system.agency} has no case {number}"
            raise NotThere(msg)
        return found

    async def find(self, number: str) -> str | None:
        """Give the address of a case by its number, if there is one."""
        found = await self.system.all(_ZAKEN, {"identificatie": number})
        return self._address(number) if found else None

    def _address(self, number: str) -> str:
        return f"{self.system.url}{_ZAKEN}/{quote(number, safe='')}"

    async def counterparts(self, title: str) -> Sequence[str]:
        """Give the addresses of the cases of this title that the bridge made: they say so."""
        made: list[str] = []
        for line in await self.system.all(_ZAKEN, {"omschrijving": title}):
            url = self._address(line["nummer"])
            references = (await self.system.get(url))["gegevens"].get("kenmerk", [])
            if any(one.get("bron") == "casebridge" for one in references):
                made.append(url)
        return made

    async def counterpart(self, title: str) -> str | None:
        """Give the case that the bridge made for one of this title, if there is one."""
        made = await self.counterparts(title)
        return made[0] if made else None

    async def looks(self, url: str) -> Looks:
        """Read how a case shows."""
        return _looks(self.system, url, await self.system.get(url))

    # Beginning

    async def create(
        self,
        data: Mapping[str, Any],
        at: datetime,
        participant: str,
        by: str,
        *,
        related: str | None = None,
    ) -> str:
        """Take in a case, with whom and where it is about, its properties and first status."""
        number = str(data["number"])
        url = await self.find(number)
        if url is None:
            await self.system.post(_ZAKEN, self._new(data, at, participant, by), by=by)
            url = self._address(number)
        await self._place(url, self.world.locations[data["location"]], by)
        if related is not None:
            other = (await self.system.get(related))["nummer"]
            await self._do(url, "gerelateerd", by, identificatie=other)
        return url

    def _new(self, data: Mapping[str, Any], at: datetime, participant: str, by: str) -> Body:
        properties = {name: str(value) for name, value in (data.get("properties") or {}).items()}
        whose = {PLACE_OF_PARTICIPANT: self.world.participants[participant].rsin}
        body: Body = {
            "by": by,
            "identificatie": data["number"],
            "zaaktype": data["case_type"],
            "omschrijving": data["description"],
            "startdatum": data["received"],
            "registratiedatum": data["received"],
            "eigenschappen": {**whose, **properties},
            "status": {"code": str(data["status"]), "op": at.isoformat()},
        }
        if data.get("initiator"):
            body["initiator"] = _party(self.world.persons[data["initiator"]])
        return body

    async def _place(self, url: str, location: Location, by: str) -> None:
        address = location.address
        if address is not None:
            there: Body = {
                "identificatie": location.bag["nummeraanduiding"],
                "wpl.woonplaatsNaam": address.place,
                "gor.openbareRuimteNaam": address.street,
                "huisnummer": str(address.number),
                "postcode": address.postcode.replace(" ", ""),
            }
            if address.addition:
                there["huisletter"] = address.addition
            await self._do(url, "object", by, soort="adres", gegevens=there)
        if location.parcel_id:
            names = ("kadastraleGemeentecode", "kadastraleSectie", "kadastraalPerceelnummer")
            parcel = {
                "kadastraleIdentificatie": location.parcel_id,
                "kadastraleAanduiding": dict(
                    zip(names, map(str, location.brk.values()), strict=True)
                ),
            }
            await self._do(url, "object", by, soort="kadastraleOnroerendeZaak", gegevens=parcel)

    # People

    async def add_party(self, url: str, person: Person, *, by: str, role: str = "") -> None:
        """Note who asked for it (or another part that somebody plays)."""
        await self._do(url, "betrokkene", by, rol=role or "Initiator", **_party(person))

    async def assign(self, url: str, staff: str, role: str, *, by: str) -> None:
        """Make somebody the handler, in the place of whoever was."""
        name = self.world.name_of(staff)
        await self._do(url, "behandelaar", by, rol=role, persoon=staff, naam=name)
        for one in (await self.system.get(url))["rollen"]:
            if _handles(one) and (one["rol"], one["nummer"]) != (role, staff):
                gone = {"rol": one["rol"], "nummer": one["nummer"]}
                await self._do(url, "betrokkene-weg", by, **gone)

    # How it stands

    async def set_status(
        self, url: str, code: str, at: datetime, *, by: str, note: str = ""
    ) -> None:
        """Set the next status, as of the moment *at*."""
        await self._do(url, "status", by, code=code, op=at.isoformat(), toelichting=note)

    async def set_result(self, url: str, name: str, *, by: str) -> None:
        """Set the outcome; another one takes the place of the first."""
        await self._do(url, "resultaat", by, resultaat=name)

    async def set_property(self, url: str, name: str, value: str, *, by: str) -> None:
        """Set a property of the case."""
        await self._do(url, "eigenschap", by, naam=name, waarde=value)

    async def suspend(self, url: str, reason: str, *, by: str) -> None:
        """Let the term of the case stand still."""
        await self._do(url, "opschorten", by, reden=reason)

    async def resume(self, url: str, *, by: str) -> None:
        """Let the term run again."""
        await self._do(url, "hervatten", by)

    async def extend(self, url: str, days: int, reason: str, *, by: str) -> None:
        """Give the case so many days more; the system moves its deadline."""
        await self._do(url, "verlengen", by, dagen=str(days), reden=reason)

    # What is said about it

    async def note(self, url: str, text: str, *, internal: bool, by: str) -> None:
        """Write a note; all notes stay inside a system that speaks StUF."""
        del internal
        if all(one["tekst"] != text for one in (await self.system.get(url))["notities"]):
            await self._do(url, "notitie", by, onderwerp="Notitie", tekst=text)

    async def refer(self, url: str, number: str, agency: str, *, by: str) -> None:
        """Put the number of a case elsewhere among those of this one."""
        await self._do(url, "kenmerk", by, kenmerk=number, bron=agency)

    async def decide(self, url: str, text: str, day: str, *, by: str) -> None:
        """Record a decision."""
        known = (await self.system.get(url))["besluiten"]
        if all(one.get("toelichting") != text for one in known):
            await self._do(url, "besluit", by, datum=day, toelichting=text)

    async def announce_again(self, url: str, at: datetime, *, by: str) -> None:
        """Have the system announce once more that the case is as it is."""
        del at
        await self._do(url, "melden", by)

    async def _do(self, url: str, deed: str, by: str, **data: Any) -> None:
        await self.system.post(f"{url}/{deed}", {**data, "by": by}, by=by)


def _party(person: Person) -> Body:
    made: Body = {"soort": _KINDS[person.kind], "nummer": person.bsn or "", "naam": person.name}
    if person.email:
        made["extra"] = {"emailadres": person.email}
    return made


def _handles(role: Mapping[str, Any]) -> bool:
    return bool(role["relatie"] == _HANDLES and role["soort"] == "medewerker")


def _looks(system: CaseSystem, url: str, zaak: Body) -> Looks:
    statuses, tree = zaak["statussen"], zaak["gegevens"]
    last = statuses[-1] if statuses else None
    handlers = [one["nummer"] for one in zaak["rollen"] if _handles(one)]
    properties = {n: v for n, v in zaak["eigenschappen"].items() if n != PLACE_OF_PARTICIPANT}
    return Looks(
        agency=system.agency,
        url=url,
        number=zaak["nummer"],
        case_type=zaak["zaaktype"],
        case_type_name=zaak["type"],
        title=zaak["titel"],
        received=tree.get("startdatum", ""),
        status=last["code"] if last else "",
        status_name=last["naam"] if last else "",
        statuses=tuple(one["code"] for one in statuses),
        result=zaak["resultaat"] or None,
        is_closed=zaak["gesloten"],
        handler=handlers[-1] if handlers else None,
        properties=properties,
        documents=tuple(sorted((_document(system, d) for d in zaak["documenten"]), key=_by_title)),
        references=tuple(one.get("kenmerk", "") for one in tree.get("kenmerk", [])),
        deadline=tree.get("uiterlijkeEinddatum"),
        decisions=len(zaak["besluiten"]),
    )


def _document(system: CaseSystem, shown: Body) -> LooksDocument:
    return LooksDocument(
        title=shown["titel"],
        type=shown["dct.omschrijving"],
        version=int(shown["versies"]),
        size=shown["omvang"],
        url=f"{system.url}/_sim/documenten/{quote(shown['identificatie'], safe='')}",
    )


def _by_title(document: LooksDocument) -> str:
    return document.title
