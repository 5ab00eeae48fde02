"""Details: the properties of a case, read and written by the rules of one crosswalk."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from pydantic import JsonValue

from bridge.engine.casetypes import CaseTypes, property_item, property_value
from bridge.engine.compounds import Derived, Template
from bridge.engine.properties import Illegible, PropertyLens, lens_of, without_field
from bridge.engine.verdict import Choice, How, Put, Unread
from contracts.case import Cells, path_of, split_path
from contracts.crosswalk import (
    CaseType,
    Catalogue,
    Crosswalk,
    DeriveProperty,
    DiscriminatorProperty,
    NoProperty,
    Scalar,
    SharedProperty,
    TemplateProperty,
    Vocabulary,
)

Compound = Derived | Template
FIELD = "properties"


class Details:
    """The property rules of one agency."""

    def __init__(
        self,
        crosswalk: Crosswalk,
        catalogue: Catalogue,
        vocabulary: Vocabulary,
        case_types: CaseTypes,
        *,
        where: str,
    ) -> None:
        self.where = where
        self.lenses: dict[str, PropertyLens] = {}
        self.compounds: dict[str, Compound] = {}
        self.discriminators: set[str] = set()
        self._case_types = case_types
        self._without: dict[str, NoProperty] = {}
        self._shared = {each.key: each for each in vocabulary.properties}
        types = {each.key: each for each in catalogue.properties}
        for rule in crosswalk.properties:
            match rule:
                case NoProperty():
                    self._without[rule.shared] = rule
                case DiscriminatorProperty():
                    self.discriminators.add(rule.local)
                case DeriveProperty():
                    self.compounds[rule.local] = Derived(rule, f"{where}.{rule.local}")
                case TemplateProperty():
                    self.compounds[rule.local] = Template(
                        rule, self._shared, f"{where}.{rule.local}"
                    )
                case _:
                    shared = self._shared[rule.shared]
                    self.lenses[rule.local] = lens_of(
                        rule, shared, types.get(rule.local), f"{where}.{rule.local}"
                    )

    def local_names(self, shared: str) -> frozenset[str]:
        """Name the local properties in which a shared one shows."""
        simple = {name for name, lens in self.lenses.items() if lens.shared.key == shared}
        made = {name for name, each in self.compounds.items() if shared in each.shared}
        return frozenset(simple | made)

    def get(self, name: str, local: Cells, truth: Cells) -> dict[str, JsonValue] | Unread:
        """Say what the local property *name* means now, by shared path."""
        value = property_value(local, name)
        if name in self.lenses:
            lens = self.lenses[name]
            path = path_of(FIELD, lens.shared.key)
            if value is None:
                return {path: None}
            read = lens.get(value, property_value(truth, lens.shared.key))
            if isinstance(read, Illegible):
                return Unread(path, read.why, read.parks, read.gap)
            return {path: property_item(lens.shared.key, read)}
        if name in self.compounds:
            return self._get_compound(self.compounds[name], value, truth)
        if name in self.discriminators:
            return {}
        why = f"eigenschap {name} heeft geen regel in {self.where}"
        return Unread(path_of(FIELD, name), why, parks=False)

    def _get_compound(
        self, compound: Compound, value: Scalar | None, truth: Cells
    ) -> dict[str, JsonValue] | Unread:
        paths = [path_of(FIELD, key) for key in compound.shared]
        if value is None:
            return {} if isinstance(compound, Derived) else dict.fromkeys(paths)
        read = compound.get(value, _known(truth, compound.shared))
        if isinstance(read, Illegible):
            return Unread(paths[0], read.why, read.parks)
        return {path_of(FIELD, key): property_item(key, each) for key, each in read.items()}

    def put(
        self, keys: Collection[str], truth: Cells, local: Cells, then: Cells, kind: CaseType
    ) -> Iterator[Put]:
        """
        Say what becomes of some shared properties here.

        *local* is what stands there now, *then* what will stand there once the case type is as
        agreed, and *kind* the local case type that it then has.
        """
        made: set[str] = set()
        for key in keys:
            places = [name for name in sorted(self.local_names(key)) if name in kind.properties]
            for name in places:
                if name in self.lenses:
                    yield self._put_one(self.lenses[name], truth, local, then)
                elif name not in made:
                    made.add(name)
                    yield self._put_compound(self.compounds[name], truth, local)
            if not places:
                yield self._put_without(key, truth, kind)

    def _put_one(self, lens: PropertyLens, truth: Cells, local: Cells, then: Cells) -> Put:
        key, here = lens.shared.key, path_of(FIELD, lens.local)
        path = path_of(FIELD, key)
        shared, now = property_value(truth, key), property_value(local, lens.local)
        stands = {path: truth.get(path)}
        if shared is None:
            return _gone(stands, here, now)
        choice = lens.put(shared, now)
        if choice.value is None or choice.how is How.EQUAL:
            return _put(stands, here, choice)
        why = self._would_reclassify(here, lens.local, choice, truth, then)
        if why:
            return Put(stands, (), How.PARK, why, local=here)
        return _put(stands, here, choice)

    def _put_compound(self, compound: Compound, truth: Cells, local: Cells) -> Put:
        here = path_of(FIELD, compound.local)
        stands = {path: truth.get(path) for path in (path_of(FIELD, k) for k in compound.shared)}
        known, now = _known(truth, compound.shared), property_value(local, compound.local)
        if not known and isinstance(compound, Template):
            if now is not None and isinstance(compound.get(now, {}), Illegible):
                why = f"in {compound.local} staat een eigen tekst; die blijft staan"
                return Put(stands, (), How.KEEP, why, local=here)
            return _gone(stands, here, now)
        return _put(stands, here, compound.put(known, now))

    def _put_without(self, key: str, truth: Cells, kind: CaseType) -> Put:
        path = path_of(FIELD, key)
        stands = {path: truth.get(path)}
        value = property_value(truth, key)
        if value is None:
            return Put(stands, (), How.EQUAL)
        rule = self._without.get(key)
        if rule is None or self.local_names(key):
            why = f"zaaktype {kind.code} heeft geen veld voor eigenschap {key}"
            return Put(stands, (), How.KEEP, why)
        shared = self._shared.get(key, SharedProperty(key=key, type="string"))
        choice = without_field(rule.rule, shared, value, self.where)
        return Put(stands, (), choice.how, choice.why, choice.note, gap=choice.gap)

    def _would_reclassify(
        self, here: str, name: str, choice: Choice, truth: Cells, then: Cells
    ) -> str:
        """Say why a value cannot be written that would make another case type of the case."""
        code, agreed = then.get("case_type"), truth.get("case_type")
        if not isinstance(code, str) or choice.value is None or not isinstance(agreed, str):
            return ""
        if name not in self._case_types.discriminators(code):
            return ""
        if self._case_types.crosses(then).shared != agreed:
            return ""
        becomes = self._case_types.crosses({**then, here: property_item(name, choice.value)})
        if becomes.shared == agreed:
            return ""
        meant = becomes.shared or becomes.why
        return (
            f"{name} = {choice.value} zou van deze {code} iets anders maken ({meant}) dan het "
            f"afgesproken zaaktype {agreed}; wijzig eerst het zaaktype, of de eigenschap"
        )


def shared_keys(paths: Collection[str]) -> list[str]:
    """Give the shared property names among some shared paths."""
    return [split_path(path)[1] for path in paths if split_path(path)[0] == FIELD]


def _known(truth: Cells, keys: tuple[str, ...]) -> Mapping[str, Scalar]:
    found = {key: property_value(truth, key) for key in keys}
    return {key: value for key, value in found.items() if value is not None}


def _gone(stands: dict[str, JsonValue], here: str, now: Scalar | None) -> Put:
    if now is None:
        return Put(stands, (), How.EQUAL, local=here)
    return Put(stands, ((here, None),), How.EXACT, local=here)


def _put(stands: dict[str, JsonValue], here: str, choice: Choice) -> Put:
    if choice.value is None or choice.how is How.EQUAL:
        note, gap = choice.note, choice.gap
        return Put(stands, (), choice.how, choice.why, note, local=here, gap=gap)
    item = property_item(split_path(here)[1], choice.value)
    return Put(stands, ((here, item),), choice.how, choice.why, choice.note, local=here)
