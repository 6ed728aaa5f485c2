"""Scopes: what a policy asks of the images that it matches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from app.core.attestation import Elsewhere
from app.core.claims import EACH_PLATFORM
from app.core.globs import Glob
from app.core.oci import ImageName
from app.core.verdict import Mode
from app.policy.lineage import Lineage
from app.policy.signers import SignerRule
from app.predicates import PREDICATES
from app.predicates.base import MappedMeasure

LimitValue = int | bool | str


@dataclass(frozen=True, slots=True)
class AttestationAsked:
    """An attestation that must be there: `alias` as written, `types` the predicate type URIs that it stands for."""

    alias: str
    types: frozenset[str]
    signers: tuple[SignerRule, ...]
    max_age: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """One entry of `images`.

    `no_regression` is `None` when nothing is asked, empty for every measure, else the keys. An empty `signature` asks
    for none. `mode` is the one that counts. `label` is the name that findings carry; `floor` says whose scope it is,
    `operator` that the floor is the operator's. `vex` are the signers whose VEX counts for it, `mappings` those of its
    file.
    `elsewhere` is where signatures lie besides the image's own repository. With `each_platform` the signature of an
    index does not stand for its platforms. `lineage` is what it says of tags, downgrades and moves.
    """

    label: str
    match: tuple[Glob, ...]
    exclude: tuple[Glob, ...] = ()
    mode: Mode = Mode.ENFORCE
    signature: tuple[SignerRule, ...] = ()
    attestations: tuple[AttestationAsked, ...] = ()
    limits: Mapping[str, LimitValue] = field(default_factory=dict)
    only_fixable: bool = False
    no_regression: frozenset[str] | None = None
    pinned: bool = False
    floor: bool = False
    own_mode: Mode | None = None
    vex: tuple[SignerRule, ...] = ()
    mappings: tuple[MappedMeasure, ...] = ()
    elsewhere: Elsewhere = field(default_factory=Elsewhere)
    each_platform: bool = False
    lineage: Lineage = field(default_factory=Lineage)
    operator: bool = False

    def matches(self, name: ImageName) -> bool:
        """Say whether an image belongs to the scope; only the canonical name is looked at."""
        text = str(name)
        return any(glob.matches(text) for glob in self.match) and not any(glob.matches(text) for glob in self.exclude)

    def lists(self, predicate_type: str) -> tuple[AttestationAsked, ...]:
        """Return what the scope asks of attestations of this type."""
        return tuple(asked for asked in self.attestations if predicate_type in asked.types)

    @property
    def key(self) -> str:
        """What no other scope has: a repository's own scope may be called like one of the floor."""
        return f"{self.file}:{self.label}"

    @property
    def file(self) -> str:
        """Which file it stands in: the repository's own, the floor, or the operator's floor."""
        return "operator" if self.operator else "floor" if self.floor else "own"

    def yielding(self, key: str) -> frozenset[str]:
        """Return the predicate types that can yield a measure for this scope."""
        return yielding(key) | {one.predicate_type for one in self.mappings if one.key == key}

    @property
    def limited(self) -> Mapping[str, LimitValue]:
        """The limits by the measure that is judged: with `only-fixable`, vulnerabilities with a fix."""
        return {_judged(key, only_fixable=self.only_fixable): value for key, value in self.limits.items()}

    @property
    def reads_each_platform(self) -> bool:
        """Whether a limit is about what every platform of an image says of itself."""
        return bool(self.limits.keys() & EACH_PLATFORM)

    def relies_on(self, predicate_type: str) -> bool:
        """Say whether a rule of the scope is met only by measures that this type can yield.

        `no-regression: true` is not such a rule: more measures can only make it stricter.
        """
        keys = set(self.limited) | (self.no_regression or set())
        mapped = {one.key for one in self.mappings if one.predicate_type == predicate_type}
        return bool(keys & mapped) or any(keys & yields.KEYS for yields in PREDICATES if predicate_type in yields.TYPES)


def yielding(key: str) -> frozenset[str]:
    """Return the predicate types that can yield a measure."""
    return frozenset(uri for predicate in PREDICATES if key in predicate.KEYS for uri in predicate.TYPES)


def matching(scopes: Iterable[Scope], name: ImageName) -> tuple[Scope, ...]:
    """Return the scopes that an image belongs to; all of them apply."""
    return tuple(scope for scope in scopes if scope.matches(name))


def _judged(key: str, *, only_fixable: bool) -> str:
    counted = only_fixable and key.startswith("vulnerabilities.") and not key.endswith(".fixable")
    return f"{key}.fixable" if counted else key
