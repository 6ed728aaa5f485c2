"""Deliveries about our own report, and about what becomes of installations and repositories."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from app.core.pull_request import PullRequestRef
from app.core.sweep import Reach, RepositoryRef, Sweep
from app.web.delivery import Ask, Delivery, Recheck, asks_for

APP_ID = 4711
HEAD = "a" * 40
REF = PullRequestRef(5, 9, "acme", "gitops", 3)
HERE = RepositoryRef(5, 9, "acme", "gitops")
PLACE: Mapping[str, object] = {
    "installation": {"id": 5},
    "repository": {"id": 9, "name": "gitops", "owner": {"login": "acme"}},
    "sender": {"id": 77, "login": "mona", "type": "User"},
}
RUN: Mapping[str, object] = {
    "app": {"id": APP_ID},
    "head_sha": HEAD,
    "external_id": f"3:{'0' * 32}:{'f' * 32}",
    "pull_requests": [],
}


def ask(event: str, action: str, **more: object) -> Ask:
    payload = {**PLACE, "action": action, **more}
    return asks_for(Delivery("guid-1", event, action, json.loads(json.dumps(payload)), APP_ID))


def suite(*numbers: int, repository: int = 9, **more: object) -> Mapping[str, object]:
    listed = [{"number": one, "base": {"repo": {"id": repository}}} for one in numbers]
    return {"app": {"id": APP_ID}, "head_sha": HEAD, "pull_requests": listed, **more}


# The button of the report


def test_the_button_of_the_report_is_a_recheck_by_who_pressed_it() -> None:
    assert ask("check_run", "rerequested", check_run=RUN) == Recheck(REF, "mona", 77)


@pytest.mark.parametrize("action", ["created", "completed", "requested_action"])
def test_other_news_of_check_runs_ask_for_nothing(action: str) -> None:
    assert ask("check_run", action, check_run=RUN) is None


@pytest.mark.parametrize("app", [{"id": 99}, {}, None])
def test_a_check_of_another_app_asks_for_nothing(app: object) -> None:
    assert ask("check_run", "rerequested", check_run={**RUN, "app": app}) is None
    assert ask("check_suite", "rerequested", check_suite={**suite(3), "app": app}) is None


@pytest.mark.parametrize("named", ["", "3", "0:ab", "x:1", "99999999999:1", "3:zz", None, 7])
def test_a_run_that_names_no_pull_request_asks_for_nothing(named: object) -> None:
    assert ask("check_run", "rerequested", check_run={**RUN, "external_id": named}) is None


@pytest.mark.parametrize("sender", [{}, {"login": "mona"}, {"id": 77}, {"id": 77, "login": "helper[bot]"}, None])
def test_somebody_who_is_nobody_asks_for_nothing(sender: object) -> None:
    assert ask("check_run", "rerequested", check_run=RUN, sender=sender) is None


def test_a_run_without_a_place_asks_for_nothing() -> None:
    assert ask("check_run", "rerequested", check_run=RUN, repository=None) is None


def test_a_suite_of_one_pull_request_is_a_recheck() -> None:
    assert ask("check_suite", "rerequested", check_suite=suite(3)) == Recheck(REF, "mona", 77)


@pytest.mark.parametrize(
    "listed", [suite(), suite(3, 4), suite(3, repository=10), suite(pull_requests=None), suite(pull_requests=[7])]
)
def test_a_suite_that_does_not_tell_which_leads_to_all_with_its_head(listed: Mapping[str, object]) -> None:
    found = ask("check_suite", "rerequested", check_suite=listed)
    assert found == Sweep(5, HERE, reach=Reach.ALL, head=HEAD)


def test_a_suite_without_a_head_asks_for_nothing() -> None:
    assert ask("check_suite", "rerequested", check_suite=suite(head_sha="main")) is None


# Installations


@pytest.mark.parametrize(
    ("action", "reach"),
    [
        ("created", Reach.ALL),
        ("unsuspend", Reach.ALL),
        ("new_permissions_accepted", Reach.ALL),
        ("suspend", Reach.DROPPED),
        ("deleted", Reach.FORGOTTEN),
    ],
)
def test_what_becomes_of_an_installation_is_followed(action: str, reach: Reach) -> None:
    assert ask("installation", action) == Sweep(5, reach=reach)


def test_an_account_of_another_name_is_looked_at_under_it() -> None:
    assert ask("installation_target", "renamed") == Sweep(5, reach=Reach.ALL)


# Repositories


@pytest.mark.parametrize(
    ("action", "reach"),
    [
        ("renamed", Reach.ALL),
        ("transferred", Reach.ALL),
        ("privatized", Reach.ALL),
        ("publicized", Reach.ALL),
        ("unarchived", Reach.ALL),
        ("archived", Reach.DROPPED),
        ("deleted", Reach.DROPPED),
    ],
)
def test_what_becomes_of_a_repository_is_followed_under_the_name_it_has_now(action: str, reach: Reach) -> None:
    assert ask("repository", action) == Sweep(5, HERE, reach=reach)


@pytest.mark.parametrize("action", ["created", "edited", "unheard_of"])
def test_other_news_of_repositories_ask_for_nothing(action: str) -> None:
    assert ask("repository", action) is None


def test_a_repository_without_a_name_asks_for_nothing() -> None:
    assert ask("repository", "renamed", repository={"id": 9}) is None


def test_an_end_is_never_put_off() -> None:
    assert not Sweep(5, HERE, reach=Reach.DROPPED).is_wide
    assert Sweep(5, HERE, reach=Reach.ALL).is_wide
