"""Namespaces: labels that say how strictly Pods are checked, and those that switch an engine on or off there.

A namespace without a level has the cluster's default, which is not in the repository: Kubernetes' own is privileged.
So it is at least as strict as `privileged` and at most as strict as `restricted`; beside `baseline` it cannot be told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.admission.base import (
    Comparator,
    Data,
    Field,
    PolicyObject,
    Words,
    at,
    elsewhere,
    group_of,
    neutral,
    ordered,
    pairs,
    placeholders,
    table,
    texts,
    undecided,
)
from app.admission.base.languages import exact
from app.admission.base.metadata import metadata
from app.admission.base.whole import object_of, reporting, whole
from app.core.inventory import ObjectReference
from app.core.policy_edit import Effect, PolicyEdit

NAME = "pod_security"

_LEVELS = {"privileged": 0, "baseline": 1, "restricted": 2}
_PREFIX = "pod-security.kubernetes.io"
_MODES = ("enforce", "audit", "warn")
_KINDS = {
    ("", "Namespace"),
    ("apiserver.config.k8s.io", "AdmissionConfiguration"),
    ("pod-security.admission.config.k8s.io", "PodSecurityConfiguration"),
}


def claims(reference: ObjectReference) -> bool:
    """Whether this object says how strictly Pods are checked: a namespace, or the API server's configuration."""
    return (group_of(reference), reference.kind) in _KINDS


def compare(before: PolicyObject | None, after: PolicyObject | None) -> Iterable[PolicyEdit]:
    """Return what differs and what it does."""
    known = after or before
    kind = "" if known is None else known.reference.kind
    return (_NAMESPACE if kind == "Namespace" else _configured)(before, after)


def _level(field: Field) -> Iterable[PolicyEdit]:
    before, after = (None if side is None else _LEVELS.get(str(side), -1) for side in (field.before, field.after))
    if -1 in (before, after):
        yield field.cannot_tell("a level that is not known: Kubernetes warns and falls back")
    elif before is not None and after is not None:
        yield field.stronger("Pods are checked more strictly") if after > before else field.weaker(_LESS)
    elif after == _LEVELS["privileged"] or before == _LEVELS["restricted"]:
        yield field.weaker(f"{_LESS}, unless the cluster's default is as lenient")
    elif before == _LEVELS["privileged"] or after == _LEVELS["restricted"]:
        yield field.stronger("Pods are checked at least as strictly as before")
    else:
        yield field.cannot_tell("the cluster's default is not known: it may be more or less strict than baseline")


_LESS = "Pods are checked less strictly"


def _version(labels: Field, mode: str) -> Iterable[PolicyEdit]:
    """Compare which version of a level counts: it says nothing beside `privileged`; `latest` is Kubernetes' default."""
    field = labels.child(f"{_PREFIX}/{mode}-version")
    if not field.changed:
        return
    levels = [at(side, f"{_PREFIX}/{mode}") for side in (labels.before, labels.after)]
    latest = all(side in (None, "latest") for side in (field.before, field.after))
    if levels == ["privileged", "privileged"] or latest or labels.before is None:
        yield field.neutral("it means the same")
    else:
        yield field.cannot_tell("levels of another version ask for more or less")


def _switch(on: str, said: Words) -> Comparator:
    """Return the comparator of a label that only counts with one value; `said.wider` says that it went."""

    def comparator(field: Field) -> Iterable[PolicyEdit]:
        before, after = str(field.before) == on, str(field.after) == on
        if before == after:
            yield field.neutral("it has no effect either way")
        else:
            yield field.stronger(said.narrower) if after else field.weaker(said.wider)

    return comparator


def _ignored(field: Field) -> Iterable[PolicyEdit]:
    if field.after is None:
        yield field.stronger("Gatekeeper looks at the namespace again")
    elif field.before is None:
        yield field.weaker("Gatekeeper no longer looks at the namespace")
    else:
        yield field.neutral("its value does not count")


def _connaisseur(field: Field) -> Iterable[PolicyEdit]:
    """Compare the label that switches image validation: `ignore` off, `validate` on, depending on its mode."""
    if field.after == "ignore" or field.before == "validate":
        yield field.weaker("images are no longer validated in the namespace")
    elif field.before == "ignore" or field.after == "validate":
        yield field.stronger("images are validated in the namespace")
    else:
        yield field.cannot_tell("a value that is not known")


