"""Histories of real repositories, told by the job as it is wired."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.adapters.git_history import GitHistory
from app.adapters.processes import Processes
from app.jobs.history import HistoryJob
from tests.fakes.past import Past

Open = Callable[[Path], HistoryJob]


@pytest.fixture
def past(tmp_path: Path) -> Past:
    return Past.begun(tmp_path / "work")


@pytest.fixture
def job() -> Iterator[Open]:
    opened: list[GitHistory] = []

    def of(folder: Path) -> HistoryJob:
        opened.append(GitHistory(str(folder)))
        return HistoryJob(opened[-1], Processes())

    yield of
    for one in opened:
        one.close()
