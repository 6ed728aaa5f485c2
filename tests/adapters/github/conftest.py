"""A forge against the simulated GitHub, over real HTTP."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from dataclasses import dataclass, field, replace

import pytest

from app.adapters.github import App, Connection, GitHubForge, GitHubPage, Interest
from app.core.pull_request import Comment, CommitStatus, Publication, PullRequestRef, StatusState
from tests.fakes.github import GitHub, PullRequest, Repository

POLICY = ".github/assay.yml"
INTEREST = Interest(lambda path: path.endswith(".yaml"), (POLICY, "CODEOWNERS"))
IMAGES = "assay/images: main"


@dataclass
class Bench:
    """One GitHub, one repository with a policy and a manifest on main, one forge."""

    gh: GitHub
    repo: Repository
    forge: GitHubForge
    slept: list[float]
    counts: itertools.count[int] = field(default_factory=itertools.count)

    def bump(self, branch: str = "bump", **files: str) -> PullRequest:
        """Open a pull request that moves an image; `__` in a name stands for a dot."""
        changed = {name.replace("__", "."): text for name, text in files.items()} or {"app.yaml": "image: a:2\n"}
        self.repo.commit(branch, changed, author="mona")
        return self.repo.open_pull_request(branch, author="mona")

    def ref(self, pull: PullRequest, *, hints: bool = True) -> PullRequestRef:
        installation = self.gh.installation("acme").id
        ref = PullRequestRef(installation, self.repo.id, "acme", self.repo.name, pull.number)
        return replace(ref, base_ref=pull.base_ref, head=pull.head_sha) if hints else ref

    def page(self, pull: PullRequest, *, hints: bool = True) -> GitHubPage:
        return self.forge.open(self.ref(pull, hints=hints))

    def reads(self) -> list[str]:
        """What was asked since the last look, but for tokens."""
        seen = [str(call) for call in self.gh.requests if "access_tokens" not in call.path]
        self.gh.requests.clear()
        return [call.rpartition(" ")[0].replace(f"/repos/acme/{self.repo.name}", "…") for call in seen]


def running() -> Generator[Bench, None, None]:
    """Start it, and hold it against GitHub's contracts in the end."""
    with GitHub() as gh:
        gh.organization("acme", teams={"security": ["Sam", "lee"]}, members=["sam", "lee"], owners=["olga"])
        repo = gh.repository("acme/gitops", private=True)
        repo.commit("main", {POLICY: "version: 1\n", "app.yaml": "image: a:1\n"}, author="olga")
        slept: list[float] = []
        connection = replace(Connection.to(gh.url), sleep=slept.append)
        forge = GitHubForge(connection, App(gh.app.id, gh.private_key_pem, b"marker key", slug="assay"), INTEREST)
        yield Bench(gh, repo, forge, slept)
        connection.close()
        violations = gh.violations
    assert violations == []


@pytest.fixture
def bench() -> Generator[Bench, None, None]:
    """A GitHub of its own for one test."""
    yield from running()


def status(state: StatusState, text: str = "why", context: str = IMAGES) -> CommitStatus:
    return CommitStatus(context, state, text)


def publication(body: str | None = "## BLOCKED", comment_id: int | None = None, *states: StatusState) -> Publication:
    comment = None if body is None else Comment(body, "judged at abc")
    return Publication(tuple(status(one) for one in states or (StatusState.SUCCESS,)), comment, comment_id)
