"""Statuses lead to the page of what was judged, where there are pages."""

from __future__ import annotations

import pytest

from app.core.pull_request import assessment_path
from app.core.sweep import Reach, Sweep
from tests.e2e.conftest import World

SIGNING = {"ASSAY_CLIENT_ID": "Iv23li00000000004242", "ASSAY_CLIENT_SECRET": "not so secret"}
PAGES = {**SIGNING, "ASSAY_PUBLIC_URL": "https://assay.example.org"}


def test_each_status_leads_to_the_page_of_its_head(world: World) -> None:
    world.desk.open(PAGES)
    world.under_policy()
    pull = world.bump(world.image()[0])
    world.desk.work()
    page = f"https://assay.example.org/repositories/{world.repository.id}/pulls/{pull.number}/{pull.head_sha}"
    assert {one.target_url for one in world.desk.github.statuses(world.repository, pull.head_sha)} == {page}


@pytest.mark.parametrize("settings", [{}, SIGNING, {"ASSAY_PUBLIC_URL": "https://assay.example.org"}])
def test_without_pages_a_status_leads_nowhere(world: World, settings: dict[str, str]) -> None:
    world.desk.open(settings)
    world.under_policy()
    pull = world.bump(world.image()[0])
    world.desk.work()
    assert {one.target_url for one in world.desk.github.statuses(world.repository, pull.head_sha)} == {None}


def test_a_status_that_stands_is_not_set_again_for_its_link(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image()[0])
    world.desk.work()
    world.desk.open(PAGES)
    before = len(world.desk.github.statuses(world.repository, pull.head_sha))
    pull.review("bob", "COMMENTED")
    world.desk.work()
    # Only what is judged anew is said anew: `pending` and its verdict, never the same word twice.
    after = [(one.context, one.state) for one in world.desk.github.statuses(world.repository, pull.head_sha)]
    assert [
        pair for pair, following in zip(after[before:], after[before + 1 :], strict=False) if pair == following
    ] == []


def test_the_path_names_ids_alone() -> None:
    assert assessment_path(12, 7, "a" * 40) == f"/repositories/12/pulls/7/{'a' * 40}"


@pytest.mark.parametrize(("settings", "links"), [({}, 0), (PAGES, 1)])
def test_the_comment_leads_to_the_page_where_there_is_one(world: World, settings: dict[str, str], links: int) -> None:
    world.desk.open(settings)
    world.under_policy()
    pull = world.bump(world.image(signed=False)[0])
    world.desk.work()
    path = assessment_path(world.repository.id, pull.number, pull.head_sha)
    assert pull.comments[0].body.count(f"[full report](https://assay.example.org{path})") == links


def test_a_status_that_only_introduces_itself_leads_nowhere(world: World) -> None:
    world.desk.open(PAGES)
    world.under_policy()
    world.desk.sweep(Sweep(world.desk.github.installation("acme").id, reach=Reach.ALL))
    tip = world.repository.tip("main") or ""
    assert {one.target_url for one in world.desk.github.statuses(world.repository, tip)} == {None}
