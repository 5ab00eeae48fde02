"""
The boundary for a case system: the Adapter, its optional roles, and what it promises.

An adapter speaks one protocol. It knows structure; it knows nothing of agreements, crosswalks
or other agencies. It keeps no state that matters: what it must remember is in the system that
it speaks to, or is handed to it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar, Protocol, Self, runtime_checkable

from pydantic import BaseModel, ConfigDict, model_validator

from contracts.case import FIELDS, Document, Record
from contracts.errors import Garbled
from contracts.ids import CaseRef, Cursor, Mark, Token
from contracts.patch import Patch
from contracts.snapshot import Snapshot


class Intake(StrEnum):
    """How an edge learns that a case may have changed."""

    PUSH = "push"
    POLL = "poll"


class CreateGuard(StrEnum):
    """What keeps a repeated create from making a second case."""

    KEY = "key"
    """The system refuses a second create with the same key."""
    MARK = "mark"
    """``find`` sees our mark as soon as the create was done."""


class UpdateGuard(StrEnum):
    """What keeps a write from overwriting an edit that nobody saw."""

    NONE = "none"
    TOKEN = "token"  # noqa: S105  # the word, not a secret
    LOCK = "lock"


class Limit(Record):
    """
    How much of a field the system holds; applied before sending, so that nothing is refused.

    Attributes:
        max_length: In code points. Longer text is cut, and then stands for the whole.
        codes: The only values it takes; others are refused before they are sent.
    """

    max_length: int | None = None
    codes: frozenset[str] | None = None


class DocumentLimits(Record):
    """What the system takes as a document."""

    max_bytes: int | None = None
    keeps_versions: bool = True


class Capabilities(Record):
    """
    What a case system can do, how safely, and within which limits.

    The class of an adapter promises the most; `Adapter.check` tells what this system has of it.

    Attributes:
        readable: Fields that a Snapshot carries. All others are unsupported.
        writable: Fields that a Patch may change. ``case_type`` among them means that the type of
            an existing case can be changed.
        creatable: Fields that can be given on create and never changed after.
        intake: Empty means that only a sweep finds changes.
        create_guard: Empty means that a create without an answer waits for a person.
        settles_within: How long after a create ``find`` may still miss it.
        sees_deletion: A case that is gone can be told from one that we may not see.
        read_lag: How far behind a read may be. So long after a look at a case, or a write of ours,
            nothing is read of it.
        limits: By field, or ``field/member`` for a member of its items.
    """

    readable: frozenset[str]
    writable: frozenset[str]
    creatable: frozenset[str] = frozenset()
    intake: frozenset[Intake] = frozenset()
    create_guard: frozenset[CreateGuard] = frozenset()
    update_guard: UpdateGuard = UpdateGuard.NONE
    settles_within: timedelta = timedelta(0)
    sees_deletion: bool = False
    read_lag: timedelta = timedelta(0)
    documents: DocumentLimits | None = None
    limits: Mapping[str, Limit] = {}

    @model_validator(mode="after")
    def _names_are_fields(self) -> Self:
        unknown = (self.readable | self.writable | self.creatable) - FIELDS.keys()
        if unknown:
            msg = f"not fields of a Case: {', '.join(sorted(unknown))}"
            raise ValueError(msg)
        return self

    @property
    def unsupported(self) -> frozenset[str]:
        """The fields of a Case that this system cannot show."""
        return frozenset(FIELDS) - self.readable


class AdapterSettings(BaseModel):
    """Base of an adapter's settings. Secrets are `pydantic.SecretStr`, and come from files."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Push(Record):
    """
    What a system sent to our endpoint, before anybody trusts it.

    Attributes:
        path: Below the agency's own callback address.
        headers: With lower-case names.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Answer(Record):
    """What the edge answers to a push, once its hints are durable."""

    status: int = 204
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Heard(Record):
    """
    The cases that a push speaks of (none is possible), and what to answer.

    Attributes:
        answer: Once the hints are durable.
        otherwise: Where they cannot be made so now; the edge's own words where it is ``None``.
    """

    refs: tuple[CaseRef, ...]
    answer: Answer = Answer()
    otherwise: Answer | None = None


class Unheard(Garbled):
    """A push that is refused, with the answer that its own protocol has for that."""

    def __init__(self, message: str, *, answer: Answer, body: bytes = b"") -> None:
        """Take what is wrong, and what to answer."""
        super().__init__(message, body=body)
        self.answer = answer


class HintPage(Record):
    """Some references that a poll found, and how far it has come once they are durable."""

    refs: tuple[CaseRef, ...]
    cursor: Cursor | None = None


class Adapter(Protocol):
    """
    One case system.

    Built with its settings, entered as an async context manager before use. Every method may be
    called concurrently; for one case the edge writes facts once at a time and documents once at a
    time, and may read meanwhile. Each call ends within the deadline that the edge puts around
    it, and passes cancellation on.

    Errors are those of `contracts.errors`.
    """

    kind: ClassVar[str]
    Settings: ClassVar[type[AdapterSettings]]
    capabilities: ClassVar[Capabilities]

    def __init__(self, settings: AdapterSettings) -> None: ...

    async def __aenter__(self) -> Self:
        """
        Open what is needed to ask anything; nothing is asked yet.

        Raises:
            OSError: A file that the settings name cannot be read.
            ValueError: What stands in it cannot be used: which setting, what is wrong, the way out.
        """
        ...

    async def __aexit__(self, *exc: object) -> None: ...

    async def check(self) -> Capabilities:
        """
        Try the address and the credentials, changing nothing, and tell what this system offers.

        Returns:
            At most what the class promises; less where this system lacks an extension.

        Raises:
            Unreachable: Nobody answers at the address.
            Denied: The credentials are refused, or lack rights; the message names which.
        """
        ...

    async def read(self, ref: CaseRef) -> Snapshot:
        """
        Read one case whole, as it stands now.

        Raises:
            NotFound: Never there, or no longer (`Gone` where the system can tell).
        """
        ...

    async def write(
        self, ref: CaseRef, patch: Patch, *, token: Token | None, contents: Contents, key: str
    ) -> None:
        """
        Make the changes of *patch* on one case, now.

        May stop half-way: the edge reads the case again afterwards and sends what is left, so a
        part that was done must not be undone. A change that is refused keeps no other from being
        tried; what was refused is told at the end, all at once, by `Refusals`.

        Args:
            ref: The case.
            patch: In this agency's own terms.
            token: From the Snapshot that was compared, where the system gave one.
            contents: Gives the bytes of the documents that *patch* brings.
            key: The same for every repetition of one command; pass it on where the system takes
                an idempotency key.

        Raises:
            Conflict: The case no longer shows what *patch* expects.
            Uncertain: A request left, and no usable answer came.
            Refusals: Some changes were refused, each with the system's own words; all others
                were made.
        """
        ...

    async def create(self, patch: Patch, *, mark: Mark, contents: Contents, key: str) -> CaseRef:
        """
        Create a case that bears *mark*, with what can be given at once; the edge writes the rest.

        Called only after `find` found none.

        Args:
            patch: In this agency's own terms.
            mark: To be put where `find` will see it.
            contents: Gives the bytes of the documents that *patch* brings.
            key: The same for every repetition; pass it on where the system takes an idempotency
                key.

        Raises:
            Uncertain: A request left, and no usable answer came: the case may be there, or come.
                The edge looks for its mark before it tries again.
            Conflict: Nothing was made; the same may succeed at the next try (a number was taken).
            Rejected: Refused, in the system's own words; nothing was made.
        """
        ...

    async def find(self, mark: Mark) -> Sequence[CaseRef]:
        """Find the cases that bear *mark*: none, one, or (after a fault of ours) more."""
        ...


class Refusals(Exception):
    """Raised by `Adapter.write`: these changes were refused, all others were made."""

    def __init__(self, refused: Mapping[str, str]) -> None:
        """Take the path of each refused change with the system's own words for it."""
        super().__init__(f"refused: {', '.join(sorted(refused))}")
        self.refused = dict(refused)


