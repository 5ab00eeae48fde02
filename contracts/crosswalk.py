"""
Crosswalk: one agency's terms ↔ the shared terms; and Catalogue: what the agency's terms are.

Data, never code. Each agency maps once, to the shared vocabulary (hub and spokes). The lens that
a crosswalk becomes, and its laws, live in `bridge.engine.translate`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, JsonValue, model_validator

from contracts.agreement import Entry
from contracts.ids import AgencyId

Scalar = str | int | bool


class Rule(StrEnum):
    """What to do with a shared value that has no local value. Anything unsaid parks."""

    KEEP = "keep"
    """Leave what stands there."""
    DEFAULT = "default"
    """Write ``value``."""
    ANNOTATE = "annotate"
    """Leave what stands there, and write a note."""
    PARK = "park"
    """A person decides."""
    FOLD = "fold"
    """Belongs to another case there: ``value`` is its case type."""
    NOT_CROSSING = "not-crossing"
    """It does not concern the other side."""


class Uncovered(Entry):
    """
    The rule for one shared value without a local value.

    Attributes:
        value: For ``default``: what to write. For ``fold``: the case type to fold into.
        when: Only where these shared properties hold; else it parks.
        sets: Local properties to write along.
        detaches: Fields that then do not cross in either direction (a part of a whole).
        note: Text of the note to write along; ``{value}`` stands for the shared value.
    """

    rule: Rule
    value: str | None = None
    when: Mapping[str, JsonValue] = {}
    sets: Mapping[str, Scalar] = {}
    detaches: tuple[str, ...] = ()
    why: str = ""
    loss: str = ""
    needs: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _value_where_needed(self) -> Uncovered:
        if self.rule in (Rule.DEFAULT, Rule.FOLD) and self.value is None:
            msg = f"rule {self.rule.value!r} needs a value; add `value`"
            raise ValueError(msg)
        return self


class Row(Entry):
    """
    One row: ``local`` ↔ ``shared``.

    Attributes:
        name: What people call the local value; read as the same value, never written.
        preferred: False: read it, and write it only where the case type takes no other word.
        preferred_get: False: choose it when writing, do not let it decide when reading.
    """

    local: Scalar
    shared: Scalar
    name: str | None = None
    preferred: bool = True
    preferred_get: bool = True


class CaseTypeRow(Entry):
    """
    One row for case types, which other values may narrow.

    Attributes:
        when: Local properties that must hold: a value, or ``{not: value}``.
        rule: Instead of ``shared``: cases that match do not cross (``park``, ``not-crossing``).
        sets: Local properties that choosing this row must write.
    """

    local: str
    shared: str | None = None
    when: Mapping[str, JsonValue] = {}
    sets: Mapping[str, Scalar] = {}
    rule: Literal[Rule.PARK, Rule.NOT_CROSSING] | None = None
    why: str = ""

    @model_validator(mode="after")
    def _either(self) -> CaseTypeRow:
        if (self.shared is None) == (self.rule is None):
            msg = f"case type {self.local!r}: give either 'shared' or 'rule'"
            raise ValueError(msg)
        return self


class Table(Entry):
    """
    Rows, and what to do with the shared values that have none.

    Attributes:
        uncovered: By shared value; ``*`` for all others.
        fallback: For document types: the shared value to take where the case type allows none of
            the local values.
    """

    rows: tuple[Row, ...] = ()
    uncovered: Mapping[str, Uncovered] = {}
    uncovered_other: Rule = Rule.PARK
    fallback: str | None = None
    note: str = ""


class CaseTypeTable(Entry):
    """The case types of an agency against the shared ones."""

    rows: tuple[CaseTypeRow, ...] = ()
    uncovered: Mapping[str, Uncovered] = {}


class Rounding(Entry):
    """Round half-even to a multiple of ``to``; decimals are decimals, never binary floats."""

    to: Decimal
    mode: Literal["half_even"] = "half_even"


class _Property(Entry):
    local: str
    loss: str = ""
    note: str = ""
    back: str = ""


class IdentityProperty(_Property):
    """The same value on both sides."""

    kind: Literal["identity"]
    shared: str


class EnumProperty(_Property):
    """A code list against a code list."""

    kind: Literal["enum"]
    shared: str
    rows: tuple[Row, ...]
    uncovered: Mapping[str, Uncovered] = {}


class ScaleProperty(_Property):
    """A number in another unit: ``shared = local * factor``."""

    kind: Literal["scale"]
    shared: str
    factor: Decimal
    round: Rounding | None = None
    decimal_comma: bool = False
    assumption: bool = False


class DateProperty(_Property):
    """A date written otherwise."""

    kind: Literal["date-format"]
    shared: str
    format: Literal["dd-mm-jjjj", "jjjjmmdd"]


class LookupProperty(_Property):
    """A key that only a table can translate; without an entry the rule ``uncovered`` holds."""

    kind: Literal["lookup"]
    shared: str
    table: Mapping[str, str]
    """Local → shared."""
    uncovered: Rule = Rule.ANNOTATE


class ListProperty(_Property):
    """Several values in one text; order does not count."""

    kind: Literal["list"]
    shared: str
    separator: str = ";"


class Band(Entry):
    """A class: the first whose conditions all hold for the shared numbers is taken."""

    value: str
    all_below: Mapping[str, Decimal] = {}
    any_from: Mapping[str, Decimal] = {}


class DeriveProperty(_Property):
    """A local value that follows from shared ones; never read back."""

    kind: Literal["derive"]
    from_: tuple[str, ...] = Field(alias="from")
    bands: tuple[Band, ...]


class TemplateProperty(_Property):
    """
    Shared values written as a sentence; read back only where the text fits exactly.

    Attributes:
        format: With ``{name}`` for each shared property; numbers as money in Dutch notation.
    """

    kind: Literal["template"]
    shared: Mapping[str, str]
    """Name in the sentence → shared property."""
    format: str


class DiscriminatorProperty(_Property):
    """A local property that only tells case types apart; it does not cross by itself."""

    kind: Literal["discriminator"]


class NoProperty(Entry):
    """A shared property that this agency has no field for."""

    kind: Literal["none"]
    shared: str
    rule: Rule = Rule.ANNOTATE


PropertyRule = Annotated[
    IdentityProperty
    | EnumProperty
    | ScaleProperty
    | DateProperty
    | LookupProperty
    | ListProperty
    | DeriveProperty
    | TemplateProperty
    | DiscriminatorProperty
    | NoProperty,
    Field(discriminator="kind"),
]


class Crosswalk(Entry):
    """
    One agency's terms against the shared ones.

    Attributes:
        participants: How this agency's system names a participant (an RSIN, say) → shared code.
        statuses: A table for each process family of the catalogue.
    """

    version: int
    agency: AgencyId
    case_types: CaseTypeTable
    statuses: Mapping[str, Table]
    results: Table
    document_types: Table
    roles: Table
    properties: tuple[PropertyRule, ...] = ()
    participants: Mapping[str, str] = {}


class StatusType(Entry):
    """One step of a process."""

    code: str
    name: str
    final: bool = False


class NamedCode(Entry):
    """A code and what people call it."""

    code: str
    name: str


class PropertyType(Entry):
    """A property as the agency's catalogue defines it."""

    key: str
    type: Literal["code", "text", "string", "integer", "decimal", "date"]
    values: tuple[str, ...] = ()
    format: str = ""
    unit: str = ""
    scale: int | None = None


