"""GitHub's release attestations: which release, of which repository, an artifact belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from app.core.posture import Better, Measure
from app.predicates.base import document, shown

TYPES: Final = frozenset(f"https://in-toto.io/attestation/release/v0.{minor}" for minor in (1, 2))
REPOSITORY: Final = "release.repository"
TAG: Final = "release.tag"
OWNER: Final = "release.owner-id"
KEYS: Final = frozenset({REPOSITORY, TAG, OWNER})


def measure(predicate: object) -> Iterable[Measure]:
    """Yield what is told of repository, tag and owner; a release that names none of them is malformed."""
    root = document(predicate)
    told = (
        (REPOSITORY, "released from", root.get("repository").optional_text()),
        (TAG, "release", root.get("tag").optional_text()),
        (OWNER, "owner of the release", root.get("ownerId").optional_text()),
    )
    found = tuple(
        Measure(key, label, shown(text), Better.NEITHER, predicate_type="") for key, label, text in told if text
    )
    if not found:
        raise root.refuse("names neither repository nor tag")
    return found
