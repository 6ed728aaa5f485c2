"""Whose signatures an image needs: sets of attestors, all of which must be met by enough of their entries.

A set is a monotone function of which of its entries verify; two sets are compared over every combination, so an added
entry is weaker where a count is set and stronger where all are needed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

from app.admission.base import (
    Comparator,
    Data,
    Field,
    Relation,
    Words,
    at,
    by_change,
    elsewhere,
    entries,
    flag,
    judged,
    neutral,
    pairs,
    same,
    table,
    texts,
    undecided,
    unknown,
    unmatched,
)
from app.admission.base.languages import EVERYTHING, regex, wildcard
from app.admission.base.trust import PEM, certificates_trusted, replaced
from app.core.policy_edit import Effect, PolicyEdit

MAX_ENTRIES = 12
_ACCEPTED = Words("more signatures suffice", "fewer signatures suffice")
_IDENTITIES = Words("more identities are accepted", "fewer identities are accepted")


def attestors(field: Field) -> Iterable[PolicyEdit]:
    """Compare the sets of attestors, all of which must be met."""
    sets = pairs(field, "name")
    if not sets:
        yield field.cannot_tell("attestors that are not understood")
    for one in sets:
        if one.before is None:
            yield one.stronger("one more signature is needed")
        elif one.after is None:
            yield one.weaker("one signature fewer is needed")
        elif one.changed:
            yield from _set(one)


def _set(field: Field) -> Iterable[PolicyEdit]:
    extra = [name for name in field.names if name not in ("count", "entries") and field.child(name).changed]
    if extra:
        yield field.child(extra[0]).cannot_tell("unknown field: it may have no effect")
        return
    listed = field.child("entries")
    old, new = _expanded(field.before), _expanded(field.after)
    kept = len(old) == len(new) and same(at(field.before, "count"), at(field.after, "count"))
    raw = entries(listed.before), entries(listed.after)
    if kept and len(raw[0]) == len(raw[1]) and unmatched(old, new):
        for entry in pairs(listed, "name"):
            yield from _entry(entry) if entry.changed else ()
        return
    yield judged(field, _counted(field, old, new), _ACCEPTED, wider=Effect.WEAKER)


def _counted(field: Field, old: Sequence[Data], new: Sequence[Data]) -> Relation:
    """Compare which combinations of entries suffice."""
    known: list[Data] = []
    for one in (*old, *new):
        if not any(same(one, other) for other in known):
            known.append(one)
    first, second = _count(field.before, len(old)), _count(field.after, len(new))
    if len(known) > MAX_ENTRIES or first is None or second is None:
        return unknown("more attestors than are compared")
    counts = first, second
    sides = [[next(at for at, two in enumerate(known) if same(one, two)) for one in side] for side in (old, new)]
    gained = lost = False
    for combination in itertools.product((False, True), repeat=len(known)):
        suffices = [sum(combination[at] for at in side) >= count for side, count in zip(sides, counts, strict=True)]
        gained |= suffices[1] and not suffices[0]
        lost |= suffices[0] and not suffices[1]
    return by_change(gained="" if gained else None, lost="" if lost else None)


def _count(data: Data, length: int) -> int | None:
    """Return how many entries are needed; without a count, or with 0, all of them."""
    count = at(data, "count")
    if count is None or (isinstance(count, int) and count == 0):
        return length
    return count if isinstance(count, int) and not isinstance(count, bool) and count > 0 else None


def _expanded(data: Data) -> list[Data]:
    """Return the entries, one for each key of those that hold several."""
    found: list[Data] = []
    for one in entries(at(data, "entries")):
        keys = at(one, "keys", "publicKeys")
        blocks = PEM.findall(keys) if isinstance(keys, str) else []
        if blocks and isinstance(one, Mapping):
            inside = at(one, "keys")
            rest = inside if isinstance(inside, Mapping) else {}
            found += [{**one, "keys": {**rest, "publicKeys": block}} for block in blocks]
        else:
            found.append(one)
    return found


def marks(wide: str, narrow: str) -> Comparator:
    """Return the comparator of texts by key that a signature must carry, as patterns."""

    def comparator(field: Field) -> Iterable[PolicyEdit]:
        for name in field.names:
            child = field.child(name)
            if child.changed:
                yield from texts(wildcard, Words(wide, narrow), wider=Effect.WEAKER, empty=EVERYTHING)(child)

    return comparator


_MARKS = marks("the signature needs to carry less", "the signature needs to carry more")
_subject = texts(wildcard, _IDENTITIES, wider=Effect.WEAKER, empty=EVERYTHING)
_expression = texts(regex, _IDENTITIES, wider=Effect.WEAKER, empty=EVERYTHING)

_REKOR = table(
    {
        "url": replaced("the transparency log"),
        "pubkey": replaced("the transparency log's key"),
        "ignoreTlog": flag(Words("no log entry is needed", "a log entry is needed"), strict=False, default=False),
    }
)
_CTLOG = table(
    {
        "pubkey": replaced("the certificate log's key"),
        "tsaCertChain": replaced("the time stamp authority"),
        "ignoreSCT": flag(
            Words("certificates need not be logged", "certificates must be logged"), strict=False, default=False
        ),
    }
)


def _keyless_identity(field: Field) -> Iterable[PolicyEdit]:
    """Compare who may sign: one of subject and its expression counts, issuer and its expression both."""
    names = ("subject", "subjectRegExp")
    used = [[name for name in names if at(side, name) is not None] for side in (field.before, field.after)]
    subject = field.child("subject" if "subject" in used[0] + used[1] else "subjectRegExp")
    if any(field.child(name).changed for name in names):
        if used[0] == used[1] and len(used[0]) == 1:
            yield from (_subject if used[0] == ["subject"] else _expression)(subject)
        elif not used[0] or not used[1]:
            yield from _subject(subject) if used[0] + used[1] == ["subject"] else _expression(subject)
        else:
            yield subject.cannot_tell("the identity is written in another form")
    for name, comparator in (("issuer", _subject), ("issuerRegExp", _expression)):
        if field.child(name).changed:
            yield from comparator(field.child(name))


_KEYLESS = table(
    {
        "subject": elsewhere,
        "subjectRegExp": elsewhere,
        "issuer": elsewhere,
        "issuerRegExp": elsewhere,
        "roots": certificates_trusted,
        "additionalExtensions": marks("the certificate needs to say less", "the certificate needs to say more"),
        "rekor": _REKOR,
        "ctlog": _CTLOG,
    }
)


def _keyless(field: Field) -> Iterable[PolicyEdit]:
    yield from _keyless_identity(field)
    yield from _KEYLESS(field)


_KEYS = table(
    {
        "publicKeys": replaced("the public key"),
        "secret": replaced("the secret that holds the key"),
        "kms": replaced("the key"),
        "signatureAlgorithm": undecided("another signature algorithm"),
        "rekor": _REKOR,
        "ctlog": _CTLOG,
    }
)
_CERTIFICATES = table(
    {
        "cert": replaced("the certificate"),
        "certChain": certificates_trusted,
        "rekor": _REKOR,
        "ctlog": _CTLOG,
    }
)
_KINDS: dict[str, Comparator] = {"keys": _KEYS, "keyless": _keyless, "certificates": _CERTIFICATES}
_AROUND: dict[str, Comparator] = {
    "annotations": _MARKS,
    "repository": undecided("signatures are looked for at another place: who can write there decides"),
    "attestor": undecided("a nested attestor changed"),
    "name": neutral("only the entry's name changed"),
}


def _entry(field: Field) -> Iterable[PolicyEdit]:
    """Compare one attestor with what stands at its place."""
    kinds = [name for name in _KINDS if field.child(name).changed]
    if any(field.child(name).before is None or field.child(name).after is None for name in kinds):
        yield field.weaker("another kind of attestor: what it vouches for is newly accepted")
        kinds = []
    for name in kinds:
        yield from _KINDS[name](field.child(name))
    for name in field.names:
        child = field.child(name)
        if name not in _KINDS and child.changed:
            yield from _AROUND.get(name, undecided("unknown field: it may have no effect"))(child)