class Contents(Protocol):
    """Gives a document's bytes to an adapter that writes it."""

    def open(self, document: Document) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """
        Open the content of *document* for one reading, in pieces of at most 1 MiB.

        Raises:
            LookupError: The content is not here (yet); the change waits, nothing else does.
        """
        ...


@runtime_checkable
class Remembers(Protocol):
    """Contents that keep short notes on transfers, so that a restart need not begin them anew."""

    async def note(self, place: str, text: str | None) -> None:
        """Keep *text* under a name for at least some hours; ``None`` forgets it."""
        ...

    async def noted(self, place: str) -> str | None:
        """Give what was noted, unless it is gone."""
        ...


@runtime_checkable
class KeepsLocks(Protocol):
    """
    Contents beside which it stands, durably, what a write has locked.

    What stands here when the write is over, because its process was killed or nobody answered, the
    edge gives to `Unlocks`. A place is what the adapter wants to be told then: which case, or which
    document.
    """

    async def locking(self, place: str) -> str | None:
        """
        Write down that *place* is about to be locked.

        Returns:
            The id of the lock that an earlier write left there; empty where it may have left one
            and never heard its id; ``None`` where none did.
        """
        ...

    async def locked(self, place: str, lock: str) -> None:
        """Write down the id of the lock that was had."""
        ...

    async def unlocked(self, place: str) -> None:
        """Write down that nothing of ours is locked there any more; never raises."""
        ...


