"""CycloneDX documents: the packages of an image, their licences, and the vulnerabilities if any are listed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from app.core.posture import Basis, Better, Measure
from app.predicates.base import (
    SEVERITIES,
    VULNERABILITY_KEYS,
    Place,
    Scan,
    Vulnerability,
    document,
    scanner_family,
    score_severity,
    severity_word,
    shown,
    vulnerability_measures,
)

TYPES: Final = frozenset(
    {"https://cyclonedx.org/bom"} | {f"https://cyclonedx.org/bom/v1.{minor}" for minor in range(2, 8)}
)
KEYS: Final = frozenset({"packages", "packages.count", "licences"}) | {
    # The format does not tell of fixes in a way that can be counted.
    key
    for key in VULNERABILITY_KEYS
    if not key.endswith(".fixable")
}


def measure(predicate: object) -> Iterable[Measure]:
    """List packages and licences; count vulnerabilities only if the document has a list of them."""
    root = document(predicate)
    if root.get("bomFormat").text() != "CycloneDX":
        raise root.get("bomFormat").refuse("is not CycloneDX")
    components = list(_components(root))
    packages = frozenset(_package(one) for one in components)
    licences = frozenset(word for one in components for word in _licences(one))
    yield Measure("packages", "packages", packages, Better.NEITHER, predicate_type="")
    yield Measure("packages.count", "number of packages", len(packages), Better.NEITHER, predicate_type="")
    yield Measure("licences", "licences", licences, Better.NEITHER, predicate_type="")
    # A package list without the key was not made by looking for vulnerabilities: absent is not zero.
    if root.has("vulnerabilities"):
        found = tuple(_finding(one) for one in root.get("vulnerabilities").items())
        yield from vulnerability_measures(Scan(found, Basis(None, _tool(root), None), fixes_known=False))


def _components(root: Place) -> Iterator[Place]:
    """Go through all components, nested ones too; `bounded` has limited their depth and number."""
    waiting = [root.get("components")]
    while waiting:
        listed = waiting.pop()
        for one in [] if listed.absent else listed.items():
            yield one
            waiting.append(one.get("components"))


def _package(one: Place) -> str:
    version = one.get("version").optional_text()
    name = one.get("name").text()
    return shown(f"{name}@{version}" if version else name)


def _licences(one: Place) -> Iterator[str]:
    listed = one.get("licenses")
    for entry in [] if listed.absent else listed.items():
        licence = entry.get("license")
        text = entry.get("expression").optional_text()
        if not licence.absent:
            text = licence.get("id").optional_text() or licence.get("name").optional_text()
        if text:
            yield shown(text)


def _tool(root: Place) -> str | None:
    """Return the family of the one tool that made the document; `None` when there are several or none."""
    tools = root.down("metadata", "tools")
    if isinstance(tools.value, dict):
        tools = tools.get("components")
    named = [] if tools.absent else [one.get("name").optional_text() for one in tools.items()]
    return scanner_family(named[0]) if len(named) == 1 else None


def _finding(one: Place) -> Vulnerability:
    severity, note = _severity(one.get("ratings"))
    # Whatever `analysis.state` says, it is not subtracted here: that is a claim of its author, as VEX is.
    return Vulnerability(one.get("id").text(), _affected(one.get("affects")), "", severity, note=note)


def _affected(listed: Place) -> str:
    named = [] if listed.absent else sorted(one.get("ref").text() for one in listed.items())
    return shown(", ".join(named))


def _severity(ratings: Place) -> tuple[str, str]:
    """Take the worst rating; a rating that is not understood counts as the worst there is, none as `unknown`."""
    words: list[str] = []
    for rating in [] if ratings.absent else ratings.items():
        word = _rated(rating)
        if word is None:
            return SEVERITIES[0], "severity not understood, counted as critical"
        words.append(word)
    return (min(words, key=SEVERITIES.index), "") if words else ("unknown", "")


def _rated(rating: Place) -> str | None:
    stated = rating.get("severity")
    if not stated.absent:
        return severity_word(stated.text())
    score = rating.get("score").value
    if isinstance(score, bool) or not isinstance(score, int | float):
        return None
    return score_severity(score)
