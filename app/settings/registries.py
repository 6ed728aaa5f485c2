"""The settings about registries: logins, who may use them, which may lie at private addresses; and lists of hosts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from app.core.errors import InvalidReference
from app.core.oci import ImageName, Mirrors
from app.settings.values import RegistryLogin, Secret, SettingsError

_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?")
_USER = re.compile(r"[a-z0-9][a-z0-9-]*(?:/[a-z0-9._-]+)?")
_LAST_PORT = 65_535


def logins(text: str) -> tuple[RegistryLogin, ...]:
    """Read a JSON object host → "user:password", or lines `host=user:password`; hosts are exact, each once."""
    pairs = (
        _json_pairs(text) if text.lstrip().startswith("{") else list(_pairs("ASSAY_REGISTRY_AUTH", text.splitlines()))
    )
    logins: dict[str, RegistryLogin] = {}
    for written, value in pairs:
        host = _host("ASSAY_REGISTRY_AUTH", written)
        user, colon, password = value.partition(":")
        if not (user and colon and password):
            raise SettingsError("ASSAY_REGISTRY_AUTH", f"no user:password for {host}; write {host}=USER:PASSWORD.")
        if host in logins:
            raise SettingsError("ASSAY_REGISTRY_AUTH", f"{host} stands there twice; keep one.")
        logins[host] = RegistryLogin(host, user, Secret(password))
    return tuple(logins[host] for host in sorted(logins))


def _json_pairs(text: str) -> list[tuple[str, str]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or not all(isinstance(value, str) for value in document.values()):
        # The parser's message would quote the text, which holds passwords: not chained, not repeated.
        raise SettingsError(
            "ASSAY_REGISTRY_AUTH", 'not JSON of the form {"HOST": "USER:PASSWORD"}; correct it.'
        ) from None
    return list(document.items())


def credential_users(text: str) -> Mapping[str, frozenset[str]]:
    """Read lines (or `;`-separated parts) `host=owner,owner/repository`."""
    variable = "ASSAY_REGISTRY_CREDENTIAL_USERS"
    bound: dict[str, frozenset[str]] = {}
    for written, value in _pairs(variable, re.split(r"[;\n]", text)):
        host = _host(variable, written)
        users = frozenset(user for user in re.split(r"[,\s]+", value.lower()) if user)
        wrong = sorted(user for user in users if not _USER.fullmatch(user))
        if wrong or not users:
            raise SettingsError(variable, f"for {host}, give OWNER or OWNER/REPOSITORY, separated by commas.")
        bound[host] = bound.get(host, frozenset()) | users
    return bound


def realms(text: str) -> Mapping[str, frozenset[str]]:
    """Read lines (or `;`-separated parts) `host=host,host`: token services of a registry that lie elsewhere."""
    variable = "ASSAY_REGISTRY_REALMS"
    known: dict[str, frozenset[str]] = {}
    for written, value in _pairs(variable, re.split(r"[;\n]", text)):
        host = _host(variable, written)
        services = frozenset(_host(variable, one) for one in re.split(r"[,\s]+", value) if one)
        if not services:
            raise SettingsError(variable, f"for {host}, give the token service's HOST, separated by commas.")
        known[host] = known.get(host, frozenset()) | services
    return known


def mirrors(text: str) -> Mirrors:
    """Read lines (or `;`-separated parts) `mirror.example/dockerhub=docker.io`: prefixes of names, each mirror once."""
    variable = "ASSAY_REGISTRY_MIRRORS"
    known: dict[str, str] = {}
    for written, value in _pairs(variable, re.split(r"[;\n]", text)):
        mirror, upstream = _prefix(variable, written), _prefix(variable, value)
        if mirror in known or mirror == upstream:
            raise SettingsError(variable, f"{mirror} stands there twice, or for itself; keep one upstream.")
        known[mirror] = upstream
    return Mirrors(tuple(sorted(known.items())))


def _prefix(variable: str, text: str) -> str:
    """Return a registry, or the beginning of a name in one, in its canonical form."""
    host = text.partition("/")[0]
    try:
        name = str(ImageName.parse(f"{text}/x/x"))
    except InvalidReference:
        name = ""
    if not name or not (host == "localhost" or {".", ":"} & set(host)):
        raise SettingsError(variable, "an entry is no HOST or HOST/PATH; write mirror.example/dockerhub=docker.io.")
    return name.removesuffix("/x/x")


def _pairs(variable: str, lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    for number, line in enumerate(lines, start=1):
        host, equals, value = line.strip().partition("=")
        if not line.strip():
            continue
        if not equals:
            raise SettingsError(variable, f"no '=' in entry {number}; write HOST=… in each.")
        yield host.strip(), value.strip()


def _host(variable: str, text: str) -> str:
    host = text.strip().lower()
    port = host.rpartition("]")[2].partition(":")[2]
    if not _HOST.fullmatch(host) or (port and int(port) > _LAST_PORT):
        raise SettingsError(variable, "an entry is no HOST or HOST:PORT; write it without scheme, path or wildcard.")
    return host


def hosts(variable: str, text: str) -> frozenset[str]:
    """Read hosts separated by commas or white space."""
    return frozenset(_host(variable, host) for host in re.split(r"[,\s]+", text) if host)