@runtime_checkable
class Unlocks(Protocol):
    """An adapter that locks while it writes, and can give back what a killed write left locked."""

    async def unlock(self, place: str, lock: str, *, for_good: bool, key: str) -> bool:
        """
        Release what a write left locked, which nobody goes on with now.

        Args:
            place: As it was given to `KeepsLocks`.
            lock: The id; empty where we never heard whether, and as what, it was locked.
            for_good: Nobody will go on any more: what was left half goes as well, and of a document
                the version before stands again. Else what a later write can go on with stays as it
                is. A write for the same place waits until this is over.
            key: That of the write that left it.

        Returns:
            Whether nothing of ours is locked there now. ``False`` is asked again, ever later; in
            the end a person has to release it.
        """
        ...


@runtime_checkable
class Hears(Protocol):
    """An adapter whose system pushes."""

    def hear(self, push: Push) -> Heard:
        """
        Tell which cases a push speaks of. Pure: bytes in, references out.

        Raises:
            Denied: Not signed as we asked; answered 401 and 403, nothing is read of it.
            Garbled: Signed, and still no message of this protocol; answered 400, or as an
                `Unheard` says.
        """
        ...

    async def subscribe(self, callback_url: str) -> None:
        """Make the system push to *callback_url*; repeated at each start, so it must not double."""
        ...

    async def unsubscribe(self, callback_url: str) -> None:
        """Make it stop; no error where it did not push there."""
        ...


class Ear(Protocol):
    """Hears one push, a piece at a time; raises as `Hears.hear` does, as soon as it is known."""

    def take(self, piece: bytes) -> None:
        """Take the next bytes of the body."""
        ...

    def heard(self) -> Heard:
        """Say that all has come, and tell which cases it speaks of."""
        ...


@runtime_checkable
class Listens(Protocol):
    """An adapter that hears pushes of any size (with documents in them), and holds none whole."""

    def listen(self, push: Push) -> Ear:
        """
        Begin to hear a push, of which all is there but the body. Pure, as `Hears.hear` is.

        Raises:
            Denied: Not signed as we asked; nothing more is read of it.
        """
        ...


@runtime_checkable
class Polls(Protocol):
    """An adapter whose system can be asked what there is."""

    def poll(self, since: Cursor | None) -> AsyncIterator[HintPage]:
        """
        Go through the cases that may have changed since *since*; all, where it is ``None``.

        A case that may not have changed is allowed; one that did and is left out is not, but for
        what the capabilities say. Follows every page.
        """
        ...


@runtime_checkable
class Relates(Protocol):
    """An adapter whose system tells of things that belong to a case under another address."""

    async def cases_of(self, ref: CaseRef) -> Sequence[CaseRef]:
        """Give the cases that *ref* (a document, say) belongs to, itself where it is a case."""
        ...


@runtime_checkable
class CarriesDocuments(Protocol):
    """An adapter whose system holds documents with content. Streams; never whole in memory."""

    def download(
        self, ref: CaseRef, document: Document, *, start: int = 0
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """
        Open the content of one version of a document for one reading.

        Args:
            ref: A case that has the document.
            document: As it was read.
            start: Give the bytes from here on. Where the system has no way to ask for those
                alone, what lies before is read and dropped.
        """
        ...
