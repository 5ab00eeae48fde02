"""Terms: the tables of one agency, made ready for reading and writing."""

from __future__ import annotations

from pydantic import JsonValue

from bridge.engine.casetypes import CaseTypes
from bridge.engine.details import Details
from bridge.engine.parties import Parties
from bridge.engine.words import Words, text_of
from contracts.case import Cells
from contracts.crosswalk import CaseType, Catalogue, Crosswalk, Vocabulary


class Terms:
    """The tables of one agency: what its crosswalk, catalogue and the vocabulary make together."""

    def __init__(self, crosswalk: Crosswalk, catalogue: Catalogue, vocabulary: Vocabulary) -> None:
        self.agency = crosswalk.agency
        file = f"crosswalk-{self.agency}.yaml"
        self.file = file
        self.catalogue_file = f"catalogue-{self.agency}.yaml"
        self.catalogue = catalogue
        self._types = {kind.code: kind for kind in catalogue.case_types}
        self.case_types = CaseTypes(crosswalk.case_types, where=f"{file}: case_types")
        names = {code.code: code.name for code in vocabulary.statuses}
        self.statuses = {
            process: Words(table, where=f"{file}: statuses.{process}", what="status", names=names)
            for process, table in crosswalk.statuses.items()
        }
        self.results = Words(crosswalk.results, where=f"{file}: results", what="resultaat")
        self.document_types = Words(
            crosswalk.document_types, where=f"{file}: document_types", what="documenttype"
        )
        self.parties = Parties(Words(crosswalk.roles, where=f"{file}: roles", what="rol"))
        self.details = Details(
            crosswalk, catalogue, vocabulary, self.case_types, where=f"{file}: properties"
        )
        self._participants = dict(crosswalk.participants)

    def type_of(self, local: Cells) -> CaseType | None:
        """Give the catalogue's case type of a local case; ``None`` where it knows none."""
        code = local.get("case_type")
        return self._types.get(code) if isinstance(code, str) else None

    def statuses_of(self, local: Cells) -> Words | None:
        """Give the table of statuses that a local case runs by."""
        kind = self.type_of(local)
        return self.statuses.get(kind.process) if kind else None

    def results_of(self, local: Cells) -> tuple[str, ...]:
        """Give the results that a local case may have."""
        kind = self.type_of(local)
        return self.catalogue.result_sets.get(kind.result_set, ()) if kind else ()

    def document_types_of(self, local: Cells) -> tuple[str, ...]:
        """Give the document types that a local case may have."""
        kind = self.type_of(local)
        return kind.document_types if kind else ()

    def participant_of(self, local: JsonValue) -> str | None:
        """Give the shared code of a participant as this agency's system names it."""
        if not self._participants:
            return local if isinstance(local, str) else None
        return self._participants.get(text_of(local))

    def local_participants(self, shared: str) -> tuple[str, ...]:
        """Give every local name of a participant, the one to write first."""
        if not self._participants:
            return (shared,)
        return tuple(ours for ours, theirs in self._participants.items() if theirs == shared)