class ArchiveTerm(Entry):
    """What becomes of the record, and after how long."""

    nomination: Literal["blijvend_bewaren", "vernietigen"]
    term: str | None = None


class CaseType(Entry):
    """A product of an agency: what its cases may hold, and how they run."""

    code: str
    name: str
    process: str
    result_set: str
    unit: str
    lead_time: str
    service_time: str
    confidentiality: str
    archive: ArchiveTerm
    price_eur: float | None = None
    key_figure_hours: float | None = None
    report_form: str = ""
    properties: tuple[str, ...] = ()
    document_types: tuple[str, ...] = ()


class Catalogue(Entry):
    """What one agency's own words are."""

    version: int
    agency: AgencyId
    processes: Mapping[str, tuple[StatusType, ...]]
    result_sets: Mapping[str, tuple[str, ...]]
    document_types: tuple[NamedCode, ...]
    roles: tuple[str, ...]
    properties: tuple[PropertyType, ...]
    case_types: tuple[CaseType, ...]


class SharedCode(Entry):
    """One shared word."""

    code: str
    name: str
    domain: str = ""
    note: str = ""
    final: bool = False
    order: int = 0


class SharedProperty(Entry):
    """One shared property."""

    key: str
    type: Literal["enum", "decimal", "integer", "date", "boolean", "string", "money", "list"]
    values: tuple[str, ...] = ()
    unit: str = ""


class Vocabulary(Entry):
    """The shared words that every agency maps to."""

    version: int
    case_types: tuple[SharedCode, ...]
    statuses: tuple[SharedCode, ...]
    results: tuple[str, ...]
    document_types: tuple[str, ...]
    roles: tuple[str, ...]
    properties: tuple[SharedProperty, ...]
    confidentiality: tuple[str, ...]
    archive_nomination: tuple[str, ...]
