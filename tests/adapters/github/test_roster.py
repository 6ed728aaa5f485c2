"""What the App is installed on, as the simulated GitHub lists it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.adapters.github.broker import AppToken
from app.adapters.github.roster import Roster
from app.core.errors import Unavailable
from app.core.sweep import RepositoryRef
from tests.adapters.github.conftest import POLICY, Bench
from tests.adapters.github.scripted import PEM, Scripted, token

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
DEAD = "http://127.0.0.1:9/webhook"


def place(bench: Bench) -> RepositoryRef:
    return RepositoryRef(bench.gh.installation("acme").id, bench.repo.id, "acme", "gitops")


def test_suspended_installations_are_left_out(bench: Bench) -> None:
    bench.gh.repository("umbrella/gitops")
    bench.gh.suspend("umbrella")
    assert bench.forge.roster().installations() == (bench.gh.installation("acme").id,)


def test_every_repository_of_an_installation_is_listed_over_all_pages(bench: Bench) -> None:
    for number in range(120):
        bench.gh.repository(f"acme/r{number}")
    found = bench.forge.roster().repositories(bench.gh.installation("acme").id)
    assert {one.name for one in found} == {"gitops", *(f"r{number}" for number in range(120))}


def test_open_pull_requests_are_told_as_they_are(bench: Bench) -> None:
    pull = bench.bump()
    closed = bench.bump("closed", app__yaml="image: a:3\n")
    closed.close("mona")
    (found,) = bench.forge.roster().open_pull_requests(place(bench))
    assert (found.ref.number, found.base_ref, found.base_tip, found.head, found.has_policy) == (
        pull.number,
        "main",
        bench.repo.tip("main"),
        pull.head_sha,
        True,
    )


def test_a_base_branch_without_a_policy_is_told(bench: Bench) -> None:
    bench.repo.commit("bare", {POLICY: None}, author="olga")
    bench.repo.commit("bump", {"app.yaml": "image: a:2\n"}, author="mona", parents=["bare"])
    bench.repo.open_pull_request("bump", base="bare", author="mona")
    (found,) = bench.forge.roster().open_pull_requests(place(bench))
    assert not found.has_policy


def test_open_pull_requests_are_listed_over_all_pages(bench: Bench) -> None:
    for number in range(101):
        bench.bump(f"bump-{number}", app__yaml=f"image: a:{number}\n")
    assert len(bench.forge.roster().open_pull_requests(place(bench))) == 101


def test_half_an_answer_is_no_empty_list() -> None:
    def script(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/graphql"):
            return httpx.Response(200, json={"data": {"repository": {"databaseId": 9, "pullRequests": None}}})
        return token()

    scripted = Scripted(script)
    broker = scripted.broker()
    roster = Roster(scripted.connection, AppToken(scripted.connection, 4711, PEM), broker)
    with pytest.raises(Unavailable):
        roster.open_pull_requests(RepositoryRef(5, 9, "acme", "gitops"))


def test_a_name_that_belongs_to_another_repository_now_is_not_read(bench: Bench) -> None:
    before = place(bench)
    bench.repo.rename("old")
    bench.gh.repository("acme/gitops")
    with pytest.raises(Unavailable, match="another repository"):
        bench.forge.roster().open_pull_requests(before)


def test_deliveries_that_never_arrived_are_listed_once_each(bench: Bench) -> None:
    bench.gh.hook_url = DEAD
    bench.bump()
    missed = {one.guid for one in bench.gh.deliveries if one.attempted}
    bench.gh.redeliver(bench.gh.deliveries[-1])
    found = bench.forge.roster().undelivered(LONG_AGO)
    assert {one.guid for one in found} == missed
    assert len(found) == len(missed)


def test_older_failures_are_left_alone(bench: Bench) -> None:
    bench.gh.hook_url = DEAD
    bench.bump()
    assert bench.forge.roster().undelivered(datetime.now(UTC) + timedelta(hours=1)) == ()  # noqa: TID251