_CHECKED = Words("images are no longer checked in the namespace", "images are checked in the namespace")
_KNOWN: dict[str, Comparator] = {
    f"{_PREFIX}/enforce": _level,
    f"{_PREFIX}/audit": reporting(_level),
    f"{_PREFIX}/warn": reporting(_level),
    **dict.fromkeys((f"{_PREFIX}/{mode}-version" for mode in _MODES), elsewhere),
    "policy.sigstore.dev/include": _switch("true", _CHECKED),
    "cosigned.sigstore.dev/include": _switch("true", _CHECKED),
    "admission.gatekeeper.sh/ignore": _ignored,
    "securesystemsengineering.connaisseur/webhook": _connaisseur,
}
# What deployment tools and dashboards write; anything else may be in a selector of some policy.
_TOOLS = ("fluxcd.io", "argoproj.io", "helm.sh", "goldilocks.fairwinds.com")
# It changes with every release, so that no selector can go by it.
_RELEASE = "app.kubernetes.io/version"
_SELECTED = "policies may select namespaces by this label"


def _labels(field: Field) -> Iterable[PolicyEdit]:
    if not all(side is None or isinstance(side, Mapping) for side in (field.before, field.after)):
        yield field.cannot_tell("it has an unexpected form")
        return
    for mode in _MODES:
        yield from _version(field, mode)
    for name in field.names:
        child = field.child(name)
        if not child.changed:
            continue
        if placeholders(name) or (name in _KNOWN and child.filled_in):
            yield child.cannot_tell("a value is filled in elsewhere")
        elif name in _KNOWN:
            yield from _KNOWN[name](child)
        elif _of_tool(name):
            yield child.neutral("no policy engine reads it")
        else:
            yield child.cannot_tell(_SELECTED)


def _metadata(field: Field) -> Iterable[PolicyEdit]:
    labels, annotations = field.child("labels"), field.child("annotations")
    if labels.changed:
        yield from _labels(labels)
    rest = field.with_values(*(_without_known(side) for side in (field.before, field.after)))
    if rest.changed:
        yield from _OTHERS(rest)
    elif annotations.changed:
        yield annotations.neutral("such an annotation has no effect: only a label has")


def _of_tool(name: str) -> bool:
    return name == _RELEASE or f".{name.partition('/')[0]}".endswith(tuple(f".{tool}" for tool in _TOOLS))


def _without_known(data: Data) -> Data:
    """Return metadata without labels, and without annotations that are called like a known label."""
    if not isinstance(data, Mapping):
        return data
    marks = data.get("annotations")
    kept = {name: one for name, one in marks.items() if name not in _KNOWN} if isinstance(marks, Mapping) else marks
    rest = {name: value for name, value in data.items() if name not in ("labels", "annotations")}
    return rest if kept in (None, {}) else {**rest, "annotations": kept}


_OTHERS = metadata()


def _new(field: Field) -> Iterable[PolicyEdit]:
    """Judge a new namespace by what its labels switch; those that only select it cannot have been lost."""
    labels = field.child("metadata", "labels")
    found = [edit for edit in _labels(labels) if edit.sentence != _SELECTED] if labels.changed else []
    return found or [field.neutral("a new namespace: what selects all namespaces, or its labels, applies")]


_NAMESPACE = whole(
    object_of({"spec": neutral("nothing that is admitted depends on it")}, around=_metadata),
    new=_new,
    gone=neutral("the namespace is gone, and what it held"),
)


def _default(name: str) -> Comparator:
    if name.endswith("-version"):
        return undecided("levels of another version ask for more or less")
    words = Words(_LESS, "Pods are checked more strictly")
    of = ordered(_LEVELS, words, default="privileged")
    return of if name == "enforce" else reporting(of)


_EXEMPT = texts(exact, Words("more is exempt", "less is exempt"), wider=Effect.WEAKER)
_CONFIGURATION: dict[str, Comparator] = {
    "apiVersion": neutral("only the version of the interface changed"),
    "kind": neutral("only how it is called changed"),
    "defaults": table({name: _default(name) for mode in _MODES for name in (mode, f"{mode}-version")}),
    "exemptions": table(dict.fromkeys(("usernames", "runtimeClasses", "namespaces"), _EXEMPT)),
}
_OTHER_PLUGIN = undecided("a plugin of the API server that is not known")


def _plugins(field: Field) -> Iterable[PolicyEdit]:
    """Compare the plugins of the API server; of those only the one that checks Pods is known."""
    found = [child for child in pairs(field, "name") if child.changed]
    for child in found:
        if "PodSecurity" in (at(child.before, "name"), at(child.after, "name")):
            yield from _POD_SECURITY(child)
        else:
            yield from _OTHER_PLUGIN(child)
    if not found:
        yield field.cannot_tell("plugins that are not understood")


_POD_SECURITY = table({"name": neutral("it names the plugin"), "configuration": table(_CONFIGURATION)})
_OBJECT = object_of({**_CONFIGURATION, "plugins": _plugins})


def _configured(old: PolicyObject | None, new: PolicyObject | None) -> Iterable[PolicyEdit]:
    return _OBJECT(Field.of(old, new))
