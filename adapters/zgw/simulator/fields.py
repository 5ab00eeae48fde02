"""
How the fields of a resource are read from a request: kinds, lengths, codes of refusal.

A kind turns a JSON value into the value that is kept, or raises `Refused` with every reason.
Addresses of our own resources are kept without the host (see `links.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from adapters.kit.simulator import render_moment

from .errors import Invalid
from .links import Links
from .times import Duration, parse_date, parse_moment

Json = Any
EMPTY: Final = "Dit veld mag niet leeg zijn."
REQUIRED: Final = "Dit veld is verplicht."
BAD_DATE: Final = "Date heeft het verkeerde formaat, gebruik 1 van deze formaten: YYYY-MM-DD."
BAD_MOMENT: Final = (
    "Datetime heeft een ongeldig formaat, gebruik 1 van de volgende formaten: "
    "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
)
BAD_DURATION: Final = (
    "Tijdsduur heeft een verkeerd formaat, gebruik 1 van onderstaande formaten: P(n)Y(n)M(n)D."
)


class Refused(Exception):
    """One value, or several within it, cannot be taken."""

    def __init__(self, *params: Invalid) -> None:
        super().__init__(params)
        self.params = params


def refuse_value(code: str, reason: str) -> NoReturn:
    """Refuse the value at hand, whatever its field."""
    raise Refused(Invalid("", code, reason))


class Kind:
    """A kind of value. `nullable` says whether null is a value."""

    nullable = False

    def clean(self, value: Json, links: Links) -> Json:
        if value is None:
            if self.nullable:
                return None
            refuse_value("null", EMPTY)
        return self.read(value, links)

    def read(self, value: Json, links: Links) -> Json:
        raise NotImplementedError


@dataclass(frozen=True)
class Text(Kind):
    """A text, trimmed, its length in code points."""

    longest: int | None = None
    shortest: int = 0
    blank: bool = True
    nullable: bool = False
    rule: Callable[[str], str | None] | None = None
    """Returns the sentence of refusal, or None where the text is well."""

    def read(self, value: Json, links: Links) -> Json:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            refuse_value("invalid", "Geen geldige tekst.")
        text = str(value).strip()
        if "\x00" in text:
            refuse_value("null_characters_not_allowed", "Null-tekens zijn niet toegestaan.")
        if not text:
            if self.blank:
                return text
            refuse_value("blank", EMPTY)
        if self.longest is not None and len(text) > self.longest:
            reason = f"Dit veld mag niet meer dan {self.longest} karakters bevatten."
            refuse_value("max_length", reason)
        if len(text) < self.shortest:
            reason = f"Dit veld moet ten minste {self.shortest} karakters bevatten."
            refuse_value("min_length", reason)
        refusal = self.rule(text) if self.rule is not None else None
        if refusal is not None:
            refuse_value("invalid", refusal)
        return text


@dataclass(frozen=True)
class Choice(Kind):
    """One of a closed set of codes."""

    values: Sequence[str]
    blank: bool = False
    nullable: bool = False

    def read(self, value: Json, links: Links) -> Json:
        if value in self.values or (self.blank and value == ""):
            return value
        refuse_value("invalid_choice", f'"{value}" is een ongeldige keuze.')


@dataclass(frozen=True)
class Flag(Kind):
    """True or false."""

    nullable: bool = False

    def read(self, value: Json, links: Links) -> Json:
        if isinstance(value, bool):
            return value
        if value in ("true", "True", "1", 1):
            return True
        if value in ("false", "False", "0", 0):
            return False
        refuse_value("invalid", "Moet een geldige booleaanse waarde zijn.")


@dataclass(frozen=True)
class Number(Kind):
    """A whole number."""

    lowest: int = 0
    nullable: bool = False

    def read(self, value: Json, links: Links) -> Json:
        try:
            number = int(value)
        except (TypeError, ValueError):
            refuse_value("invalid", "Een geldig getal is vereist.")
        if number < self.lowest:
            reason = f"Waarde moet groter zijn dan of gelijk zijn aan {self.lowest}."
            refuse_value("min_value", reason)
        return number


@dataclass(frozen=True)
class Day(Kind):
    """A calendar day."""

    nullable: bool = False

    def read(self, value: Json, links: Links) -> Json:
        try:
            return parse_date(value).isoformat()
        except (TypeError, ValueError):
            refuse_value("invalid", BAD_DATE)


@dataclass(frozen=True)
class Moment(Kind):
    """A time, kept in UTC."""

    nullable: bool = False

    def read(self, value: Json, links: Links) -> Json:
        try:
            return render_moment(parse_moment(value))
        except (TypeError, ValueError, AttributeError, OverflowError):
            refuse_value("invalid", BAD_MOMENT)


@dataclass(frozen=True)
class Span(Kind):
    """An ISO 8601 duration."""

    nullable: bool = False

    def read(self, value: Json, links: Links) -> Json:
        try:
            return str(Duration.parse(value))
        except (TypeError, ValueError):
            refuse_value("invalid", BAD_DURATION)


@dataclass(frozen=True)
class Ref(Kind):
    """The address of a resource. `strict`: of this system and of one of these kinds."""

    kinds: Sequence[str]
    missing: str = "does_not_exist"
    nullable: bool = False
    blank: bool = False
    foreign: bool = False
    """Addresses elsewhere are kept as they are."""

    def read(self, value: Json, links: Links) -> Json:
        if value == "" and (self.blank or self.nullable):
            return "" if self.blank else None
        if not isinstance(value, str) or not value.startswith(("http://", "https://")):
            refuse_value("bad-url", "Voer een geldige URL in.")
        here = links.inward(value)
        if here == value:
            if self.foreign:
                return value
            refuse_value("unknown-service", "De service voor deze URL is niet bekend.")
        if links.exists(here, self.kinds):
            return here
        if self.missing == "object-does-not-exist":
            refuse_value(self.missing, "Dit object bestaat niet in de database")
        reason = (
            f'Bad URL "{value}" - object could not be fetched. This *may* be because you have '
            "insufficient read permissions."
        )
        refuse_value(self.missing, reason)


@dataclass(frozen=True)
class Many(Kind):
    """A list; each member of one kind. Replaced whole, never merged."""

    of: Kind
    nullable: bool = False

    def read(self, value: Json, links: Links) -> Json:
        if not isinstance(value, list):
            refuse_value("not_a_list", "Verwachtte een lijst met items.")
        cleaned, wrong = [], []
        for position, member in enumerate(value):
            try:
                cleaned.append(self.of.clean(member, links))
            except Refused as refused:
                wrong += [_within(str(position), param) for param in refused.params]
        if wrong:
            raise Refused(*wrong)
        return cleaned


@dataclass(frozen=True)
class Member:
    """One member of a group: required, or with what stands there when it is not sent."""

    kind: Kind
    required: bool = False
    default: Json = ""


@dataclass(frozen=True)
class Group(Kind):
    """A nested object, always sent and kept whole. null empties it."""

    members: Mapping[str, Member]
    nullable: bool = True
    empty: Json = None
    """What stands there when the group is empty."""

    def clean(self, value: Json, links: Links) -> Json:
        if value is None and self.nullable:
            return self.empty
        return super().clean(value, links)

    def read(self, value: Json, links: Links) -> Json:
        if not isinstance(value, dict):
            refuse_value("invalid", "Ongeldige data. Verwacht een dictionary.")
        cleaned: dict[str, Json] = {}
        wrong: list[Invalid] = []
        for name, member in self.members.items():
            if name not in value:
                if member.required:
                    wrong.append(Invalid(name, "required", REQUIRED))
                cleaned[name] = member.default
                continue
            try:
                cleaned[name] = member.kind.clean(value[name], links)
            except Refused as refused:
                wrong += [_within(name, param) for param in refused.params]
        if wrong:
            raise Refused(*wrong)
        return cleaned


@dataclass(frozen=True)
class Anything(Kind):
    """JSON that is kept as it came."""

    nullable: bool = True

    def read(self, value: Json, links: Links) -> Json:
        return value


@dataclass(frozen=True)
class Field:
    """A field of a resource, in the place where it is rendered."""

    name: str
    kind: Kind | None = None
    """None: set by the server; what a client sends is ignored."""
    required: bool = False
    default: Json = ""
    immutable: bool = False


def clean_fields(
    fields: Sequence[Field],
    data: Mapping[str, Json],
    links: Links,
    *,
    current: Mapping[str, Json] | None = None,
    partial: bool = False,
) -> dict[str, Json]:
    """
    Read what *data* sends for *fields*; unknown and read-only ones are ignored.

    Returns only what was sent, plus defaults on creation (`current` is None). Raises Refused
    with all that is wrong, in the order of the fields.
    """
    values: dict[str, Json] = {}
    wrong: list[Invalid] = []
    for field in fields:
        if field.kind is None:
            continue
        if field.name not in data:
            if field.required and not partial:
                wrong.append(Invalid(field.name, "required", REQUIRED))
            elif current is None:
                values[field.name] = field.default
            continue
        try:
            value = field.kind.clean(data[field.name], links)
        except Refused as refused:
            wrong += [_within(field.name, param) for param in refused.params]
            continue
        if field.immutable and current is not None and value != current.get(field.name):
            reason = "Dit veld mag niet gewijzigd worden."
            wrong.append(Invalid(field.name, "wijzigen-niet-toegelaten", reason))
        values[field.name] = value
    if wrong:
        raise Refused(*wrong)
    return values


def _within(prefix: str, param: Invalid) -> Invalid:
    name = f"{prefix}.{param.name}" if param.name else prefix
    return Invalid(name, param.code, param.reason)


def _eleven(text: str, last: int) -> bool:
    weights = [9, 8, 7, 6, 5, 4, 3, 2, last]
    digits = [int(c) for c in text]
    return sum(d * w for d, w in zip(digits, weights, strict=True)) % 11 == 0


def _numbered(word: str) -> Callable[[str], str | None]:
    def rule(text: str) -> str | None:
        if re.fullmatch(r"\d{9}", text) and _eleven(text, -1):
            return None
        return f"Onjuist {word} nummer"

    return rule


RSIN: Final = Text(9, blank=False, rule=_numbered("RSIN"))
OPTIONAL_RSIN: Final = Text(9, rule=_numbered("RSIN"))
BSN: Final = Text(9, rule=_numbered("BSN"))
URL: Final = Text(1000)
CONFIDENTIALITY: Final = (
    "openbaar",
    "beperkt_openbaar",
    "intern",
    "zaakvertrouwelijk",
    "vertrouwelijk",
    "confidentieel",
    "geheim",
    "zeer_geheim",
)
