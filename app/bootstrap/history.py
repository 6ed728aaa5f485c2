"""The history of a local repository, wired."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from app.adapters.git_history import GitHistory
from app.adapters.processes import Processes
from app.jobs.history import HistoryJob


@contextlib.contextmanager
def history_of(folder: str) -> Iterator[HistoryJob]:
    """Yield the job for the repository that holds a folder; raises `Unavailable` (permanent) when there is none."""
    clone = GitHistory(folder)
    try:
        yield HistoryJob(clone, Processes.of_machine())
    finally:
        clone.close()
