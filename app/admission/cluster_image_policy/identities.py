"""Who may sign: identities of certificates, each an issuer with a subject, any of which suffices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.admission.base import (
    Data,
    Field,
    Relation,
    Words,
    at,
    entries,
    is_list,
    judged,
    language_of,
    placeholders,
    relation,
    unknown,
    unmatched,
)
from app.admission.base.languages import EVERYTHING, Language, NotUnderstood, exact, regex
from app.admission.base.relation import Order, by_change
from app.core.policy_edit import Effect, PolicyEdit

_ACCEPTED = Words("more identities are accepted", "fewer identities are accepted")
_IDENTITY_KEYS = frozenset({"issuer", "subject", "issuerRegExp", "subjectRegExp"})


def identities(field: Field) -> Iterable[PolicyEdit]:
    """Compare who may sign: any identity suffices, each an issuer with a subject."""
    found = _identity_relation(field.before, field.after)
    yield judged(field, found, _ACCEPTED, wider=Effect.WEAKER)


def _identity_relation(before: Data, after: Data) -> Relation:
    if not all(side is None or is_list(side) for side in (before, after)):
        return unknown("it is no list")
    if placeholders(before) or placeholders(after):
        return unknown("a value is filled in elsewhere")
    listed = [one for side in (before, after) for one in entries(side)]
    if not all(isinstance(one, Mapping) and _IDENTITY_KEYS.issuperset(one) for one in listed):
        return unknown("an identity with a field that is not known, which may have no effect")
    if not entries(before) or not entries(after):
        return by_change(
            gained="anyone" if entries(before) and not entries(after) else None,
            lost="anyone" if entries(after) and not entries(before) else None,
        )
    more, fewer = unmatched(entries(after), entries(before)), unmatched(entries(before), entries(after))
    # Each identity must be covered by one of the other side: a pair is not the product of its parts.
    gained = _uncovered(more, entries(before))
    lost = _uncovered(fewer, entries(after))
    for one in (gained, lost):
        if isinstance(one, NotUnderstood):
            return unknown(f"an identity cannot be compared: {one}")
    return by_change(gained=None if gained is None else str(gained), lost=None if lost is None else str(lost))


def _uncovered(these: Iterable[Data], others: Iterable[Data]) -> str | NotUnderstood | None:
    """Return who is accepted by one of these and by none of the others; `None` for nobody."""
    for one in these:
        witness: str | NotUnderstood | None = None
        for other in others:
            found = _within(one, other)
            if found is None:
                break
            witness = found if witness is None or isinstance(found, NotUnderstood) else witness
        else:
            return witness
    return None


def _within(one: Data, other: Data) -> str | NotUnderstood | None:
    """Return `None` when an identity is covered by another, else an example, or why it cannot be compared."""
    for name in ("issuer", "subject"):
        found = relation(_language(other, name), _language(one, name))
        if found.order is Order.UNKNOWN:
            return NotUnderstood(found.why)
        if found.order in (Order.WIDER, Order.EITHER):
            return found.gained
    return None


def _language(identity: Data, name: str) -> Language | NotUnderstood:
    """Return what is accepted for one part; its text or its expression suffices, and nothing written is anything."""
    text, expression = at(identity, name), at(identity, f"{name}RegExp")
    if not all(side is None or isinstance(side, str) for side in (text, expression)):
        return NotUnderstood("it is no text")
    found = [
        language_of((side,), dialect)
        for side, dialect in ((text, exact), (expression, regex))
        if isinstance(side, str) and side
    ]
    wrong = next((side for side in found if isinstance(side, NotUnderstood)), None)
    if wrong is not None:
        return wrong
    languages = [side for side in found if isinstance(side, Language)]
    if not languages:
        return EVERYTHING
    return languages[0] | languages[1] if len(languages) > 1 else languages[0]
