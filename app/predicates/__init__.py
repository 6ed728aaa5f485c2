"""Predicate types: the table, the names that policies use, and the reading of many statements into one posture."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

from app.core.attestation import TrustedStatement
from app.core.oci import Descriptor
from app.core.posture import Measure, Posture
from app.predicates import cosign_vuln, cyclonedx, hardening, in_toto_vulns, slsa_provenance, spdx
from app.predicates.merging import Reading, merge


class Predicate(Protocol):
    """What the table expects of a module."""

    @property
    def TYPES(self) -> frozenset[str]:  # noqa: N802 - a module's constant
        """The predicate type URIs that it reads."""
        ...

    @property
    def KEYS(self) -> frozenset[str]:  # noqa: N802 - a module's constant
        """Every measure key that it can yield."""
        ...

    def measure(self, predicate: object) -> Iterable[Measure]:
        """Yield the measures of one predicate; raises `Malformed` for a wrong shape."""
        ...


PREDICATES: Final[tuple[Predicate, ...]] = (cosign_vuln, cyclonedx, hardening, in_toto_vulns, slsa_provenance, spdx)

KEYS: Final = frozenset(key for predicate in PREDICATES for key in predicate.KEYS)
"""Every measure that any predicate type can yield."""

_BY_TYPE: Final = {uri: predicate for predicate in PREDICATES for uri in predicate.TYPES}

ALIASES: Final = {
    "slsa-provenance": slsa_provenance.TYPES,
    "vulnerabilities": cosign_vuln.TYPES | in_toto_vulns.TYPES,
    "spdx": spdx.TYPES,
    "cyclonedx": cyclonedx.TYPES,
    "sbom": spdx.TYPES | cyclonedx.TYPES,
    "hardening": hardening.TYPES,
    # Named so that a policy can ask for them; their contents are not measured.
    "openvex": frozenset({"https://openvex.dev/ns", "https://openvex.dev/ns/v0.2.0"}),
    "vsa": frozenset({"https://slsa.dev/verification_summary/v1"}),
}
"""Short names of predicate types, for policies."""


def predicate_types(alias: str) -> frozenset[str]:
    """Return the predicate type URIs that a short name stands for; a URI stands for itself, any other text for none."""
    if alias in ALIASES:
        return ALIASES[alias]
    scheme, found, rest = alias.partition("://")
    return frozenset({alias}) if found and scheme in ("http", "https") and rest else frozenset()


def read_posture(statements: Iterable[TrustedStatement], platforms: Iterable[Descriptor] = ()) -> Posture:
    """Read what trusted statements say of one image; never raises, whatever they hold.

    `platforms` are the image's platform manifests: a statement about one of them that does not name its platform gets
    it from there. A statement of a type that is not in the table is not measured.
    """
    known = {descriptor.digest: descriptor.platform for descriptor in platforms}
    readings = [
        Reading.of(statement, reader.measure, known.get(statement.subject))
        for statement in statements
        if (reader := _BY_TYPE.get(statement.statement.predicate_type)) is not None
    ]
    return merge(readings)
