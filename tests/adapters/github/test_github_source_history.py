"""How source commits stand to each other: asked where the App may read, once, and silent everywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from app.adapters.github import App, Connection, GitHubForge, Interest
from app.adapters.github.source_history import GitHubSourceHistory
from app.core.oci import ANONYMOUS, Audience
from app.core.versions import Order
from tests.fakes.github import GitHub
from tests.fakes.github.faults import Fault
from tests.fakes.github.repository import Repository


@dataclass
class World:
    """A GitHub with a source repository of acme: a line of two commits, and a side branch."""

    github: GitHub
    history: GitHubSourceHistory
    source: Repository
    first: str
    second: str
    aside: str

    @property
    def url(self) -> str:
        return f"{self.github.url}/acme/api"

    def order(self, old: str, new: str, url: str = "", audience: Audience | None = None) -> Order | None:
        acme = Audience(self.github.installation("acme").id, "acme", "gitops")
        return self.history.order(url or self.url, (old, new), acme if audience is None else audience)

    @property
    def compared(self) -> int:
        return len(self.github.calls("GET", "/repos/acme/api/compare/*"))


@pytest.fixture
def world() -> Iterator[World]:
    with GitHub() as github:
        github.organization("acme")
        github.organization("other", installed=False)
        source = github.repository("acme/api", private=True)
        first = source.commit("main", {"a": "1"}, author="dana")
        second = source.commit("main", {"a": "2"}, author="dana")
        aside = source.commit("aside", {"b": "1"}, author="dana", parents=[first])
        connection = replace(Connection.to(github.url), sleep=lambda _: None)
        app = App(github.app.id, github.private_key_pem, b"marker", github.app.slug)
        forge = GitHubForge(connection, app, Interest(reads=lambda _: False, policy_paths=()))
        yield World(github, forge.source_history(), source, first, second, aside)
        connection.close()
        assert github.violations == []


def test_commits_of_one_line_are_ordered(world: World) -> None:
    found = [world.order(world.first, world.second), world.order(world.second, world.first)]
    assert found == [Order.FORWARD, Order.BACK]


def test_commits_of_two_lines_are_not(world: World) -> None:
    assert (world.order(world.second, world.aside), world.compared) == (None, 1)


@pytest.mark.parametrize("sides", [("first", "second"), ("second", "aside")])
def test_what_is_known_is_not_asked_again(world: World, sides: tuple[str, str]) -> None:
    for _ in range(2):
        world.order(getattr(world, sides[0]), getattr(world, sides[1]))
    assert world.compared == 1


def test_no_file_is_asked_for(world: World) -> None:
    world.order(world.first, world.second)
    (call,) = world.github.calls("GET", "/repos/acme/api/compare/*")
    assert call.query == {"per_page": "1", "page": "2"}


def test_the_token_may_do_nothing_else(world: World) -> None:
    world.order(world.first, world.second)
    (bought,) = [call.body for call in world.github.calls("POST", "/app/installations/*/access_tokens")]
    assert bought == {"repositories": ["api"], "permissions": {"contents": "read", "metadata": "read"}}


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/acme/api",
        "{root}/other/api",
        "{root}/acme/api/../x",
        "{root}/acme/api?x",
        "{root}/acme",
        "acme/api",
        "",
        "{root}/acme/api ≠ {root}/acme/web",
    ],
)
def test_another_place_is_not_asked(world: World, url: str) -> None:
    assert world.order(world.first, world.second, url.format(root=world.github.url) or "x") is None
    assert world.compared == 0


@pytest.mark.parametrize("audience", [ANONYMOUS, Audience(owner="acme"), Audience(1, "other")])
def test_nobody_else_is_told(world: World, audience: Audience) -> None:
    world.order(world.first, world.second)
    assert world.order(world.first, world.second, audience=audience) is None


@pytest.mark.parametrize("commit", ["", "main", "a" * 41, "a" * 40])
def test_what_is_no_commit_there_is_not_known(world: World, commit: str) -> None:
    assert world.order(world.first, commit) is None


def test_a_repository_that_the_app_was_not_given_is_not_known(world: World) -> None:
    world.github.install("acme", repositories=[world.github.repository("acme/gitops")])
    assert (world.order(world.first, world.second), world.compared) == (None, 0)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("GET", "*/compare/*", status=500, times=None),
        Fault("GET", "*/compare/*", status=200, times=None, body={"status": "sideways"}),
        Fault("GET", "*/compare/*", status=200, times=None, body=[]),
    ],
)
def test_what_fails_is_not_known_and_asked_again(world: World, fault: Fault) -> None:
    world.github.fault(fault)
    assert world.order(world.first, world.second) is None
    world.github.faults.clear()
    assert world.order(world.first, world.second) is Order.FORWARD
