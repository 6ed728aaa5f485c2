"""The pages over a simulated GitHub."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.lobby import Lobby


@pytest.fixture
def lobby() -> Iterator[Lobby]:
    with Lobby({"ASSAY_OPERATORS": "Olivia"}) as opened:
        yield opened
