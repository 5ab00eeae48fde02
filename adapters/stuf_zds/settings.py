"""What a StUF system is reached with, and how it is treated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from adapters.stuf_zds.dialects import DIALECTS, Dialect
from adapters.stuf_zds.entry import missing
from adapters.stuf_zds.envelope import Systeem
from adapters.stuf_zds.names import Port, Profile
from contracts.adapter import AdapterSettings

LONGEST_NUMBER: Final = 40

RoleRelation = Literal[
    "heeftAlsInitiator",
    "heeftAlsBelanghebbende",
    "heeftAlsGemachtigde",
    "heeftAlsUitvoerende",
    "heeftAlsVerantwoordelijke",
    "heeftAlsOverigBetrokkene",
]
CARRIED: Final = frozenset({"participant", "confidentiality"})
"""Fields that StUF has no place for, and that both sides may agree to tell all the same."""

_MARK: Final = "{mark}"
_MARK_LENGTH: Final = 26


class SystemName(BaseModel):
    """
    How both sides agreed to call a system in stuurgegevens.

    Attributes:
        applicatie: Authorisation in ZDS is by this.
        organisatie: Name, municipality code or OIN: whatever the other side has configured.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    applicatie: str = Field(min_length=3, max_length=50)
    organisatie: str = Field(default="", max_length=200)
    administratie: str = Field(default="", max_length=50)

    def systeem(self, user: str = "") -> Systeem:
        """Give it as it stands in a message, with who uses it."""
        return Systeem(self.applicatie, self.organisatie, self.administratie, user[:100])


