"""What a worker refreshes beside its jobs: at once, and sooner again after a failure."""

from __future__ import annotations

import threading

import pytest

from app.worker.refreshing import AGAIN, INTERVAL, Refreshing


@pytest.mark.parametrize(("done", "seconds"), [(True, INTERVAL), (False, AGAIN)])
def test_a_failure_is_tried_again_sooner(done: bool, seconds: float) -> None:  # noqa: FBT001 - a case
    assert Refreshing(lambda: done).once() == seconds


def test_it_is_refreshed_between_every_6_and_24_hours() -> None:
    assert 6 * 3600 <= INTERVAL <= 24 * 3600


def test_it_is_refreshed_at_once_in_a_thread_of_its_own() -> None:
    threads: list[threading.Thread] = []
    done = threading.Event()

    def refresh() -> bool:
        threads.append(threading.current_thread())
        done.set()
        return True

    Refreshing(refresh).start()
    assert done.wait(60)
    assert (threads[0] is threading.current_thread(), threads[0].daemon) == (False, True)
