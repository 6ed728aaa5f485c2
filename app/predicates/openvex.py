"""OpenVEX documents (v0.0.x and v0.2): how many statements of each status, and what they say for whom they count.

Counting them changes nothing; whether a statement takes a finding out of the counts is decided by who signed it and
what it names (`app.predicates.base.vex`). Shapes: OpenVEX specification v0.2.0 and its predecessor, where
`vulnerability` is a text and products are texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from app.core.posture import Better, Measure
from app.predicates.base import STATUSES, Claim, Place, Product, document, product, shown, status_of

TYPES: Final = frozenset(
    {"https://openvex.dev/ns"} | {f"https://openvex.dev/ns/v{version}" for version in ("0.0.1", "0.0.2", "0.2.0")}
)
KEYS: Final = frozenset(f"vex.{status.replace('_', '-')}" for status in STATUSES)


def measure(predicate: object) -> Iterable[Measure]:
    """Count the statements of each status."""
    counts = Counter(claim.status for claim in claims(predicate))
    return tuple(
        Measure(
            f"vex.{status.replace('_', '-')}",
            f"VEX statements: {status.replace('_', ' ')}",
            counts[status],
            Better.NEITHER,
            predicate_type="",
        )
        for status in STATUSES
    )


def claims(predicate: object) -> tuple[Claim, ...]:
    """Return every statement; one whose products name nothing sure is there, and matches nothing."""
    root = document(predicate)
    made = root.get("last_updated").time() or root.get("timestamp").time()
    return tuple(
        Claim(
            frozenset(_names(one)),
            tuple(_products(one.get("products"))),
            status_of(one.get("status")),
            shown(one.get("justification").optional_text() or one.get("impact_statement").optional_text()),
            one.get("last_updated").time() or one.get("timestamp").time() or made,
        )
        for one in root.get("statements").items()
    )


def named(predicate: object) -> Mapping[str, Product]:  # noqa: ARG001 - what every reader of VEX has
    """Return nothing: no other document refers to what stands in this one."""
    return {}


def _names(statement: Place) -> Iterator[str]:
    vulnerability = statement.get("vulnerability")
    if isinstance(vulnerability.value, str):
        yield vulnerability.text()
        return
    yield vulnerability.get("name").text()
    aliases = vulnerability.get("aliases")
    for alias in [] if aliases.absent else aliases.items():
        yield alias.text()


def _products(listed: Place) -> Iterator[Product]:
    for one in [] if listed.absent else listed.items():
        # The older form names the product by a text alone.
        texts, hashes = _component(one)
        parts = None if isinstance(one.value, str) or one.get("subcomponents").absent else one.get("subcomponents")
        inside = None if parts is None else [text for part in parts.items() for text in _component(part)[0]]
        found = product(texts, hashes, inside)
        if found is not None:
            yield found


def _component(place: Place) -> tuple[list[str], list[str]]:
    """Return the texts that name a component, and its SHA-256 hashes."""
    if isinstance(place.value, str):
        return [place.text()], []
    named = [place.get("@id").optional_text(), place.down("identifiers", "purl").optional_text()]
    return [text for text in named if text], [
        text for name in ("sha-256", "sha256") if (text := place.down("hashes", name).optional_text())
    ]
