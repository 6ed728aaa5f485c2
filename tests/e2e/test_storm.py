"""A short script in a storm: every pull request ends as it does in quiet (bench/chaos.py plays a long one)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.fakes.chaos import Script, Size, Storm, differences
from tests.fakes.desk import Desk
from tests.fakes.postgres import PostgresServer
from tests.fakes.troupe import Troupe

SIZE = Size(events=12, pulls=4, owners=1)
SETTINGS = {"ASSAY_GITHUB_WRITES": "off"}


@pytest.fixture(scope="module")
def expected() -> Mapping[str, tuple[object, ...]]:
    with Desk() as desk:
        script = Script(desk, SIZE)
        script.prepare()
        desk.skip()
        for step in script.steps():
            step()
            desk.work()
        return script.results()


def weathered(troupe: Troupe, server: PostgresServer | None, expected: Mapping[str, tuple[object, ...]]) -> Storm:
    """Play the script in a storm and wait until all is as expected; fails with what is not."""
    script = Script(troupe, SIZE)
    script.prepare()
    # Limits make it wait for minutes, and a machine that is gone is missed after a while; both are for the long run.
    storm = Storm(troupe, server, pause=(0.2, 1.0), limits=False, one_falls=False)
    with storm.raging():
        for step in script.steps():
            step()
            storm.over.wait(0.3)
    # Workers that start go over what is open and over what waits.
    for worker in troupe.workers:
        troupe.slay(worker)
    for worker in troupe.workers:
        troupe.spawn(worker)
    try:
        # What met an answer that could not be used just now comes back after a minute.
        troupe.wait(lambda: not differences(expected, script.results()), "all is as in quiet", 180)
    except AssertionError as error:
        raise AssertionError(differences(expected, script.results())) from error
    assert [len(comments) for _, comments in script.results().values()] == [1] * SIZE.pulls
    return storm


@pytest.mark.timeout(300)
def test_in_a_storm_over_one_file_nothing_is_lost_and_nothing_doubled(
    expected: Mapping[str, tuple[object, ...]],
) -> None:
    with Troupe(SETTINGS, workers=2) as troupe:
        storm = weathered(troupe, None, expected)
    assert storm.met.total() > 5


@pytest.mark.timeout(300)
def test_in_a_storm_with_a_server_that_is_restarted_nothing_is_lost_and_nothing_doubled(
    expected: Mapping[str, tuple[object, ...]],
) -> None:
    with PostgresServer() as server, Troupe(SETTINGS | {"ASSAY_DATABASE_URL": server.database()}, workers=2) as troupe:
        storm = weathered(troupe, server, expected)
    assert storm.met.total() > 5
