"""What happens to a request: faults, credentials, contract, route, contract again, limits, log."""

from __future__ import annotations

import hashlib
import json
import re
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tests.fakes.github import contracts
from tests.fakes.github.access import Renamed, admit, repository_of
from tests.fakes.github.app import App
from tests.fakes.github.contracts import Operation
from tests.fakes.github.exchange import Caller, Exchange, Refused, Reply
from tests.fakes.github.faults import Fault
from tests.fakes.github.git_door import GitDoor, GitRequest
from tests.fakes.github.graph import Graph
from tests.fakes.github.manifest_door import ManifestDoor
from tests.fakes.github.oauth import OAuthDoor
from tests.fakes.github.routes import ROUTES
from tests.fakes.github.skeleton import Skeleton
from tests.fakes.github.state import Call
from tests.fakes.github.world import World

VERSIONS: Final = frozenset({"2022-11-28", "2026-03-10"})
EMPTY: Final = frozenset({204, 302, 304})
NO_AGENT: Final = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header."


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came, without its prefix and query; header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


class Pipeline:
    """Answers requests for one App; everything that a client did wrong ends in `world.violations`."""

    def __init__(self, world: World, app: App, contract: str) -> None:
        self._world: Final = world
        self._app: Final = app
        self._contract: Final = contracts.rest(contract)
        self._skeleton: Final = Skeleton(self._contract.schemas)
        self._graph: Final = Graph(world, app)
        self.git: Final = GitDoor(world, app)
        self.sign_in: Final = OAuthDoor(world, app)
        self.manifests: Final = ManifestDoor(world, app)
        self.faults: Final[list[Fault]] = []
        self.calls: Final[list[Call]] = []

    def answer(self, asked: Asked) -> Reply | None:
        """Return the answer to a request, `None` when the connection is to end without one."""
        fault = self._struck(asked)
        if fault and fault.wait:
            fault.wait.wait()
        if fault and fault.act:
            fault.act()
        kind = "none"
        if fault is None or fault.after or fault.status is None:
            with self._world.change():
                kind, reply = self._carried_out(asked)
        else:
            reply = Reply()
        if fault and fault.status is not None:
            reply = Reply(fault.answer(), fault.status, fault.headers)
        self._log(asked, reply, kind)
        return reply if reply.status else None

    def answer_git(self, asked: GitRequest) -> Reply:
        """Return the answer to a git client; faults strike it too."""
        call = Asked(asked.method, asked.path, {}, asked.headers, b"")
        fault = self._struck(call)
        if fault and fault.wait:
            fault.wait.wait()
        if fault and fault.status is not None:
            reply = Reply(status=fault.status, headers=fault.headers, raw=b"")
        else:
            reply = self.git.answer(asked)
        self._log(call, reply, "git")
        return reply

    def _struck(self, asked: Asked) -> Fault | None:
        with self._world.lock:
            return next((fault for fault in self.faults if fault.strikes(asked.method, asked.path)), None)

    def _log(self, asked: Asked, reply: Reply, kind: str) -> None:
        body = json.loads(asked.body) if is_json(asked.body) else None
        call = Call(asked.method, asked.path, reply.status, kind, asked.query, body, asked.headers, time.monotonic())
        with self._world.lock:
            self.calls.append(call)

    def _carried_out(self, asked: Asked) -> tuple[str, Reply]:
        if self.sign_in.answers(asked.path, asked.headers):
            return "person", self.sign_in.answer(asked.path, asked.query, asked.headers, asked.body)
        caller = Caller("none")
        try:
            check_headers(asked)
            caller = self._app.caller(asked.headers.get("authorization"))
            reply = self._graphql(asked, caller) if asked.path == "/graphql" else self._rest(asked, caller)
        except Refused as refused:
            reply = refused.reply()
        except Renamed as renamed:
            reply = self._redirect(asked, renamed.number)
        return caller.kind, self._with_etag(asked, self._limited(asked, caller, reply))

    def _limited(self, asked: Asked, caller: Caller, reply: Reply) -> Reply:
        """Add the headers of the primary limit."""
        if caller.kind != "installation":
            return reply
        rate = self._app.rates["graphql" if asked.path == "/graphql" else "core"]
        return replace(reply, headers={**reply.headers, **rate.headers()})

    def _counted(self, caller: Caller) -> None:
        if caller.token and not self._app.rates["core"].take():
            raise Refused(403, f"API rate limit exceeded for installation ID {caller.token.installation.id}.")

    def _redirect(self, asked: Asked, number: int) -> Reply:
        rest = re.sub(r"^/repos/[^/]+/[^/]+", f"/repositories/{number}", asked.path)
        query = f"?{urllib.parse.urlencode(asked.query)}" if asked.query else ""
        url = f"{self._world.api_url}{rest}{query}"
        return Reply({"message": "Moved Permanently", "url": url}, 301, {"Location": url})

    def _with_etag(self, asked: Asked, reply: Reply) -> Reply:
        """Answer 304 when the client has the same already; the tag is bound to the credentials."""
        if asked.method != "GET" or reply.status != 200:
            return reply
        seen = json.dumps(reply.body, sort_keys=True, default=str).encode() + (reply.raw or b"")
        tag = f'W/"{hashlib.sha256(asked.headers.get("authorization", "").encode() + seen).hexdigest()}"'
        headers = {**reply.headers, "ETag": tag}
        if asked.headers.get("if-none-match") == tag:
            return Reply(None, 304, headers)
        return replace(reply, headers=headers)

    def _graphql(self, asked: Asked, caller: Caller) -> Reply:
        if asked.method != "POST":
            raise Refused(404, "Not Found")
        if caller.token is None:
            raise Refused(401 if caller.kind == "none" else 403, "This endpoint requires you to be authenticated.")
        if not is_json(asked.body):
            raise Refused(400, "Problems parsing JSON")
        return self._graph.answer(json.loads(asked.body), caller.token)

    def _rest(self, asked: Asked, caller: Caller) -> Reply:
        by_number = re.fullmatch(r"/repositories/(\d+)(/.*)?", asked.path)
        path = asked.path
        if by_number:
            repository = self._world.repositories.get(int(by_number[1]))
            if repository is None or repository.deleted:
                raise Refused(404, "Not Found")
            path = f"/repos/{repository.full_name}{by_number[2] or ''}"
        operation = self._contract.match(asked.method, path)
        if operation is None or (operation.method, operation.template) not in ROUTES:
            self._world.violations.append(f"{asked.method} {asked.path}: no such operation in the slice")
            raise Refused(404, "Not Found")
        if operation.template in contracts.UNMODELLED:
            self._world.unmodelled.add(operation.template)
        body = self._body(asked, operation)
        repo = repository_of(self._world, operation)
        admit(self._app, caller, operation, repo)
        if operation.template != "/rate_limit":
            self._counted(caller)
        exchange = Exchange(
            app=self._app,
            world=self._world,
            caller=caller,
            params=operation.params,
            query=asked.query,
            headers=asked.headers,
            body=body or {},
            repository=repo,
            path=asked.path,
        )
        return self._completed(operation, exchange)

    def _body(self, asked: Asked, operation: Operation) -> Any:  # noqa: ANN401 - any JSON
        body = None
        if asked.body:
            if not is_json(asked.body):
                raise Refused(400, "Problems parsing JSON")
            body = json.loads(asked.body)
        problems = self._contract.request_problems(operation, asked.query, body)
        self._world.violations.extend([f"{asked.method} {asked.path}: {problem}" for problem in problems])
        if problems:
            raise Refused(422, "Invalid request.\n\n" + "\n".join(problems))
        return body

    def _completed(self, operation: Operation, exchange: Exchange) -> Reply:
        try:
            reply = ROUTES[operation.method, operation.template](exchange)
        except Refused as refused:
            reply = refused.reply()
        if reply.raw is not None:
            return reply
        schema = self._contract.answer_schema(operation, reply.status)
        body = None if reply.status in EMPTY else reply.body
        if body is not None and schema is not None and reply.status < 400:
            chosen = self._contract.schemas[reply.schema] if reply.schema else schema
            body = self._skeleton.complete(chosen, body)
        problems = self._contract.answer_problems(operation, reply.status, body)
        self._world.violations.extend([f"{operation.method} {exchange.path}: {problem}" for problem in problems])
        return replace(reply, body=body)


def check_headers(asked: Asked) -> None:
    """Raise GitHub's answer for a client without a name, or for an API version that it does not know."""
    if not asked.headers.get("user-agent"):
        raise Refused(403, NO_AGENT)
    version = asked.headers.get("x-github-api-version", "2022-11-28")
    if version not in VERSIONS:
        raise Refused(400, f"Unsupported API version: {version}")


def is_json(data: bytes) -> bool:
    """Say whether bytes are JSON."""
    try:
        json.loads(data)
    except ValueError:
        return False
    return True
