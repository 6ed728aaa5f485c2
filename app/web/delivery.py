"""Decide what a webhook delivery asks for: headers and body in, a pull request to look at out. No I/O.

A delivery is proved first (HMAC over the raw bytes) and read after. It is only ever a hint to look again: nothing that
decides is taken from it, whatever event it says it is (that is a header, which the signature does not cover).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NoReturn

from app.core.command import Command, Word
from app.core.errors import Error
from app.core.pull_request import PullRequestRef
from app.core.sweep import Sweep
from app.web.payload import COMMIT, LOGIN, NAME, NODE, is_ref, number_at, object_at, word_at
from app.web.sweeping import REPOSITORY_ACTIONS, swept

EVENTS: Mapping[str, frozenset[str]] = {
    "check_run": frozenset({"rerequested"}),
    "check_suite": frozenset({"rerequested"}),
    "pull_request": frozenset({"opened", "reopened", "synchronize", "edited", "ready_for_review", "closed"}),
    "pull_request_review": frozenset({"submitted", "edited", "dismissed"}),
    "issue_comment": frozenset({"created"}),
    "merge_group": frozenset({"checks_requested"}),
    "push": frozenset({""}),
    "repository": frozenset(REPOSITORY_ACTIONS),
    "status": frozenset({""}),
    "member": frozenset({"added", "edited", "removed"}),
    "membership": frozenset({"added", "removed"}),
    "organization": frozenset({"member_added", "member_removed"}),
    "team": frozenset({"added_to_repository", "deleted", "edited", "removed_from_repository"}),
}
"""The events and actions (none: the empty text) that are answered; `app.yml` subscribes to exactly these events."""

UNASKED: Mapping[str, frozenset[str]] = {
    "installation": frozenset({"created", "deleted", "new_permissions_accepted", "suspend", "unsuspend"}),
    "installation_repositories": frozenset({"added"}),
    "installation_target": frozenset({"renamed"}),
}
"""Events that GitHub sends to every App, or to one that chose them on its page: they need no subscription here."""

_OF_ONE = frozenset({"check_run", "check_suite", "pull_request", "pull_request_review", "issue_comment", "merge_group"})
_SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})", re.ASCII)
_EVENT = re.compile(r"[a-z_]{1,64}", re.ASCII)
_REPORT = re.compile(r"([1-9][0-9]{0,8}):[0-9a-f:]*", re.ASCII)
_DELIVERY_ID = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)


class BadSignature(Error):
    """The delivery is not proved to come from GitHub for this App: answer 401 and say nothing more."""


class Malformed(Error):
    """The delivery is proved but is no delivery: answer 400."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A proved delivery; `payload` is the body as JSON, of which nothing is known. `app_id` is our App's."""

    id: str
    event: str
    action: str | None
    payload: Mapping[str, object]
    app_id: int = 0


@dataclass(frozen=True, slots=True)
class Recheck:
    """Somebody asks something by a comment; whether this person may is asked of GitHub when the work is done."""

    ref: PullRequestRef
    login: str
    user_id: int
    command: Command = field(default=Command(Word.RECHECK))


Ask = PullRequestRef | Recheck | Sweep | None


def verify(headers: Mapping[str, str], body: bytes, secrets: tuple[bytes, ...], app_id: int) -> Delivery:
    """Prove a delivery and read it.

    1. One of `secrets` (two while they are rotated, never an empty one) must have made the SHA-256 signature.
    2. The delivery must be for this App, where GitHub says for which it is.
    3. Only then is the body read as JSON.

    Raises `BadSignature` or `Malformed`.
    """
    given = {name.lower(): value for name, value in headers.items()}
    if not _is_signed(given.get("x-hub-signature-256", ""), body, secrets):
        raise BadSignature("The signature does not match.")
    if given.get("x-github-hook-installation-target-id", str(app_id)) != str(app_id):
        raise BadSignature("The delivery is for another App.")
    event, number = given.get("x-github-event", ""), given.get("x-github-delivery", "")
    if not _EVENT.fullmatch(event) or not _DELIVERY_ID.fullmatch(number):
        raise Malformed("The delivery does not say what it is.")
    payload = _json(body)
    action = payload.get("action")
    return Delivery(number, event, action if isinstance(action, str) else None, payload, app_id)


def asks_for(delivery: Delivery) -> Ask:
    """Return what to look at, or `None` for a delivery that asks for nothing; never raises."""
    answered = EVENTS.get(delivery.event) or UNASKED.get(delivery.event, frozenset())
    if (delivery.action or "") not in answered:
        return None
    if delivery.event not in _OF_ONE:
        return swept(delivery.event, delivery.action or "", delivery.payload)
    reads = _READERS.get(delivery.event)
    if reads is not None:
        return reads(delivery)
    if delivery.event == "pull_request_review" and not object_at(delivery.payload, "review"):
        return None
    if delivery.action == "edited" and delivery.event == "pull_request" and not _has_new_base(delivery.payload):
        return None
    return _pull_request(delivery.payload)


