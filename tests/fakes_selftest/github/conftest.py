"""A simulated GitHub with one organization, and a client that speaks plain HTTP to it."""

from __future__ import annotations

import ssl
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx
import jwt
import pytest

from tests.fakes.github import GitHub, PullRequest, Repository, app_key

Json: TypeAlias = Any
APP = 4242
TLS = ssl.create_default_context()  # made once: it is dear, and nothing here uses it


@dataclass
class Client:
    """Speaks to the simulator as the App (`app`) or as an installation (the rest)."""

    gh: GitHub
    http: httpx.Client
    bearer: str = ""

    def jwt(
        self, *, lifetime: int = 540, key: str | None = None, issuer: str | int = APP, algorithm: str = "RS256"
    ) -> str:
        now = int(time.time())
        claims = {"iat": now - 60, "exp": now + lifetime, "iss": str(issuer)}
        return jwt.encode(claims, key or self.gh.private_key_pem, algorithm=algorithm)

    def app(self, method: str, path: str, **how: object) -> httpx.Response:
        return self.http.request(method, path, headers={"Authorization": f"Bearer {self.jwt()}"}, **how)

    def mint(self, login: str = "acme", **wish: object) -> httpx.Response:
        number = self.gh.installation(login).id
        return self.app("POST", f"/app/installations/{number}/access_tokens", json=wish or None)

    def narrowed(self, **wish: object) -> Client:
        return Client(self.gh, self.http, self.mint(**wish).json()["token"])

    def ask(self, method: str, path: str, *, headers: dict[str, str] | None = None, **how: object) -> httpx.Response:
        if not self.bearer:
            self.bearer = self.mint().json()["token"]
        return self.http.request(
            method, path, headers={"Authorization": f"token {self.bearer}", **(headers or {})}, **how
        )

    def get(self, path: str, **how: object) -> httpx.Response:
        return self.ask("GET", path, **how)

    def post(self, path: str, body: object) -> httpx.Response:
        return self.ask("POST", path, json=body)

    def graphql(self, query: str, **variables: object) -> dict[str, Any]:
        answer: dict[str, Any] = self.post("/graphql", {"query": query, "variables": variables}).json()
        return answer

    def repository(self, fields: str) -> Json:
        answer = self.graphql(f'{{repository(owner: "acme", name: "gitops") {{ {fields} }}}}')
        assert "errors" not in answer, answer
        return answer["data"]["repository"]

    def pull(self, fields: str) -> Json:
        return self.repository(f"pullRequest(number: 1) {{ {fields} }}")["pullRequest"]


@pytest.fixture
def gh() -> Generator[GitHub, None, None]:
    """One organization with an owner, a member and a team; at the end no contract may be broken."""
    with GitHub(APP, "assay", app_key()) as github:
        github.organization("acme", teams={"security": ["sam", "tess"]}, owners=["olga"], members=["alice"])
        yield github
        assert github.violations == []


@pytest.fixture
def repo(gh: GitHub) -> Repository:
    """A private repository with one file and people of three roles."""
    repository = gh.repository("acme/gitops", private=True)
    for login, role in (("alice", "write"), ("bob", "maintain"), ("rita", "read")):
        repository.grant(login, role)
    repository.grant_team("security", "write")
    repository.commit("main", {"app.yaml": "image: one\n", "docs/a.md": "text\n"})
    return repository


@pytest.fixture
def pull(repo: Repository) -> PullRequest:
    """A pull request of one commit by alice."""
    repo.commit("bump", {"app.yaml": "image: two\n"}, author="alice")
    return repo.open_pull_request("bump", author="alice", title="Bump")


@pytest.fixture
def client(gh: GitHub) -> Generator[Client, None, None]:
    """A client of that GitHub."""
    with httpx.Client(base_url=gh.url, timeout=10, verify=TLS) as http:
        yield Client(gh, http)
