"""A page: a template, the words of the reader's language, and what every page has around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import aiohttp_jinja2
import jinja2
from aiohttp import web

from bridge.console.assets import address_of
from bridge.console.guard import SESSION
from bridge.console.inert import inert, spoken
from bridge.console.moments import how_long, on_day, when
from bridge.console.names import Names
from bridge.console.navigation import Entry, entries
from bridge.console.people import PERSON, Person, Role
from bridge.console.supply import Supply, supply_of
from bridge.console.table import OF, TWIN, Table, twin_of
from bridge.console.words import Language, language_of
from bridge.desk import State

LANGUAGE_COOKIE: Final = "language"
THEME_COOKIE: Final = "theme"
THEMES: Final = ("auto", "light", "dark")


@dataclass(frozen=True, slots=True)
class Reader:
    """How somebody reads: the language, and light or dark."""

    language: Language
    theme: str
    supply: Supply
    person: Person | None

    def say(self, name: str, /, **values: object) -> str:
        """Give a word in the reader's language."""
        return self.supply.words.say(self.language, name, **values)

    @property
    def names(self) -> Names:
        """What people call the codes in the rules that run now."""
        return Names(self.supply.rules())

    def may(self, roles: frozenset[Role]) -> bool:
        """Tell whether one of *roles* is the reader's."""
        return self.person is not None and bool(self.person.roles & roles)

    def when(self, at: datetime) -> str:
        """Say when something was."""
        return when(at, self.language, self.supply.words)

    def on_day(self, day: date) -> str:
        """Say on which day something is."""
        return on_day(day, self.language, self.supply.words)

    def age(self, since: datetime) -> str:
        """Say how long ago something was."""
        return how_long(self.supply.now() - since, self.language, self.supply.words)


def reader_of(request: web.Request) -> Reader:
    """Tell how whoever asks wants to read."""
    theme = request.cookies.get(THEME_COOKIE, "")
    person = request.get(PERSON)
    language = language_of(
        request.cookies.get(LANGUAGE_COOKIE) or (person and person.language),
        request.headers.get("Accept-Language", ""),
    )
    return Reader(language, theme if theme in THEMES else THEMES[0], supply_of(request), person)


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page has around its own content."""

    request: web.Request

    @property
    def reader(self) -> Reader:
        """Who reads, and how."""
        return reader_of(self.request)

    @property
    def csrf(self) -> str | None:
        """What every form of this session must bear."""
        session = self.request.get(SESSION)
        return session.csrf if session else None

    @property
    def navigation(self) -> tuple[Entry, ...]:
        """Where one can go from here."""
        return entries(self.request)

    @property
    def here(self) -> str:
        """The address of this page, filters and all."""
        return self.request.rel_url.raw_path_qs

    def twin(self, kind: str, of: str) -> str:
        """Give the address of a twin of one of this page's tables."""
        return str(self.request.rel_url.update_query({TWIN: kind, OF: of}))

    def following(self, after: str) -> str:
        """Give the address of the next page of this page's table."""
        return str(self.request.rel_url.update_query({"after": after}))


@jinja2.pass_context
def _when(context: jinja2.runtime.Context, at: datetime) -> str:
    return _reader_in(context).when(at)


@jinja2.pass_context
def _on_day(context: jinja2.runtime.Context, day: date) -> str:
    return _reader_in(context).on_day(day)


def _reader_in(context: jinja2.runtime.Context) -> Reader:
    reader: Reader = context["reader"]
    return reader


def set_up_pages(app: web.Application) -> None:
    """Let an application make pages."""
    environment = aiohttp_jinja2.setup(
        app,
        default_helpers=False,
        loader=jinja2.PackageLoader("bridge.console"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Asked of the type: a record of a case may have members of any name.
    environment.tests |= {
        "a_state": lambda value: isinstance(value, State),
        "a_moment": lambda value: isinstance(value, datetime),
    }
    environment.filters |= {"inert": inert, "spoken": spoken, "when": _when, "on_day": _on_day}
    environment.globals |= {"asset": address_of, "themes": THEMES, "languages": tuple(Language)}


async def page(
    request: web.Request,
    template: str,
    *,
    status: int = 200,
    watch: str | None = None,
    **context: Any,
) -> web.Response:
    """
    Make a page.

    Args:
        watch: What its live parts are about: ``all``, or a Link; nothing of it lives without.
    """
    reader = reader_of(request)
    context |= {"frame": Frame(request), "reader": reader, "say": reader.say, "age": reader.age}
    context.setdefault("names", reader.names)
    if watch:
        context |= {"watch": watch, "since": await reader.supply.live.number()}
    return aiohttp_jinja2.render_template(template, request, context, status=status)


async def page_of_table(
    request: web.Request,
    template: str,
    table: Table,
    *,
    beside: Sequence[Table] = (),
    **context: Any,
) -> web.Response:
    """
    Make a page around a table, or give the twin of a table where that was asked for.

    Args:
        beside: The other tables of the page.
    """
    wanted = request.query.get(TWIN)
    if wanted is not None:
        of = request.query.get(OF, table.name)
        asked = next((each for each in (table, *beside) if each.name == of), None)
        if asked is None:
            raise web.HTTPNotFound
        return twin_of(asked, wanted, request.rel_url)
    return await page(request, template, table=table, beside=beside, **context)
