"""A row is added, and what waited for it goes on by itself; on every store."""

from __future__ import annotations

from dataclasses import replace

from bridge.engine.parked import Reason
from bridge.engine.rules import Rules
from bridge.hub.following import RulesFollower
from bridge.hub.group import Wake
from tests.bridge.engine.samples import NOORD, ZUID, noord_case, noord_lens, prop, some_rules
from tests.bridge.hub.conftest import Bench

KLASSE = "properties/klasse"


class Files:
    """The rules of a process, as a test changes them."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    def current(self) -> Rules:
        return self.bench.rules

    def texts(self) -> dict[str, str]:
        return {"vocabulary.yaml": f"version: {self.bench.rules.version}\n"}


def with_a_row() -> Rules:
    """The rules of the samples, in which noord has one more word."""
    rules = some_rules("v2")
    return replace(rules, lenses={**rules.lenses, NOORD: noord_lens("pikzwart")})


async def stuck(bench: Bench) -> None:
    """A case whose property has a word that means nothing yet: it waits for a row."""
    await bench.come_to_rest(await bench.settle(bench.see()))
    others = [each for each in noord_case().properties or () if each.key != "klasse"]
    seen = bench.see(properties=(*others, prop("klasse", "pikzwart")))
    assert await bench.settle(seen) == []


async def test_what_waited_for_a_row_goes_on_when_it_is_there(bench: Bench) -> None:
    """Without a sweep, and without anybody who asks for it."""
    await stuck(bench)
    follower = RulesFollower(store=bench.store, rules=Files(bench), now=bench.tick)
    await follower.look()
    assert (await bench.link()).sides[NOORD].parked[KLASSE].reason is Reason.UNTRANSLATABLE
    assert await follower.look() == 0
    bench.rules = with_a_row()
    assert await follower.look() == 1
    due = await bench.store.due_timers(bench.tick(), 10)
    (command,) = await bench.settle(*(Wake(timer.link) for timer in due))
    (change,) = command.patch.changes
    assert (command.agency, change.become) == (ZUID, {"key": "kwaliteit", "value": "ZW"})
    link = await bench.link()
    assert not link.is_parked
    assert link.truth[KLASSE] == {"key": "klasse", "value": "zwaar"}
    versions = await bench.store.rules_versions(10)
    assert [each.version for each in versions] == ["v2", "v1"]


async def test_a_hub_that_starts_under_other_rules_lets_go_on_too(bench: Bench) -> None:
    """They were changed while none ran. A second hub that starts under the same need not."""
    await stuck(bench)
    first = RulesFollower(store=bench.store, rules=Files(bench), now=bench.tick)
    await first.look()
    bench.rules = with_a_row()
    assert await RulesFollower(store=bench.store, rules=Files(bench), now=bench.tick).look() == 1
    assert await RulesFollower(store=bench.store, rules=Files(bench), now=bench.tick).look() == 0
    assert await first.look() == 1
