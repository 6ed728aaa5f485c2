"""Which credential may be shown to which registry, for whom. Nothing is read from the machine: texts are handed in.

A credential belongs to one exact host:port and may be used only for the owners or repositories that the operator
binds it to; without a binding only for the one owner that the app is configured for, and without that for nobody.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.core.errors import Error, InvalidReference
from app.core.oci import Audience, ImageName

_HUB_KEYS: Final = frozenset({"index.docker.io", "docker.io", "registry-1.docker.io"})
_REST: Final = re.compile(r"(?:/v[12])?/?")


class InvalidCredentials(Error):
    """The operator's credentials cannot be read; the sentence holds no part of them."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A name and a password for a registry; its `repr` shows neither."""

    username: str = field(repr=False)
    password: str = field(repr=False)

    def basic(self) -> str:
        """Return the value of an `Authorization` header."""
        pair = base64.b64encode(f"{self.username}:{self.password}".encode()).decode("ascii")
        return f"Basic {pair}"


@dataclass(frozen=True, slots=True)
class Credentials:
    """All credentials of the operator. `notes` says what was met and is not used, for the operator to read.

    `users` maps a host:port to owners (`acme`) or repositories (`acme/api`, `acme/*`: `*` matches within a part).
    """

    by_host: Mapping[str, Credential] = field(default_factory=dict, repr=False)
    users: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    owner: str | None = None
    notes: tuple[str, ...] = ()

    def usable(self, registry: str, audience: Audience) -> Credential | None:
        """Return the credential that this audience may use at this registry, `None` when there is none."""
        credential = self.by_host.get(registry)
        if credential is None or audience.owner is None:
            return None
        bound = self.users.get(registry)
        if bound is None:
            bound = (self.owner,) if self.owner is not None else ()
        return credential if any(_covers(pattern, audience) for pattern in bound) else None


def read_credentials(
    *,
    docker_config: str | None = None,
    environment: str | None = None,
    users: Mapping[str, Iterable[str]] | None = None,
    owner: str | None = None,
) -> Credentials:
    """Read a Docker configuration file's text and the text of the environment variable, which wins.

    `environment` is a JSON object host → `user:password`, or lines `host=user:password`. Raises `InvalidCredentials`.
    """
    found, notes = _docker(docker_config) if docker_config else ({}, ())
    if environment:
        found |= _environment(environment)
    bound = {_host(host): tuple(patterns) for host, patterns in (users or {}).items()}
    return Credentials(found, bound, owner, notes)


def read_users(text: str) -> Mapping[str, tuple[str, ...]]:
    """Read a binding: a JSON object host → list, or lines `host=owner,owner/repo`. Raises `InvalidCredentials`."""
    if text.lstrip().startswith("{"):
        document = _json(text)
        if not all(
            isinstance(value, list) and all(isinstance(one, str) for one in value) for value in document.values()
        ):
            raise InvalidCredentials("the users of a registry credential are a list of texts")
        return {_host(host): tuple(value) for host, value in document.items()}
    return {_host(host): tuple(one.strip() for one in rest.split(",") if one.strip()) for host, rest in _lines(text)}


def _covers(pattern: str, audience: Audience) -> bool:
    owner = audience.owner or ""
    if "/" not in pattern:
        return pattern.casefold() == owner.casefold()
    if audience.repository is None:
        return False
    repository = audience.repository.rpartition("/")[2]
    expression = "[^/]*".join(re.escape(part) for part in pattern.casefold().split("*"))
    return re.fullmatch(expression, f"{owner}/{repository}".casefold()) is not None


def _docker(text: str) -> tuple[dict[str, Credential], tuple[str, ...]]:
    document = _json(text)
    auths = document.get("auths", {})
    if not isinstance(auths, dict):
        raise InvalidCredentials("the registry configuration's auths are no object")
    notes = [
        f"{name} of the registry configuration is not used: no program is started for credentials"
        for name in ("credHelpers", "credsStore")
        if document.get(name)
    ]
    found: dict[str, Credential] = {}
    for key, entry in auths.items():
        host = _host(key)
        if not isinstance(entry, dict):
            raise InvalidCredentials(f"the registry configuration's entry for {host} is no object")
        credential = _entry(host, entry)
        if credential is None:
            notes.append(
                f"the registry configuration's entry for {host} holds no user name and password and is not used"
            )
        else:
            found[host] = credential
    return found, tuple(notes)


def _entry(host: str, entry: Mapping[str, Any]) -> Credential | None:
    # An identity token would have to be exchanged by a POST; this client only knows GET.
    username, password, auth = entry.get("username"), entry.get("password"), entry.get("auth")
    if isinstance(username, str) and isinstance(password, str) and username and password:
        return Credential(username, password)
    if not isinstance(auth, str) or not auth:
        return None
    try:
        decoded = base64.b64decode(auth, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise InvalidCredentials(f"the registry configuration's auth for {host} is not base64") from error
    return _pair(host, decoded)


def _environment(text: str) -> dict[str, Credential]:
    if text.lstrip().startswith("{"):
        pairs = [(host, value) for host, value in _json(text).items() if isinstance(value, str)]
        if len(pairs) != len(_json(text)):
            raise InvalidCredentials("a registry credential is the text user:password")
    else:
        pairs = list(_lines(text))
    return {_host(host): _pair(_host(host), value) for host, value in pairs}


def _lines(text: str) -> Iterable[tuple[str, str]]:
    for line in text.splitlines():
        if not line.strip():
            continue
        host, equals, rest = line.strip().partition("=")
        if not equals:
            raise InvalidCredentials("a line about a registry has the form host=…")
        yield host.strip(), rest


def _pair(host: str, text: str) -> Credential:
    username, colon, password = text.partition(":")
    if not colon or not username or not password or not f"{username}{password}".isprintable():
        raise InvalidCredentials(f"the credential for {host} is not user:password")
    return Credential(username, password)


def _host(key: str) -> str:
    """Return the canonical registry of a key; a path behind it other than `/v1/` and `/v2/` has no meaning to us."""
    host, slash, rest = key.removeprefix("https://").partition("/")
    if not _REST.fullmatch(slash + rest):
        raise InvalidCredentials("a registry credential is for a host and port, not for a path")
    if host.lower() in _HUB_KEYS:
        return "docker.io"
    try:
        registry = ImageName.parse(f"{host}/x").registry
    except InvalidReference as error:
        raise InvalidCredentials("a registry credential names something that is no host and port") from error
    if registry != host.lower().removesuffix(":443"):
        # A bare word would be read as a part of a path on the default registry.
        raise InvalidCredentials("a registry credential names something that is no host and port")
    return registry


def _json(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        # The cause would show the text.
        raise InvalidCredentials("the registry configuration is not JSON") from None
    if not isinstance(document, dict):
        raise InvalidCredentials("the registry configuration is no JSON object")
    return document
