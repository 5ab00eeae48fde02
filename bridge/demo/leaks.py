"""
Leaks: words that had to stay where they were, looked for in every byte of everyone else.

Not a question to the bridge but a search through the files: the systems' databases and documents,
the bridge's store, its staged documents and its logs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.demo.histories import World
from bridge.demo.stage import Stage
from bridge.engine.link import dump_link

PIECE: Final = 4 * 1024**2
"""How much of a file is looked at at once."""

_BRIDGE: Final = "bridge"


@dataclass(frozen=True, slots=True)
class Secret:
    """A word, and the only places where it may stand."""

    word: str
    what: str
    places: frozenset[str]


async def leaks(stage: Stage) -> list[str]:
    """Search everywhere; give a sentence for each word that stands where it may not."""
    world = stage.office.world
    secrets = list(_secrets(world))
    folders = {agency: stage.workplace.folder / "systems" / agency for agency in stage.systems} | {
        _BRIDGE: stage.workplace.folder / "bridge",
        "logs": stage.workplace.folder / "logs",
    }
    found = await asyncio.to_thread(search, folders, secrets)
    told = {"partners": await stage.office.partners.words(), _BRIDGE: await _kept(stage)}
    for place, text in told.items():
        found += [
            _sentence(secret, place)
            for secret in secrets
            if place not in secret.places and secret.word in text
        ]
    return sorted(set(found))


def _secrets(world: World) -> Iterator[Secret]:
    played = {history.id: history for history in world.histories}
    yield from _persons(world)
    if "C14" in played:
        yield Secret("VRU000701", "het nummer van de VRU-zaak", frozenset({"odru", "partners"}))
    if "C15" in played:
        owner = world.persons[str(played["C15"].initiator)].name.split()[-1]
        home = frozenset({"rud-utrecht", _BRIDGE})
        yield Secret(owner, "de bewoner van C15", home)
    if "C22" in played:
        yield Secret("Steekproef", "wie klaagt in C22", frozenset({"odru"}))
    if "C29" in played:
        yield Secret("Deelzaak archeologie", "het archeologisch advies", frozenset({"odru"}))
    if "C30" in played:
        yield Secret(
            "Interne notitie risico", "de interne notitie van C30", frozenset({"rud-utrecht"})
        )


def _persons(world: World) -> Iterator[Secret]:
    """Citizen numbers never cross; the agency where somebody asked for something knows theirs."""
    for person in world.persons.values():
        homes = {
            event.agency
            for history in world.histories
            for event in history.events
            if person.id in (event.data.get("initiator"), event.data.get("person"))
        }
        if person.bsn and homes:
            yield Secret(person.bsn, f"het burgerservicenummer van {person.id}", frozenset(homes))


def search(folders: Mapping[str, Path], secrets: Iterable[Secret]) -> list[str]:
    """Search every file of some places; give a sentence for each word that may not stand there."""
    found: list[str] = []
    for place, folder in folders.items():
        wanted = [secret for secret in secrets if place not in secret.places]
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                found += [_sentence(secret, place) for secret in _within(path, wanted)]
    return found


def _within(path: Path, wanted: Iterable[Secret]) -> Iterator[Secret]:
    left = {secret.word.encode(): secret for secret in wanted}
    overlap = b""
    with path.open("rb") as file:
        while left and (piece := file.read(PIECE)):
            window = overlap + piece
            for word in [word for word in left if word in window]:
                yield left.pop(word)
            overlap = piece[-64:]


async def _kept(stage: Stage) -> str:
    """Give what the bridge keeps of its cases, also where its store is a server."""
    journal = "\n".join(map(str, await stage.backstage.journal()))
    links = [dump_link(link).decode() for link in await stage.backstage.links()]
    return "\n".join([journal, *links])


def _sentence(secret: Secret, place: str) -> str:
    return f"gelekt: {secret.what} staat bij {place}"