class CaseType(BaseModel):
    """
    A case type as far as ZDS needs to know it; there is no service to ask for one.

    Attributes:
        name: Its omschrijving. Some systems want it beside the code.
        statuses: What a status is called → its volgnummer, in order.
        final: What the status is called that ends a case.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(default="", max_length=80)
    statuses: Mapping[str, int] = {}
    final: str | None = None


class StufSettings(AdapterSettings):
    """
    How to reach one system that speaks StUF-ZKN 3.10 by Zaak- en Documentservices.

    Attributes:
        version: Of ZDS.
        base_url: Of all port types, whose own names follow (``/OntvangAsynchroon`` …); one that
            is named below goes before it.
        ontvang_asynchroon: Address for notifications.
        beantwoord_vraag: Address for questions.
        vrije_berichten: Address for free messages.
        sender: What we are called.
        receiver: What the system is called.
        user_id: Whom messages name as user where no colleague is known.
        username: For HTTP basic, with ``password`` or ``password_file``.
        client_certificate: PEM file with our certificate, for two-way TLS; ``client_key`` where
            its key is in a file of its own.
        ca_bundle: PEM file with the only authorities that may vouch for the server.
        server_name: What the server's certificate calls it, where its address differs.
        request_timeout: For one message and its answer; a transfer may take longer as long as
            bytes keep coming.
        concurrency: Messages at once to this system.
        max_answer_bytes: An answer is not read beyond this, but for the content of documents.
        max_document_bytes: Documents beyond this are not carried.
        schemas: Folder in which the schemas of this version were unpacked as they are published
            (``0301``, ``bg0310``, ``zkn0310`` …). With it nothing is sent that they do not allow,
            and what comes in is measured by them.
        strict: Refuse to send what the schema does not allow; else only say so in the log.
        dialect: How this product deviates from the standard.
        deviations: Overrides members of the dialect.
        number_pattern: Gives the number of a case that we make, from ``{mark}``. Without it the
            system gives the number, and a create without an answer waits for a person.
        document_pattern: The same, for documents.
        case_types: By code: what ZDS cannot be asked.
        statuses_by: What a status is called: its omschrijving, or its code.
        properties: Names of the extraElementen of a case that were agreed on; the others that a
            system tells of are left where they are.
        elements: Field of a Case that StUF has no place for → the extraElement in which both
            agreed to tell it: ``participant``, ``confidentiality``.
        participant: For whom all cases of this system are, where it serves one participant alone
            and says nothing of it; read, and never written.
        roles: Part in a case as this agency calls it → the relation in whose omschrijving it
            stands. Other relations are called by their own names.
        handler_role: Which of these the handler plays, where not every uitvoerende is one.
        initiator: Identificatie of the organisational unit that stands as initiator of a case
            that comes without one; a case cannot be made with none.
        callback_user: Whom the system is when it calls us, by HTTP basic.
        callback_header: Header in which our own proxy tells who called (its certificate), and
            ``callback_subject`` what must stand in it.
        handovers: What to answer where the system offers a case to be taken over (ZDS 1.2); without
            it people answer, in their own systems.
        max_push_bytes: A message to us is not read beyond this.
    """

    version: Profile = Profile.ZDS_1_1
    base_url: str | None = None
    ontvang_asynchroon: str | None = None
    beantwoord_vraag: str | None = None
    vrije_berichten: str | None = None
    sender: SystemName
    receiver: SystemName
    user_id: str = Field(default="", max_length=100)
    username: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    client_certificate: Path | None = None
    client_key: Path | None = None
    ca_bundle: Path | None = None
    server_name: str | None = None
    request_timeout: timedelta = timedelta(seconds=30)
    concurrency: int = Field(default=4, ge=1, le=32)
    max_answer_bytes: int = Field(default=16 * 1024**2, ge=1024)
    max_document_bytes: int = Field(default=2 * 1024**3, ge=1024)
    schemas: Path | None = None
    strict: bool = True
    dialect: str = "standard"
    deviations: Mapping[str, Any] = {}
    number_pattern: str | None = None
    document_pattern: str | None = None
    case_types: Mapping[str, CaseType] = {}
    statuses_by: Literal["omschrijving", "code"] = "omschrijving"
    properties: tuple[str, ...] = ()
    elements: Mapping[str, str] = {}
    participant: str | None = Field(default=None, min_length=1)
    roles: Mapping[str, RoleRelation] = {}
    handler_role: str | None = None
    initiator: str = Field(default="casebridge", min_length=1, max_length=24)
    callback_user: str | None = None
    callback_password: SecretStr | None = None
    callback_password_file: Path | None = None
    callback_header: str | None = None
    callback_subject: SecretStr | None = None
    handovers: Literal["Overdracht geaccepteerd", "Overdracht geweigerd"] | None = None
    max_push_bytes: int = Field(default=256 * 1024**2, ge=1024)

    @field_validator("base_url", "ontvang_asynchroon", "beantwoord_vraag", "vrije_berichten")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            msg = "an address begins with http:// or https://"
            raise ValueError(msg)
        if parts.username or parts.password:
            msg = "no user or password in an address; use username and password"
            raise ValueError(msg)
        return value.rstrip("/")

    @field_validator("number_pattern", "document_pattern")
    @classmethod
    def _holds_the_mark(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if value.count(_MARK) != 1 or "{" in value.replace(_MARK, ""):
            msg = f"it needs {_MARK}, once: only then is the number the same on a retry"
            raise ValueError(msg)
        if len(value) - len(_MARK) + _MARK_LENGTH > LONGEST_NUMBER:
            msg = f"with a mark of {_MARK_LENGTH} it is longer than {LONGEST_NUMBER}"
            raise ValueError(msg)
        if set(value) & set('\\/"*?:<>|'):
            msg = 'a number holds none of \\ / " * ? : < > |'
            raise ValueError(msg)
        return value

    @field_validator("elements")
    @classmethod
    def _are_carried(cls, value: Mapping[str, str]) -> Mapping[str, str]:
        if value.keys() - CARRIED or not all(value.values()):
            msg = f"each is the name of an extraElement; there are: {', '.join(sorted(CARRIED))}"
            raise ValueError(msg)
        return value

    @field_validator("dialect")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value not in DIALECTS:
            msg = f"there are: {', '.join(sorted(DIALECTS))}"
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        for msg in (*self._doubts_of_access(), *self._doubts_of_words()):
            raise ValueError(msg)
        self.deviating()  # its members are judged, too
        return self

    def _doubts_of_access(self) -> Iterator[str]:
        for name in ("password", "callback_password"):
            given = getattr(self, name), getattr(self, f"{name}_file")
            if None not in given:
                yield f"give either {name} or {name}_file"
            user = name.replace("password", "user") if name != "password" else "username"
            if (getattr(self, user) is None) != (given == (None, None)):
                yield f"{user} and {name} come together"
        if (self.callback_header is None) != (self.callback_subject is None):
            yield "callback_header and callback_subject come together"
        ports = self.ontvang_asynchroon, self.beantwoord_vraag, self.vrije_berichten
        if self.base_url is None and None in ports:
            yield "without base_url each port type needs an address of its own"

    def _doubts_of_words(self) -> Iterator[str]:
        if len({*self.asked_by_name}) < len(self.asked_by_name):
            yield "properties and elements: one name for two things"
        if self.participant is not None and "participant" in self.elements:
            yield "give either participant or elements: participant"
        if self.schemas is not None and (absent := missing(self.schemas, self.version)):
            yield f"schemas: no {absent} there; unpack those of ZDS {self.version} as published"

    def deviating(self) -> Dialect:
        """Give the dialect with what is overridden."""
        return Dialect.model_validate({**DIALECTS[self.dialect].model_dump(), **self.deviations})

    @property
    def asked_by_name(self) -> tuple[str, ...]:
        """The names of all extraElementen of a case that mean something to us."""
        return *self.properties, *self.elements.values()

    def address(self, port: Port) -> str:
        """Give the address of a port type."""
        own: str | None = {
            Port.ONTVANG_ASYNCHROON: self.ontvang_asynchroon,
            Port.BEANTWOORD_VRAAG: self.beantwoord_vraag,
            Port.VRIJE_BERICHTEN: self.vrije_berichten,
        }[port]
        return own or f"{self.base_url}/{port.path(self.version)}"

    def credentials(self) -> tuple[str, str] | None:
        """Give user and password for HTTP basic, where they are set."""
        if self.username is None:
            return None
        return self.username, _secret(self.password, self.password_file)

    def callback_credentials(self) -> tuple[str, str] | None:
        """Give user and password that a call to us must bear, where they are set."""
        if self.callback_user is None:
            return None
        return self.callback_user, _secret(self.callback_password, self.callback_password_file)

    @property
    def may_be_called(self) -> bool:
        """There is a way to tell who calls; without one nobody may."""
        return self.callback_user is not None or self.callback_header is not None


def _secret(given: SecretStr | None, file: Path | None) -> str:
    if given is not None:
        return given.get_secret_value()
    return file.read_text(encoding="utf-8").strip() if file is not None else ""
