"""Decide what a webhook delivery asks for: headers and body in, a pull request to look at out. No I/O.

A delivery is proved first (HMAC over the raw bytes) and read after. It is only ever a hint to look again: nothing that
decides is taken from it, whatever event it says it is (that is a header, which the signature does not cover).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from app.core.errors import Error
from app.core.pull_request import PullRequestRef

RECHECK = "/assay recheck"

EVENTS: Mapping[str, frozenset[str]] = {
    "pull_request": frozenset({"opened", "reopened", "synchronize", "edited", "ready_for_review"}),
    "pull_request_review": frozenset({"submitted", "edited", "dismissed"}),
    "issue_comment": frozenset({"created"}),
}
"""The events and actions that are answered; `app.yml` subscribes to exactly these events."""

_SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})", re.ASCII)
_EVENT = re.compile(r"[a-z_]{1,64}", re.ASCII)
_DELIVERY_ID = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)
_NAME = re.compile(r"(?!\.{1,2}\Z)[0-9A-Za-z._-]{1,100}", re.ASCII)
_LOGIN = re.compile(r"[0-9A-Za-z_-]{1,100}", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)
_MAX_ID = 2**63 - 1
_MAX_REF = 255


class BadSignature(Error):
    """The delivery is not proved to come from GitHub for this App: answer 401 and say nothing more."""


class Malformed(Error):
    """The delivery is proved but is no delivery: answer 400."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A proved delivery; `payload` is the body as JSON, of which nothing is known."""

    id: str
    event: str
    action: str | None
    payload: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Recheck:
    """Somebody asks by a comment to look again; whether this person may is asked of GitHub when the work is done."""

    ref: PullRequestRef
    login: str
    user_id: int


Ask = PullRequestRef | Recheck | None


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
    return Delivery(number, event, action if isinstance(action, str) else None, payload)


def asks_for(delivery: Delivery) -> Ask:
    """Return the pull request to look at, or `None` for a delivery that asks for nothing; never raises."""
    if delivery.action not in EVENTS.get(delivery.event, frozenset()):
        return None
    if delivery.event == "issue_comment":
        return _recheck(delivery.payload)
    if delivery.event == "pull_request_review" and not _object(delivery.payload, "review"):
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


def _object(value: Mapping[str, object], *path: str) -> Mapping[str, object]:
    """Return the object at `path`, an empty one when there is none."""
    for step in path:
        found = value.get(step)
        value = found if isinstance(found, dict) else {}
    return value


def _id(value: Mapping[str, object], key: str) -> int | None:
    """Return a positive number that fits GitHub's ids."""
    found = value.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 < found <= _MAX_ID else None


def _word(value: Mapping[str, object], key: str, pattern: re.Pattern[str]) -> str | None:
    """Return a string of the given form."""
    found = value.get(key)
    return found if isinstance(found, str) and pattern.fullmatch(found) else None


def _has_new_base(payload: Mapping[str, object]) -> bool:
    return bool(_object(payload, "changes", "base"))


def _pull_request(payload: Mapping[str, object]) -> PullRequestRef | None:
    pull = _object(payload, "pull_request")
    ref = _ref(payload, _id(pull, "number"))
    base = _object(pull, "base")
    if ref is None or _id(_object(base, "repo"), "id") not in {ref.repository_id, None}:
        return None
    base_ref, head = base.get("ref"), _word(_object(pull, "head"), "sha", _COMMIT)
    if head is None or not isinstance(base_ref, str) or not _is_ref(base_ref):
        return ref
    return PullRequestRef(ref.installation, ref.repository_id, ref.owner, ref.name, ref.number, base_ref, head)


def _is_ref(name: str) -> bool:
    """Say whether a name can be a branch's and can be written in an address (lone surrogates cannot)."""
    return 0 < len(name) <= _MAX_REF and name.isprintable()


def _recheck(payload: Mapping[str, object]) -> Recheck | None:
    """Read the one command there is. It has no arguments, grants nothing, and a quoted or edited one is none."""
    issue, comment = _object(payload, "issue"), _object(payload, "comment")
    user = _object(comment, "user")
    ref, login, number = _ref(payload, _id(issue, "number")), _word(user, "login", _LOGIN), _id(user, "id")
    body = comment.get("body")
    if not isinstance(body, str) or body.strip() != RECHECK or not _object(issue, "pull_request"):
        return None
    if ref is None or login is None or number is None or number != _id(_object(payload, "sender"), "id"):
        return None
    return Recheck(ref, login, number)


def _ref(payload: Mapping[str, object], number: int | None) -> PullRequestRef | None:
    repository = _object(payload, "repository")
    installation, repository_id = _id(_object(payload, "installation"), "id"), _id(repository, "id")
    owner, name = _word(_object(repository, "owner"), "login", _LOGIN), _word(repository, "name", _NAME)
    if installation is None or repository_id is None or owner is None or name is None or number is None:
        return None
    return PullRequestRef(installation, repository_id, owner, name, number)
