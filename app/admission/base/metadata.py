"""What stands around an object's rules: its metadata, its status, and the words that keep it from being applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.admission.base.comparators import neutral, table, undecided
from app.admission.base.field import Comparator, Field
from app.admission.base.objects import Data, at
from app.core.policy_edit import PolicyEdit

# An annotation means something to a tool only; those of engines are the engine's to know.
_ENGINES = ("kyverno.io", "gatekeeper.sh", "sigstore.dev", "ratify.deislabs.io", "kubernetes.io/enforce")
_BOOKKEEPING = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")


def metadata(
    *,
    labels: Mapping[str, Comparator] | None = None,
    annotations: Mapping[str, Comparator] | None = None,
    renamed: Comparator | None = None,
) -> Comparator:
    """Return the comparator of `metadata`: what an engine knows of labels and annotations, and what a new name does."""
    return table(
        {
            "name": renamed or neutral("only its name changed; what points at the old name does so no more"),
            "labels": _marks(labels or {}),
            "annotations": _marks(annotations or {}),
            "finalizers": undecided("finalizers decide when it goes away"),
            "ownerReferences": undecided("it goes away with its owner"),
            **dict.fromkeys(_BOOKKEEPING, neutral("the cluster's own bookkeeping")),
        }
    )


def _marks(known: Mapping[str, Comparator]) -> Comparator:
    def comparator(field: Field) -> Iterable[PolicyEdit]:
        if not all(side is None or isinstance(side, Mapping) for side in (field.before, field.after)):
            yield field.cannot_tell("it has an unexpected form")
            return
        for key in field.names:
            child = field.child(key)
            if child.changed:
                yield from known.get(key, _other_mark)(child)

    return comparator


def _other_mark(field: Field) -> Iterable[PolicyEdit]:
    key = str(field.steps[1][-1])
    domain = key.partition("/")[0] if "/" in key else ""
    if domain.endswith(_ENGINES) and not domain.startswith("policies."):
        yield field.cannot_tell("a word to a policy engine that is not known")
    else:
        yield field.neutral("no policy engine reads it")


_ABSENT = (
    ("config.kubernetes.io/local-config", "true"),
    ("argocd.argoproj.io/hook", "Skip"),
)
_HOOKS = tuple(
    f"{domain}/hook{what}" for domain in ("argocd.argoproj.io", "helm.sh") for what in ("", "-delete-policy")
)
_BLIND = {
    ("kustomize.toolkit.fluxcd.io/reconcile", "disabled"),
    ("kustomize.toolkit.fluxcd.io/ssa", "Ignore"),
    ("kustomize.toolkit.fluxcd.io/ssa", "IfNotPresent"),
    ("kustomize.toolkit.fluxcd.io/ssa", "Merge"),
}


def not_applied(data: Data) -> str:
    """Return the annotation that keeps an object out of the cluster; empty when none does."""
    found = at(data, "metadata", "annotations")
    marks = found if isinstance(found, Mapping) else {}
    return next((key for key, word in _ABSENT if str(marks.get(key, "")).lower() == word.lower()), "")


def hooks(data: Data) -> Mapping[str, str]:
    """Return the annotations by which a tool applies an object only at times, or takes it away again."""
    found = at(data, "metadata", "annotations")
    marks = found if isinstance(found, Mapping) else {}
    return {key: str(marks[key]) for key in _HOOKS if key in marks and (key, marks[key]) not in _ABSENT}


def blind(data: Data) -> str:
    """Return the annotation that lets the cluster's copy differ from git unseen; empty when none does."""
    found = at(data, "metadata", "annotations")
    marks = found if isinstance(found, Mapping) else {}
    return next((key for key, word in sorted(_BLIND) if marks.get(key) == word), "")
