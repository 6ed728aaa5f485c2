"""Ratify: its policy, its verifiers, and the keys that they trust. What is refused is up to a Gatekeeper constraint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.admission.base import (
    Comparator,
    Field,
    PolicyObject,
    Words,
    at,
    flag,
    group_of,
    neutral,
    opaque_list,
    ordered,
    pairs,
    table,
    texts,
    undecided,
)
from app.admission.base.languages import EVERYTHING, exact, regex, starred
from app.admission.base.trust import certificates_trusted, replaced
from app.admission.base.whole import loosens, object_of, whole
from app.core.inventory import ObjectReference
from app.core.policy_edit import Effect, PolicyEdit

NAME = "ratify"

_GROUP = "config.ratify.deislabs.io"


def claims(reference: ObjectReference) -> bool:
    """Whether this object configures Ratify."""
    return group_of(reference) == _GROUP


def compare(before: PolicyObject | None, after: PolicyObject | None) -> Iterable[PolicyEdit]:
    """Return what differs and what it does."""
    known = after or before
    kind = "" if known is None else known.reference.kind.removeprefix("Namespaced")
    return _KINDS.get(kind, _UNKNOWN)(before, after)


_IDENTITIES = Words("more identities are accepted", "fewer identities are accepted")


_TRUSTED = Words("more is trusted", "less is trusted")
_LEVEL = ordered(
    {"strict": 3, "permissive": 2, "audit": 1, "skip": 0},
    Words("less of a signature must hold", "more of a signature must hold"),
    default="strict",
)
_TRUST_POLICY_NOTATION = table(
    {
        "name": neutral("only its name changed"),
        "signatureVerification": table({"level": _LEVEL}, unknown_field="parts of the level are overridden"),
        "trustedIdentities": texts(starred, _IDENTITIES, wider=Effect.WEAKER),
        "trustStores": texts(exact, _TRUSTED, wider=Effect.WEAKER),
        "registryScopes": texts(
            starred, Words("more images are looked at", "fewer images are looked at"), wider=Effect.STRONGER
        ),
    }
)


def _trust_policies(of: Comparator) -> Comparator:
    """Return the comparator of trust policies; which of them an image meets is up to their scopes."""

    def comparator(field: Field) -> Iterable[PolicyEdit]:
        found = [child for child in pairs(field, "name") if child.changed]
        for child in found:
            if child.before is None or child.after is None:
                yield child.cannot_tell("a trust policy came or went: which one images meet is up to their scopes")
            else:
                yield from of(child)
        if not found:
            yield field.cannot_tell("trust policies that are not understood, or in another order")

    return comparator


def _logged(what: str) -> Comparator:
    return flag(Words(f"{what} is no longer asked for", f"{what} is asked for"), strict=True, default=True)


_PATTERN = texts(regex, _IDENTITIES, wider=Effect.WEAKER, empty=EVERYTHING)
_EXACT = texts(exact, _IDENTITIES, wider=Effect.WEAKER, empty=EVERYTHING)
_KEYLESS = table(
    {
        "certificateIdentity": _EXACT,
        "certificateIdentityRegExp": _PATTERN,
        "certificateOIDCIssuer": _EXACT,
        "certificateOIDCIssuerRegExp": _PATTERN,
        "ctLogVerify": _logged("a logged certificate"),
    }
)
_KEYS = opaque_list(
    Words("one more key is trusted", "a key is no longer trusted"), wider=Effect.WEAKER, what="a key that is trusted"
)
_TRUST_POLICY_COSIGN = table(
    {
        "name": neutral("only its name changed"),
        "scopes": undecided("other images meet this trust policy"),
        "keys": _KEYS,
        "keyless": _KEYLESS,
        "tLogVerify": _logged("an entry in a transparency log"),
        "rekorURL": replaced("the transparency log"),
    }
)
_PARAMETERS = table(
    {
        "key": replaced("the key"),
        "trustPolicies": _trust_policies(_TRUST_POLICY_COSIGN),
        "trustPolicyDoc": table(
            {
                "version": neutral("only the version of the form changed"),
                "trustPolicies": _trust_policies(_TRUST_POLICY_NOTATION),
            }
        ),
        "verificationCertStores": undecided("other certificates are trusted"),
        "verificationCerts": undecided("other certificates are trusted"),
    },
    unknown_field="what the verifier does with it is not known",
)
_VERIFIER = whole(
    object_of({"spec": table({"parameters": _PARAMETERS}, unknown_field="another verifier, or for other artifacts")}),
    new=undecided("one more verifier: where any of them suffices, more passes"),
    gone=loosens("artifacts of its kind are no longer verified"),
)


def _verification(field: Field) -> Iterable[PolicyEdit]:
    """Compare for each type of artifact whether all of them must hold or any suffices."""
    if not all(side is None or isinstance(side, Mapping) for side in (field.before, field.after)):
        yield field.cannot_tell("it has an unexpected form")
        return
    for name in field.names:
        child = field.child(name)
        if child.changed:
            yield from _all_or_any(child)


def _all_or_any(field: Field) -> Iterable[PolicyEdit]:
    match (field.before, field.after):
        case ("all", "any"):
            yield field.weaker("one artifact that holds suffices")
        case ("any", "all"):
            yield field.stronger("all artifacts must hold")
        case _:
            yield field.cannot_tell("what must hold for this type of artifact is not known")


_POLICY = whole(
    object_of(
        {
            "spec": table(
                {"parameters": table({"artifactVerificationPolicies": _verification})},
                unknown_field="another policy decides",
            )
        }
    ),
    new=undecided("a policy that decides what must hold"),
    gone=loosens("the policy that decides what must hold is gone"),
)


def _provider(field: Field) -> Iterable[PolicyEdit]:
    """Compare where trusted keys come from."""
    kinds = [(at(side, "type"), at(side, "provider")) for side in (field.before, field.after)]
    if kinds[0] != kinds[1]:
        yield field.weaker("trusted keys come from elsewhere: what those vouch for is newly accepted")
        return
    yield from _PROVIDED(field)


_PROVIDED = table(
    {
        "parameters": table(
            {"value": certificates_trusted}, unknown_field="other keys are trusted, or they come from elsewhere"
        )
    },
    unknown_field="when keys are fetched anew, or from where, changed",
)
_KEYS_FROM = whole(
    object_of({"spec": _provider}),
    new=loosens("more keys can be trusted"),
    gone=undecided("what trusted its keys trusts fewer, or fails"),
)
_UNKNOWN = whole(
    object_of({"spec": undecided("artifacts are looked for elsewhere")}),
    new=undecided("artifacts are looked for elsewhere as well"),
    gone=undecided("artifacts are no longer looked for there"),
)
_KINDS = {
    "Policy": _POLICY,
    "Verifier": _VERIFIER,
    "KeyManagementProvider": _KEYS_FROM,
    "CertificateStore": _KEYS_FROM,
}
