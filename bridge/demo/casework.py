"""
Casework in a system that speaks ZGW, through its API, one small deed after another.

Every deed looks first and does what is missing. So a deed that was cut off half-way (the system
was switched off, the demo was stopped) is simply done again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from bridge.demo.histories import Location, Person, World
from bridge.demo.looks import DECISIONS, HANDLES, ZAKEN, Looks, looks
from bridge.demo.system import Body, CaseSystem
from bridge.demo.work import NotThere

CATALOGI: Final = "/catalogi/api/v1"
_TRAITS: Final = ("bronorganisatie", "zaaktype", "vertrouwelijkheidaanduiding")
"""What a notification tells of a case."""


@dataclass(slots=True)
class Casework:
    """Works on the cases of one system. *by* is always the person who does it."""

    system: CaseSystem
    world: World
    _types: dict[str, str] = field(default_factory=dict)

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
        found = await self.system.all(f"{ZAKEN}/zaken", {"identificatie": number})
        return str(found[0]["url"]) if found else None

    async def counterpart(self, title: str) -> str | None:
        """
        Give the case that the bridge made for one of this title, if there is one.

        Nobody asks the bridge: such a case bears a number in the administration ``casebridge``.
        """
        made = await self.counterparts(title)
        return made[0] if made else None

    async def counterparts(self, title: str) -> Sequence[str]:
        """Give the addresses of the cases of this title that the bridge made."""
        return [
            str(zaak["url"])
            for zaak in await self.system.all(f"{ZAKEN}/zaken")
            if zaak["omschrijving"] == title and is_counterpart(zaak)
        ]

    async def looks(self, url: str) -> Looks:
        """Read how a case shows."""
        return await looks(self.system, url)

    async def case_type(self, code: str) -> str:
        """Give the address of a case type."""
        if not self._types:
            for kind in await self.system.all(f"{CATALOGI}/zaaktypen"):
                self._types[kind["identificatie"]] = kind["url"]
        if code not in self._types:
            msg = f"{self.system.agency} has no case type {code}"
            raise NotThere(msg)
        return self._types[code]

    async def of_type(self, what: str, zaak: Body, **wanted: str) -> str:
        """Give a status type, role type … of the type of a case, by some of its members."""
        kinds = await self._of_type(what, zaak["zaaktype"])
        for kind in kinds:
            if all(kind.get(name) == value for name, value in wanted.items()):
                return str(kind["url"])
        msg = f"{self.system.agency}: no {what} with {wanted} for this case type"
        raise NotThere(msg)

    async def _of_type(self, what: str, case_type: str) -> Sequence[Body]:
        key = f"{what}|{case_type}"
        kept = self.system.cache
        if key not in kept:
            kept[key] = await self.system.all(f"{CATALOGI}/{what}", {"zaaktype": case_type})
        found: Sequence[Body] = kept[key]
        return found

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
            body = await self._new(data, participant, related)
            url = str((await self.system.post(f"{ZAKEN}/zaken", body, by=by))["url"])
        if data.get("initiator"):
            await self.add_party(url, self.world.persons[data["initiator"]], by=by)
        await self._place(url, self.world.locations[data["location"]], by)
        for name, value in (data.get("properties") or {}).items():
            await self.set_property(url, name, str(value), by=by)
        await self.set_status(url, str(data["status"]), at, by=by)
        return url

    async def _new(self, data: Mapping[str, Any], participant: str, related: str | None) -> Body:
        location = self.world.locations[data["location"]]
        body: Body = {
            "identificatie": data["number"],
            "bronorganisatie": self.system.rsin,
            "verantwoordelijkeOrganisatie": self.system.rsin,
            "zaaktype": await self.case_type(data["case_type"]),
            "omschrijving": data["description"],
            "registratiedatum": data["received"],
            "startdatum": data["received"],
            "opdrachtgevendeOrganisatie": self.world.participants[participant].rsin,
            "zaakgeometrie": dict(location.plot),
        }
        if related is not None:
            body["relevanteAndereZaken"] = [{"url": related, "aardRelatie": "vervolg"}]
        return body

    async def _place(self, url: str, location: Location, by: str) -> None:
        there = {o["objectType"] for o in await self._list("zaakobjecten", url)}
        address = location.address
        if address is not None and "adres" not in there:
            identity = {
                "identificatie": location.bag["nummeraanduiding"],
                "wplWoonplaatsNaam": address.place,
                "gorOpenbareRuimteNaam": address.street,
                "huisnummer": address.number,
                "huisletter": address.addition or "",
                "postcode": address.postcode.replace(" ", ""),
            }
            await self._object(url, "adres", identity, by)
        if location.parcel_id and "kadastrale_onroerende_zaak" not in there:
            identity = {
                "kadastraleIdentificatie": location.parcel_id,
                "kadastraleAanduiding": " ".join(map(str, location.brk.values())),
            }
            await self._object(url, "kadastrale_onroerende_zaak", identity, by)

    async def _object(self, url: str, kind: str, identity: Body, by: str) -> None:
        body = {"zaak": url, "objectType": kind, "objectIdentificatie": identity}
        await self.system.post(f"{ZAKEN}/zaakobjecten", body, by=by)

    # People

    async def add_party(self, url: str, person: Person, *, by: str, role: str = "") -> None:
        """Note who asked for it (or another part that somebody plays)."""
        zaak = await self.system.get(url)
        wanted = {"omschrijving": role} if role else {"omschrijvingGeneriek": "initiator"}
        kind = await self.of_type("roltypen", zaak, **wanted)
        if any(rol["roltype"] == kind for rol in await self._list("rollen", url)):
            return
        identity: Body = (
            {"inpBsn": person.bsn, "geslachtsnaam": person.name}
            if person.kind == "natuurlijk_persoon"
            else {"kvkNummer": person.kvk, "statutaireNaam": person.name}
        )
        body: Body = {
            "zaak": url,
            "betrokkeneType": person.kind,
            "roltype": kind,
            "roltoelichting": role or "aanvrager",
            "betrokkeneIdentificatie": identity,
        }
        if person.email:
            body["contactpersoonRol"] = {"naam": person.name, "emailadres": person.email}
        await self.system.post(f"{ZAKEN}/rollen", body, by=by)

    async def assign(self, url: str, staff: str, role: str, *, by: str) -> None:
        """Make somebody the handler, in the place of whoever was."""
        zaak = await self.system.get(url)
        kind = await self.of_type("roltypen", zaak, omschrijving=role)
        handlers = [
            rol
            for rol in await self._list("rollen", url)
            if rol["omschrijvingGeneriek"] == HANDLES and rol["betrokkeneType"] == "medewerker"
        ]
        is_it = [rol for rol in handlers if _staff_of(rol) == staff and rol["roltype"] == kind]
        if not is_it:
            name = self.world.name_of(staff)
            body = {
                "zaak": url,
                "betrokkeneType": "medewerker",
                "roltype": kind,
                "roltoelichting": HANDLES,
                "betrokkeneIdentificatie": {"identificatie": staff, "achternaam": name},
            }
            await self.system.post(f"{ZAKEN}/rollen", body, by=by)
        for rol in handlers:
            if rol not in is_it:
                await self.system.delete(rol["url"], by=by)

    # How it stands

    async def set_status(
        self, url: str, code: str, at: datetime, *, by: str, note: str = ""
    ) -> None:
        """Set the next status, as of the moment *at*."""
        zaak = await self.system.get(url)
        kind = await self.of_type("statustypen", zaak, omschrijvingGeneriek=code)
        for status in await self._list("statussen", url):
            if status["statustype"] == kind and _moment(status["datumStatusGezet"]) == at:
                return
        body = {
            "zaak": url,
            "statustype": kind,
            "statustoelichting": note,
            "datumStatusGezet": at.astimezone(UTC).isoformat(),
        }
        await self.system.post(f"{ZAKEN}/statussen", body, by=by)

    async def set_result(self, url: str, name: str, *, by: str) -> None:
        """Set the outcome; another one takes the place of the first."""
        zaak = await self.system.get(url)
        kind = await self.of_type("resultaattypen", zaak, omschrijving=name)
        for result in await self._list("resultaten", url):
            if result["resultaattype"] == kind:
                return
            await self.system.delete(result["url"], by=by)
        await self.system.post(f"{ZAKEN}/resultaten", {"zaak": url, "resultaattype": kind}, by=by)

    async def set_property(self, url: str, name: str, value: str, *, by: str) -> None:
        """Set a property of the case."""
        for known in await self.system.all(f"{url}/zaakeigenschappen"):
            if known["naam"] == name:
                if known["waarde"] != value:
                    await self.system.patch(known["url"], {"waarde": value}, by=by)
                return
        zaak = await self.system.get(url)
        kind = await self.of_type("eigenschappen", zaak, naam=name)
        body = {"zaak": url, "eigenschap": kind, "waarde": value}
        await self.system.post(f"{url}/zaakeigenschappen", body, by=by)

    async def suspend(self, url: str, reason: str, *, by: str) -> None:
        """Let the term of the case stand still."""
        await self._change(url, {"opschorting": {"indicatie": True, "reden": reason}}, by)

    async def resume(self, url: str, *, by: str) -> None:
        """Let the term run again."""
        await self._change(url, {"opschorting": {"indicatie": False, "reden": ""}}, by)

    async def extend(self, url: str, days: int, reason: str, *, by: str) -> None:
        """Move the deadline; ZGW leaves that to who extends."""
        zaak = await self.system.get(url)
        extension = {"reden": reason, "duur": f"P{days}D"}
        if zaak["verlenging"] == extension:
            return
        deadline = date.fromisoformat(zaak["uiterlijkeEinddatumAfdoening"]) + timedelta(days=days)
        changes = {
            "verlenging": extension,
            "uiterlijkeEinddatumAfdoening": deadline.isoformat(),
        }
        await self.system.patch(url, changes, by=by)

    async def _change(self, url: str, changes: Body, by: str) -> None:
        zaak = await self.system.get(url)
        if any(not _holds(zaak.get(name), value) for name, value in changes.items()):
            await self.system.patch(url, changes, by=by)

    # What is said about it

    async def note(self, url: str, text: str, *, internal: bool, by: str) -> None:
        """Write a note."""
        known = await self.system.all(f"{ZAKEN}/zaaknotities", {"gerelateerdAan": url})
        if any(note["tekst"] == text for note in known):
            return
        body = {
            "gerelateerdAan": url,
            "onderwerp": "Notitie",
            "tekst": text,
            "aangemaaktDoor": by,
            "notitieType": "intern" if internal else "extern",
        }
        await self.system.post(f"{ZAKEN}/zaaknotities", body, by=by)

    async def refer(self, url: str, number: str, agency: str, *, by: str) -> None:
        """Put the number of a case elsewhere among those of this one."""
        zaak = await self.system.get(url)
        reference = {"kenmerk": number, "bron": agency}
        if reference not in zaak["kenmerken"]:
            references = [*zaak["kenmerken"], reference]
            await self.system.patch(url, {"kenmerken": references}, by=by)

    async def decide(self, url: str, text: str, day: str, *, by: str) -> None:
        """Record a decision."""
        known = await self.system.all(DECISIONS, {"zaak": url})
        if any(decision["toelichting"] == text for decision in known):
            return
        zaak = await self.system.get(url)
        kind = (await self.system.kept(zaak["zaaktype"]))["besluittypen"][0]
        body = {
            "verantwoordelijkeOrganisatie": self.system.rsin,
            "besluittype": kind,
            "zaak": url,
            "datum": day,
            "ingangsdatum": day,
            "toelichting": text,
        }
        await self.system.post(DECISIONS, body, by=by)

    async def announce_again(self, url: str, at: datetime, *, by: str) -> None:
        """Have the system announce once more what it announced at *at*."""
        zaak = await self.system.get(url)
        message = {
            "kanaal": "zaken",
            "hoofdObject": url,
            "resource": "zaak",
            "resourceUrl": url,
            "actie": "partial_update",
            "aanmaakdatum": at.isoformat(),
            "kenmerken": {name: zaak[name] for name in _TRAITS},
        }
        await self.system.post("/notificaties/api/v1/notificaties", message, by=by)

    async def _list(self, what: str, url: str) -> list[Body]:
        return await self.system.all(f"{ZAKEN}/{what}", {"zaak": url})


def is_counterpart(zaak: Body) -> bool:
    """Tell whether the bridge made this case: it says so, for everyone to see."""
    return any(reference["bron"] == "casebridge" for reference in zaak["kenmerken"])


def _staff_of(rol: Body) -> Any:
    return (rol["betrokkeneIdentificatie"] or {}).get("identificatie")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _holds(now: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(now, dict) and all(now.get(k) == v for k, v in wanted.items())
    return bool(now == wanted)
