"""Reads `images`: scopes and what they ask."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from app.core import yaml
from app.core.attestation import SIGNATURE, Elsewhere
from app.core.claims import KEYS as CLAIMS
from app.core.claims import NUMBERS
from app.core.errors import InvalidReference
from app.core.globs import Glob, InvalidGlob
from app.core.oci import ImageName
from app.core.verdict import Mode
from app.policy.reading.lineage import KEYS as LINEAGE
from app.policy.reading.lineage import read_lineage
from app.policy.reading.nodes import Faults, plain_number, shown, suggestion
from app.policy.scopes import AttestationAsked, LimitValue, Scope
from app.policy.signers import SignerRule
from app.predicates import ALIASES, KEYS, predicate_types
from app.predicates.base import is_custom

MODES: Mapping[str, Mode] = {mode.value: mode for mode in Mode}
_AGE = re.compile(r"([1-9][0-9]{0,3})([hdw])")
_HOST = re.compile(r"\*\*|\*|(?:\*\.)?[a-z0-9.-]*[a-z0-9](?::[1-9][0-9]{0,4})?")
_KEYS = (
    *("name", "match", "exclude", "mode", "signature", "attestations"),
    *("limits", "only-fixable", "no-regression", "pinned", "vex"),
    *("platforms", "signatures-in", "github-attestations"),
    *LINEAGE,
)
_PLATFORMS = {"covered": False, "all": True}
_GITHUB = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")

Signers = Mapping[str, SignerRule | None]


def read_scopes(node: yaml.Node, signers: Signers, faults: Faults) -> tuple[Scope, ...]:
    """Read all scopes."""
    found = tuple(_scope(item, signers, faults) for item in faults.items(node, "images"))
    labels: set[str] = set()
    for scope, item in zip(found, getattr(node, "items", ()), strict=False):
        if scope.label in labels:
            faults.add(item.line, f"two scopes are called {shown(scope.label)}: give each its own name")
        if scope.label:
            labels.add(scope.label)
    return found


def _scope(node: yaml.Node, signers: Signers, faults: Faults) -> Scope:
    fields = faults.mapping(node, "a scope of images", _KEYS)
    if fields is None:
        return Scope("", ())
    if "match" not in fields:
        faults.add(node.line, 'a scope of images needs match, a list of image names (match: ["ghcr.io/acme/**"])')
    match = image_globs(fields, "match", faults)
    name = faults.text(fields["name"], "name of a scope") if "name" in fields else None
    mode = faults.choice(fields["mode"], "mode of a scope", MODES) if "mode" in fields else None
    limits = _limits(fields["limits"], faults) if "limits" in fields else {}
    only_fixable = "only-fixable" in fields and faults.flag(fields["only-fixable"], "only-fixable")
    twice = [key for key in limits if only_fixable and f"{key}.fixable" in limits]
    if twice:
        line = fields["only-fixable"].line
        faults.add(line, f"limits names {twice[0]} and {twice[0]}.fixable, which are one with only-fixable: keep one")
    if only_fixable and not any(key.startswith("vulnerabilities.") for key in limits):
        faults.add(fields["only-fixable"].line, "only-fixable does nothing without a limit of vulnerabilities")
    return Scope(
        label=name or (match[0].pattern if match else ""),
        match=match,
        exclude=image_globs(fields, "exclude", faults),
        mode=mode or Mode.ENFORCE,
        own_mode=mode,
        signature=_named(fields["signature"], "signature", signers, faults) if "signature" in fields else (),
        attestations=_attestations(fields["attestations"], signers, faults) if "attestations" in fields else (),
        limits=limits,
        only_fixable=only_fixable,
        no_regression=_no_regression(fields["no-regression"], faults) if "no-regression" in fields else None,
        pinned="pinned" in fields and faults.flag(fields["pinned"], "pinned"),
        vex=_named(fields["vex"], "vex", signers, faults) if "vex" in fields else (),
        elsewhere=_elsewhere(fields, faults),
        each_platform=_each_platform(fields, faults),
        lineage=read_lineage(fields, faults),
    )


def _elsewhere(fields: Mapping[str, yaml.Node], faults: Faults) -> Elsewhere:
    repository = _repository(fields["signatures-in"], faults) if "signatures-in" in fields else None
    github = _github(fields["github-attestations"], faults) if "github-attestations" in fields else None
    return Elsewhere(() if repository is None else (repository,), () if github is None else (github,))


def _repository(node: yaml.Node, faults: Faults) -> ImageName | None:
    text = faults.text(node, "signatures-in")
    if text is None:
        return None
    try:
        name = ImageName.parse(text)
    except InvalidReference as error:
        faults.add(node.line, f"signatures-in: {shown(text)} is no repository of a registry: {error}")
        return None
    if str(name) != text:
        faults.add(node.line, f"signatures-in must name the repository as {name}")
    return name


def _github(node: yaml.Node, faults: Faults) -> str | None:
    text = faults.text(node, "github-attestations")
    if text is not None and not _GITHUB.fullmatch(text):
        faults.add(node.line, f"github-attestations: {shown(text)} is no repository on GitHub (owner/repository)")
        return None
    return text


def _each_platform(fields: Mapping[str, yaml.Node], faults: Faults) -> bool:
    if "platforms" not in fields:
        return False
    if "signature" not in fields:
        faults.add(fields["platforms"].line, "platforms does nothing without signature")
    return faults.choice(fields["platforms"], "platforms", _PLATFORMS) or False


def image_globs(fields: Mapping[str, yaml.Node], key: str, faults: Faults) -> tuple[Glob, ...]:
    """Read a list of patterns of image names; none where the key is not there."""
    node = fields.get(key)
    # An empty list of exceptions is no mistake.
    if node is None or (key == "exclude" and isinstance(node, yaml.Sequence) and not node.items):
        return ()
    found = []
    for text, line in faults.texts(node, key):
        try:
            found.append(Glob(text))
        except InvalidGlob as error:
            faults.add(line, f"{key}: {shown(text)} is no pattern: {error}")
            continue
        if why := _never_matches(text):
            faults.add(line, f"{key}: {shown(text)} {why}")
    return tuple(found)


def _never_matches(pattern: str) -> str:
    """Say why a pattern can match no canonical image name, or a look-alike registry; empty when neither."""
    host, slash, path = pattern.partition("/")
    if "@" in path or ":" in path:
        return "must be an image name without tag and digest"
    if pattern != pattern.lower():
        return "must be in lower case, as image names are"
    local = host == "localhost" or host.startswith("localhost:")
    if not _HOST.fullmatch(host) or not (slash or host == "**") or not (local or {".", ":", "*"} & set(host)):
        return "must begin with the registry, as a whole (docker.io/library/nginx; *.gcr.io/acme/**)"
    if "*" not in host and ImageName(_canonical(host), "x") != ImageName(host, "x"):
        return f"must name the registry as {_canonical(host)}"
    if host == "docker.io" and "/" not in path and "**" not in path:
        return "must name the namespace too (docker.io/library/nginx)"
    return ""


def _canonical(host: str) -> str:
    try:
        return ImageName.parse(f"{host}/x/x").registry
    except InvalidReference:
        return "host or host:port"


def _named(node: yaml.Node, what: str, signers: Signers, faults: Faults) -> tuple[SignerRule, ...]:
    found = []
    for name, line in faults.texts(node, what):
        if name not in signers:
            faults.add(line, f"{what} names {shown(name)}, which signers does not have{suggestion(name, signers)}")
        elif (rule := signers[name]) is not None:
            found.append(rule)
    return tuple(found)


def _attestations(node: yaml.Node, signers: Signers, faults: Faults) -> tuple[AttestationAsked, ...]:
    found: dict[str, AttestationAsked] = {}
    for item in faults.items(node, "attestations"):
        asked = _attestation(item, signers, faults)
        if asked.alias and asked.alias in found:
            faults.add(
                item.line, f"attestations asks for {shown(asked.alias)} twice: name all its signers in one entry"
            )
        found.setdefault(asked.alias, asked)
    return tuple(found.values())


def _attestation(node: yaml.Node, signers: Signers, faults: Faults) -> AttestationAsked:
    fields = faults.mapping(node, "an attestation", ("type", "signers", "max-age"))
    if fields is None:
        return AttestationAsked("", frozenset(), ())
    for key in ("type", "signers"):
        if key not in fields:
            faults.add(node.line, f"an attestation needs {key}")
    alias = (faults.text(fields["type"], "type of an attestation") if "type" in fields else None) or ""
    types = predicate_types(alias)
    if alias and (not types or SIGNATURE in types):
        faults.add(fields["type"].line, f"the attestation type {shown(alias)} is not known{suggestion(alias, ALIASES)}")
    named = _named(fields["signers"], "signers", signers, faults) if "signers" in fields else ()
    return AttestationAsked(alias, types, named, _age(fields["max-age"], faults) if "max-age" in fields else None)


def _age(node: yaml.Node, faults: Faults) -> timedelta | None:
    text = faults.text(node, "max-age")
    found = _AGE.fullmatch(text or "")
    if found:
        return int(found[1]) * {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}[found[2]]
    if text is not None:
        faults.add(node.line, "max-age must be a number of hours, days or weeks (12h, 90d, 4w)")
    return None


def _limits(node: yaml.Node, faults: Faults) -> dict[str, LimitValue]:
    found: dict[str, LimitValue] = {}
    for entry in faults.entries(node, "limits"):
        key = entry.key.text
        if key not in CLAIMS and not _known_measure(key, entry.key.line, "limits", faults):
            continue
        value = _limit(key, entry.value, faults)
        if value is not None:
            found[key] = value
    return found


def _limit(key: str, node: yaml.Node, faults: Faults) -> LimitValue | None:
    number = plain_number(node)
    if number is not None:
        return number
    if "vulnerabilities" in key.split(".") or key in NUMBERS:
        faults.add(node.line, f"the limit of {key} must be a whole number of at least 0, without quotes")
        return None
    if isinstance(node, yaml.Scalar) and node.plain and node.text in ("true", "false"):
        return node.text == "true"
    return faults.text(node, f"the limit of {key}")


def _no_regression(node: yaml.Node, faults: Faults) -> frozenset[str] | None:
    if isinstance(node, yaml.Scalar):
        return frozenset() if faults.flag(node, "no-regression, unless a list of measures,") else None
    keys = faults.texts(node, "no-regression")
    return frozenset(key for key, line in keys if _known_measure(key, line, "no-regression", faults)) or None


def _known_measure(key: str, line: int, what: str, faults: Faults) -> bool:
    known = key in KEYS or is_custom(key)
    if not known:
        faults.add(line, f"{what} names {shown(key)}, which no attestation yields{suggestion(key, KEYS | CLAIMS)}")
    return known
