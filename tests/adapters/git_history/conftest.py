"""Repositories, and the histories that are opened of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.adapters.git_history import GitHistory, Limits
from tests.fakes.past import Past

Bounded = Callable[[Path, Limits], GitHistory]


@pytest.fixture
def past(tmp_path: Path) -> Past:
    return Past.begun(tmp_path / "work")


@pytest.fixture
def bounded() -> Iterator[Bounded]:
    opened: list[GitHistory] = []

    def of(folder: Path, limits: Limits) -> GitHistory:
        opened.append(GitHistory(str(folder), limits))
        return opened[-1]

    yield of
    for one in opened:
        one.close()
