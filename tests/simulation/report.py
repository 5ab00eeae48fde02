"""What the simulation tells a person: what many runs came to, and the story of one."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from tests.simulation import documents, quick, world, zgw_story, zgw_world
from tests.simulation.laws import judge
from tests.simulation.mutants import Caught
from tests.simulation.runs import WORLDS, Tally, unseen
from tests.simulation.shrink import shrink
from tests.simulation.story import tell


def tell_runs(tally: Tally) -> None:
    """Print what was run, what was seen how often, and what broke."""
    for name, runs in tally.runs.items():
        print(f"{name:<8} {runs:>8,} runs {tally.events[name]:>12,} events")
    total = sum(tally.events.values())
    print(f"{'all':<8} {sum(tally.runs.values()):>8,} runs {total:>12,} events")
    print(f"in {tally.seconds:.0f} s; seen, and how often:")
    for name, count in sorted(tally.seen.items()):
        print(f"  {name:<34} {count:>12,}")
    for name in unseen(tally):
        print(f"NEVER SEEN: {name}: this run has not tested it")
    for verdict in tally.broken:
        print(f"BROKEN: {verdict.world} seed {verdict.seed}: {verdict.broken[0]}")
        print(f"  again: python -m tests.simulation replay {verdict.world} {verdict.seed}")
    if not tally.broken:
        print("no law was broken")


def tell_story(name: str, seed: int) -> int:
    """Play one seed again and tell what happened in it; 0 where no law broke."""
    verdict = WORLDS[name](seed)
    print(f"{name} seed {seed}: {verdict.events} events, trace {verdict.digest}")
    for broken in verdict.broken:
        print(f"BROKEN {broken}")
    if not verdict.broken:
        return 0
    first = verdict.broken[0]
    if name == "zgw":
        shorter = zgw_story.shortest(zgw_world.Options(seed), first.law)
        print(f"the shortest that breaks it: {shorter}")
        print(*zgw_story.tell(zgw_world.play(shorter)), sep="\n")
        return 1
    if name == "quick":
        options = shrink(quick.Options(seed), first.law)
        print(f"the shortest that breaks it: {options}")
        outcome = quick.run(options)
    else:
        play = documents.play if name == "documents" else world.play
        outcome, _ = play(world.Options(seed))
    told = next((each for each in judge(outcome) if each.law == first.law), first)
    print(*tell(outcome, told), sep="\n")
    return 1


def tell_mutants(caught: Iterable[Caught]) -> int:
    """Print which law caught each mutant, and after how many seeds; 0 where none survived."""
    needed: list[int] = []
    survived = 0
    print(f"{'mutant':<34} {'world':<6} {'seeds':>5}  law")
    for each in caught:
        others = f" (also {', '.join(each.others)})" if each.others else ""
        law = each.law or "SURVIVED"
        print(
            f"{each.mutant.name:<34} {each.mutant.world:<6} {each.seeds:>5}  {law}{others}",
            flush=True,
        )
        survived += each.law is None
        needed.append(each.seeds)
    print(f"{len(needed) - survived} of {len(needed)} caught, median {median(needed):.0f} seeds")
    return 1 if survived else 0
