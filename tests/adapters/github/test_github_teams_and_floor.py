"""Teams, permissions and the owner's floor, as they are at the moment of the decision."""

from __future__ import annotations

import pytest

from app.core.errors import Moved, Unavailable
from app.core.pull_request import Asked, Floor, FloorState, Permission
from tests.adapters.github.conftest import Bench, publication
from tests.fakes.github import Fault, symlink

SECURITY = Asked(frozenset({"acme/security"}))


def test_members_of_a_team_are_told_in_lower_case(bench: Bench) -> None:
    assert bench.page(bench.bump()).people(SECURITY).teams == {"acme/security": frozenset({"sam", "lee"})}


def test_members_of_child_teams_count(bench: Bench) -> None:
    bench.gh.team("acme/crypto", ["kim"], parent="security")
    assert bench.page(bench.bump()).people(SECURITY).teams == {"acme/security": frozenset({"sam", "lee", "kim"})}


def test_who_has_not_accepted_is_no_member(bench: Bench) -> None:
    bench.gh.team("acme/late", ["sam"], pending=["kim"])
    asked = Asked(frozenset({"acme/late"}))
    assert bench.page(bench.bump()).people(asked).teams == {"acme/late": frozenset({"sam"})}


def test_a_team_over_several_pages_is_read_whole(bench: Bench) -> None:
    everybody = {f"user{number}" for number in range(250)}
    bench.gh.team("acme/all", everybody)
    asked = Asked(frozenset({"acme/all", "acme/security"}))
    page = bench.page(bench.bump())
    bench.gh.requests.clear()
    assert page.people(asked).teams == {"acme/all": frozenset(everybody), "acme/security": frozenset({"sam", "lee"})}
    assert len(bench.reads()) == 3


def test_an_empty_team_is_not_a_missing_one(bench: Bench) -> None:
    bench.gh.team("acme/empty")
    asked = Asked(frozenset({"acme/empty", "acme/none"}))
    assert bench.page(bench.bump()).people(asked).teams == {"acme/empty": frozenset(), "acme/none": None}


@pytest.mark.parametrize("team", ["acme/none", "nobody/security", "mona/security", "security", "a/b/c", "../x", ""])
def test_a_team_that_does_not_exist_is_unknown(bench: Bench, team: str) -> None:
    assert bench.page(bench.bump()).people(Asked(frozenset({team}))).teams == {team: None}


def test_a_team_of_another_organization_is_not_seen(bench: Bench) -> None:
    bench.gh.organization("other", teams={"security": ["eve"]})
    assert bench.page(bench.bump()).people(Asked(frozenset({"other/security"}))).teams == {"other/security": None}


def test_without_the_permission_no_team_is_seen_and_nothing_else_breaks(bench: Bench) -> None:
    held = {"contents": "read", "pull_requests": "write", "statuses": "write"}
    bench.gh.install("acme", permissions=held)
    page = bench.page(bench.bump())
    page.get()
    people = page.people(Asked(frozenset({"acme/security"}), frozenset({"olga"})))
    assert (people.teams, people.permissions) == ({"acme/security": None}, {"olga": Permission.ADMIN})


def test_teams_that_cannot_be_asked_for_now_are_not_unknown(bench: Bench) -> None:
    page = bench.page(bench.bump())
    bench.gh.fault(Fault("POST", "/graphql", 502, times=None))
    with pytest.raises(Unavailable):
        page.people(SECURITY)


def test_nobody_asked_for_costs_nothing(bench: Bench) -> None:
    page = bench.page(bench.bump())
    bench.gh.requests.clear()
    people = page.people(Asked())
    assert (people.teams, people.permissions, bench.reads()) == ({}, {}, [])


@pytest.mark.parametrize("role", [one for one in Permission if one is not Permission.NONE])
def test_a_permission_is_told_by_role(bench: Bench, role: Permission) -> None:
    bench.repo.grant("lee", role.name.lower())
    asked = Asked(users=frozenset({"lee"}))
    assert bench.page(bench.bump()).people(asked).permissions == {"lee": role}


def test_somebody_without_access_may_do_nothing(bench: Bench) -> None:
    bench.gh.user("stranger")
    asked = Asked(users=frozenset({"stranger"}))
    assert bench.page(bench.bump()).people(asked).permissions == {"stranger": Permission.NONE}


