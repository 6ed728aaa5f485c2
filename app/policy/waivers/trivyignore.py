"""Trivy's structured ignore file, read for waivers of vulnerabilities.

Grammar: Trivy's documentation of `.trivyignore.yaml`: entries of `vulnerabilities` with `id`, `paths`, `purls`,
`expired_at` and `statement`. What we cannot decide as Trivy would (`paths` of files within an image) waives nothing,
nor does an entry without an end. The other parts of the file (misconfigurations, secrets, licenses) are not about
vulnerabilities.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from app.core import yaml
from app.core.errors import PolicyError
from app.core.tree import File
from app.policy.reading.nodes import Faults, shown
from app.policy.waivers.reading import moment, one_document
from app.policy.waivers.scope import Scope, vulnerability_name
from app.policy.waivers.waiver import Waiver
from app.predicates.base import PackageUrl

MAX_LENGTH: Final = 512 * 1024
_REASON: Final = "no statement is written"
_MOST: Final = 200


def read_trivyignore(file: File) -> tuple[tuple[Waiver, ...], tuple[PolicyError, ...]]:
    """Read every entry that is a waiver, and say why the others are none. Never raises."""
    faults = Faults(file.path)
    root = one_document(file, faults, MAX_LENGTH)
    entries = root.get("vulnerabilities") if isinstance(root, yaml.Mapping) else None
    listed = entries.items if isinstance(entries, yaml.Sequence) else ()
    found = [_entry(item, faults) for item in listed]
    return tuple(one for one in found if one is not None), faults.ordered


def _entry(node: yaml.Node, faults: Faults) -> Waiver | None:
    fields = {entry.key.text: entry.value for entry in node.entries} if isinstance(node, yaml.Mapping) else {}
    texts = {key: value.text for key, value in fields.items() if isinstance(value, yaml.Scalar) and not value.null}
    name = vulnerability_name(texts.get("id", ""))
    ends = moment(texts.get("expired_at", ""), end_of_day=False)
    packages = _packages(fields)
    if name is None or ends is None or packages is None or "paths" in fields:
        faults.add(node.line, _unfit(fields, name, packages))
        return None
    reason = " ".join(texts.get("statement", _REASON).split())
    scope = Scope(vulnerabilities=frozenset({name}), packages=packages)
    return Waiver(faults.path, node.line, faults.path, reason[:_MOST], "", texts["expired_at"], ends, scope=scope)


def _unfit(fields: Mapping[str, yaml.Node], name: str | None, packages: tuple[PackageUrl, ...] | None) -> str:
    if name is None:
        return "an entry without the id of a vulnerability waives nothing"
    if "paths" in fields:
        return f"{shown(name)} is for single paths within an image, which are not known here: it waives nothing"
    if packages is None:
        return f"{shown(name)} has purls that are no package URLs: it waives nothing"
    return f"{shown(name)} has no expired_at (2026-12-31): without an end it waives nothing"


def _packages(fields: Mapping[str, yaml.Node]) -> tuple[PackageUrl, ...] | None:
    node = fields.get("purls")
    if node is None:
        return ()
    found = [PackageUrl.parse(text) for text in _texts(node)]
    sound = tuple(one for one in found if one is not None)
    # An empty list names no package, which is not the same as any.
    return sound if sound and len(sound) == len(found) else None


def _texts(node: yaml.Node) -> Iterable[str]:
    return (getattr(item, "text", "") for item in getattr(node, "items", ()))