def _is_signed(signature: str, body: bytes, secrets: tuple[bytes, ...]) -> bool:
    given = _SIGNATURE.fullmatch(signature)
    if given is None:  # SHA-1 alone is not enough
        return False
    found = given[1].encode()
    matches = [
        hmac.compare_digest(hmac.new(secret, body, hashlib.sha256).hexdigest().encode(), found)
        for secret in secrets
        if secret
    ]
    return any(matches)


def _json(body: bytes) -> Mapping[str, object]:
    try:
        payload: object = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError) as broken:
        raise Malformed("The delivery is not JSON.") from broken
    if not isinstance(payload, dict):
        raise Malformed("The delivery is not a JSON object.")
    return payload


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _has_new_base(payload: Mapping[str, object]) -> bool:
    return bool(object_at(payload, "changes", "base"))


def _pull_request(payload: Mapping[str, object]) -> PullRequestRef | None:
    pull = object_at(payload, "pull_request")
    ref = _ref(payload, number_at(pull, "number"))
    base = object_at(pull, "base")
    if ref is None or number_at(object_at(base, "repo"), "id") not in {ref.repository_id, None}:
        return None
    base_ref, head = base.get("ref"), word_at(object_at(pull, "head"), "sha", COMMIT)
    if head is None or not isinstance(base_ref, str) or not is_ref(base_ref):
        return ref
    return PullRequestRef(ref.installation, ref.repository_id, ref.owner, ref.name, ref.number, base_ref, head)


def _merge_group(delivery: Delivery) -> PullRequestRef | None:
    """Read which commit waits for a verdict. Which pull requests it holds is asked of GitHub, not of its ref's name."""
    payload, group = delivery.payload, object_at(delivery.payload, "merge_group")
    ref, head, base_ref = _ref(payload, 0), word_at(group, "head_sha", COMMIT), group.get("base_ref")
    if ref is None or head is None or not isinstance(base_ref, str) or not is_ref(base_ref):
        return None
    return replace(ref, base_ref=base_ref.removeprefix("refs/heads/"), head=head)


def _recheck(delivery: Delivery) -> Recheck | None:
    """Read a command. It grants nothing, and a quoted or edited one is none."""
    payload = delivery.payload
    issue, comment = object_at(payload, "issue"), object_at(payload, "comment")
    user = object_at(comment, "user")
    ref, login, number = _ref(payload, number_at(issue, "number")), word_at(user, "login", LOGIN), number_at(user, "id")
    body = comment.get("body")
    command = Command.parse(body, word_at(comment, "node_id", NODE) or "") if isinstance(body, str) else None
    if command is None or not object_at(issue, "pull_request"):
        return None
    if ref is None or login is None or number is None or number != number_at(object_at(payload, "sender"), "id"):
        return None
    return Recheck(ref, login, number, command)


def _rerun(delivery: Delivery) -> Ask:
    """Read that somebody pressed the button of our report: a recheck by that person, who may ask or not.

    The report names its pull request: GitHub's list is empty for forks. A whole suite names none; where the list does
    not tell one, all with its head are looked at.
    """
    payload, check = delivery.payload, object_at(delivery.payload, delivery.event)
    sender = object_at(payload, "sender")
    login, person = word_at(sender, "login", LOGIN), number_at(sender, "id")
    if number_at(object_at(check, "app"), "id") != delivery.app_id or login is None or person is None:
        return None
    report = word_at(check, "external_id", _REPORT)
    numbers = _listed(payload, check) if report is None else (int(report.partition(":")[0]),)
    if delivery.event == "check_suite" and len(numbers) != 1:
        return swept("check_suite", delivery.action or "", payload)
    ref = _ref(payload, numbers[0]) if len(numbers) == 1 else None
    return None if ref is None else Recheck(ref, login, person)


def _listed(payload: Mapping[str, object], check: Mapping[str, object]) -> tuple[int, ...]:
    """Return the numbers of the pull requests that a check lists, of this repository."""
    listed, here = check.get("pull_requests"), number_at(object_at(payload, "repository"), "id")
    pulls = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    ours = (one for one in pulls if number_at(object_at(one, "base", "repo"), "id") == here)
    return tuple(number for one in ours if (number := number_at(one, "number")) is not None)


_READERS: Mapping[str, Callable[[Delivery], Ask]] = {
    "check_run": _rerun,
    "check_suite": _rerun,
    "issue_comment": _recheck,
    "merge_group": _merge_group,
}


def _ref(payload: Mapping[str, object], number: int | None) -> PullRequestRef | None:
    repository = object_at(payload, "repository")
    installation, repository_id = number_at(object_at(payload, "installation"), "id"), number_at(repository, "id")
    owner, name = word_at(object_at(repository, "owner"), "login", LOGIN), word_at(repository, "name", NAME)
    if installation is None or repository_id is None or owner is None or name is None or number is None:
        return None
    return PullRequestRef(installation, repository_id, owner, name, number)
