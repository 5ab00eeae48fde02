"""How full the queues were: of each span the worst, for two days."""

from __future__ import annotations

from datetime import timedelta

from bridge.store import Store
from bridge.store.depths import KEPT_FOR
from bridge.store.views import DEPTHS_SPAN, DepthRow
from tests.bridge.store.conftest import NOW

MINUTE = timedelta(minutes=1)


def seen(messages: int, oldest: timedelta | None = None, *, queue: str = "hub.v1") -> DepthRow:
    return DepthRow(queue, NOW, messages, oldest)


async def test_of_a_span_the_worst_is_kept_whoever_saw_it(store: Store) -> None:
    """The deepest and the oldest, also where these were not seen at once."""
    await store.note_depths([seen(3), seen(1, queue="dead.v1")], NOW)
    await store.note_depths([seen(7, MINUTE), seen(0, queue="dead.v1")], NOW)
    await store.note_depths([seen(2, 2 * MINUTE)], NOW)
    await store.note_depths([seen(1)], NOW)
    assert await store.depths(NOW) == (
        DepthRow("dead.v1", NOW, 1, None),
        DepthRow("hub.v1", NOW, 7, 2 * MINUTE),
    )


async def test_spans_follow_each_other_and_old_ones_go(store: Store) -> None:
    later = NOW + DEPTHS_SPAN
    within = later + 9 * MINUTE
    await store.note_depths([seen(3)], NOW)
    await store.note_depths([DepthRow("hub.v1", within, 5, None)], within)
    assert [(row.at, row.messages) for row in await store.depths(NOW)] == [(NOW, 3), (later, 5)]
    assert [row.messages for row in await store.depths(within)] == [5]
    await store.note_depths([], within + KEPT_FOR)
    assert await store.depths(NOW) == ()
