"""Load: a folder of files becomes Rules, or every fault that is in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bridge.engine.rules import Rules
from bridge.engine.translate import Lens
from bridge.rules.checks import check
from bridge.rules.document import parsed, texts_of
from bridge.rules.faults import Fault, RulesInvalid, faults_of
from bridge.rules.files import Agreements, Parties
from bridge.rules.laws import broken_laws
from bridge.rules.lookups import resolve
from contracts.crosswalk import Catalogue, Crosswalk, Vocabulary
from contracts.ids import AgencyId

_Model = TypeVar("_Model", bound=BaseModel)


Texts = Mapping[str, str | Fault]
"""The files of a folder by their names; a Fault where one cannot be read."""


@dataclass(slots=True)
class _Folder:
    """A folder that is being read, with the faults so far and all that the version is made of."""

    texts: Texts
    faults: list[Fault] = field(default_factory=list)
    contents: dict[str, Any] = field(default_factory=dict)

    def document(self, name: str) -> dict[str, Any] | None:
        text = self.texts.get(name, Fault(name, "", "not found", "add the file"))
        found = parsed(name, text) if isinstance(text, str) else text
        if isinstance(found, Fault):
            self.faults.append(found)
            return None
        self.contents[name] = found
        return found

    def parse(self, name: str, model: type[_Model], content: Any = None) -> _Model | None:
        if content is None:
            content = self.document(name)
        if content is None:
            return None
        try:
            return model.model_validate(content)
        except ValidationError as error:
            self.faults.extend(faults_of(name, error))
            return None

    def agencies(self) -> list[str]:
        found = {
            name.removesuffix(".yaml").partition("-")[2]
            for name in self.texts
            if name.startswith(("crosswalk-", "catalogue-")) and name.endswith(".yaml")
        }
        return sorted(found)


def load(folder: Path) -> Rules:
    """
    Load the rules of *folder*, checked as a whole.

    Reads ``vocabulary.yaml``, ``parties.yaml``, ``agreements.yaml``, for every agency
    ``catalogue-<agency>.yaml`` and ``crosswalk-<agency>.yaml``, and the tables that those refer
    to (``locations.yaml``). Blocks while it reads; call it outside the event loop.

    Raises:
        RulesInvalid: With every fault that was found, each with its file, place and way out.
    """
    return load_texts(texts_of(folder))


def load_texts(texts: Texts) -> Rules:
    """
    Load the rules that some files make together, checked as a whole; see `load`.

    Raises:
        RulesInvalid: With every fault that was found, each with its file, place and way out.
    """
    return load_with_files(texts)[0]


def load_with_files(texts: Texts) -> tuple[Rules, dict[str, str]]:
    """
    Load rules, and give with them the files that they are made of.

    What else lies in the folder is not ours to keep: it may say who somebody is.

    Raises:
        RulesInvalid: With every fault that was found, each with its file, place and way out.
    """
    rules, names = _load(tuple(sorted(texts.items(), key=_by_name)))
    return rules, {name: str(texts[name]) for name in names}


@lru_cache(maxsize=8)
def _load(files: tuple[tuple[str, str | Fault], ...]) -> tuple[Rules, tuple[str, ...]]:
    """Load the same files once: to check all laws takes long, and many ask."""
    texts = dict(files)
    here = _Folder(texts)
    vocabulary = here.parse("vocabulary.yaml", Vocabulary)
    parties = here.parse("parties.yaml", Parties)
    agreements = here.parse("agreements.yaml", Agreements)
    catalogues: dict[AgencyId, Catalogue] = {}
    crosswalks: dict[AgencyId, Crosswalk] = {}
    for name in here.agencies():
        _read_tables(here, AgencyId(name), catalogues, crosswalks)
    if vocabulary is None or parties is None:
        raise RulesInvalid(here.faults)
    # An agreement is held against all tables: it waits where one of them could not be read.
    of_these = agreements.agreements if agreements is not None and not here.faults else ()
    here.faults += check(vocabulary, parties, of_these, catalogues, crosswalks)
    if agreements is None or here.faults:
        # The lenses, and so the laws, stand on tables without faults.
        raise RulesInvalid(here.faults)
    lenses = {
        agency: Lens(crosswalk, catalogues[agency], vocabulary)
        for agency, crosswalk in crosswalks.items()
    }
    for agency, lens in lenses.items():
        here.faults += broken_laws(lens, crosswalks[agency], catalogues[agency])
    if here.faults:
        raise RulesInvalid(here.faults)
    rules = Rules(
        version=_version(here.contents),
        vocabulary=vocabulary,
        agreements=agreements.agreements,
        lenses=lenses,
        agencies={each.id: each.profile() for each in parties.agencies},
        staff=parties.members(),
        participants={each.id: each.participant() for each in parties.participants},
    )
    return rules, tuple(here.contents)


def _by_name(file: tuple[str, str | Fault]) -> str:
    return file[0]


def _read_tables(
    here: _Folder,
    agency: AgencyId,
    catalogues: dict[AgencyId, Catalogue],
    crosswalks: dict[AgencyId, Crosswalk],
) -> None:
    catalogue = here.parse(f"catalogue-{agency}.yaml", Catalogue)
    if catalogue is not None:
        catalogues[agency] = catalogue
    name = f"crosswalk-{agency}.yaml"
    content = here.document(name)
    if content is None:
        return
    content, faults = resolve(name, agency, content, here.document)
    here.faults += faults
    crosswalk = here.parse(name, Crosswalk, content)
    if crosswalk is not None:
        crosswalks[agency] = crosswalk


def _version(contents: Mapping[str, Any]) -> str:
    """Digest what the files say; how they are laid out does not matter."""
    text = json.dumps(contents, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
