"""Commands in comments: answered once, for those who may ask, and never by a verdict."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from app.core.tree import File
from app.policy.waivers import read_waiver
from tests.e2e.conftest import IMAGES, World
from tests.fakes.github.pull_request import PullRequest

UP, DOWN = {"THUMBS_UP"}, {"THUMBS_DOWN"}


def blocked(world: World) -> PullRequest:
    """Open a bump to an image that nobody signed, and look at it."""
    world.under_policy()
    pull = world.bump(world.image(signed=False)[0])
    world.desk.work()
    return pull


def ask(world: World, pull: PullRequest, text: str, login: str = "dana") -> tuple[set[str], list[str]]:
    """Comment, and return the reactions to it and what was written after it."""
    pull.comment(login, text)
    place = len(pull.comments)
    world.desk.work()
    return pull.comments[place - 1].reactions, [one.body for one in pull.comments[place:]]


def test_help_is_answered(world: World) -> None:
    reactions, answers = ask(world, blocked(world), "/assay help")
    assert reactions == UP
    assert ["/assay waive" in one for one in answers] == [True]


def test_a_rule_is_explained(world: World) -> None:
    reactions, answers = ask(world, blocked(world), "/assay explain signature")
    assert reactions == UP
    assert ["BLOCKED" in one for one in answers] == [True]


def test_a_waiver_is_proposed_and_waives_nothing(world: World) -> None:
    pull = blocked(world)
    reactions, answers = ask(world, pull, "/assay waive signature")
    assert (reactions, len(answers)) == (UP, 1)
    link = urlsplit(answers[0].rpartition("](")[2].partition(").")[0])
    query = parse_qs(link.query)
    waiver, faults = read_waiver(File(query["filename"][0], query["value"][0]))
    assert (link.path, waiver is not None, faults) == ("/acme/gitops/new/main", True, ())
    pull.comment("dana", "/assay recheck")
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"


@pytest.mark.parametrize("text", ["/assay help", "/assay explain signature", "/assay waive signature"])
def test_at_166_somebody_without_a_say_gets_no_answer(world: World, text: str) -> None:
    assert ask(world, blocked(world), text, "mallory") == (DOWN, [])


def test_what_is_no_command_gets_a_reaction_alone(world: World) -> None:
    assert ask(world, blocked(world), "/assay approve") == (DOWN, [])


def test_a_recheck_is_answered_by_a_reaction(world: World) -> None:
    assert ask(world, blocked(world), "/assay recheck") == (UP, [])


def test_at_166_a_recheck_of_somebody_without_a_say_is_turned_down(world: World) -> None:
    assert ask(world, blocked(world), "/assay recheck", "mallory") == (DOWN, [])


def test_a_command_that_is_delivered_twice_is_answered_once(world: World) -> None:
    pull = blocked(world)
    ask(world, pull, "/assay help")
    before = len(pull.comments)
    world.desk.github.redeliver(world.desk.github.deliveries[-2])
    world.desk.work()
    assert len(pull.comments) == before
