"""Views: how each scope reads an image, for a measure may be milder for one scope than for another.

Every scope heeds the authors of VEX that it names itself, and the mappings of its own file. What is shown is the
strictest of it: VEX that every matching scope heeds. So a repository excuses nothing for the floor, and a floor's limit
is answered by no mapping but the floor's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.core.attestation import Evidence, TrustedStatement
from app.core.exploited import ExploitLists
from app.core.oci import Descriptor
from app.core.posture import Posture
from app.policy.scopes import Scope
from app.policy.trust import authored
from app.predicates import View, read_posture


@dataclass(frozen=True, slots=True)
class Views:
    """The view that is shown, and those that differ from it, each with the keys of the scopes that judge by it."""

    shown: View
    others: tuple[tuple[View, tuple[str, ...]], ...] = ()


def views(evidence: Evidence, scopes: Iterable[Scope], lists: ExploitLists) -> Views:
    """Return how the scopes that match this image read it; all of them by the operator's lists of exploitation."""
    known = tuple(scopes)
    heeded = [authored(evidence, scope.vex) for scope in known]
    everywhere = tuple(one for one in (heeded[0] if heeded else ()) if all(_in(one, other) for other in heeded))
    mappings = tuple(dict.fromkeys(one for scope in known for one in scope.mappings))
    shown = View(everywhere, mappings, evidence.digest, lists)
    groups: list[tuple[View, list[str]]] = []
    for scope, vex in zip(known, heeded, strict=True):
        view = View(vex, scope.mappings, evidence.digest, lists)
        same = next((keys for other, keys in [(shown, []), *groups] if _alike(other, view)), None)
        if same is None:
            groups.append((view, [scope.key]))
        else:
            same.append(scope.key)
    return Views(shown, tuple((view, tuple(keys)) for view, keys in groups))


def read_views(
    found: Views, trusted: Iterable[TrustedStatement], platforms: Iterable[Descriptor]
) -> tuple[Posture, Mapping[str, Posture]]:
    """Read what is trusted by every view: as it is shown, and by the keys of scopes that read it otherwise."""
    statements, manifests = tuple(trusted), tuple(platforms)
    others = [(read_posture(statements, manifests, view), keys) for view, keys in found.others]
    shown = read_posture(statements, manifests, found.shown)
    return shown, {key: posture for posture, keys in others for key in keys}


def _in(one: TrustedStatement, others: Iterable[TrustedStatement]) -> bool:
    return any(one is other for other in others)


def _alike(first: View, second: View) -> bool:
    same = len(first.vex) == len(second.vex) and all(_in(one, second.vex) for one in first.vex)
    return same and set(first.mappings) == set(second.mappings)
