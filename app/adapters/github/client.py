"""One conversation with GitHub: githubkit with its guards on.

1. No HTTP cache, no environment proxies, a timeout, our shared pool.
2. Only reads are repeated, a bounded number of times; a write never.
3. A redirect is followed to the same origin only.
4. Answers are JSON read by our own tolerant readers: githubkit's models refuse real answers that lack a new field.
5. Every failure is a `core.errors.Unavailable`; no exception that holds a request (and its token) leaves.
6. A write waits for its turn in its installation, and nothing is sent while GitHub wants the installation to pause.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from githubkit import GitHub
from githubkit.auth import BaseAuthStrategy
from githubkit.exception import GitHubException

from app.adapters.github.connection import Connection
from app.adapters.github.failures import explain, until_reset, used_up
from app.adapters.github.operations import Call, Operation
from app.adapters.github.pacing import InstallationAuth, Pace
from app.adapters.github.shapes import dig, rows, words
from app.core.errors import Unavailable

WAITS = (1.0, 3.0)
MAX_REDIRECTS = 3
REFUSALS = frozenset({"UNPROCESSABLE", "BRANCH_PROTECTION_RULE_VIOLATION"})
"""Errors of a mutation that a rule or setting of the repository forbids: to send it again does not help."""

KEEPS_METHOD = frozenset({307, 308})


@dataclass(frozen=True, slots=True)
class Answer:
    """What GitHub answered: raw bytes, read as JSON on demand."""

    content: bytes
    response: httpx.Response

    def json(self) -> object:
        """Read the body as JSON; raises `Unavailable` when it is none."""
        try:
            value: object = self.response.json()
        except (ValueError, RecursionError):
            value = None
        if value is None:
            raise Unavailable("GitHub's answer is not JSON.")
        return value


@dataclass(frozen=True, slots=True)
class GraphError:
    """One error of a GraphQL answer: its kind (`NOT_FOUND`, `FORBIDDEN`, …) and the field it speaks of."""

    kind: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """A GraphQL answer; `errors` are only those that say that something is not there or not to be seen."""

    data: object
    errors: tuple[GraphError, ...]


class Client:
    """Sends calls with one credential."""

    def __init__(self, connection: Connection, auth: BaseAuthStrategy) -> None:
        """Bind the way and the credential; nothing is sent yet."""
        self._connection = connection
        self._pace = _pace(connection, auth)
        self._github = GitHub(
            auth,
            base_url=connection.url,
            user_agent="assay",
            follow_redirects=False,
            timeout=httpx.Timeout(connection.timeout),
            trust_env=False,
            transport=connection.transport,
            http_cache=False,
            auto_retry=False,
        )

    def send(self, call: Call) -> Answer:
        """Send a call, a read again when it may help; raises `Unavailable` (`Refused` when GitHub said no)."""
        if self._pace is not None:
            self._pace.before(call)
        waits = WAITS if call.operation.repeatable else ()
        for wait in waits:
            outcome = self._once(call)
            if isinstance(outcome, Answer):
                return self._noted(outcome)
            if outcome.permanent or outcome.retry_after is not None:
                raise self._limited(outcome)
            self._connection.sleep(wait)
        outcome = self._once(call)
        if isinstance(outcome, Answer):
            return self._noted(outcome)
        raise self._limited(outcome)

    def ask(self, operation: Operation, query: str, variables: Mapping[str, object]) -> Graph:
        """Ask a GraphQL query; raises `Unavailable` for every error but "not there" and "not yours"."""
        call = Call(operation, self._connection.graphql).saying({"query": query, "variables": dict(variables)})
        answer = self.send(call)
        body = answer.json()
        errors = tuple(_graph_error(row) for row in rows(body, "errors"))
        for error in errors:
            if error.kind in {"RATE_LIMITED", "RATE_LIMIT"}:
                limit = Unavailable("GitHub limits how fast the App may ask.", retry_after=until_reset(answer.response))
                raise self._limited(limit)
            if error.kind not in {"NOT_FOUND", "FORBIDDEN"}:
                refused = error.kind in REFUSALS
                raise Unavailable(f"GitHub could not answer the request to {operation.does}.", permanent=refused)
        data = dig(body, "data")
        if not isinstance(data, dict):
            raise Unavailable(f"GitHub could not answer the request to {operation.does}.", permanent=bool(errors))
        return Graph(data, errors)

    def _noted(self, answer: Answer) -> Answer:
        """Pause before GitHub has to say so, when an answer says that it was the last for now."""
        if self._pace is not None and used_up(answer.response):
            self._pace.refused(until_reset(answer.response))
        return answer

    def _limited(self, failure: Unavailable) -> Unavailable:
        """Let the whole installation pause when a limit was met; GitHub alone says for how long it wants to wait."""
        if self._pace is not None:
            self._pace.refused(failure.retry_after)
        return failure

    def _once(self, call: Call) -> Answer | Unavailable:
        path, query = call.path, dict(call.query) or None
        headers = {"Accept": call.operation.media, "X-GitHub-Api-Version": self._connection.api_version}
        for _ in range(MAX_REDIRECTS + 1):
            try:
                raw = self._github.request(
                    call.operation.method, path, params=query, json=call.body, headers=headers
                ).raw_response
            except GitHubException as error:
                return explain(error, call.operation)
            except httpx.InvalidURL:
                return Unavailable("GitHub sent the App to an address that is none.", permanent=True)
            if not raw.has_redirect_location:
                return Answer(raw.content, raw)
            target = self._redirect(raw, call.operation)
            if isinstance(target, Unavailable):
                return target
            path, query = target, None
        return Unavailable("GitHub sends the App round in circles.", permanent=True)

    def _redirect(self, response: httpx.Response, operation: Operation) -> str | Unavailable:
        """Return where to go on: a renamed repository answers with a redirect; the token goes to no other origin."""
        try:
            target = response.url.join(response.headers["location"])
        except httpx.InvalidURL:
            return Unavailable("GitHub sent the App to an address that is none.", permanent=True)
        root = httpx.URL(self._connection.url)
        if (target.scheme, target.host, target.port) != (root.scheme, root.host, root.port):
            return Unavailable("GitHub sent the App to another host, where it does not go.", permanent=True)
        if operation.method != "GET" and response.status_code not in KEEPS_METHOD:
            return Unavailable(f"The repository moved while the App wanted to {operation.does}.")
        return str(target)


def _pace(connection: Connection, auth: BaseAuthStrategy) -> Pace | None:
    if connection.budget is None or not isinstance(auth, InstallationAuth):
        return None
    return Pace(connection.budget, auth.installation, connection.sleep)


def _graph_error(row: object) -> GraphError:
    path = tuple(str(step) for step in rows(row, "path"))
    kind = words(row, "type") or words(row, "extensions", "code") or ""
    return GraphError(kind, path)
