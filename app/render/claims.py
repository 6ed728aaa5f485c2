"""What an image says of itself and what its tag names now, as JSON; and the reference to write in its place."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.attestation import Evidence
from app.core.image_facts import ImageFacts


def claims(evidence: Evidence) -> Mapping[str, object] | None:
    """Make the object of what an image says of itself, unsigned; `None` when nothing of it could be read."""
    facts = evidence.facts
    if not isinstance(facts, ImageFacts):
        return None
    return {
        "manifest": str(facts.manifest),
        "config": str(facts.config),
        "platform": str(facts.platform),
        "platforms": sorted(map(str, facts.platforms)),
        "layers": [str(layer) for layer in facts.layers],
        "size": facts.size,
        "user": facts.user or "root",
        "entrypoint": list(facts.entrypoint),
        "created": None if facts.created is None else facts.created.isoformat(),
        "labels": dict(sorted(facts.labels.items())),
    }


def tag_now(evidence: Evidence) -> str | None:
    """Return the digest that the tag beside a digest names now; `None` when nobody asked, or it cannot be told."""
    now = evidence.tag_now
    return None if now is None or now.digest is None else str(now.digest)


def pinned(evidence: Evidence) -> str:
    """Return the whole reference that pins what only a tag names; empty when a digest is written or none is known."""
    reference = evidence.reference
    if reference.digest is not None or evidence.digest is None:
        return ""
    return f"{reference.name}:{reference.tag or 'latest'}@{evidence.digest}"
