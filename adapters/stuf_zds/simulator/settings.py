"""What a simulator is started with, and what can be switched while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from adapters.kit.simulator import NotificationQuirks
from adapters.stuf_zds.envelope import Systeem
from adapters.stuf_zds.names import Profile


@dataclass(frozen=True, slots=True)
class Client:
    """
    A system that may send messages.

    Attributes:
        systeem: As it calls itself in `zender`; empty organisatie or administratie: any.
        password: Asked for by HTTP basic authentication, with `user`, where it is set.
        operations: Names of those that it may use; None: all.
        callback: Where its OntvangAsynchroon is: for what is told to it later (Bv01, Fo01); there
            we log in by HTTP basic with `callback_user`, where it is set.
    """

    systeem: Systeem
    user: str = ""
    password: str = field(default="", repr=False)
    operations: tuple[str, ...] | None = None
    callback: str = ""
    callback_user: str = ""
    callback_password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Subscriber:
    """
    A system that is told what changes here.

    Attributes:
        url: Of its OntvangAsynchroon.
        speaks: `zds`: as the consumer of its services (creeerZaak, updateZaak …); `zkn`: by the
            general notifications of the sector model (zakLk01, edcLk01).
    """

    systeem: Systeem
    url: str
    speaks: Literal["zds", "zkn"] = "zkn"
    profile: Profile = Profile.ZDS_1_1
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Deviations:
    """
    How what is sent deviates from the standard; each was seen at a real system.

    `charset` other than utf-8 is declared, `wrong_charset` is not. `long_codes`: codes of more
    than ten characters are taken and given.
    """

    charset: str = "utf-8"
    wrong_charset: bool = False
    byte_order_mark: bool = False
    leading_space: bool = False
    prefixes: Literal["usual", "odd", "default"] = "usual"
    cdata: bool = False
    date_dashes: bool = False
    date_time: bool = False
    zero_dates: bool = False
    empty_for_none: bool = False
    value_with_novalue: bool = False
    lower_case_codes: bool = False
    wrong_order: bool = False
    no_entiteittype: bool = False
    no_verwerkingssoort: bool = False
    one_object: bool = False
    status_as_addition: bool = False
    long_reference: bool = False
    schema_location: bool = False
    foreign_elements: bool = False
    upper_case_number: bool = False
    long_codes: bool = False
    chamber_number: bool = False
    empty_party: bool = False
    mtom: bool = False
    not_found: Literal["empty", "fault", "nil"] = "empty"
    fault_status: int = 500
    fault_code: Literal["usual", "receiver", "stuf"] = "usual"
    fault_bare: bool = False
    fo03_on_questions: bool = False
    upper_case_place: bool = False


@dataclass(frozen=True, slots=True)
class Quirks:
    """
    How this system behaves.

    Attributes:
        strict: Refuse what the schema has no place for (StUF055).
        check_old: Refuse a change whose old values are not those here; few systems do.
        check_time: Refuse a message that is not later than the last of its sender (StUF019).
        acknowledge_first: Acknowledge, then process: what fails is told later (Fo01).
        tell_done: With that, tell also what went well (Bv01).
        keys_only: Without a scope a question is answered with the keys alone.
        search: Questions may select by more than the number of a case.
        stale_seconds: How long reads lag behind writes.
        cut_at: Longer texts are cut, silently; 0: none is.
        decimals: Numbers in extra elements are rounded to so many; -1: none is.
        half_applied: Of a change the first is made, and the rest fails.
        closed_is_final: Refuse changes of what is closed, but for reopening it.
        definitive_is_final: Refuse to change a document that is definitive.
        needs_result: Refuse to close a case that has no result.
        first_status: A new case begins in the first status of its process.
        unsupported: Elements that this system has no place for.
        refuses: Elements that nobody from outside may change; `zaak`: no case may be made.
        cut_downloads: An answer with a document breaks off half way.
        late_downloads: An answer with a document comes so many seconds after what was done.
        announces: What subscribers are told of.
        echo: Tell a subscriber of what it did itself.
    """

    strict: bool = True
    check_old: bool = True
    check_time: bool = False
    acknowledge_first: bool = False
    tell_done: bool = False
    keys_only: bool = False
    search: bool = False
    stale_seconds: float = 0.0
    cut_at: int = 0
    decimals: int = -1
    half_applied: bool = False
    closed_is_final: bool = False
    definitive_is_final: bool = False
    needs_result: bool = False
    first_status: bool = False
    unsupported: tuple[str, ...] = ()
    refuses: tuple[str, ...] = ()
    cut_downloads: bool = False
    late_downloads: float = 0.0
    announces: tuple[str, ...] = ("zaak", "status", "document", "besluit")
    echo: bool = True
    deviations: Deviations = Deviations()
    notifications: NotificationQuirks = field(default_factory=NotificationQuirks)


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """
    How to start a simulator.

    `data_dir` None keeps everything in memory (documents in a folder that is removed). With a
    folder all is kept across a kill.
    """

    clients: tuple[Client, ...]
    agency: str = "odru"
    systeem: Systeem | None = None
    """What this system calls itself; from the parties file when None."""
    subscribers: tuple[Subscriber, ...] = ()
    data_dir: Path | None = None
    catalogue: Path | None = None
    parties: Path | None = None
    """Names, units and staff of agencies; beside the catalogue when None."""
    number_prefix: str = "0344"
    """Numbers of cases and documents begin with the code of the municipality."""
    host: str = "127.0.0.1"
    port: int = 0
    quirks: Quirks = field(default_factory=Quirks)
    seed: int = 0
    """Of the chances in notifications and faults."""
    shutdown_seconds: float = 2.0
