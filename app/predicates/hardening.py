"""The hardening predicate `https://assay.dev/hardening/v1`: what a hardener did to an image.

Its JSON Schema is published in `docs/schemas/hardening-v1.json`. Unknown members are allowed, so that a hardener can
say more; the members named here must have their shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from app.core.image_facts import runs_as_root
from app.core.oci import Platform
from app.core.posture import Basis, Better, Measure, Value
from app.predicates.base import Kind, Place, database_time, document, scanner_family, shown

TYPES: Final = frozenset({"https://assay.dev/hardening/v1"})

BEFORE: Final = "hardening.vulnerabilities.before"
AFTER: Final = "hardening.vulnerabilities.after"
REMOVED: Final = "hardening.packages-removed"
SHELL: Final = "hardening.shell"
PACKAGE_MANAGER: Final = "hardening.package-manager"
USER: Final = "hardening.user"
ROOT: Final = "hardening.root"
BASE_IMAGE: Final = "hardening.base-image"
KEYS: Final = frozenset({BEFORE, AFTER, REMOVED, SHELL, PACKAGE_MANAGER, USER, ROOT, BASE_IMAGE})

MAPPED: Final[Mapping[str, tuple[str, Kind, Better]]] = {
    BEFORE: ("vulnerabilities before hardening", Kind.NUMBER, Better.NEITHER),
    AFTER: ("vulnerabilities after hardening", Kind.NUMBER, Better.LOWER),
    REMOVED: ("packages that hardening removed", Kind.NUMBER, Better.HIGHER),
    SHELL: ("has a shell", Kind.FLAG, Better.LOWER),
    PACKAGE_MANAGER: ("has a package manager", Kind.FLAG, Better.LOWER),
    USER: ("user", Kind.TEXT, Better.NEITHER),
    ROOT: ("runs as root", Kind.FLAG, Better.LOWER),
    BASE_IMAGE: ("base image", Kind.TEXT, Better.NEITHER),
}
"""How each measure is called, read and judged where a policy maps another predicate to it."""

_SEVERITIES: Final = ("critical", "high", "medium", "low", "unknown")
_PLATFORM_PARTS: Final = (2, 3)
_MAX_DETAILS: Final = 500


def measure(predicate: object) -> Iterable[Measure]:
    """Yield a measure for each member that is there; an empty predicate is malformed."""
    found = tuple(_measures(document(predicate)))
    if not found:
        raise Place(None).refuse("says nothing about hardening")
    return found


def _measures(root: Place) -> Iterator[Measure]:
    root.object()
    yield from _vulnerabilities(root)
    removed = root.get("packagesRemoved")
    if not removed.absent:
        names = sorted({shown(one.text()) for one in removed.items()})
        label = "packages that hardening removed"
        yield Measure(REMOVED, label, len(names), Better.HIGHER, predicate_type="", details=tuple(names[:_MAX_DETAILS]))
    for key, name, label in ((SHELL, "shell", "a shell"), (PACKAGE_MANAGER, "packageManager", "a package manager")):
        if not root.get(name).absent:
            yield _plain(key, f"has {label}", root.get(name).flag(), Better.LOWER)
    if not root.get("user").absent:
        # An empty user in an image's configuration is root.
        user = root.get("user").optional_text()
        yield _plain(USER, "user", shown(user) or "root", Better.NEITHER)
        yield _plain(ROOT, "runs as root", runs_as_root(user), Better.LOWER)
    if not root.get("baseImage").absent:
        yield _plain(BASE_IMAGE, "base image", shown(root.get("baseImage").text()), Better.NEITHER)


def _vulnerabilities(root: Place) -> Iterator[Measure]:
    counts = root.get("vulnerabilities")
    if counts.absent:
        return
    basis = _basis(root.get("scan"))
    for key, name, better in ((BEFORE, "before", Better.NEITHER), (AFTER, "after", Better.LOWER)):
        side = counts.get(name)
        numbers = {word: side.get(word).count() for word in _SEVERITIES}
        label = f"vulnerabilities {name} hardening"
        details = tuple(f"{word}: {number}" for word, number in numbers.items())
        yield Measure(key, label, sum(numbers.values()), better, predicate_type="", basis=basis, details=details)


def _basis(scan: Place) -> Basis:
    if scan.absent:
        return Basis()
    platform = scan.get("platform").optional_text().split("/")
    known = Platform(*map(shown, platform)) if len(platform) in _PLATFORM_PARTS and all(platform) else None
    return Basis(known, scanner_family(scan.get("scanner").text()), database_time(scan.get("database")))


def _plain(key: str, label: str, value: Value, better: Better) -> Measure:
    return Measure(key, label, value, better, predicate_type="")
