"""What a waiver waives, and for which images; and how that is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from app.core import yaml
from app.core.claims import KEYS as CLAIMS
from app.core.errors import InvalidReference
from app.core.globs import Glob
from app.core.oci import Digest, ImageName
from app.core.posture import Vulnerability
from app.policy.reading.nodes import Faults, shown, suggestion
from app.policy.reading.scopes import image_globs
from app.predicates import KEYS, predicate_types
from app.predicates.base import PackageUrl, is_custom

RULES: Final = frozenset(
    {"signature", "no-regression", "pinned", "tag-mismatch", "downgrade", "moved", "bind-repository", "unmatched"}
)
"""Rules that a waiver names by their bare name; besides `limits <measure>` and `attestations <type>`."""

_KEYS = ("images", "digests", "vulnerabilities", "packages", "rules")
_VULNERABILITY = re.compile(r"[A-Za-z][A-Za-z0-9]*-[A-Za-z0-9:._-]{1,80}")

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Scope:
    """All parts that are written must fit; of one part any entry. `vulnerabilities` are in upper case.

    Without `images` and `digests` it speaks of any image. It waives failures of `rules`, or, in limits and comparisons,
    the `vulnerabilities` in the `packages` (each empty: any, but never both).
    """

    images: tuple[Glob, ...] = ()
    digests: frozenset[Digest] = frozenset()
    vulnerabilities: frozenset[str] = frozenset()
    packages: tuple[PackageUrl, ...] = ()
    rules: frozenset[str] = frozenset()

    def is_for(self, name: ImageName, digest: Digest | None) -> bool:
        """Say whether an image is one of those that it speaks of."""
        named = not self.images or any(glob.matches(str(name)) for glob in self.images)
        return named and (not self.digests or digest in self.digests)

    def covers(self, found: Vulnerability) -> bool:
        """Say whether it waives a vulnerability; one whose package is not known is in no package."""
        if not self.vulnerabilities and not self.packages:
            return False
        if self.vulnerabilities and not self.vulnerabilities & {name.upper() for name in found.names}:
            return False
        package = PackageUrl.parse(found.purl)
        return not self.packages or (package is not None and any(one.covers(package) for one in self.packages))


def read_scope(node: yaml.Node, faults: Faults) -> Scope:
    """Read a scope; with a fault it is not to be used."""
    fields = faults.mapping(node, "scope", _KEYS)
    if fields is None:
        return Scope()
    if not fields.keys() & {"rules", "vulnerabilities", "packages"}:
        faults.add(node.line, "scope must say what is waived: vulnerabilities, packages or rules")
    if "rules" in fields and fields.keys() & {"vulnerabilities", "packages"}:
        faults.add(node.line, "scope names both rules and vulnerabilities: make two waivers of it")
    if "vulnerabilities" not in fields and not fields.keys() & {"images", "digests"}:
        faults.add(node.line, "scope must name images or digests: only single vulnerabilities are waived everywhere")
    each = _Reader(fields, faults)
    return Scope(
        images=_images(fields, faults),
        digests=frozenset(each.of("digests", _digest, "must be sha256: and 64 lower-case hexadecimal digits")),
        vulnerabilities=frozenset(each.of("vulnerabilities", vulnerability_name, "is no identifier (CVE-2026-1234)")),
        packages=tuple(each.of("packages", PackageUrl.parse, "is no package URL (pkg:deb/debian/openssl@3.0.1)")),
        rules=_rules(fields, faults),
    )


def vulnerability_name(text: str) -> str | None:
    """Return an identifier of a vulnerability in the form in which they are compared; `None` for none."""
    return text.upper() if _VULNERABILITY.fullmatch(text) else None


@dataclass(frozen=True, slots=True)
class _Reader:
    fields: Mapping[str, yaml.Node]
    faults: Faults

    def of(self, key: str, read: Callable[[str], _T | None], wrong: str) -> list[_T]:
        """Read a list by its entries."""
        texts = self.faults.texts(self.fields[key], key) if key in self.fields else ()
        pairs = [(text, line, read(text)) for text, line in texts]
        for text, line, value in pairs:
            if value is None:
                self.faults.add(line, f"{key}: {shown(text)} {wrong}")
        return [value for _, _, value in pairs if value is not None]


def _images(fields: Mapping[str, yaml.Node], faults: Faults) -> tuple[Glob, ...]:
    found = image_globs(fields, "images", faults)
    for glob in found:
        if set(glob.pattern.partition("/")[0]) & {"*", "?"}:
            faults.add(fields["images"].line, f"images: {shown(glob.pattern)} must begin with a registry, as a whole")
    return found


def _digest(text: str) -> Digest | None:
    try:
        return Digest.parse(text)
    except InvalidReference:
        return None


def _rules(fields: Mapping[str, yaml.Node], faults: Faults) -> frozenset[str]:
    texts = faults.texts(fields["rules"], "rules") if "rules" in fields else ()
    for text, line in texts:
        if not _known(text):
            hint = suggestion(text, RULES | {"limits <measure>", "attestations <type>"})
            faults.add(line, f"rules: {shown(text)} is no rule that can be waived{hint}")
    return frozenset(text for text, _ in texts)


def _known(rule: str) -> bool:
    kind, _, what = rule.partition(" ")
    if kind == "limits":
        return what in KEYS | CLAIMS or is_custom(what)
    return bool(predicate_types(what)) if kind == "attestations" else rule in RULES
