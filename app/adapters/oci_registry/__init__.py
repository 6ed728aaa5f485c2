"""Image registries over HTTP: signatures and attestations as they are attached to images, unverified.

    registries = OciRegistries(RegistrySettings(allowed=("127.0.0.1:5000",)))
    registry = registries.open(audience)            # one job
    registry.resolve(reference); registry.fetch(reference.pinned(digest))

Every size, time, count, redirect and address is bounded; see `limits.Limits` and `addresses`. The only verb is GET.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from app.adapters.oci_registry.addresses import Resolver, resolve
from app.adapters.oci_registry.credentials import (
    Credential,
    Credentials,
    InvalidCredentials,
    read_credentials,
    read_users,
)
from app.adapters.oci_registry.images import OciRegistry
from app.adapters.oci_registry.job import Span, World
from app.adapters.oci_registry.limits import Limits
from app.adapters.oci_registry.registries import RegistryTable
from app.adapters.oci_registry.transport import Transport
from app.core.network import WayOut
from app.core.oci import Audience

__all__ = [
    "Credential",
    "Credentials",
    "InvalidCredentials",
    "Limits",
    "OciRegistries",
    "OciRegistry",
    "RegistrySettings",
    "Span",
    "read_credentials",
    "read_users",
]


def _pause(seconds: float) -> None:
    threading.Event().wait(seconds)


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """What the operator sets.

    `allowed` are host:port registries that may have private addresses; those on the machine itself are spoken to over
    plain HTTP, unless written `https://host:port`. `realms` lists, for a registry, the hosts of token services other
    than itself. `way` is how the world is reached; what is `allowed` is reached without its proxy. `resolver` and
    `pause` stand for the machine's.
    """

    credentials: Credentials = field(default_factory=Credentials)
    allowed: Iterable[str] = ()
    realms: Mapping[str, Iterable[str]] = field(default_factory=dict)
    way: WayOut = field(default_factory=WayOut)
    limits: Limits = field(default_factory=Limits)
    resolver: Resolver = resolve
    pause: Callable[[float], None] = _pause


class OciRegistries:
    """Opens registries for an audience; keeps connections, and how registries ask for a login, between jobs."""

    def __init__(self, settings: RegistrySettings) -> None:
        """Read nothing and connect to nothing yet."""
        self._credentials = settings.credentials
        self._transport = Transport(settings.limits, settings.way)
        table = RegistryTable.of(settings.allowed, settings.realms)
        self._world = World(
            settings.limits, self._transport, table, settings.resolver, settings.pause, way=settings.way
        )

    def open(self, audience: Audience) -> OciRegistry:
        """Begin a job: its time, bytes and addresses are its own, its credentials those that the audience may use."""
        return OciRegistry(self._world, self._credentials, audience)

    def close(self) -> None:
        """Close connections that are kept open."""
        self._transport.close()
