"""Image policies of OpenShift and of IBM, which share no more than their names with Sigstore's."""

from __future__ import annotations

from collections.abc import Iterable

from app.admission.base import Field, Words, ordered, table, texts, undecided
from app.admission.base.languages import EVERYTHING, exact
from app.admission.base.trust import replaced
from app.admission.base.whole import loosens, object_of, tightens, whole
from app.core.policy_edit import Effect, PolicyEdit

_SCOPES = texts(exact, Words("more images must pass it", "fewer images must pass it"), wider=Effect.STRONGER)
_IDENTITY = table(
    {
        "matchPolicy": ordered(
            {"MatchRepoDigestOrExact": 1, "MatchRepository": 0},
            Words("a signature for another tag suffices", "a signature for another tag no longer suffices"),
            default="MatchRepoDigestOrExact",
        ),
    },
    unknown_field="a signature for another name may suffice",
)
_POLICY = table({"rootOfTrust": replaced("the root of trust"), "signedIdentity": _IDENTITY})
compare_openshift = whole(
    object_of({"spec": table({"scopes": _SCOPES, "policy": _POLICY})}),
    new=tightens("a new policy"),
    gone=loosens("the policy is gone"),
)

_ALLOWED = texts(
    exact,
    Words("images of more registries are allowed", "images of fewer registries are allowed"),
    wider=Effect.WEAKER,
    empty=EVERYTHING,
)
_BLOCKED = texts(exact, Words("one more registry is blocked", "a registry is no longer blocked"), wider=Effect.STRONGER)
_INSECURE = texts(
    exact,
    Words("a registry is asked without checking who answers", "who answers for a registry is checked"),
    wider=Effect.WEAKER,
)
_SOURCES = table({"allowedRegistries": _ALLOWED, "blockedRegistries": _BLOCKED, "insecureRegistries": _INSECURE})


def _lone(field: Field) -> Iterable[PolicyEdit]:
    """Judge registries that are newly written, or no longer are, beside which the cluster's own defaults count."""
    sources = field.child("spec", "registrySources")
    return list(_SOURCES(sources)) or [field.neutral("it says nothing about registries")]


compare_registries = whole(object_of({"spec": table({"registrySources": _SOURCES})}), new=_lone, gone=_lone)

compare_ibm = whole(
    object_of({"spec": undecided("what this policy lets pass is not known")}),
    new=undecided("a new policy, of which it is not known what it lets pass"),
    gone=loosens("the policy is gone"),
)
