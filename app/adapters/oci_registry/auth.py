"""Logging in: the token flow of the distribution project, and basic authentication, with nothing leaving its place.

A credential is shown to two places at most: the registry itself when it asks for basic authentication, and a token
service at the registry's own origin or at one that the operator listed for it (AT-068 to AT-071).
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from app.adapters.oci_registry.challenges import Challenge, read_challenges
from app.adapters.oci_registry.credentials import Credential
from app.adapters.oci_registry.failure import Failure
from app.adapters.oci_registry.job import Job
from app.adapters.oci_registry.limits import Share
from app.adapters.oci_registry.locations import Location, read_location
from app.adapters.oci_registry.registries import Registry
from app.adapters.oci_registry.transport import Request, Response
from app.core.oci import ImageName

_SERVICE = re.compile(r"[A-Za-z0-9._:/ -]{0,256}")
_HEADER = re.compile(r"[A-Za-z0-9._~+/=-]{1,16384}")
_UNRESERVED: Final = re.compile(r"[^A-Za-z0-9._~-]")
_OK: Final = 200
_REFUSED: Final = frozenset({400, 401, 403, 404})
_TOO_MANY: Final = 429


@dataclass(slots=True)
class Login:
    """What is shown to one registry for one repository, in one job."""

    job: Job
    registry: Registry
    name: ImageName
    credential: Credential | None = field(repr=False)
    used: bool = False
    _tried: bool = False
    _header: str | None = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def header(self, share: Share) -> str | None:
        """Return what to show with a request: nothing before the registry ever asked."""
        with self._lock:
            challenge = self.job.manners.challenge(self.registry.name)
            if self._header is None and challenge is not None and not self._tried:
                self._tried = True
                # A guess: when it leads nowhere, the registry is asked without, as if nothing were known.
                with contextlib.suppress(Failure):
                    self._header = self._answer(challenge, share)
            return self._header

    def renew(self, shown: str | None, response: Response, share: Share) -> str:
        """Answer a refusal of what was `shown`; raises `Failure` when there is no answer."""
        with self._lock:
            if self._header is not None and self._header != shown:
                return self._header
            challenge = self._chosen(response)
            self._header = self._answer(challenge, share)
            # How a registry asks is no secret, and spares the next repository a round trip.
            self.job.manners.asked(self.registry.name, challenge)
            return self._header

    def _chosen(self, response: Response) -> Challenge:
        challenges = read_challenges(response.headers.get("www-authenticate", ""))
        by_scheme = {challenge.scheme: challenge for challenge in reversed(challenges)}
        chosen = by_scheme.get("bearer") or (by_scheme.get("basic") if self.credential else None)
        if chosen is None:
            raise Failure("unauthorized")
        return chosen

    def _answer(self, challenge: Challenge, share: Share) -> str:
        if challenge.scheme == "basic":
            if self.credential is None:
                raise Failure("unauthorized")
            self.used = True
            return self.credential.basic()
        realm = self._realm(challenge.parameters)
        headers = {"Accept": "application/json"}
        if self.credential is not None:
            self.used = True
            headers["Authorization"] = self.credential.basic()
        request = Request(realm.origin, realm.target, headers, self.job.limits.token_bytes)
        return f"Bearer {_token(self.job.get('token', request, self.registry, share))}"

    def _realm(self, parameters: Mapping[str, str]) -> Location:
        """Return where to ask for a token, made of validated parts; raises `Failure` (`realm-refused`)."""
        location = read_location(parameters.get("realm", ""))
        service = parameters.get("service", "")
        if location is None or "?" in location.target or not _SERVICE.fullmatch(service):
            raise Failure("realm-refused")
        own = location.origin == self.registry.origin
        # A token service elsewhere must be listed for this very registry, and is spoken to over TLS only.
        listed = location.origin.scheme == "https" and location.origin.authority in self.registry.realms
        if not own and not listed:
            raise Failure("realm-refused")
        # The scope is ours: what the challenge asks for could be more than is needed.
        query = f"scope={_escaped(f'repository:{self.name.path}:pull')}"
        query += f"&service={_escaped(service)}" if service else ""
        return Location(location.origin, f"{location.target}?{query}")


def _token(response: Response) -> str:
    if response.status == _TOO_MANY:
        raise Failure("rate-limited", retry_after=response.retry_after)
    if response.status in _REFUSED:
        raise Failure("unauthorized")
    if response.status != _OK:
        raise Failure("server-error" if response.status >= 500 else "redirect-refused")  # noqa: PLR2004 - HTTP's classes
    try:
        document = json.loads(response.body)
    except (ValueError, RecursionError) as error:
        raise Failure("malformed") from error
    token = (document.get("token") or document.get("access_token")) if isinstance(document, dict) else None
    if not isinstance(token, str) or not _HEADER.fullmatch(token):
        raise Failure("malformed")
    return token


def _escaped(text: str) -> str:
    return _UNRESERVED.sub(lambda match: f"%{ord(match[0]):02X}", text)
