"""The rules in force: loaded once, and again when their files change, if they are sound."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from bridge.engine.rules import Rules
from bridge.rules.document import texts_of
from bridge.rules.faults import RulesInvalid
from bridge.rules.load import load_with_files

log = structlog.get_logger(__name__)

_LOOK_SECONDS: Final = 5.0

_Stamp = tuple[tuple[str, int, int], ...]
"""Of each file: its name, when it was changed, and its size."""


class RulesFolder:
    """
    The rules of one folder.

    A change takes effect without a restart, as a whole: files that do not hold together are
    refused, said once, and the rules that were sound stay in force.

    Attributes:
        refused: What is wrong with the files as they are; `None` where they are in force.
    """

    def __init__(self, folder: Path, *, former: Mapping[str, str] | None = None) -> None:
        """
        Load the rules now.

        Args:
            former: The files that were in force last. They stay so where those of the folder do
                not hold together: a restart must not stop what a slip in a file did not.

        Raises:
            RulesInvalid: They do not hold together; there is nothing to go on with.
        """
        self._folder = folder
        self._seen: _Stamp | None = None
        with suppress(OSError):  # what cannot be looked at now is looked at again
            self._seen = self._stamp()
        self._is_away = False
        self.refused: str | None = None
        try:
            self._rules, self._files = load_with_files(texts_of(folder))
        except RulesInvalid as error:
            try:
                self._rules, self._files = load_with_files(former or {})
            except RulesInvalid:
                # None were in force, or this release takes those no more: what is to be mended is
                # what lies in the folder.
                raise error from None
            self._refuse(error)

    def current(self) -> Rules:
        """Give the rules that hold now."""
        return self._rules

    def texts(self) -> dict[str, str]:
        """Give the files of the rules that hold now, by their names."""
        return dict(self._files)

    async def watch(self) -> None:
        """Look for changes until cancelled. While nothing can be read, those in force stay."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await self._look()
            except OSError as error:
                # Also a file that is replaced in this very moment. It is looked at again.
                if not self._is_away:
                    log.warning("rules_not_read", where=str(self._folder), why=error.strerror)
                self._is_away = True
            else:
                self._is_away = False

    async def _look(self) -> None:
        stamp = await asyncio.to_thread(self._stamp)
        if stamp == self._seen:
            return
        try:
            texts = await asyncio.to_thread(texts_of, self._folder)
            rules, files = await asyncio.to_thread(load_with_files, texts)
        except RulesInvalid as error:
            self._seen = stamp
            self._refuse(error)
            return
        self._seen = stamp
        if self.refused is not None:
            log.info("rules_accepted", version=rules.version)
        self.refused = None
        if rules.version != self._rules.version:
            log.info("rules_changed", version=rules.version)
        self._rules, self._files = rules, files

    def _refuse(self, error: RulesInvalid) -> None:
        self.refused = str(error)
        log.warning("rules_refused", faults=len(error.faults), why=self.refused)

    def _stamp(self) -> _Stamp:
        found = []
        for path in sorted(self._folder.glob("*.yaml")):
            stat = path.stat()
            found.append((path.name, stat.st_mtime_ns, stat.st_size))
        return tuple(found)