@pytest.mark.parametrize("login", ["no-such-person", "..", ".", "", "a/../../../x"])
def test_somebody_who_does_not_exist_is_unknown(bench: Bench, login: str) -> None:
    asked = Asked(users=frozenset({login}))
    assert bench.page(bench.bump()).people(asked).permissions == {login: None}


def test_a_permission_that_cannot_be_asked_for_now_is_not_unknown(bench: Bench) -> None:
    page = bench.page(bench.bump())
    bench.gh.fault(Fault("GET", "*/permission", 502, times=None))
    with pytest.raises(Unavailable):
        page.people(Asked(users=frozenset({"lee"})))


def with_floor(bench: Bench, content: object = "version: 1\n") -> str:
    where = bench.gh.repository("acme/.github", private=True)
    return where.commit("main", {"assay.yml": content}, author="olga")  # type: ignore[dict-item] # text or a link


def test_the_floor_is_that_of_the_owner_s_repository(bench: Bench) -> None:
    tip = with_floor(bench)
    assert bench.page(bench.bump()).floor() == Floor(FloorState.PRESENT, "version: 1\n", tip)


def test_there_is_no_floor_when_its_repository_holds_none(bench: Bench) -> None:
    bench.gh.repository("acme/.github")
    assert bench.page(bench.bump()).floor().state is FloorState.NONE


def test_a_floor_whose_repository_is_not_seen_is_not_readable(bench: Bench) -> None:
    floor = bench.page(bench.bump()).floor()
    assert (floor.state, "acme/.github" in floor.reason) == (FloorState.NOT_READABLE, True)


def test_a_floor_outside_the_installation_is_not_readable(bench: Bench) -> None:
    with_floor(bench)
    bench.gh.install("acme", repositories=[bench.repo])
    assert bench.page(bench.bump()).floor().state is FloorState.NOT_READABLE


def test_a_floor_that_cannot_be_asked_for_now_is_not_taken_for_none(bench: Bench) -> None:
    with_floor(bench)
    page = bench.page(bench.bump())
    bench.gh.fault(Fault("POST", "/graphql", 502, times=None))
    with pytest.raises(Unavailable):
        page.floor()


@pytest.mark.parametrize("content", [symlink("x"), b"\xff"], ids=["symlink", "latin"])
def test_a_floor_that_is_no_text_is_not_readable(bench: Bench, content: object) -> None:
    with_floor(bench, content)
    assert bench.page(bench.bump()).floor().state is FloorState.NOT_READABLE


def test_a_repository_that_was_renamed_away_is_no_floor(bench: Bench) -> None:
    with_floor(bench)
    found = bench.gh.world.repository("acme/.github")
    assert found is not None
    found.rename("dot-github")
    assert bench.page(bench.bump()).floor().state is FloorState.NOT_READABLE


def test_a_floor_is_asked_for_once_a_minute(bench: Bench) -> None:
    with_floor(bench)
    page = bench.page(bench.bump())
    page.floor()
    bench.gh.requests.clear()
    page.floor()
    assert bench.reads() == []


def test_a_floor_that_could_not_be_read_is_asked_for_again(bench: Bench) -> None:
    page = bench.page(bench.bump())
    page.floor()
    with_floor(bench)
    assert page.floor().state is FloorState.PRESENT


def test_a_floor_that_changed_while_it_was_judged_by_gets_nothing(bench: Bench) -> None:
    with_floor(bench)
    pull = bench.bump()
    page = bench.page(pull)
    page.get()
    page.floor()
    with_floor(bench, "version: 1\nmode: enforce\n")
    with pytest.raises(Moved):
        page.publish(publication())
    assert bench.gh.statuses(bench.repo, pull.head_sha) == []


def test_a_floor_that_is_still_the_same_costs_one_read_more(bench: Bench) -> None:
    with_floor(bench)
    pull = bench.bump()
    page = bench.page(pull)
    page.get()
    page.floor()
    bench.gh.requests.clear()
    page.publish(publication(None))
    assert bench.reads() == ["POST /graphql", "POST /graphql", f"POST …/statuses/{pull.head_sha}"]
