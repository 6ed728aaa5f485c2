"""What rules of a role let somebody do to policies, or to what switches them off."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.admission.base import Data, entries, is_list, placeholders, texts_of

GROUP = "rbac.authorization.k8s.io"

_WRITES = ("create", "update", "patch", "delete", "deletecollection")
_OTHER = "any other"
# One resource stands for every policy of an engine that a rule does not name.
_POLICIES = (
    *("kyverno.io", "policies.kyverno.io", "constraints.gatekeeper.sh", "templates.gatekeeper.sh"),
    *("config.gatekeeper.sh", "expansion.gatekeeper.sh", "mutations.gatekeeper.sh", "policy.sigstore.dev"),
    *("config.ratify.deislabs.io", "admissionregistration.k8s.io", "config.openshift.io"),
)
_SPECIAL = {
    ("", "namespaces"): _WRITES,
    (GROUP, "roles"): ("escalate", "bind", *_WRITES),
    (GROUP, "clusterroles"): ("escalate", "bind", *_WRITES),
    (GROUP, "rolebindings"): _WRITES,
    (GROUP, "clusterrolebindings"): _WRITES,
    ("networking.k8s.io", "networkpolicies"): _WRITES,
    **dict.fromkeys(itertools.product(("",), ("users", "groups", "serviceaccounts")), ("impersonate",)),
}


@dataclass(frozen=True, slots=True)
class Power:
    """One thing that may be done to something that policies depend on; without a name to any of them."""

    verb: str
    group: str
    resource: str
    name: str

    @property
    def shown(self) -> str:
        """What a person is shown of it."""
        what = self.resource if self.resource != _OTHER else "policies"
        named = f" {self.name}" if self.name else ""
        return f"{self.verb} {what}{named}" + (f" of {self.group}" if self.group else "")


def powers(rules: Data, others: Data) -> frozenset[Power] | None:
    """Return the powers that rules give, told apart by what rules of either side name; `None`: not understood."""
    if not all(side is None or is_list(side) for side in (rules, others)) or placeholders(rules):
        return None
    parts = [[_parts(one) for one in entries(side)] for side in (rules, others)]
    if any(one is None for side in parts for one in side):
        return None
    known = [[one for one in side if one is not None] for side in parts]
    named = {
        (group, resource)
        for groups, resources, _, _ in (*known[0], *known[1])
        for group in groups
        for resource in resources
        if group in _POLICIES and resource != "*"
    }
    targets = {**dict.fromkeys(((group, _OTHER) for group in _POLICIES), _WRITES), **_SPECIAL}
    targets |= dict.fromkeys(named, _WRITES)
    return frozenset(
        Power(verb, group, resource, name)
        for groups, resources, verbs, names in known[0]
        for (group, resource), matter in targets.items()
        for verb in matter
        for name in (names or ("",))
        if _has(groups, group) and _has(resources, resource) and _has(verbs, verb)
    )


_Parts = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]


def _parts(rule: Data) -> _Parts | None:
    if not isinstance(rule, Mapping):
        return None
    found = [texts_of(rule.get(key)) for key in ("apiGroups", "resources", "verbs", "resourceNames")]
    groups, resources, verbs, names = found
    if groups is None or resources is None or verbs is None or names is None:
        return None
    return groups, resources, verbs, names


def _has(listed: Iterable[str], wanted: str) -> bool:
    return any(one in ("*", wanted) for one in listed)


def covered(power: Power, by: frozenset[Power]) -> bool:
    """Say whether a power is among others, or one over all of its kind is."""
    return power in by or Power(power.verb, power.group, power.resource, "") in by
