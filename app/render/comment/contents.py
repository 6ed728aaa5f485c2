"""What is inside of an image, in lines: vulnerabilities by name, packages, its source, and what nobody measures.

Every list is bounded and says how many more there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from app.core.assessment import AssessedChange, AssessedImage
from app.core.attestation import SIGNATURE
from app.core.posture import (
    MeasureChange,
    PackageChanges,
    Posture,
    Vulnerability,
    VulnerabilityChanges,
    package_changes,
    vulnerability_changes,
)
from app.core.versions import Order
from app.render.markdown import code
from app.render.words import NEUTRAL

_LISTED: Final = 20
_SHORT: Final = 7
_ENTRY: Final = 120
_REPOSITORY: Final = re.compile(
    r"https://github\.com/([A-Za-z0-9][A-Za-z0-9-]{0,38}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100})"
)
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")


def differences(change: AssessedChange) -> VulnerabilityChanges:
    """Compare the vulnerabilities of both sides; with a reason why not where a side is missing."""
    before = Posture() if change.before is None else change.before.posture
    return vulnerability_changes(before, Posture() if change.after is None else change.after.posture)


def vulnerability_lines(change: AssessedChange, *, every: bool) -> list[str]:
    """List what is fixed and new, with `every` also what stayed, or, where nothing can be compared, what was found."""
    found = differences(change)
    lines = [*listed("fixed", map(entry, found.fixed)), *listed("new", map(entry, found.new))]
    if every and not found.why:
        lines += listed("unchanged", map(entry, found.unchanged))
    if every and found.why and change.after is not None:
        now = (one for one in change.after.posture.vulnerabilities if not one.excused)
        lines += listed("found", map(entry, now))
    return lines


def excused_lines(side: AssessedImage | None) -> list[str]:
    """List what trusted authors of VEX took out of the counts, with who said it and why: never silently."""
    found = [] if side is None else [one for one in side.posture.vulnerabilities if one.excused]
    lines = [f"VEX applied, not counted: {code(entry(one), _ENTRY)}: {_said(one)}" for one in found[:_LISTED]]
    more = len(found) - len(lines)
    return [*lines, f"VEX applied, not counted: {more} more"] if more > 0 else lines


def _said(one: Vulnerability) -> str:
    return ", ".join(
        f"{claim.status.replace('_', ' ')} by {code(claim.author, _ENTRY)}"
        + (f" ({code(claim.justification, _ENTRY)})" if claim.justification else "")
        for claim in one.vex
    )


def entry(one: Vulnerability) -> str:
    """Write one vulnerability: identifier, package, installed version, severity, exploitation, fix, what VEX says."""
    fix = f"fixed in {one.fix}" if one.fix else ""
    vex = "" if one.excused else "/".join(sorted({claim.status.replace("_", " ") for claim in one.vex}))
    exploited = "known exploited" if one.exploited else ""
    likely = "" if one.epss is None else f"EPSS {one.epss:.1%}"
    brackets = (one.version, one.severity, exploited, likely, fix, f"VEX: {vex}" if vex else "", one.note)
    return f"{one.id} {one.package}".rstrip() + f" ({', '.join(part for part in brackets if part)})"


def packages_of(change: MeasureChange) -> PackageChanges:
    """Return how the packages differ; nothing where a side has no list, for everything would look new."""
    sides = [one.value for one in (change.before, change.after) if one is not None and isinstance(one.value, frozenset)]
    return package_changes(*sides) if change.before and change.after and len(sides) > 1 else PackageChanges()


def package_lines(change: MeasureChange) -> list[str]:
    """List packages that came, went and changed their version."""
    found = packages_of(change)
    moved = (f"{one.name} {_versions(one.before)} → {_versions(one.after)}" for one in found.changed)
    return [
        *listed("packages added", found.added),
        *listed("packages removed", found.removed),
        *listed("packages changed", moved),
    ]


def _versions(versions: Iterable[str]) -> str:
    return ", ".join(version or "(no version)" for version in versions)


def source_lines(change: AssessedChange) -> list[str]:
    """Say how the source moved: the same commit built anew, or a link to what lies between two commits."""
    if change.before is None or change.after is None:
        return []
    old, new = ([_text(side.posture, key) for key in ("source", "commit")] for side in (change.before, change.after))
    if not all((*old, *new)) or old[0] != new[0]:
        return []
    if old[1] == new[1]:
        same_image = change.before.evidence.digest == change.after.evidence.digest
        return [] if same_image else [f"same source commit: rebuilt from {code(new[1][:_SHORT])}"]
    # A link is made of nothing but what can be no other link: hexadecimal digits, and a repository on GitHub.
    repository = _REPOSITORY.fullmatch(new[0])
    if repository is None or not (_COMMIT.fullmatch(old[1]) and _COMMIT.fullmatch(new[1])):
        return []
    shown = code(f"{old[1][:_SHORT]}…{new[1][:_SHORT]}")
    what = "source commit went backwards" if change.source is Order.BACK else "source commits between"
    return [f"{what}: [{shown}](https://github.com/{repository[1]}/compare/{old[1]}...{new[1]})"]


def _text(posture: Posture, key: str) -> str:
    measure = posture.measures.get(f"provenance.{key}")
    return measure.value if measure is not None and isinstance(measure.value, str) else ""


def unmeasured_lines(side: AssessedImage | None) -> list[str]:
    """List attestations that were proved and of which nothing was measured, with type and signer."""
    if side is None:
        return []
    found = sorted(
        {
            (one.statement.predicate_type, one.signer.label)
            for one in side.evidence.signed
            if one.statement.predicate_type not in side.posture.types | {SIGNATURE}
        }
    )
    lines = [f"{NEUTRAL} signed, not measured: {code(kind)} by {code(signer)}" for kind, signer in found[:_LISTED]]
    more = len(found) - len(lines)
    return [*lines, f"{NEUTRAL} signed, not measured: {more} more"] if more > 0 else lines


def listed(what: str, entries: Iterable[str]) -> list[str]:
    """Write a list on one line: at most twenty, and how many more; nothing for none."""
    found = list(entries)
    if not found:
        return []
    more = len(found) - _LISTED
    shown = ", ".join(code(one, _ENTRY) for one in found[:_LISTED])
    return [f"{what}: {shown}{f' and {more} more' if more > 0 else ''}"]
