"""Where a registry is: its origin, whether it may be private, and which token services are its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from app.adapters.oci_registry.addresses import is_loopback
from app.adapters.oci_registry.transport import Origin

KNOWN_REALMS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {"docker.io": frozenset({"auth.docker.io"}), "registry.gitlab.com": frozenset({"gitlab.com"})}
)
_HUB: Final = "registry-1.docker.io"
_HTTPS: Final = 443


@dataclass(frozen=True, slots=True)
class Registry:
    """One registry: `name` as in references, `realms` the authorities of token services elsewhere that are its own."""

    name: str
    origin: Origin
    allow_private: bool
    realms: frozenset[str]


@dataclass(frozen=True, slots=True)
class RegistryTable:
    """What the operator says of registries.

    `allowed` are host:port names that may be private; over plain HTTP when the host is the machine itself and the
    entry is not written `https://host:port`. `realms` adds token services to `KNOWN_REALMS`.
    """

    allowed: frozenset[str] = frozenset()
    tls: frozenset[str] = frozenset()
    realms: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, allowed: Iterable[str], realms: Mapping[str, Iterable[str]]) -> RegistryTable:
        """Make one of the operator's texts."""
        entries = [entry.strip().lower() for entry in allowed if entry.strip()]
        tls = frozenset(entry.removeprefix("https://") for entry in entries if entry.startswith("https://"))
        names = frozenset(entry.removeprefix("https://").removesuffix(":443") for entry in entries)
        merged = {name: KNOWN_REALMS.get(name, frozenset()) | frozenset(hosts) for name, hosts in realms.items()}
        return cls(names, tls, {**KNOWN_REALMS, **merged})

    def registry(self, name: str) -> Registry:
        """Return what is known of the registry with this canonical name."""
        host, _, port = name.partition(":")
        allowed = name in self.allowed
        plain = allowed and is_loopback(host) and name not in self.tls
        origin = Origin("http" if plain else "https", host, int(port) if port else (80 if plain else _HTTPS))
        if name == "docker.io":
            origin = Origin("https", _HUB, _HTTPS)
        return Registry(name, origin, allowed, self.realms.get(name, frozenset()))
