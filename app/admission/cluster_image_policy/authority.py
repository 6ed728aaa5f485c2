"""One authority of a `ClusterImagePolicy`: who must have signed, what must be attested, and whether a log is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.admission.base import (
    Comparator,
    Data,
    Field,
    Words,
    at,
    entries,
    flag,
    is_list,
    judged,
    neutral,
    pairs,
    same,
    table,
    told,
    undecided,
)
from app.admission.base.relation import by_change
from app.admission.base.trust import PEM, replaced
from app.admission.cluster_image_policy.identities import identities
from app.core.policy_edit import Effect, PolicyEdit

_KINDS = ("key", "keyless", "static")


def passes_always(data: Data) -> bool:
    """Say whether an authority lets every image pass."""
    return at(data, "static", "action") == "pass"


def authority(field: Field) -> Iterable[PolicyEdit]:
    """Compare an authority with what stands at its place."""
    kinds = [[name for name in _KINDS if at(side, name) is not None] for side in (field.before, field.after)]
    if passes_always(field.after) and not passes_always(field.before):
        yield field.weaker("images pass without a signature")
        return
    if passes_always(field.before) and not passes_always(field.after):
        yield field.stronger("images no longer pass without a signature")
        return
    if kinds[0] != kinds[1] or "static" in kinds[0]:
        yield field.weaker("another kind of authority: what it vouches for is newly accepted")
        return
    yield from _log(field)
    for name in field.names:
        child = field.child(name)
        if child.changed and name not in _LOG_FIELDS:
            yield from told(child, _FIELDS.get(name) or undecided("unknown field: it may have no effect"))


_LOG_FIELDS = ("ctlog", "rfc3161timestamp")


def log_required(data: Data) -> bool | None:
    """Say whether an entry in a log is required; `None` when that is not known."""
    if at(data, "rfc3161timestamp") is not None:
        return False
    if at(data, "signatureFormat") not in (None, "legacy"):
        return None
    log = at(data, "ctlog")
    if at(log, "url") or at(log, "trustRootRef"):
        return True
    keyless = at(data, "keyless")
    return keyless is not None and at(keyless, "trustRootRef") is None and log is None


def _log(field: Field) -> Iterable[PolicyEdit]:
    """Compare whether a log is asked, which is not where it is written, and which log or time stamp counts."""
    changed = [child for child in (field.child(name) for name in _LOG_FIELDS) if child.changed]
    before, after = log_required(field.before), log_required(field.after)
    place = changed[0] if changed else field
    if before is None or after is None:
        if changed:
            yield place.cannot_tell("whether a log is asked depends on the form of the signature")
    elif before and not after:
        yield place.weaker("no entry in a transparency log is needed any more")
    elif after and not before and field.child("rfc3161timestamp").changed:
        yield place.cannot_tell("an entry in a log is needed, and no longer a time stamp")
    elif after and not before:
        yield place.stronger("an entry in a transparency log is needed")
    else:
        for child in changed:
            yield from _log_edit(child)


def _log_edit(field: Field) -> Iterable[PolicyEdit]:
    urls = [(at(side, "url"), at(side, "trustRootRef")) for side in (field.before, field.after)]
    if urls[0] == urls[1]:
        yield field.neutral("the same log is asked")
    else:
        yield field.weaker("another log or time stamp authority counts: what it vouches for is newly accepted")


def _key_data(field: Field) -> Iterable[PolicyEdit]:
    """Compare keys: any of several suffices."""
    sides = [
        frozenset(PEM.findall(side)) if isinstance(side, str) else frozenset() for side in (field.before, field.after)
    ]
    if not sides[0] or not sides[1]:
        yield from _KEY(field)
        return
    more, fewer = sides[1] - sides[0], sides[0] - sides[1]
    found = by_change(gained="" if more else None, lost="" if fewer else None)
    yield judged(field, found, Words("another key is trusted", "a key is no longer trusted"), wider=Effect.WEAKER)


def _key(field: Field) -> Iterable[PolicyEdit]:
    """Compare where a key comes from, and which it is."""
    ways = [[name for name in ("data", "secretRef", "kms") if at(side, name)] for side in (field.before, field.after)]
    if ways[0] != ways[1]:
        yield field.weaker("the key is replaced: what the new one vouches for is newly accepted")
        return
    yield from _KEY_FIELDS(field)


_KEY = replaced("the key")
_KEY_FIELDS = table(
    {"data": _key_data, "secretRef": _KEY, "kms": _KEY, "hashAlgorithm": undecided("another hash algorithm")}
)
_KEYLESS = table(
    {
        "identities": identities,
        "url": replaced("the certificate authority"),
        "ca-cert": replaced("the certificate authority"),
        "trustRootRef": replaced("the root of trust"),
        "insecureIgnoreSCT": flag(
            Words("certificates need not be logged", "certificates must be logged"), strict=False, default=False
        ),
    }
)


def _attestations(field: Field) -> Iterable[PolicyEdit]:
    """Compare what must be attested; with something to attest a plain signature no longer counts, without it does."""
    if not all(side is None or is_list(side) for side in (field.before, field.after)):
        yield field.cannot_tell("it is no list")
    elif not entries(field.before):
        yield field.weaker("attestations are asked for in place of a signature")
    elif not entries(field.after):
        yield field.weaker("no attestation is asked for any more, only a signature")
    else:
        yield from _each_attestation(field)


def _each_attestation(field: Field) -> Iterable[PolicyEdit]:
    found = [child for child in pairs(field, "name") if child.changed]
    for child in found:
        if child.before is None:
            yield child.stronger("one more attestation is asked for")
        elif child.after is None:
            yield child.weaker("an attestation is no longer asked for")
        else:
            yield from _ATTESTATION(child)
    if not found:
        yield field.neutral("only their order changed")


def _attested(field: Field) -> Iterable[PolicyEdit]:
    """Compare the policy of an attestation: it came, went, was pinned, or was edited."""
    if field.before is None:
        yield field.stronger("the attestation must satisfy a policy as well")
    elif field.after is None:
        yield field.weaker("the attestation need not satisfy a policy any more")
    elif _pinned(field.before, field.after):
        yield field.stronger("the policy that is fetched is pinned")
    else:
        yield field.cannot_tell("the policy of the attestation was edited")


def _pinned(before: Data, after: Data) -> bool:
    remotes = at(before, "remote"), at(after, "remote")
    if not isinstance(remotes[0], Mapping) or not isinstance(remotes[1], Mapping):
        return False
    return "sha256sum" not in remotes[0] and same(
        {**remotes[0], "sha256sum": remotes[1].get("sha256sum")}, dict(remotes[1])
    )


_ATTESTATION = table(
    {
        "name": neutral("only its name changed"),
        "predicateType": replaced("what is attested"),
        "policy": _attested,
    }
)
_FIELDS: dict[str, Comparator] = {
    "name": undecided("a policy of what was found may call it by its name"),
    "key": _key,
    "keyless": _KEYLESS,
    "attestations": _attestations,
    "source": undecided("signatures are looked for at another place: who can write there decides"),
    "signatureFormat": undecided("signatures of another form count"),
}
