"""CycloneDX documents: the packages of an image, their licences, and the vulnerabilities if any are listed.

What `analysis` says of a vulnerability is a claim of its author, as VEX is: it changes nothing by itself, and counts
only where a policy names the signer as an author of VEX.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import unquote

from app.core.posture import Basis, Better, Measure
from app.predicates.base import (
    FIXED,
    NOT_AFFECTED,
    SEVERITIES,
    VULNERABILITY_KEYS,
    BomLink,
    Claim,
    Place,
    Product,
    Scan,
    VersionRange,
    Versions,
    Vulnerability,
    document,
    limited,
    product,
    scanner_family,
    score_severity,
    severity_word,
    shown,
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

_SERIAL: Final = "urn:uuid:"
_LINK: Final = "urn:cdx:"
_AFFECTED: Final = frozenset({"affected", "unaffected", "unknown"})

# CycloneDX 1.4, `impactAnalysisState`, in the words of OpenVEX.
_STATES: Final = {
    "not_affected": "not_affected",
    "false_positive": "not_affected",
    "resolved": "fixed",
    "resolved_with_pedigree": "fixed",
    "exploitable": "affected",
    "in_triage": "under_investigation",
}


def measure(predicate: object) -> Iterable[Measure | Scan]:
    """List packages and licences; tell of vulnerabilities only if the document has a list of them."""
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
        refs = _refs(components)
        found = tuple(finding for one in root.get("vulnerabilities").items() for finding in _findings(one, refs))
        yield Scan(found, Basis(None, _tool(root), None), fixes_known=False)


def claims(predicate: object) -> tuple[Claim, ...]:
    """Return what the document's author says of each vulnerability that it analyses."""
    root = document(predicate)
    listed = root.get("vulnerabilities")
    refs = _all_refs(root)
    made = root.down("metadata", "timestamp").time()
    return tuple(
        _claim(one, refs, made)
        for one in ([] if listed.absent else listed.items())
        if not one.down("analysis", "state").absent
    )


def named(predicate: object) -> Mapping[str, Product]:
    """Return what the components of a document are, by the BOM-Link that names each; raises `Malformed`."""
    root = document(predicate)
    serial, version = root.get("serialNumber").optional_text(), root.get("version")
    if not serial.lower().startswith(_SERIAL):
        return {}
    within = f"{_LINK}{serial.lower().removeprefix(_SERIAL)}/{1 if version.absent else version.count()}#"
    found: dict[str, Product | None] = {}
    for ref, one in _all_refs(root).items():
        name, component = f"{within}{_decoded(ref)}", _component(one, None)
        # References that differ only in how they are encoded name neither.
        found[name] = component if name not in found else None
    return {name: one for name, one in found.items() if one is not None}


def _all_refs(root: Place) -> Mapping[str, Place]:
    subject = root.down("metadata", "component")
    return _refs([*_components(root), *([] if subject.absent else [subject])])


def _claim(one: Place, refs: Mapping[str, Place], made: datetime | None) -> Claim:
    analysis = one.get("analysis")
    state = analysis.get("state")
    if state.text() not in _STATES:
        raise state.refuse("is not a state of analysis")
    status, affects = _STATES[state.text()], one.get("affects")
    about = [_about(entry, refs, status) for entry in ([] if affects.absent else affects.items())]
    limits = [one.versions for one in about if one is not None and one.versions is not None]
    doubt = "" if all(versions.compared for versions in limits) else "name versions in a form that is not compared"
    return Claim(
        frozenset({one.get("id").text()}),
        tuple(found for found in about if isinstance(found, Product)),
        status,
        shown(analysis.get("justification").optional_text() or analysis.get("detail").optional_text()),
        analysis.get("lastUpdated").time() or one.get("updated").time() or made,
        tuple(found for found in about if isinstance(found, BomLink)),
        doubt,
    )


def _about(entry: Place, refs: Mapping[str, Place], status: str) -> Product | BomLink | None:
    """Read what a claim is about: a component of this document, of another one, or a package by its URL."""
    ref, versions = entry.get("ref").text(), _versions(entry.get("versions"), status)
    component = refs.get(ref)
    if component is not None:
        return _component(component, versions)
    if ref.lower().startswith(_LINK):
        document_, mark, name = ref.partition("#")
        return BomLink(f"{document_.lower()}{mark}{_decoded(name)}", versions)
    return limited(product([ref], [], None), versions)


def _decoded(ref: str) -> str:
    """Return a reference without percent-encoding: some write it encoded into a link, some as it stands."""
    return unquote(unquote(ref))


def _versions(listed: Place, status: str) -> Versions | None:
    """Read to which versions a claim is limited: what takes findings away speaks of those that are not affected."""
    if listed.absent:
        return None
    excuses = status in (NOT_AFFECTED, FIXED)
    exact: set[str] = set()
    ranges: list[VersionRange | None] = []
    for one in listed.items():
        stated = one.get("status").optional_text() or "affected"
        if stated not in _AFFECTED:
            raise one.get("status").refuse("is not affected, unaffected or unknown")
        if (stated == "unaffected") is not excuses:
            continue
        if one.get("range").absent:
            exact.add(one.get("version").text())
        else:
            ranges.append(VersionRange.parse(one.get("range").text()))
    return Versions(frozenset(exact), tuple(ranges), doubtful=not excuses)


def _component(component: Place, versions: Versions | None) -> Product | None:
    hashes = component.get("hashes")
    listed = [] if hashes.absent else list(hashes.items())
    sums = [each.get("content").text() for each in listed if each.get("alg").optional_text() == "SHA-256"]
    purl = component.get("purl").optional_text()
    # A file's hash is no image's digest, so hashes count only for the image itself.
    image = component.get("type").optional_text() == "container"
    return limited(product([purl] if purl else [], sums if image else [], None), versions)


def _refs(components: Iterable[Place]) -> dict[str, Place]:
    """Return components by their reference; one that two components have names neither."""
    found: dict[str, Place] = {}
    twice: set[str] = set()
    for one in components:
        ref = one.get("bom-ref").optional_text()
        twice |= {ref} if ref in found else set()
        found[ref] = one
    return {ref: one for ref, one in found.items() if ref and ref not in twice}


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


def _findings(one: Place, refs: Mapping[str, Place]) -> Iterator[Vulnerability]:
    """Go through the packages that a vulnerability is said to be in, once without any when none is named."""
    severity, note = _severity(one.get("ratings"))
    named, affects = one.get("id").text(), one.get("affects")
    listed = sorted({entry.get("ref").text() for entry in ([] if affects.absent else affects.items())})
    if not listed:
        yield Vulnerability(named, "", "", severity, note=note)
    for ref in listed:
        component = refs.get(ref)
        if component is None:
            purl = ref if ref.startswith("pkg:") else ""
            yield Vulnerability(named, shown(ref), "", severity, note=note, purl=purl)
        else:
            package, version = shown(component.get("name").text()), shown(component.get("version").optional_text())
            purl = component.get("purl").optional_text()
            yield Vulnerability(named, package, version, severity, note=note, purl=purl)


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
