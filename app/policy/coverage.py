"""Which part of an image statements speak of: the index that the reference names, and its platforms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from app.core.attestation import Evidence, SignedStatement
from app.core.oci import Descriptor, Digest
from app.policy.wanted import Wanted

_SHOWN = 5
_LABEL = re.compile(r"[a-z0-9]{1,20}(?:/[A-Za-z0-9._-]{1,20}){1,2}")


def suffices(evidence: Evidence, wanted: Wanted, statements: Sequence[SignedStatement]) -> bool:
    """Say whether statements speak of all that is asked."""
    if not wanted.each_platform:
        return covers(evidence, statements)
    # Where a place did not answer, it is not known that an image without platforms is none with platforms.
    platforms = {descriptor.digest for descriptor in evidence.platforms}
    known = bool(platforms) or not evidence.failed
    return known and covers(evidence, statements) and platforms <= {one.subject for one in statements}


def covers(evidence: Evidence, statements: Iterable[SignedStatement]) -> bool:
    """Say whether statements speak of the whole image: of what the reference names, or of every platform of it."""
    return whole(evidence, {one.subject for one in statements})


def whole(evidence: Evidence, subjects: AbstractSet[Digest]) -> bool:
    """Say whether these manifests are the whole image."""
    if evidence.digest is None or not subjects:
        return False
    platforms = {descriptor.digest for descriptor in evidence.platforms}
    return evidence.digest in subjects or (bool(platforms) and platforms <= subjects)


def covered(evidence: Evidence, statements: Iterable[SignedStatement]) -> str:
    """Say which of an index and its platforms these statements speak of; empty for a single manifest."""
    subjects = {one.subject for one in statements}
    platforms = {descriptor.digest for descriptor in evidence.platforms}
    signed = len(platforms & subjects)
    if not platforms:
        return ""
    each = "every platform" if signed == len(platforms) else f"{signed} of {len(platforms)} platforms"
    return " and ".join(["the index"] * (evidence.digest in subjects) + [each] * bool(signed))


def missing(evidence: Evidence, wanted: Wanted, subjects: AbstractSet[Digest]) -> str:
    """Say which platforms nothing speaks of."""
    rest = [one for one in evidence.platforms if one.digest not in subjects]
    names = ", ".join(sorted(_label(one) for one in rest)[:_SHOWN]) + (" and others" if len(rest) > _SHOWN else "")
    if wanted.each_platform and evidence.digest in subjects:
        return f"for the index only; the policy asks for each platform, and these have none: {names}"
    return f"for a part of the platforms only; these have none: {names}"


def _label(platform: Descriptor) -> str:
    label = str(platform.platform or "")
    return label if _LABEL.fullmatch(label) else platform.digest.short
