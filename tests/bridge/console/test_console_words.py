"""The console's words: all there, in every language, and none for nothing."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
import yaml

from bridge.console.page import THEMES
from bridge.console.pages.crosswalks import RULES_TO_CHOOSE
from bridge.console.pages.jobs import STEPS
from bridge.console.pages.systems import Said
from bridge.console.problems import SPOKEN_OF
from bridge.console.words import FOLDER, Language, language_of, load_words
from bridge.desk import DeedKind, Healer, Standing, State
from bridge.engine.decision import What
from bridge.engine.parked import Reason, Way
from bridge.engine.verdict import How
from bridge.rules.tables import tables_of
from bridge.store import Became, JobState, Verdict
from bridge.store.views import CaseState
from contracts.agreement import Policy
from contracts.case import FIELDS
from tests.bridge.console.console_site import ODRU
from tests.bridge.engine.demo import rules

CONSOLE = FOLDER.parent
NAMED = re.compile(r"[\"']([a-z]+\.[a-z_]*[a-z])[\"'](?! ~)")


def named() -> set[str]:
    """Words that the code and the templates name."""
    paths = [*CONSOLE.rglob("*.py"), *CONSOLE.rglob("*.html")]
    return {name for path in paths for name in NAMED.findall(path.read_text())}


def put_together() -> set[str]:
    """Words whose names are put together from the members of a set."""
    problems = {status.name.lower() for status in SPOKEN_OF}
    return {
        *(f"states.{state.name}" for state in State),
        *(f"states.{state.name}_mark" for state in State),
        *(f"cases.state_{state.name.lower()}" for state in CaseState),
        *(f"case.mark_{each.name.lower()}" for each in Standing),
        *(f"case.standing_{each.name.lower()}" for each in Standing),
        *(f"now.healer_{each.name.lower()}" for each in Healer),
        *(f"mine.mark_{each.name.lower()}" for each in Standing),
        *(f"mine.standing_{each.name.lower()}" for each in Standing),
        *(f"systems.is_{each.value}" for each in Said),
        *(f"journal.{what.name.lower()}" for what in What),
        *(f"fields.{field}" for field in FIELDS),
        *(f"common.to_{language}" for language in Language),
        *(f"common.theme_{theme}" for theme in THEMES),
        *(f"problems.{each}" for each in problems),
        *(f"problems.{each}_told" for each in problems),
        *(f"login.{each.replace('-', '_')}" for each in _faults_of_signing_in()),
        *(f"parked.way_{kind}" for kind in DeedKind),
        *(f"parked.way_{way}_told" for way in Way),
        *(f"parked.reason_{_named_so(reason)}" for reason in Reason),
        *(f"parked.healer_{_named_so(healer)}" for healer in Healer),
        *(f"jobs.state_{state}" for state in JobState),
        *(f"jobs.verdict_{_named_so(verdict)}" for verdict in Verdict),
        *(f"jobs.became_{became}" for became in Became),
        *(f"jobs.step_{step}" for step in STEPS),
        *(f"crosswalks.edit_{edit}" for edit in ("add", "remove", "rule")),
        *(f"crosswalks.rule_{_named_so(rule)}" for rule in RULES_TO_CHOOSE),
        *(f"crosswalks.table_{name.partition('.')[0]}" for name in tables_of(rules(), ODRU)),
        *(f"agreements.policy_{_named_so(policy)}" for policy in Policy),
        *(f"crosswalks.how_{_named_so(how)}" for how in How),
        *(f"queues.is_{word}" for word in ("hints", "commands")),
        *(f"common.{unit}" for unit in ("days", "hours", "minutes", "seconds")),
    }


def _named_so(member: str) -> str:
    return member.replace("-", "_")


def _faults_of_signing_in() -> set[str]:
    sources = "".join((CONSOLE / name).read_text() for name in ("oidc.py", "signing.py"))
    return set(
        re.findall(
            r'(?:SignInFailed\(|fault=)(?:"refused-there" if form else )?"([a-z-]+)"', sources
        )
    ) | {"refused-there"}


def test_every_word_is_used_and_every_word_that_is_used_is_there() -> None:
    there = load_words().names
    files = {path.stem for path in FOLDER.glob("*.yaml")}
    used = {name for name in named() if name.partition(".")[0] in files} | put_together()
    assert {name for name in used - there if not name.endswith(".html")} == set()
    assert there - used == set()


def test_a_word_wants_the_same_values_in_every_language() -> None:
    for path in FOLDER.glob("*.yaml"):
        for name, languages in yaml.safe_load(path.read_text()).items():
            assert len({_wants(word) for word in languages.values()}) == 1, (path.name, name)


def _wants(word: str | dict[str, str]) -> frozenset[str]:
    forms = word.values() if isinstance(word, dict) else [word]
    return frozenset(name for form in forms for _, name, _, _ in Formatter().parse(form) if name)


def test_a_word_that_is_missing_in_a_language_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.yaml").write_text("one: {nl: een}\n")
    monkeypatch.setattr("bridge.console.words.FOLDER", tmp_path)
    load_words.cache_clear()
    try:
        with pytest.raises(ValueError, match="one"):
            load_words()
    finally:
        load_words.cache_clear()


@pytest.mark.parametrize(
    ("wanted", "accepted", "spoken"),
    [
        (None, "", "nl"),
        (None, "de, en;q=0.8", "en"),
        ("nl", "en", "nl"),
        ("xx", "fr", "nl"),
    ],
)
def test_what_somebody_chose_comes_before_what_their_browser_says(
    wanted: str | None, accepted: str, spoken: str
) -> None:
    assert language_of(wanted, accepted) == spoken


def test_one_is_not_spoken_of_as_many() -> None:
    words = load_words()
    assert words.say(Language.NL, "common.days", count=1) == "1 dag"
    assert words.say(Language.NL, "common.days", count=2) == "2 dagen"
