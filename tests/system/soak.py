"""
A long run: everything is killed at random while people work, and then both systems are compared.

    python -m tests.system.soak --kills 100               embedded: one process, SQLite
    python -m tests.system.soak --kills 200 --servers     RabbitMQ and PostgreSQL, killed as well
    python -m tests.system.soak --broker amqp://… --store postgresql://…    given ones, left alone

First the thirty histories of the demo are played, under at most half of the kills; then people
type what they like on both sides until all are done. Exit code 0 only where nothing was lost,
nothing is there twice, and both systems are alike, as `tests.system.checker` sees it. ``make soak``
runs both kinds.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bridge.demo.closing import close_books
from bridge.demo.expect import judge
from bridge.demo.histories import History, read_world
from bridge.demo.pairing import Pairing
from bridge.demo.run import DATA
from bridge.demo.stage import Stage, staged
from bridge.demo.workplace import AS_OF, Workplace
from tests.services.postgres import PrivatePostgres
from tests.services.rabbitmq import PrivateRabbitMQ
from tests.services.server import PrivateServer
from tests.system.checker import Checker
from tests.system.killing import Killer
from tests.system.patience import eventually
from tests.system.scene import Scene, kept, opened
from tests.system.telling import Quiet

REST_SECONDS = 240.0
"""After the last kill: a system that was killed in mid-delivery waits before it tries again."""

MOST_CASES = 40


@dataclass(slots=True)
class Run:
    """
    What was asked for, and what came of it.

    Attributes:
        addresses: Gives broker and store for one part of the run; fresh ones where they are ours.
        faults: What does not hold, one sentence each.
    """

    kills: int
    seed: int
    folder: Path
    servers: Mapping[str, PrivateServer]
    addresses: Callable[[], tuple[str | None, str | None]]
    faults: list[str] = field(default_factory=list)
    done: int = 0

    def says(self, text: str) -> None:
        """Print a line."""
        print(text, flush=True)

    def killed(self, killer: Killer) -> None:
        """Count what a part of the run has killed."""
        self.done += killer.killed.total()
        told = ", ".join(f"{name} {times}" for name, times in sorted(killer.killed.items()))
        self.says(f"  killed {killer.killed.total()}: {told}")


# The histories


async def play_histories(run: Run) -> None:
    """Play the histories of the demo, with kills all along; see that each ended as it had to."""
    world = read_world(DATA, pairing=Pairing.ZGW_ZGW)
    addresses = run.addresses()
    workplace = Workplace.open(run.folder / "histories", DATA, *addresses, Pairing.ZGW_ZGW)
    async with staged(world, workplace, Quiet()) as stage:
        _settle(run)
        killer = Killer(stage.keeper, {}, run.seed, (1.0, 5.0), stage.player.calm)
        async with kept(stage.keeper):
            # The other half is for free work, in which the servers are killed as well.
            killing = asyncio.ensure_future(killer.kill(run.kills // 2))
            try:
                await stage.player.play()
            finally:
                killing.cancel()
                await asyncio.gather(killing, return_exceptions=True)
            await _all_up(stage)
            if not await stage.player.all_at_rest():
                run.faults.append("the histories do not come to rest")
            verdicts = [await judge(stage.office, history) for history in world.histories]
            books = await close_books(stage)
            run.faults += [f"{v.history.id}: {fault}" for v in verdicts for fault in v.faults]
            run.faults += books.faults
            checker = Checker(DATA, stage.systems, AS_OF.date())
            odd = [_title(history) for history in world.histories if _stays_unlike(history)]
            report = await checker.compare(leave=odd)
            run.faults += report.faults
            held = sum(verdict.holds for verdict in verdicts)
            run.says(f"  histories held: {held} of {len(verdicts)}; alike: {len(report.pairs)}")
    run.killed(killer)


def _stays_unlike(history: History) -> bool:
    """Tell whether a history ends with both sides unlike: a person has to decide, or it folds."""
    return bool(history.expected.parked) or any(
        outcome.what == "folded" for outcome in history.expected.outcomes
    )


def _title(history: History) -> str:
    return str(history.events[0].data["description"])


# Free work


async def work_freely(run: Run) -> None:
    """Let people type what they like until all kills are done; then compare."""
    broker, store = run.addresses()
    free = run.folder / "free"
    async with opened(free, broker=broker, store=store, seed=run.seed, cases=8) as scene:
        _settle(run)
        killer = Killer(scene.keeper, run.servers, run.seed)
        async with scene.people.working(3):
            enough = asyncio.Event()
            opening = asyncio.ensure_future(_open_more(scene, enough))
            await killer.kill(run.kills - run.done)
            await _all_up(scene.stage)
            enough.set()
            await opening
        ended = time.monotonic()
        try:
            assert await scene.people.all_there(REST_SECONDS), "a case has no counterpart"
            await _release_locks(run, scene)
            await scene.rests(REST_SECONDS)
            run.says(f"  at rest {time.monotonic() - ended:.1f} s after the last edit")
            await _close_half(run, scene)
            report = await scene.ends_alike()
        except AssertionError as error:
            run.faults += str(error).splitlines()
        else:
            documents = sum(len(pair[0].looks.documents) for pair in report.pairs)
            run.says(f"  alike: {len(report.pairs)} cases with {documents} documents")
        count = scene.people.ledger.count
        told = ", ".join(f"{what} {times}" for what, times in sorted(count.items()))
        run.says(f"  typed {count.total()}: {told}")
        run.says(f"  written by the bridge: {await scene.writes()}")
    run.killed(killer)


async def _open_more(scene: Scene, enough: asyncio.Event) -> None:
    """Open another case now and then, so that kills also meet counterparts that are being made."""
    while len(scene.people.dossiers) < MOST_CASES and not enough.is_set():
        await scene.people.open(1, wait=False)
        with suppress(TimeoutError):
            async with asyncio.timeout(4):
                await enough.wait()


async def _release_locks(run: Run, scene: Scene) -> None:
    if released := await scene.people.release_locks():
        run.says(f"  locks left behind by kills, released by a person: {released}")
        await scene.stage.backstage.sweep()


async def _close_half(run: Run, scene: Scene) -> None:
    """Give every other case its outcome and its end."""
    chance = random.Random(run.seed)
    for dossier in scene.people.dossiers[::2]:
        await scene.people.close(dossier, chance)


# Both


def _settle(run: Run) -> None:
    for server in run.servers.values():
        if isinstance(server, PrivateRabbitMQ):
            server.settle()


async def _all_up(stage: Stage) -> None:
    """Wait until everything that was killed last works again."""

    async def is_up() -> bool:
        running = [process.is_running for process in stage.keeper.processes]
        return all(running) and all([await p.is_ready() for p in stage.keeper.processes])

    if not await eventually(is_up, REST_SECONDS):
        msg = "what was killed does not come up again"
        raise AssertionError(msg)


async def soak(run: Run, *, histories: bool) -> int:
    """Run both parts; give the exit code."""
    began = time.monotonic()
    for part in (play_histories, work_freely) if histories else (work_freely,):
        run.says(f"{part.__name__.replace('_', ' ')} (seed {run.seed})")
        await part(run)
    for fault in run.faults:
        run.says(f"  FAULT {fault}")
    verdict = "FAULTS" if run.faults else "nothing lost, nothing doubled, both systems alike"
    run.says(f"{run.done} kills in {time.monotonic() - began:.0f} s, seed {run.seed}: {verdict}")
    return 1 if run.faults else 0


def main() -> int:
    """Read the arguments, start servers where asked to, and run."""
    parser = argparse.ArgumentParser(prog="tests.system.soak", description=__doc__.split("\n\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--servers", action="store_true", help="RabbitMQ and PostgreSQL of our own")
    parser.add_argument("--broker", help="amqp://…: given, and left alone")
    parser.add_argument("--store", help="postgresql://…: given, and left alone")
    parser.add_argument("--free-only", action="store_true", help="leave the histories out")
    parser.add_argument("--data", type=Path, help="keep everything in this folder")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = asked.data or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="casebridge-soak-"))
        )
        servers: dict[str, PrivateServer] = {}
        if asked.servers:
            rabbitmq = stack.enter_context(PrivateRabbitMQ())
            postgres = stack.enter_context(PrivatePostgres())
            servers = {"rabbitmq": rabbitmq, "postgres": postgres}

        def addresses() -> tuple[str | None, str | None]:
            if servers:
                return rabbitmq.fresh_vhost(), postgres.fresh_database()
            return asked.broker, asked.store

        run = Run(asked.kills, asked.seed, folder, servers, addresses)
        return asyncio.run(soak(run, histories=not asked.free_only))


if __name__ == "__main__":
    sys.exit(main())
