"""Small rules and builders for tests of the engine: two agencies, `noord` and `zuid`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.engine.decide import decide_new, decide_observation, decide_receipt
from bridge.engine.decision import Decision
from bridge.engine.link import Link
from bridge.engine.rules import Rules, StaffMember
from bridge.engine.translate import Lens
from contracts.agreement import Agreement
from contracts.case import Case, Document, Handler, Note, Property, Role, cells_of, role_key
from contracts.crosswalk import Catalogue, Crosswalk, Vocabulary
from contracts.ids import AgencyId, CaseRef, Mark
from contracts.messages import (
    Cause,
    ChangeOutcome,
    Command,
    Observation,
    Outcome,
    Receipt,
    Result,
    Seen,
    Sequence,
    Settled,
)
from contracts.patch import Change
from contracts.snapshot import Author, Snapshot, Withheld

NOORD, ZUID = AgencyId("noord"), AgencyId("zuid")
NOW = datetime(2024, 6, 3, 12, 0, tzinfo=UTC)

VOCABULARY = Vocabulary.model_validate(
    {
        "version": 1,
        "case_types": [{"code": "bodem", "name": "Bodem"}, {"code": "geluid", "name": "Geluid"}],
        "statuses": [
            {"code": "ontvangen", "name": "Ontvangen"},
            {"code": "bezig", "name": "Bezig"},
            {"code": "toets", "name": "Toets"},
            {"code": "verzonden", "name": "Verzonden"},
            {"code": "klaar", "name": "Klaar", "final": True},
        ],
        "results": ["goed", "fout", "hersteld", "ingetrokken"],
        "document_types": ["rapport", "brief"],
        "roles": ["aanvrager", "behandelaar", "klager"],
        "properties": [
            {"key": "klasse", "type": "enum", "values": ["licht", "matig", "zwaar"]},
            {"key": "grens", "type": "enum", "values": ["boven", "onder", "onbekend"]},
            {"key": "start", "type": "string"},
            {"key": "neerslag", "type": "string"},
            {"key": "diepte", "type": "decimal"},
        ],
        "confidentiality": ["openbaar", "vertrouwelijk"],
        "archive_nomination": ["vernietigen"],
    }
)


def _catalogue(agency: str, codes: dict[str, Any]) -> Catalogue:
    kind = {
        "name": "Bodemzaak",
        "process": "p",
        "result_set": "r",
        "unit": "u",
        "lead_time": "P7D",
        "service_time": "P5D",
        "confidentiality": "openbaar",
        "archive": {"nomination": "vernietigen"},
        "properties": codes["properties"],
        "document_types": codes["document_types"],
    }
    return Catalogue.model_validate(
        {
            "version": 1,
            "agency": agency,
            "processes": {"p": [{"code": c, "name": n, "final": f} for c, n, f in codes["p"]]},
            "result_sets": {"r": codes["r"]},
            "document_types": [{"code": c, "name": c} for c in codes["document_types"]],
            "roles": codes["roles"],
            "properties": [{"key": key, "type": "text"} for key in codes["properties"]],
            "case_types": [{"code": code, **kind} for code in codes["types"]],
        }
    )


def _rows(pairs: dict[str, str]) -> list[dict[str, Any]]:
    return [{"local": local, "shared": shared} for local, shared in pairs.items()]


def noord_lens(*words: str) -> Lens:
    """The terms of noord; *words* are more of its own for what is shared as ``zwaar``."""
    catalogue = _catalogue(
        "noord",
        {
            "types": ["N-BOD"],
            "properties": ["klasse", "grens", "start", "diepte"],
            "document_types": ["N-RAP", "N-BRF"],
            "roles": ["Aanvrager", "Behandelaar", "Klager"],
            "p": [
                ("1", "Nieuw", False),
                ("2", "Bezig", False),
                ("3", "Toets", False),
                ("9", "Klaar", True),
            ],
            "r": ["Goed", "Fout", "Vervallen"],
        },
    )
    crosswalk = Crosswalk.model_validate(
        {
            "version": 1,
            "agency": "noord",
            "case_types": {"rows": [{"local": "N-BOD", "shared": "bodem"}]},
            "statuses": {
                "p": {
                    "rows": _rows({"1": "ontvangen", "2": "bezig", "3": "toets", "9": "klaar"}),
                    "uncovered": {"verzonden": {"rule": "annotate"}},
                }
            },
            "results": {
                "rows": _rows({"Goed": "goed", "Fout": "fout", "Vervallen": "ingetrokken"}),
                "uncovered": {"hersteld": {"rule": "park", "why": "een mens kiest"}},
            },
            "document_types": {"rows": _rows({"N-RAP": "rapport", "N-BRF": "brief"})},
            "roles": {
                "rows": _rows(
                    {
                        "Aanvrager": "aanvrager",
                        "Behandelaar": "behandelaar",
                        "Klager": "klager",
                    }
                )
            },
            "properties": [
                {
                    "local": "klasse",
                    "shared": "klasse",
                    "kind": "enum",
                    "rows": [
                        {"local": "L", "shared": "licht"},
                        {"local": "NT", "shared": "matig"},
                        {"local": "NT", "shared": "zwaar", "preferred_get": False},
                        *({"local": w, "shared": "zwaar", "preferred": False} for w in words),
                    ],
                },
                {
                    "local": "grens",
                    "shared": "grens",
                    "kind": "enum",
                    "rows": _rows({"J": "boven", "N": "onder"}),
                    "uncovered": {"onbekend": {"rule": "keep"}},
                },
                {"local": "start", "shared": "start", "kind": "identity"},
                {"local": "diepte", "shared": "diepte", "kind": "identity"},
                {"shared": "neerslag", "kind": "none", "rule": "annotate"},
            ],
        }
    )
    return Lens(crosswalk, catalogue, VOCABULARY)


def zuid_lens(agency: str = "zuid") -> Lens:
    """The terms of zuid, for it or for another agency that speaks the same."""
    catalogue = _catalogue(
        agency,
        {
            "types": ["Z-1"],
            "properties": ["kwaliteit", "iw", "begin", "mm", "diep"],
            "document_types": ["R", "B"],
            "roles": ["Initiator", "Specialist", "Melder"],
            "p": [
                ("10", "Ontvangen", False),
                ("20", "In behandeling", False),
                ("50", "Verzonden", False),
                ("90", "Afgesloten", True),
            ],
            "r": ["Akkoord", "Niet akkoord", "Hersteld", "Ingetrokken"],
        },
    )
    crosswalk = Crosswalk.model_validate(
        {
            "version": 1,
            "agency": agency,
            "case_types": {"rows": [{"local": "Z-1", "shared": "bodem"}]},
            "statuses": {
                "p": {
                    "rows": _rows(
                        {
                            "10": "ontvangen",
                            "20": "bezig",
                            "50": "verzonden",
                            "90": "klaar",
                        }
                    ),
                    "uncovered": {"toets": {"rule": "keep"}},
                }
            },
            "results": {
                "rows": _rows(
                    {
                        "Akkoord": "goed",
                        "Niet akkoord": "fout",
                        "Hersteld": "hersteld",
                        "Ingetrokken": "ingetrokken",
                    }
                )
            },
            "document_types": {"rows": _rows({"R": "rapport", "B": "brief"})},
            "roles": {
                "rows": _rows(
                    {
                        "Initiator": "aanvrager",
                        "Specialist": "behandelaar",
                        "Melder": "klager",
                    }
                )
            },
            "properties": [
                {
                    "local": "kwaliteit",
                    "shared": "klasse",
                    "kind": "enum",
                    "rows": _rows({"LI": "licht", "MA": "matig", "ZW": "zwaar"}),
                },
                {
                    "local": "iw",
                    "shared": "grens",
                    "kind": "enum",
                    "rows": _rows({">": "boven", "<": "onder", "?": "onbekend"}),
                },
                {"local": "begin", "shared": "start", "kind": "identity"},
                {"local": "mm", "shared": "neerslag", "kind": "identity"},
                {"local": "diep", "shared": "diepte", "kind": "identity"},
            ],
        }
    )
    return Lens(crosswalk, catalogue, VOCABULARY)


AGREEMENT: dict[str, Any] = {
    "id": "DVO-1",
    "title": "Afspraak",
    "parties": ["noord", "zuid"],
    "period": {"from": "2024-01-01", "to": "2024-12-31"},
    "scope": {"case_types": ["bodem"], "participants": ["GM1"]},
    "routing": [{"id": "R1", "when": {"home": "noord", "case_types": ["bodem"]}, "to": "zuid"}],
    "secondments": [
        {
            "staff": "z-1",
            "home": "zuid",
            "deployed_at": "noord",
            "role": "behandelaar",
            "from": "2024-01-01",
            "to": "2024-12-31",
        },
        {
            "staff": "z-2",
            "home": "zuid",
            "deployed_at": "noord",
            "role": "behandelaar",
            "from": "2024-01-01",
            "to": "2024-03-31",
        },
    ],
    "field_ownership": {
        "status": "handler",
        "result": "handler",
        "properties": "latest-wins",
        "properties.klasse": "handler",
        "properties.grens": "park",
    },
    "precedence": [{"field": "result", "value": "ingetrokken", "wins": "home"}],
    "may_cross": {
        "roles": ["aanvrager", "behandelaar"],
        "never_roles": ["klager"],
        "person_fields": ["name"],
    },
}


def some_rules(version: str = "v1", **changes: Any) -> Rules:
    """Rules for two agencies; *changes* replace members of the agreement."""
    return Rules(
        version=version,
        vocabulary=VOCABULARY,
        agreements=(Agreement.model_validate({**AGREEMENT, **changes}),),
        lenses={NOORD: noord_lens(), ZUID: zuid_lens()},
        staff={
            "n-1": StaffMember("n-1", "Nel", NOORD),
            "z-1": StaffMember("z-1", "Zeger", ZUID),
            "z-2": StaffMember("z-2", "Zita", ZUID),
        },
    )


RULES = some_rules()


def noord_case(**changes: Any) -> Case:
    """A whole case as noord shows it."""
    fields: dict[str, Any] = {
        "number": "N-1",
        "case_type": "N-BOD",
        "title": "Graafwerk",
        "participant": "GM1",
        "status": "1",
        "result": None,
        "handler": None,
        "properties": (prop("klasse", "L"), prop("grens", "J")),
        "documents": (),
        "notes": (),
        "roles": (),
    }
    return Case(**{**fields, **changes})


def prop(key: str, value: str) -> Property:
    return Property(key=key, value=value)


def document(key: str, kind: str, title: str = "Rapport", **more: Any) -> Document:
    return Document(
        **{
            "key": key,
            "type": kind,
            "title": title,
            "digest": f"d{title}",
            "size_bytes": 3,
            **more,
        }
    )


def handler(staff: str) -> Handler:
    return Handler(id=staff, name=staff)


def note(key: str, text: str, **more: Any) -> Note:
    return Note(key=key, text=text, **more)


def party(role: str, name: str) -> Role:
    return Role(
        key=role_key(role, "natuurlijk_persoon", name),
        role=role,
        kind="natuurlijk_persoon",
        identity=name,
        person={"name": name},
    )


class Play:
    """
    Plays one Link: what each system shows, what is on its way, what people type.

    The systems obey Commands as an edge would, and render what they are told to render.
    """

    def __init__(self, rules: Rules = RULES, case: Case | None = None) -> None:
        self.rules, self.at = rules, NOW
        self.shows: dict[AgencyId, Case] = {NOORD: case or noord_case()}
        self.link: Link | None = None
        self.commands: list[Command] = []
        self.decisions: list[Decision] = []
        self.render: dict[str, Any] = {}
        self.refuse: dict[str, str] = {}
        self.unsupported: set[str] = set()
        self.stays: dict[AgencyId, dict[str, int]] = {}
        self._counter = 0

    def tick(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def stamp(self) -> Sequence:
        self._counter += 1
        return Sequence(1, self._counter)

    def edit(self, agency: AgencyId, **changes: Any) -> None:
        """Somebody types; nobody is told yet."""
        self.shows[agency] = self.shows[agency].model_copy(update=changes)

    def set_property(self, agency: AgencyId, key: str, value: str) -> None:
        rest = [p for p in self.shows[agency].properties if p.key != key]
        self.edit(agency, properties=(*rest, prop(key, value)))

    def observation(
        self, agency: AgencyId, authors: dict[str, Author] | None = None
    ) -> Observation:
        snapshot = Snapshot(
            ref=CaseRef(f"{agency}-1"),
            case=self.shows[agency],
            authors=authors or {},
            withheld=self._withheld(agency),
        )
        return Observation(
            agency=agency,
            ref=CaseRef(f"{agency}-1"),
            sequence=self.stamp(),
            cause=Cause.PUSH,
            at=self.tick(),
            sight=Seen(snapshot=snapshot),
        )

    def _withheld(self, agency: AgencyId) -> tuple[Withheld, ...]:
        found = self.stays.get(agency, {})
        return tuple(Withheld(type=kind, count=count) for kind, count in found.items())

    def see(self, agency: AgencyId, authors: dict[str, Author] | None = None) -> Decision:
        """The edge looks, and the hub decides."""
        return self.take(self.observation(agency, authors))

    def take(self, observation: Observation) -> Decision:
        if self.link is None:
            decisions = decide_new(observation, self.rules, self.at)
            assert decisions, "nothing was decided"
            return self.keep(decisions[0])
        return self.keep(decide_observation(self.link, observation, self.rules, self.at))

    def keep(self, decision: Decision) -> Decision:
        self.link = decision.link or self.link
        self.commands += decision.commands
        self.decisions.append(decision)
        return decision

    def obey(self, command: Command | None = None) -> Decision:
        """Carry out the oldest Command, and let the hub settle it."""
        command = command or self.commands.pop(0)
        outcomes = self._apply(command)
        return self.answer(command, self.settled(command, outcomes))

    @contextmanager
    def before_it_is_read_back(self) -> Iterator[None]:
        """Noord is seen and the other side written; what happens inside comes before the answer."""
        self.see(NOORD)
        command = self.commands.pop(0)
        outcomes = self._apply(command)
        yield
        self.answer(command, self.settled(command, outcomes))

    def answer(self, command: Command, result: Result) -> Decision:
        assert self.link is not None
        receipt = Receipt(
            command=command.id,
            link=command.link,
            agency=command.agency,
            lane=command.lane,
            at=self.tick(),
            result=result,
        )
        return self.keep(decide_receipt(self.link, receipt, self.rules, self.at))

    def settled(self, command: Command, outcomes: dict[str, ChangeOutcome]) -> Settled:
        ref = CaseRef(f"{command.agency}-1")
        withheld = self._withheld(command.agency)
        snapshot = Snapshot(ref=ref, case=self.shows[command.agency], withheld=withheld)
        return Settled(ref=ref, sequence=self.stamp(), snapshot=snapshot, outcomes=outcomes)

    def settle(self, most: int = 20) -> None:
        """Carry out Commands until none is left."""
        for _ in range(most):
            if not self.commands:
                return
            self.obey()
        raise AssertionError("it does not come to rest")

    def value(self, agency: AgencyId, path: str) -> Any:
        found = cells_of(self.shows[agency]).get(path)
        return (
            found["value"] if path.startswith("properties/") and isinstance(found, dict) else found
        )

    def parked(self, agency: AgencyId) -> dict[str, str]:
        assert self.link is not None
        return {path: p.reason.value for path, p in self.link.sides[agency].parked.items()}

    def side(self, agency: AgencyId) -> Any:
        assert self.link is not None
        return self.link.sides[agency]

    def told(self) -> list[str]:
        return [row.what.value for decision in self.decisions for row in decision.journal]

    def _apply(self, command: Command) -> dict[str, ChangeOutcome]:
        outcomes: dict[str, ChangeOutcome] = {}
        if command.agency not in self.shows:
            self.shows[command.agency] = Case(
                properties=(),
                documents=(),
                notes=(),
                roles=(),
                result=None,
                handler=None,
            )
        for change in command.patch.changes:
            outcomes[change.path] = ChangeOutcome(
                outcome=self._change(command, change), detail=self.refuse.get(change.path, "")
            )
        return outcomes

    def _change(self, command: Command, change: Change) -> Outcome:
        now = cells_of(self.shows[command.agency]).get(change.path)
        if change.path in self.refuse:
            return Outcome.REFUSED
        if change.path.split("/")[0] in self.unsupported and change.expect != change.become:
            return Outcome.UNSUPPORTED
        if now == change.become:
            return Outcome.ALREADY
        if command.ref is not None and now != change.expect:
            return Outcome.CONFLICT
        if change.expect == change.become:
            return Outcome.CONFLICT
        self._write(command.agency, change.path, self.render.get(change.path, change.become))
        return Outcome.DONE

    def _write(self, agency: AgencyId, path: str, value: Any) -> None:
        field, _, key = path.partition("/")
        if not key:
            update = Case.model_validate({field: value})
            self.edit(agency, **{field: getattr(update, field)})
            return
        items = getattr(self.shows[agency], field)
        rest = [item for item in items if item.key != key]
        if value is not None:
            if field in ("documents", "notes") and len(rest) == len(items):
                value = {**value, "key": f"{agency}-{len(rest) + 1}"}
            rest.append(getattr(Case.model_validate({field: [value]}), field)[0])
        self.edit(agency, **{field: tuple(rest)})


def found_by_its_mark(play: Play) -> None:
    """Zuid's case is seen, while the hub waits to have it made."""
    assert play.link is not None
    observation = play.observation(ZUID)
    assert isinstance(observation.sight, Seen)
    marked = observation.sight.snapshot.model_copy(update={"mark": Mark(play.link.id)})
    play.take(observation.model_copy(update={"sight": Seen(snapshot=marked)}))
