"""Running what a command does, with errors that say the way out."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from bridge.broker import BrokerError
from bridge.cli.context import FOUND_SOMETHING, OUT_OF_REACH, REFUSED, WRONG_USE, give_up
from bridge.faulty import Faulty
from bridge.jobs.errors import NotToBeDone
from bridge.registry import UnknownAdapter
from bridge.rules import RulesInvalid
from bridge.store import StoreError, StoreForeign, StoreInUse

T = TypeVar("T")


def running(job: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a job to its end; each known fault is said in one place, and has its exit code."""
    if not gc.isenabled():  # `main` saw to that, for as long as modules are loaded
        gc.freeze()
        gc.enable()
    try:
        return asyncio.run(job())
    except (Faulty, RulesInvalid, UnknownAdapter) as error:
        give_up(str(error), WRONG_USE)
    except (StoreForeign, StoreInUse) as error:
        # Not to be tried again, as what is out of reach is: a copy must not begin to write.
        give_up(str(error), REFUSED)
    except (StoreError, BrokerError) as error:
        give_up(str(error), OUT_OF_REACH)
    except NotToBeDone as error:
        give_up(str(error), REFUSED)
    except KeyboardInterrupt:
        give_up("stopped", FOUND_SOMETHING)
