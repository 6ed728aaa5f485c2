"""How two lists of packages differ: what came, what went, what changed its version."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class PackageVersions:
    """A package that both sides have in different versions; a side may have several at once."""

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackageChanges:
    """The difference of two lists of `name@version`; every part is sorted."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[PackageVersions, ...] = ()

    @property
    def count(self) -> int:
        """How many packages came, went or changed."""
        return len(self.added) + len(self.removed) + len(self.changed)


def package_changes(before: Iterable[str], after: Iterable[str]) -> PackageChanges:
    """Compare two lists of `name@version` (or mere names)."""
    old, new = _by_name(before), _by_name(after)
    both = sorted(name for name in old.keys() & new.keys() if old[name] != new[name])
    return PackageChanges(
        tuple(sorted(one for name in new.keys() - old.keys() for one in _written(name, new[name]))),
        tuple(sorted(one for name in old.keys() - new.keys() for one in _written(name, old[name]))),
        tuple(PackageVersions(name, tuple(sorted(old[name])), tuple(sorted(new[name]))) for name in both),
    )


def _by_name(listed: Iterable[str]) -> dict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for one in listed:
        name, _, version = one.rpartition("@")
        # `@scope/name` has an @ that separates nothing.
        found[name or one].add(version if name else "")
    return dict(found)


def _written(name: str, versions: set[str]) -> list[str]:
    return [f"{name}@{version}" if version else name for version in versions]
