"""
The simulation from a shell: many seeds, or one of them again as a story.

    make simulate SEEDS=20000
    .venv/bin/python -m tests.simulation replay whole 4711
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Final

from tests.simulation.mutant_list import hunt_all
from tests.simulation.mutants import MOST_SEEDS
from tests.simulation.report import tell_mutants, tell_runs, tell_story
from tests.simulation.runs import MANY, WORLDS, Tally, many, unseen

_EVERY: Final = 500
_WHOLE: Final = 40
_DOCUMENTS: Final = 100
_ZGW: Final = 250
"""One seed in so many is of that world: each gets its share of the time."""


def main() -> int:
    """Run what the arguments ask; 0 where every law held, and a long run saw everything."""
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="play many seeds in all worlds")
    run.add_argument("--seeds", type=int, default=20_000, help="so many in all")
    run.add_argument("--whole", type=int, help="so many of them in the whole world; 1 in 40")
    run.add_argument("--documents", type=int, help="so many in the documents' world; 1 in 100")
    run.add_argument("--zgw", type=int, help="so many of them in the ZGW world; 1 in 250")
    run.add_argument("--first", type=int, default=0, help="the first seed")
    run.add_argument("--processes", type=int, help="side by side; as many as there are cores")
    replay = verbs.add_parser("replay", help="play one seed again, and tell its story")
    replay.add_argument("world", choices=sorted(WORLDS))
    replay.add_argument("seed", type=int)
    mutants = verbs.add_parser("mutants", help="break the bridge on purpose; each must be caught")
    mutants.add_argument("--seeds", type=int, default=MOST_SEEDS, help="at most so many for each")
    mutants.add_argument("--only", default="", help="part of a mutant's name")
    asked = parser.parse_args()
    if asked.verb == "mutants":
        return tell_mutants(hunt_all(asked.only, asked.seeds))
    if asked.verb == "replay":
        return tell_story(asked.world, asked.seed)
    whole = asked.seeds // _WHOLE if asked.whole is None else asked.whole
    zgw = asked.seeds // _ZGW if asked.zgw is None else asked.zgw
    documents = asked.seeds // _DOCUMENTS if asked.documents is None else asked.documents
    quick = asked.seeds - whole - documents - zgw
    counts = {"zgw": zgw, "documents": documents, "whole": whole, "quick": quick}
    return _run(asked.first, counts, asked.processes)


def _run(first: int, counts: Mapping[str, int], processes: int | None) -> int:
    tally = Tally()
    for name, count in counts.items():
        for verdict in many(name, range(first, first + count), processes=processes):
            tally.add(verdict)
            if verdict.broken:
                print(f"{name} seed {verdict.seed}: {verdict.broken[0]}", flush=True)
            if sum(tally.runs.values()) % _EVERY == 0:
                print(f"{sum(tally.runs.values())} runs, {tally.seconds:.0f} s", flush=True)
    tell_runs(tally)
    # A short run is not long enough for all of them: it only says so.
    is_long = sum(tally.runs.values()) >= MANY
    return 1 if tally.broken or (is_long and unseen(tally)) else 0


if __name__ == "__main__":
    sys.exit(main())
