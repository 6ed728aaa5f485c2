"""Attestations that GitHub keeps for what was built on it, behind the port `Attestations`.

1. A repository of the installation's own account is asked with a token for exactly it that may read attestations and
   nothing else; where GitHub gives none (the App has not got this repository), as everybody.
2. Any other repository is asked as everybody: what is public may be read without a login.
3. GitHub answers 404 for "there are none" and for "you may not see this". A token for the repository rules out the
   second; without one the repository itself must be visible, or the place did not answer.
4. GitHub's answer holds the bundle, or, as it does since July 2026, `null` and an address in its storage
   (`bundle_url`): then it is read there (`bundle_store`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from githubkit.auth import UnauthAuthStrategy

from app.adapters.github.broker import Grant, InstallationToken, TokenBroker
from app.adapters.github.bundle_store import BundleStore, NotKept
from app.adapters.github.client import Client
from app.adapters.github.connection import Connection
from app.adapters.github.failures import Refused
from app.adapters.github.operations import ATTESTATIONS, REPOSITORY
from app.adapters.github.shapes import dig, words
from app.core.attestation import Answer, Attached, Bundle, Form, Lookup
from app.core.errors import Unavailable
from app.core.oci import Audience, Digest

PERMISSIONS: Final = (("attestations", "read"), ("metadata", "read"))
FOUND: Final = "GitHub attestations"
MAX_ATTACHED: Final = 50
MAX_BYTES: Final = 10 * 1024 * 1024
_PAGE: Final = 100
_NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True)
class _Place:
    """One repository as it is asked about one digest."""

    owner: str
    name: str
    digest: Digest
    host: str
    with_token: bool

    def said(self, answer: Answer, detail: str = "", code: str = "", retry_after: float | None = None) -> Lookup:
        """Say what this place answered."""
        where = f"attestations in {self.owner}/{self.name} of {self.digest.short}"
        return Lookup(where, self.host, answer, detail, code, retry_after, self.with_token)


class GitHubAttestations:
    """Reads attestations of one GitHub; safe to share between threads."""

    def __init__(self, connection: Connection, broker: TokenBroker | None = None) -> None:
        """Bind the way; without a `broker` every repository is asked as everybody."""
        self._connection = connection
        self._broker = broker
        host = urlsplit(connection.url).hostname or ""
        self._host = "github.com" if host == "api.github.com" else host

    def fetch(self, repository: str, digest: Digest, audience: Audience) -> Attached:
        """Fetch what GitHub keeps in `owner/repository` for a digest; never raises, what failed is in the answer."""
        owner, _, name = repository.partition("/")
        anonymous = _Place(owner, name, digest, self._host, with_token=False)
        try:
            grant = self._grant(owner, name, audience)
        except Unavailable as error:
            return _failed(anonymous, error)
        store = BundleStore(self._connection, MAX_BYTES)
        if grant is None or self._broker is None:
            return _read(Client(self._connection, UnauthAuthStrategy()), anonymous, store)
        place = _Place(owner, name, digest, self._host, with_token=True)
        return _read(Client(self._connection, InstallationToken(self._broker, grant)), place, store)

    def _grant(self, owner: str, name: str, audience: Audience) -> Grant | None:
        """Return what a token may do in this repository, `None` when none is to be had; raises to try again."""
        if self._broker is None or audience.installation is None or owner.lower() != (audience.owner or "").lower():
            return None
        grant = Grant(audience.installation, name, PERMISSIONS)
        try:
            self._broker.token(grant)
        except Unavailable as error:
            if not error.permanent:
                raise
            return None
        return grant


def _read(client: Client, place: _Place, store: BundleStore) -> Attached:
    try:
        call = ATTESTATIONS.at(owner=place.owner, repo=place.name, subject_digest=str(place.digest))
        answer = client.send(call.asking(per_page=_PAGE)).json()
    except Refused as refused:
        if refused.status != _NOT_FOUND:
            return _failed(place, refused)
        return _none(client, place)
    except Unavailable as error:
        return _failed(place, error)
    return _attached(place, answer, store)


def _none(client: Client, place: _Place) -> Attached:
    """Say that there are none, if that is what 404 means."""
    if place.with_token:
        return Attached((), (place.said(Answer.NOT_THERE),))
    try:
        client.send(REPOSITORY.at(owner=place.owner, repo=place.name))
    except Unavailable as error:
        if not error.permanent:
            return _failed(place, error)
        detail = "the repository is not there, or the App was not given it with `attestations: read`"
        return Attached((), (place.said(Answer.FAILED, detail, "no-access"),))
    return Attached((), (place.said(Answer.NOT_THERE),))


def _failed(place: _Place, error: Unavailable) -> Attached:
    code = "server-error" if not error.permanent else "no-access"
    code = "rate-limited" if error.retry_after is not None else code
    return Attached((), (place.said(Answer.FAILED, error.sentence, code, error.retry_after),))


def _attached(place: _Place, answer: object, store: BundleStore) -> Attached:
    listed = dig(answer, "attestations")
    if not isinstance(listed, list):
        return Attached((), (place.said(Answer.FAILED, "sent something that cannot be read", "malformed"),))
    if len(listed) > MAX_ATTACHED:
        # Half of them could be the half that a stranger chose.
        return Attached((), (place.said(Answer.FAILED, "holds more attestations than are read", "too-many"),))
    found = [_bundle(row, store) for row in listed]
    contents = [one for one in found if isinstance(one, bytes)]
    if sum(map(len, contents)) > MAX_BYTES:
        return Attached((), (place.said(Answer.FAILED, "sent more than is read", "too-large"),))
    bundles = tuple(Bundle(Form.BUNDLE, content, place.digest, FOUND) for content in contents)
    return Attached(bundles, _lookups(place, len(bundles), [one for one in found if isinstance(one, NotKept)]))


def _bundle(row: object, store: BundleStore) -> bytes | NotKept:
    inside, url = dig(row, "bundle"), words(row, "bundle_url")
    if isinstance(inside, dict):
        return json.dumps(inside).encode()
    if inside is None and url:
        return store.read(url)
    return NotKept("", "malformed", "sent something that cannot be read")


def _lookups(place: _Place, read: int, lacking: list[NotKept]) -> tuple[Lookup, ...]:
    said = [place.said(Answer.FOUND, f"{read} found")] if read else []
    for one in sorted({(one.host, one.code, one.detail) for one in lacking}):
        host, code, detail = one
        count = sum((other.host, other.code) == (host, code) for other in lacking)
        failed = place.said(Answer.FAILED, f"{detail} ({count} of {read + len(lacking)} bundles)", code)
        said.append(replace(failed, host=host or place.host))
    return tuple(said) or (place.said(Answer.NOT_THERE),)
