"""Attestations that GitHub keeps: what is read, with whose right, and what a 404 means."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from app.adapters.github import App, Connection, GitHubAttestations, GitHubForge, Interest
from app.core.attestation import Answer, Attached, Form
from app.core.oci import ANONYMOUS, Audience, Digest
from tests.fakes.github import GitHub
from tests.fakes.github.faults import Fault

DIGEST = Digest("a" * 64)
BUNDLE: dict[str, object] = {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "dsseEnvelope": {}}
KEPT: dict[str, object] = {"bundle": BUNDLE, "repository_id": 1, "bundle_url": "https://blobs.test/x"}


@dataclass
class World:
    """A GitHub with the App installed at acme, and how it is asked."""

    github: GitHub
    app: GitHubAttestations
    everybody: GitHubAttestations

    @property
    def acme(self) -> Audience:
        return Audience(self.github.installation("acme").id, "acme", "gitops")

    def keep(self, repository: str, *kept: dict[str, object], private: bool = False) -> None:
        self.github.repository(repository, private=private).attestations[str(DIGEST)] = list(kept)

    def asked(self, repository: str, audience: Audience | None = None) -> Attached:
        return self.app.fetch(repository, DIGEST, audience or self.acme)


@pytest.fixture
def world() -> Iterator[World]:
    with GitHub() as github:
        github.organization("acme")
        github.organization("other", installed=False)
        connection = replace(Connection.to(github.url), sleep=lambda _: None)
        app = App(github.app.id, github.private_key_pem, b"marker", github.app.slug)
        forge = GitHubForge(connection, app, Interest(reads=lambda _: False, policy_paths=()))
        yield World(github, forge.attestations(), GitHubAttestations(connection))
        connection.close()
        assert github.violations == []


def said(found: Attached) -> list[tuple[Answer, str, bool]]:
    return [(one.answer, one.code, one.credentials) for one in found.lookups]


def test_what_github_keeps_is_a_bundle_for_the_digest(world: World) -> None:
    world.keep("acme/api", KEPT, private=True)
    (bundle,) = world.asked("acme/api").bundles
    assert (bundle.form, json.loads(bundle.content), bundle.subject) == (Form.BUNDLE, BUNDLE, DIGEST)


def test_the_place_names_repository_and_host(world: World) -> None:
    world.keep("acme/api", KEPT)
    (lookup,) = world.asked("acme/api").lookups
    assert (lookup.where, lookup.host) == (f"attestations in acme/api of {DIGEST.short}", "127.0.0.1")


def test_the_public_github_is_called_by_its_name() -> None:
    connection = Connection.to("https://api.github.com")
    (lookup,) = GitHubAttestations(connection).fetch("..", DIGEST, ANONYMOUS).lookups
    connection.close()
    assert (lookup.host, lookup.answer) == ("github.com", Answer.FAILED)


@pytest.mark.parametrize(("private", "repository"), [(True, "acme/api"), (False, "acme/api")])
def test_a_repository_of_the_installation_is_asked_with_its_token(
    *, world: World, private: bool, repository: str
) -> None:
    world.keep(repository, KEPT, private=private)
    assert said(world.asked(repository)) == [(Answer.FOUND, "", True)]


def test_a_public_repository_of_another_owner_is_asked_as_everybody(world: World) -> None:
    world.keep("other/api", KEPT)
    assert said(world.asked("other/api")) == [(Answer.FOUND, "", False)]


@pytest.mark.parametrize("audience", [ANONYMOUS, Audience(owner="acme")])
def test_without_an_installation_everybody_is_asked_as_everybody(world: World, audience: Audience) -> None:
    world.keep("acme/api", KEPT, private=True)
    assert said(world.asked("acme/api", audience)) == [(Answer.FAILED, "no-access", False)]


def test_at_the_terminal_a_public_repository_is_read(world: World) -> None:
    world.keep("acme/api", KEPT)
    assert said(world.everybody.fetch("acme/api", DIGEST, ANONYMOUS)) == [(Answer.FOUND, "", False)]


@pytest.mark.parametrize("private", [True, False])
def test_a_repository_that_the_app_was_not_given_is_asked_as_everybody(*, world: World, private: bool) -> None:
    given = world.github.repository("acme/gitops")
    world.keep("acme/api", KEPT, private=private)
    world.github.install("acme", repositories=[given])
    answer = (Answer.FAILED, "no-access", False) if private else (Answer.FOUND, "", False)
    assert said(world.asked("acme/api")) == [answer]


def test_an_installation_that_did_not_approve_the_permission_says_so(world: World) -> None:
    world.keep("acme/api", KEPT, private=True)
    world.github.install("acme", permissions={"contents": "read"})
    (lookup,) = world.asked("acme/api").lookups
    assert "`attestations: read`" in lookup.detail


@pytest.mark.parametrize(("repository", "credentials"), [("acme/api", True), ("other/api", False)])
def test_at_055_a_404_means_none_where_the_repository_is_seen(
    *, world: World, repository: str, credentials: bool
) -> None:
    world.keep(repository)
    assert said(world.asked(repository)) == [(Answer.NOT_THERE, "", credentials)]


@pytest.mark.parametrize("repository", ["other/hidden", "other/nowhere", "nobody/nowhere"])
def test_at_055_a_404_of_a_repository_that_is_not_seen_is_no_answer(world: World, repository: str) -> None:
    world.keep("other/hidden", KEPT, private=True)
    assert said(world.asked(repository)) == [(Answer.FAILED, "no-access", False)]


def test_an_empty_list_means_none(world: World) -> None:
    world.keep("acme/api", KEPT)
    world.github.fault(Fault("GET", "*/attestations/*", status=200, times=None, body={"attestations": []}))
    assert said(world.asked("acme/api")) == [(Answer.NOT_THERE, "", True)]


@pytest.mark.parametrize(
    "body", [{}, {"attestations": {}}, {"attestations": [None]}, {"attestations": [{"bundle": "x"}]}]
)
def test_an_answer_of_another_shape_is_no_answer(world: World, body: object) -> None:
    world.keep("acme/api", KEPT)
    world.github.fault(Fault("GET", "*/attestations/*", status=200, times=None, body=body))
    assert [one[:2] for one in said(world.asked("acme/api"))] == [(Answer.FAILED, "malformed")]


def test_at_093_more_than_are_read_are_none(world: World) -> None:
    world.keep("acme/api", *([KEPT] * 51))
    world.github.repository("acme/api")
    found = world.asked("acme/api")
    assert (found.bundles, found.lookups[0].code) == ((), "too-many")


def test_larger_than_is_read_is_none(world: World) -> None:
    world.keep("acme/api", {**KEPT, "bundle": {"x": "y" * 10_500_000}})
    assert world.asked("acme/api").lookups[0].code == "too-large"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("*/attestations/*", 500, "server-error"),
        ("*/access_tokens", 500, "server-error"),
        ("*/attestations/*", 429, "rate-limited"),
        ("*/attestations/*", 403, "no-access"),
    ],
)
def test_at_055_what_fails_is_no_answer(*, world: World, path: str, status: int, code: str) -> None:
    world.keep("acme/api", KEPT)
    world.github.fault(Fault("*", path, status=status, times=None))
    assert [one[:2] for one in said(world.asked("acme/api"))] == [(Answer.FAILED, code)]


def test_a_repository_that_cannot_be_looked_at_now_is_tried_again(world: World) -> None:
    world.keep("other/api")
    world.github.fault(Fault("GET", "/repos/other/api", status=502, times=None))
    assert [one[:2] for one in said(world.asked("other/api"))] == [(Answer.FAILED, "server-error")]


def test_the_simulator_says_that_it_made_this_operation_up(world: World) -> None:
    world.keep("acme/api", KEPT)
    world.asked("acme/api")
    assert world.github.unmodelled == {"/repos/{owner}/{repo}/attestations/{subject_digest}"}
