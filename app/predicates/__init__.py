"""Predicate types: the table, the names that policies use, and the reading of many statements into one posture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, Protocol

from app.core.attestation import TrustedStatement
from app.core.exploited import ExploitLists
from app.core.oci import Descriptor, Digest
from app.core.posture import Measure, Posture
from app.predicates import (
    cosign_vuln,
    cyclonedx,
    github_release,
    hardening,
    in_toto_vulns,
    openvex,
    sarif,
    scai,
    slsa_provenance,
    spdx,
    svr,
    test_result,
    vsa,
)
from app.predicates.base import MappedMeasure, Scan, looked_up, mapped_measures
from app.predicates.excusing import Excuses, Images, VexReader
from app.predicates.merging import Reading, merge

Found = Measure | Scan


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

    def measure(self, predicate: object) -> Iterable[Found]:
        """Yield the measures of one predicate, and its scan where it is one; raises `Malformed` for a wrong shape."""
        ...


PREDICATES: Final[tuple[Predicate, ...]] = (
    *(cosign_vuln, cyclonedx, github_release, hardening, in_toto_vulns, openvex),
    *(sarif, scai, slsa_provenance, spdx, svr, test_result, vsa),
)

KEYS: Final = frozenset(key for predicate in PREDICATES for key in predicate.KEYS)
"""Every measure that any predicate type can yield."""

HARDENING_MAPPED: Final = hardening.MAPPED
"""The measures of hardening that a policy may map other predicates to."""

_BY_TYPE: Final = {uri: predicate for predicate in PREDICATES for uri in predicate.TYPES}

_CLAIMS: Final[Mapping[str, VexReader]] = {uri: module for module in (openvex, cyclonedx) for uri in module.TYPES}

VEX_TYPES: Final = frozenset(_CLAIMS)
"""Predicate types in which authors of VEX write."""

ALIASES: Final = {
    "slsa-provenance": slsa_provenance.TYPES,
    "vulnerabilities": cosign_vuln.TYPES | in_toto_vulns.TYPES | sarif.TYPES,
    "spdx": spdx.TYPES,
    "cyclonedx": cyclonedx.TYPES,
    "sbom": spdx.TYPES | cyclonedx.TYPES,
    "hardening": hardening.TYPES,
    "openvex": openvex.TYPES,
    "vsa": vsa.TYPES,
    "svr": svr.TYPES,
    "test-result": test_result.TYPES,
    "scai": scai.TYPES,
    "github-release": github_release.TYPES,
}
"""Short names of predicate types, for policies."""


def predicate_types(alias: str) -> frozenset[str]:
    """Return the predicate type URIs that a short name stands for; a URI stands for itself, any other text for none."""
    if alias in ALIASES:
        return ALIASES[alias]
    scheme, found, rest = alias.partition("://")
    return frozenset({alias}) if found and scheme in ("http", "https") and rest else frozenset()


@dataclass(frozen=True, slots=True)
class View:
    """How one reader sees an image: whose VEX counts for it, which mappings it has, which digest the image has.

    `lists` are the operator's, of what is known to be exploited or likely to be.
    """

    vex: tuple[TrustedStatement, ...] = ()
    mappings: tuple[MappedMeasure, ...] = ()
    image: Digest | None = None
    lists: ExploitLists = field(default_factory=ExploitLists)


def read_posture(
    statements: Iterable[TrustedStatement], platforms: Iterable[Descriptor] = (), view: View | None = None
) -> Posture:
    """Read what trusted statements say of one image; never raises, whatever they hold.

    `platforms` are the image's platform manifests: a statement about one of them that does not name its platform gets
    it from there. A statement of a type that is neither in the table nor mapped is not measured.
    """
    view = view or View()
    known = {descriptor.digest: descriptor.platform for descriptor in platforms}
    excuses = Excuses.of(view.vex, _CLAIMS, Images(view.image, known))

    def heed(scan: Scan, statement: TrustedStatement) -> Scan:
        return looked_up(excuses.heed(scan, statement), view.lists)

    readings = [
        Reading.of(statement, reader, known.get(statement.subject), heed)
        for statement in statements
        for reader in _readers(statement.statement.predicate_type, view.mappings)
    ]
    return _dated(excuses.noted(merge(readings)), view.lists)


def _dated(posture: Posture, lists: ExploitLists) -> Posture:
    """Say of which model and day the scores are, where one is shown."""
    scores = lists.likelihoods
    if scores is None or all(one.epss is None for one in posture.vulnerabilities):
        return posture
    note = f"EPSS scores of {scores.day}, model {scores.model}"
    return replace(posture, notes=tuple(sorted({*posture.notes, note})))


def _readers(predicate_type: str, mappings: Iterable[MappedMeasure]) -> list[Callable[[object], Iterable[Found]]]:
    module = _BY_TYPE.get(predicate_type)
    mapped = tuple(one for one in mappings if one.predicate_type == predicate_type)
    readers: list[Callable[[object], Iterable[Found]]] = [] if module is None else [module.measure]
    return [*readers, partial(mapped_measures, mapped=mapped)] if mapped else readers
