"""Webhook deliveries: payloads that satisfy GitHub's description, signed, logged, sent over real HTTP."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import urllib.parse
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tests.fakes.github import contracts
from tests.fakes.github.contracts import Shape
from tests.fakes.github.payloads import body_of
from tests.fakes.github.repository import Repository
from tests.fakes.github.skeleton import Skeleton
from tests.fakes.github.state import Account, Installation
from tests.fakes.github.wire import account, repository
from tests.fakes.github.world import World

ANSWER_SECONDS: Final = 60
"""GitHub waits ten; here a machine under load must not lose a delivery that a test waits for."""

SIZE_LIMIT: Final = 25 * 1024 * 1024
HOOK_ID: Final = 4711


@dataclass(slots=True)
class Delivery:
    """One attempt to deliver; `attempted` is false when nothing was sent (no URL, held back, too large)."""

    id: int
    guid: str
    event: str
    action: str | None
    body: bytes
    headers: Mapping[str, str]
    installation: int | None
    repository: int | None
    at: str
    redelivery: bool = False
    attempted: bool = False
    status: str = ""
    status_code: int = 0

    @property
    def payload(self) -> Shape:
        """The payload, read again from the bytes."""
        read: Shape = json.loads(self.body)
        return read

    @property
    def succeeded(self) -> bool:
        """Whether it was answered with 2XX in time."""
        return self.attempted and 200 <= self.status_code < 300


class Deliveries:
    """The App's one webhook: where it goes, how it is signed, what was sent."""

    def __init__(self, world: World, app: tuple[int, str], events: Callable[[], tuple[str, ...]]) -> None:
        self.world: Final = world
        self.app: Final = app
        self._events: Final = events
        self.url: str | None = None
        self.secret = ""
        self.held = False
        self.log: Final[list[Delivery]] = []

    def announce(
        self, event: str, action: str | None, *, repository: Repository, sender: Account, values: Mapping[str, Any]
    ) -> None:
        """Deliver what happened in a repository, if the App is installed there and subscribes to the event."""
        installation = self.world.installation_of(repository)
        if (
            installation is None
            or installation.suspended
            or event not in self._events()
            or event not in installation.events
        ):
            return
        self.deliver(
            event, action, installation, body_of(event, repository, values), repository=repository, sender=sender
        )

    def deliver(
        self,
        event: str,
        action: str | None,
        installation: Installation | None,
        values: Shape,
        *,
        sender: Account,
        repository: Repository | None = None,
    ) -> Delivery:
        """Complete, check, sign and log a payload; it is sent once the world stands still again."""
        payload = self._payload(event, action, installation, values, sender=sender, repo=repository)
        body = json.dumps(payload, ensure_ascii=False).encode(errors="replace")
        number, guid = (installation.id if installation else None), str(uuid.uuid4())
        one = Delivery(
            id=self.world.new_id(),
            guid=guid,
            event=event,
            action=action,
            body=body,
            headers=self._headers(event, guid, body),
            installation=number,
            repository=repository.id if repository else None,
            at=self.world.now(),
        )
        self.log.append(one)
        if self.url and not self.held and len(body) <= SIZE_LIMIT:
            self.world.after.append(lambda: self.send(one))
        return one

    def _payload(
        self,
        event: str,
        action: str | None,
        installation: Installation | None,
        values: Shape,
        *,
        sender: Account,
        repo: Repository | None,
    ) -> Shape:
        values = {**values, "sender": account(sender)}
        if action:
            values["action"] = action
        if repo:
            values["repository"] = repository(repo)
            if repo.owner.kind == "Organization":
                values["organization"] = {"login": repo.owner.login, "id": repo.owner.id}
        if installation and "installation" not in values:
            values["installation"] = {"id": installation.id}
        contract = contracts.webhooks()
        name = contract.schema_name(event, action)
        if name is None:
            return values
        payload = Skeleton(contract.schemas).named(name, values)
        self.world.violations.extend([f"webhook {name}: {problem}" for problem in contract.problems(name, payload)])
        return payload

    def _headers(self, event: str, guid: str, body: bytes) -> dict[str, str]:
        key = self.secret.encode()
        signed = {
            "X-Hub-Signature": "sha1=" + hmac.new(key, body, hashlib.sha1).hexdigest(),
            "X-Hub-Signature-256": "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest(),
        }
        return {
            "User-Agent": "GitHub-Hookshot/0123abc",
            "Content-Type": "application/json",
            "Accept": "*/*",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": guid,
            "X-GitHub-Hook-ID": str(HOOK_ID),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
            "X-GitHub-Hook-Installation-Target-ID": str(self.app[0]),
            **signed,
        }

    def send(self, one: Delivery) -> Delivery:
        """POST a delivery to the hook's URL and note the answer; a failed one is never tried again by itself."""
        assert self.url, "no hook URL"
        target = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=ANSWER_SECONDS)
        one.attempted = True
        try:
            connection.request("POST", target.path or "/", one.body, dict(one.headers))
            answer = connection.getresponse()
            answer.read()
            one.status_code = answer.status
            one.status = "OK" if one.succeeded else f"Invalid HTTP Response: {answer.status}"
        except TimeoutError:
            one.status, one.status_code = "timed out", 504
        except (OSError, http.client.HTTPException):
            one.status, one.status_code = "failed to connect to host", 502
        finally:
            connection.close()
        return one

    def again(self, one: Delivery) -> Delivery:
        """Deliver once more: the same GUID, payload and signature under a new id."""
        copy = replace(one, id=self.world.new_id(), redelivery=True, at=self.world.now(), attempted=False)
        self.log.append(copy)
        return self.send(copy) if self.url else copy
