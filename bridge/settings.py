"""
Settings: one file, overridden by the environment; secrets are files of their own.

Every setting can be given as ``CASEBRIDGE_<NAME>`` (members of a group with ``__`` between).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)

from bridge.faulty import Faulty, faulty


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ScanSettings(_Group):
    """
    Who looks into documents before they enter an agency's case system.

    Attributes:
        clamd: The daemon of ClamAV: ``unix:///run/clamav/clamd.ctl`` or ``tcp://host:3310``.
        timeout: How long it may be silent before it counts as away.
    """

    clamd: str = Field(pattern=r"^(unix:///.+|tcp://[^/]+)$")
    timeout: timedelta = timedelta(minutes=2)


class AgencySettings(_Group):
    """
    One agency's case system.

    Attributes:
        adapter: The kind of adapter that speaks to it.
        settings: What that adapter wants to know; see its README.
        case_url: Where people find a case in that system, with ``{ref}`` or ``{number}`` in it.
        account: Of its edge on RabbitMQ: the only one that may speak for this agency.
        scan: Who looks into documents before they enter this system; nobody where it is left out.
    """

    adapter: str
    settings: Mapping[str, Any] = {}
    case_url: str | None = Field(default=None, pattern=r"^https?://[^\s]+$")
    account: str | None = Field(default=None, min_length=1)
    scan: ScanSettings | None = None


class EdgeSettings(_Group):
    """
    How edges work.

    Attributes:
        fold_for: How long a hint waits for others of the same case to fold with it.
        poll_every: Between two polls of a system that can be polled; ``None`` for never.
        look_every: Between two looks at a case that changed lately, where its system cannot be
            polled; a case that stays as it is is looked at more seldom. ``None``: what is not
            announced there is found by sweeps alone.
        sweep_every: Between two sweeps over all cases that are known.
        request_timeout: Within which one call to a system must have ended.
        concurrency: Cases worked on at the same time, for each system.
        lease: How long an edge stays the only one for its agency without a sign of life.
        large_document_bytes: Documents larger than this wait for each other, and for nobody else;
            and go at a third of their pace while anything else is at work.
        keep_content: How long document content is kept for a target that does not come for it.
        keep_used_content: How long it is kept for others once a target has it.
        patience_first: How long a system that cannot be reached is left alone at first.
        patience_longest: How long at most.
        listen_host: Where callbacks are received.
        public_url: The address of this edge as case systems reach it; callbacks go below it.
    """

    fold_for: timedelta = timedelta(seconds=1)
    poll_every: timedelta | None = None
    look_every: timedelta | None = None
    sweep_every: timedelta = timedelta(hours=1)
    request_timeout: timedelta = timedelta(seconds=30)
    document_timeout: timedelta = timedelta(minutes=30)
    concurrency: int = Field(default=6, ge=1, le=64)
    lease: timedelta = timedelta(seconds=15)
    large_document_bytes: int = Field(default=16 * 1024 * 1024, ge=0)
    keep_content: timedelta = timedelta(days=7)
    keep_used_content: timedelta = timedelta(minutes=10)
    patience_first: timedelta = timedelta(seconds=1)
    patience_longest: timedelta = timedelta(seconds=30)
    parks_per_minute: int = 60
    listen_host: str = "127.0.0.1"
    listen_port: int = 8480
    public_url: str | None = None


class ContentSettings(_Group):
    """
    Where the content of documents lies on its way from one edge to another.

    Attributes:
        store: ``s3://bucket/path``, ``az://account/container``, or ``file:///folder``; the folder
            ``content`` in ``data`` where it is not given.
        options: What the store wants to know besides (``endpoint``, ``region``).
        secret_file: What gives access to it: a file of ``name: value`` lines.
        key_files: Keys that content is sealed with, each in a file: the first seals, all open.
        chunk_bytes: How much lies in one object.
    """

    store: str | None = Field(default=None, pattern=r"^(s3|az|file)://.+")
    options: Mapping[str, str] = {}
    secret_file: Path | None = None
    key_files: tuple[Path, ...] = ()
    chunk_bytes: int = Field(default=4 * 1024 * 1024, ge=64 * 1024, le=64 * 1024 * 1024)


class HubSettings(_Group):
    """
    How hubs work.

    Attributes:
        group: How many messages are decided in one transaction at most.
        job_rate: How many cases a second a job takes at most.
        account: Of the hub on RabbitMQ: the only one that may command.
    """

    group: int = Field(default=50, ge=1, le=500)
    job_rate: int = Field(default=20, ge=1, le=500)
    account: str | None = Field(default=None, min_length=1)


class OidcSettings(_Group):
    """
    The provider at which people sign in to the console.

    Attributes:
        issuer: Its address, exactly as its tokens name it; https, or on this machine http.
        client_id: Under which it knows us.
        secret_file: Holds the secret that it gave us, if it did; read at each sign-in.
        scopes: What is asked for.
        roles_claim: Which claim names groups or roles; dots lead into it
            (``realm_access.roles``).
        roles: For each role of ours, which of those names give it.
        staff_claim: Which claim says who somebody is in the rules' parties.
        api_audience: The audience of access tokens for the API; without it, none is taken.
    """

    issuer: str = Field(
        pattern=r"^(https://[^\s?#]+|http://(127\.0\.0\.1|localhost)([:/][^\s?#]*)?)$"
    )
    client_id: str
    secret_file: Path | None = None
    scopes: tuple[str, ...] = ("openid", "profile")
    roles_claim: str = "roles"
    roles: Mapping[Literal["employee", "operator", "administrator", "auditor"], tuple[str, ...]]
    staff_claim: str | None = None
    api_audience: str | None = None


class ConsoleSettings(_Group):
    """
    The console: pages and API for people.

    Attributes:
        listen_host: Where it is served.
        public_url: The address at which browsers find it, where that is another: behind a proxy.
        accounts: A file of accounts of our own, made with ``casebridge account add``.
        oidc: The organisation's own provider.
        idle: After so long without a click, somebody must sign in again.
        absolute: After so long at most.
    """

    listen_host: str = "127.0.0.1"
    listen_port: int = 8481
    public_url: str | None = Field(default=None, pattern=r"^https?://[^\s?#]+$")
    accounts: Path | None = None
    oidc: OidcSettings | None = None
    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=10)


class Settings(BaseSettings):
    """
    All settings.

    Attributes:
        environment: Names where this runs; a store of another environment is refused.
        rules: Folder with vocabulary, catalogues, crosswalks, agreements.
        data: Folder for what the embedded default keeps, and for document content.
        store: ``sqlite:///…`` or ``postgresql://…``; in ``data`` where it is not given.
        broker: ``amqp://…``; embedded, in ``data``, where it is not given.
        oin: Of the organisation that runs the bridge; names the source of messages.
        clock_ahead: How far our clock is set ahead (or, negative, behind), for drills and demos:
            agreements of another year can be tried in the year they are of.
    """

    model_config = SettingsConfigDict(
        env_prefix="CASEBRIDGE_",
        env_nested_delimiter="__",
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )
    file: ClassVar[Path | None] = None

    environment: str = "default"
    rules: Path
    data: Path = Path("var")
    store: str | None = None
    broker: str | None = None
    oin: str = Field(default="00000000000000000000", pattern=r"^\d{20}$")
    clock_ahead: timedelta = timedelta(0)
    agencies: Mapping[str, AgencySettings] = {}
    edge: EdgeSettings = EdgeSettings()
    hub: HubSettings = HubSettings()
    console: ConsoleSettings = ConsoleSettings()
    content: ContentSettings = ContentSettings()
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error|critical)$")
    log_format: str = Field(default="auto", pattern="^(auto|json|console)$")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # no .env files
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file."""
        sources: tuple[PydanticBaseSettingsSource, ...] = (
            init_settings,
            file_secret_settings,
            env_settings,
        )
        if cls.file is not None:
            sources += (YamlConfigSettingsSource(settings_cls, yaml_file=cls.file),)
        return sources

    @model_validator(mode="after")
    def _accounts_of_all_or_none(self) -> Self:
        accounts = {"hub": self.hub.account}
        accounts |= {f"agencies.{name}": each.account for name, each in self.agencies.items()}
        missing = [f"{name}.account" for name, account in accounts.items() if account is None]
        if missing and len(missing) < len(accounts):
            # Who has none would be refused by those who have, or not be checked by anybody.
            msg = f"{', '.join(missing)} missing; give all accounts, or none"
            raise ValueError(msg)
        return self

    @property
    def store_url(self) -> str:
        """The store's address, the embedded default where none is given."""
        return self.store or f"sqlite:///{self.data / 'casebridge.db'}"


def load_settings(file: Path | None) -> Settings:
    """
    Read the settings from *file*, the environment, and secret files.

    A secret file is named after its setting (``casebridge_store``) and lies in the folder that
    ``CASEBRIDGE_SECRETS`` names, or in ``/run/secrets``.

    Raises:
        Faulty: With every fault at once: its place and what is wrong with it, never the value.
    """
    if file is not None and not file.exists():
        msg = f"{file}: no such file; give another with --config, or CASEBRIDGE_CONFIG"
        raise Faulty(msg)

    class FromFile(Settings):
        pass

    FromFile.file = file
    secrets = Path(os.environ.get("CASEBRIDGE_SECRETS", "/run/secrets"))
    try:
        return FromFile(_secrets_dir=secrets if secrets.is_dir() else None)
    except ValidationError as error:
        raise faulty(error, where=str(file or "environment")) from None
    except Exception as error:
        msg = f"{file}: cannot be read as YAML: {type(error).__name__}; check its indentation"
        raise Faulty(msg) from error
