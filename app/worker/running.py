"""The worker's process: takes what waits, runs the job, turns a crash into a status and lives on."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import FrameType

from app.adapters.log_lines import scope
from app.adapters.work_queue import Again, Done, Handler, Sweeper, Then, Work, WorkQueue
from app.core.errors import Error, Moved, Owed, Unavailable
from app.core.sweep import Sweep

_log = logging.getLogger(__name__)

ShowCrash = Callable[[Work], None]
"""Says on the pull request that the look crashed (both statuses `error`). May raise what it likes."""


class Crashed(Error):
    """A look ended in a bug of ours; holds the kind of error alone, for its text may hold anything."""


def said_of(work: Work) -> AbstractContextManager[None]:
    """Let every log line say what is worked on, until its end."""
    ref = work.ref
    return scope(
        delivery=work.delivery,
        repository=f"{ref.owner}/{ref.name}",
        repository_id=ref.repository_id,
        number=ref.number,
        reason=work.reason,
    )


def guarded(handler: Handler, show_crash: ShowCrash) -> Handler:
    """Wrap a handler: its log lines say what was worked on, and a crash is shown and raised as `Crashed`.

    `Unavailable` and `Moved` pass unchanged: they are no crashes, the queue tries again. What follows a look is done
    here too; whatever becomes of it changes nothing of the verdict, and only what is `Owed` is tried again.
    """

    def look(work: Work) -> Done | Again:
        with said_of(work):
            try:
                answer = handler(work)
            except (Unavailable, Moved) as error:
                _log.warning("did not come to an end: %s", error)
                raise
            except Exception as error:  # noqa: BLE001  the one door behind which every bug ends
                # A bug must neither stop the process nor leave the last status standing.
                _log.exception("crashed")
                _show(show_crash, work)
                raise Crashed(f"crashed: {type(error).__name__}") from None
            if answer.then is not None:
                _follow(answer.then)
            return answer

    return look


def guarded_sweeps(sweeper: Sweeper) -> Sweeper:
    """Wrap a sweeper: a crash ends this sweep for good, for to try it again would only hold up the others.

    The timer begins another one.
    """

    def go_over(sweep: Sweep, name: str) -> int:
        try:
            return sweeper(sweep, name)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  as in a look
            _log.exception("crashed")
            raise Unavailable(f"crashed: {type(error).__name__}", permanent=True) from None

    return go_over


def run_worker(url: str, worker_id: str, handler: Handler, sweeper: Sweeper) -> None:
    """Run work and sweeps until SIGTERM or SIGINT, then finish what is running and return.

    Must be called in the main thread. Raises `Unavailable` when the database cannot be opened at the start.
    """
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    WorkQueue(url, worker_id, handler, sweeper).run(stop)
    _log.info("stopped")


def _follow(then: Then) -> None:
    try:
        then()
    except Owed as error:
        _log.info("what follows the verdict is tried again: %s", error)
        raise
    except (Unavailable, Moved) as error:
        _log.warning("what follows the verdict did not come to an end: %s", error)
    except Exception:  # noqa: BLE001  the verdict is shown: a bug in what follows it must not take it back
        _log.exception("what follows the verdict crashed")


def _show(show_crash: ShowCrash, work: Work) -> None:
    try:
        show_crash(work)
    except Exception:  # noqa: BLE001  likewise
        # Nothing is left to try here: an absent status does not let anything be merged either.
        _log.exception("the crash could not be shown")
