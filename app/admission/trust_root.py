"""`TrustRoot` of the policy controller: which authorities and logs its policies may trust."""

from __future__ import annotations

from collections.abc import Iterable

from app.admission.base import Field, PolicyObject, Words, group_of, is_list, opaque_list, table, undecided
from app.admission.base.trust import replaced
from app.admission.base.whole import loosens, object_of, whole
from app.core.inventory import ObjectReference
from app.core.policy_edit import Effect, PolicyEdit

NAME = "trust_root"

_WORDS = Words("one more authority is trusted", "an authority is no longer trusted")


def claims(reference: ObjectReference) -> bool:
    """Whether this object says which authorities the policy controller may trust."""
    return group_of(reference) == "policy.sigstore.dev" and reference.kind == "TrustRoot"


def compare(before: PolicyObject | None, after: PolicyObject | None) -> Iterable[PolicyEdit]:
    """Return what differs and what it does."""
    return _TRUST_ROOT(before, after)


def _authorities(field: Field) -> Iterable[PolicyEdit]:
    """Compare authorities of one kind: more of them vouch for more, and so does another one in place of one."""
    if not all(side is None or is_list(side) for side in (field.before, field.after)):
        yield field.cannot_tell("it is no list")
        return
    for edit in _LISTED(field):
        replaced_one = edit.effect is Effect.CANNOT_TELL
        yield (
            field.weaker("an authority is replaced: what the new one vouches for is newly accepted")
            if (replaced_one)
            else edit
        )


_LISTED = opaque_list(_WORDS, wider=Effect.WEAKER, what="an authority")
_TARGETS = undecided("it is looked for at another place: who can write there decides")
_REPOSITORY = table(
    {"root": replaced("the root of trust"), **dict.fromkeys(("mirror", "mirrorFS", "targets"), _TARGETS)}
)
_KEYS = table(
    dict.fromkeys(("certificateAuthorities", "tLogs", "ctLogs", "timeStampAuthorities"), _authorities),
)
_SPEC = table({"remote": _REPOSITORY, "repository": _REPOSITORY, "sigstoreKeys": _KEYS})
_TRUST_ROOT = whole(
    object_of({"spec": _SPEC}),
    new=loosens("one more root of trust, which policies may use"),
    gone=undecided("policies that use it fail, or come to trust the public one"),
)
