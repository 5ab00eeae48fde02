"""Numbers given out by the system: of cases, documents, decisions, and of its own messages."""

from __future__ import annotations

from adapters.kit.simulator import Clock, Party, Store


class Numbers:
    """
    Counts by kind and year; a number is given once, whatever becomes of it, so gaps are normal.

    An agency may have its own way of writing the number of a case; that of the standard begins
    with the code of the municipality.
    """

    def __init__(self, store: Store, clock: Clock, prefix: str, party: Party) -> None:
        self._store = store
        self._clock = clock
        self._prefix = prefix
        own = party.get("case_system", {})
        self._format = own.get("number_format") if own.get("protocol") == "stuf-zds" else None

    def zaak(self) -> str:
        """Give the next number that no case has."""
        while True:
            number = self._zaak()
            if not self._store.by("zaak", "identificatie", number.lower()):
                return number

    def _zaak(self) -> str:
        year = self._clock.today().year
        counted = self._next(f"zaak-{year}")
        if self._format:
            return str(self._format.format(jaar=year, jj=f"{year % 100:02d}", volgnr=counted))
        return f"{self._prefix}ZAAK{year}{counted:07d}"

    def document(self) -> str:
        """Give the next number of a document."""
        return self._yearly("document", "D")

    def besluit(self) -> str:
        """Give the next number of a decision."""
        return self._yearly("besluit", "BSL")

    def reference(self) -> str:
        """Give the next reference of a message of ours."""
        return f"{self._prefix}-{self._next('bericht'):09d}"

    def _yearly(self, kind: str, letters: str) -> str:
        year = self._clock.today().year
        return f"{self._prefix}{letters}{year}{self._next(f'{kind}-{year}'):07d}"

    def _next(self, counter: str) -> int:
        name = f"teller-{counter}"
        counted = int(self._store.setting(name) or 0) + 1
        self._store.keep_setting(name, counted)
        return counted
