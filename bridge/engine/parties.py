"""Parties of a case: roles, and the handler, whose part is called otherwise on each side."""

from __future__ import annotations

from typing import Final

from pydantic import JsonValue

from bridge.engine.sameness import same
from bridge.engine.verdict import How, Put
from bridge.engine.words import Words
from contracts.case import Cells, path_of, role_key, split_path

HANDLER: Final = "behandelaar"
"""The shared role of who handles a case, where a side has no word for a narrower one."""


class Parties:
    """Reads and writes roles and the handler with one table of roles."""

    def __init__(self, words: Words) -> None:
        self.words = words

    def read(self, value: JsonValue, truth: Cells) -> dict[str, JsonValue]:
        """
        Give the shared items that a local role stands for; none where its role has no row.

        One local role may stand for two shared ones (a municipality commissions and decides), and
        then an edit of it is an edit of each that the truth knows.
        """
        if not isinstance(value, dict):
            return {}
        local = str(value.get("role"))
        rows = [row for row in self.words.table.rows if local in (row.local, row.name)]
        meant = [str(row.shared) for row in rows]
        known = [role for role in meant if path_of("roles", _key(role, value)) in truth]
        preferred = [str(row.shared) for row in rows if row.preferred_get]
        found: dict[str, JsonValue] = {}
        for role in known or preferred[:1]:
            key = _key(role, value)
            found[path_of("roles", key)] = {**value, "key": key, "role": role}
        return found

    def read_gone(self, key: str, truth: Cells) -> list[str]:
        """Name the shared items that went with a local role that is there no longer."""
        gone: list[str] = []
        for row in self.words.table.rows:
            prefix = f"{row.local}:"
            if key.startswith(prefix):
                path = path_of("roles", f"{row.shared}:{key.removeprefix(prefix)}")
                if path in truth:
                    gone.append(path)
        return gone

    def local_paths(self, shared: str) -> tuple[str, ...]:
        """Name the local paths at which a shared role may show."""
        role, _, rest = split_path(shared)[1].partition(":")
        rows = (row for row in self.words.table.rows if row.shared == role)
        words = dict.fromkeys(str(word) for row in rows for word in (row.local, row.name) if word)
        return tuple(path_of("roles", f"{word}:{rest}") for word in words)

    def put(self, path: str, truth: Cells, local: Cells) -> Put:
        """Say what becomes of one shared role here."""
        value = truth.get(path)
        if not isinstance(value, dict):
            return self._put_gone(path, truth, local)
        role = str(value.get("role"))
        choice = self.words.choose(role, None)
        for row in self.words.table.rows:
            there = path_of("roles", _key(str(row.local), value))
            if row.shared == role and there in local:
                choice = self.words.choose(role, row.local)
                break
        stands: dict[str, JsonValue] = {path: value}
        if choice.value is None:
            return Put(stands, (), choice.how, choice.why, choice.note, gap=choice.gap)
        key = _key(str(choice.value), value)
        here = path_of("roles", key)
        become: JsonValue = {**value, "key": key, "role": choice.value}
        if here in local and same(here, become, local[here]):
            return Put(stands, (), How.EQUAL, local=here)
        how = How.DEFAULT if choice.how is How.DEFAULT else How.EXACT
        return Put(stands, ((here, become),), how, choice.why, choice.note, local=here)

    def _put_gone(self, path: str, truth: Cells, local: Cells) -> Put:
        role, _, rest = path.partition("/")[2].partition(":")
        for row in self.words.table.rows:
            here = path_of("roles", f"{row.local}:{rest}")
            if row.shared != role or here not in local:
                continue
            others = [
                other.shared
                for other in self.words.table.rows
                if other.local == row.local and other.shared != role
            ]
            if any(path_of("roles", f"{other}:{rest}") in truth for other in others):
                why = "dezelfde partij heeft hier nog een andere rol met dezelfde naam"
                return Put({path: None}, (), How.KEEP, why, local=here)
            return Put({path: None}, ((here, None),), How.EXACT, local=here)
        return Put({path: None}, (), How.EQUAL)

    def read_handler(self, value: JsonValue, truth: JsonValue) -> JsonValue:
        """Say who handles the case, and as what; a part without a word is left out."""
        if not isinstance(value, dict):
            return None
        role = value.get("role")
        known = truth.get("role") if isinstance(truth, dict) else None
        meant = (
            self.words.read(role, known if isinstance(known, str) else None)
            if isinstance(role, str)
            else None
        )
        return {**value, "role": meant}

    def put_handler(self, value: JsonValue, local: JsonValue) -> Put:
        """Say who is to handle the case here; who is never held up by what they are called."""
        stands: dict[str, JsonValue] = {"handler": value}
        if same("handler", value, local):
            return Put(stands, (), How.EQUAL, local="handler")
        if not isinstance(value, dict):
            return Put(stands, (("handler", None),), How.EXACT, local="handler")
        role = value.get("role")
        choice = self.words.choose(role if isinstance(role, str) else HANDLER, None)
        if choice.value is None:
            choice = self.words.choose(HANDLER, None)
        become: JsonValue = {**value, "role": choice.value}
        return Put(stands, (("handler", become),), How.EXACT, local="handler")


def _key(role: str, value: dict[str, JsonValue]) -> str:
    return role_key(role, str(value.get("kind")), str(value.get("identity")))
