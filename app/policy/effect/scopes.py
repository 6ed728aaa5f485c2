"""What edits of `images` do: scopes that come and go, images that leave or enter them, and what is asked there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from app.admission.base import Comparator, Field, Order, Words, by_number, flag, neutral, ordered, pairs, undecided
from app.admission.base.languages import Language
from app.core.policy_edit import WORST_FIRST, PolicyEdit
from app.core.verdict import Mode
from app.policy.document import Document, Unmatched
from app.policy.effect.asked import OTHERS, attestations, brings_numbers, limits, no_regression, signature, vex
from app.policy.effect.languages import gains, loses, of_scope, of_scopes
from app.policy.effect.sides import Sides, mixed, places
from app.policy.scopes import Scope

_REACTIONS: Final = {"allow": 0, "review": 1, "block": 2}
_MODE: Final = Words("failures are only said, and no longer count", "failures count")
_PLACE: Final = undecided("evidence is looked for at another place, and who can write there is not known here")


def _reaction(what: str) -> Comparator:
    return ordered(
        _REACTIONS, Words(f"{what} gets less than before", f"{what} gets more than before"), default="review"
    )


_PLAIN: Final[Mapping[str, Comparator]] = {
    "name": neutral("it is only called otherwise"),
    "pinned": flag(Words("a tag without a digest will do", "a digest must be written"), strict=True, default=False),
    "platforms": ordered(
        {"covered": 0, "all": 1},
        Words("the signature of an index stands for its platforms", "every platform needs a signature of its own"),
        default="covered",
    ),
    "bind-repository": flag(
        Words("a signature may name any repository", "the signature must name the image's repository"),
        strict=True,
        default=False,
    ),
    "tag-mismatch": _reaction("a tag that names another digest"),
    "downgrade": _reaction("a version that goes back"),
    "moved": _reaction("another registry or repository"),
    "signatures-in": _PLACE,
    "github-attestations": _PLACE,
}
_Asked = Callable[[Field, tuple[Scope, Scope], Sides], Iterable[PolicyEdit]]
_MEANT: Final[Mapping[str, _Asked]] = {
    "signature": signature,
    "attestations": attestations,
    "limits": limits,
    "no-regression": no_regression,
    "vex": vex,
}
_MATCH: Final = ("match", "exclude")


def scopes(sides: Sides) -> Iterable[PolicyEdit]:
    """Compare all scopes."""
    field = sides.top.child("images")
    if not field.changed:
        return
    for child in pairs(field, "name"):
        old_at, new_at = places(child)
        old = None if old_at is None else sides.old.scopes[old_at]
        new = None if new_at is None else sides.new.scopes[new_at]
        if not child.changed:
            continue
        if old is None or new is None:
            yield from _whole(child, old, new, sides)
        else:
            yield from scope_edits(child, (old, new), sides)


def scope_edits(field: Field, scope: tuple[Scope, Scope], sides: Sides) -> Iterable[PolicyEdit]:
    """Compare one scope with itself; an edit for every key that differs."""
    for key in field.names:
        child = field.child(key)
        if not child.changed or key in _MATCH:
            continue
        if key in _MEANT:
            yield from _MEANT[key](child, scope, sides)
        elif key == "mode":
            yield _mode(child, scope, sides)
        elif key == "only-fixable":
            yield _only_fixable(child)
        else:
            yield from _PLAIN.get(key, undecided("a key whose effect is not known here"))(child)
    changed = [child for child in map(field.child, _MATCH) if child.changed]
    if changed:
        yield _moved(changed[0], scope, sides)


def _whole(field: Field, old: Scope | None, new: Scope | None, sides: Sides) -> Iterable[PolicyEdit]:
    if old is not None:
        crossing = _Crossing(of_scope(old), "the scope is gone: what it asks is asked no more")
        yield _left(field, crossing, sides)
    if new is not None:
        crossing = _Crossing(of_scope(new), "a scope more: all that it asks must be met as well")
        yield _entered(field, new, crossing, sides)


def _moved(field: Field, scope: tuple[Scope, Scope], sides: Sides) -> PolicyEdit:
    old, new = (of_scope(one) for one in scope)
    relation = sides.comparer.names(old, new)
    if relation.why:
        return field.cannot_tell(relation.why)
    left = _Crossing(old & ~new, "the scope no longer holds for some images", relation.lost)
    entered = _Crossing(new & ~old, "the scope holds for more images", relation.gained)
    found = [_left(field, left, sides)] if loses(relation) else []
    found += [_entered(field, scope[1], entered, sides)] if gains(relation) else []
    return min(found, key=lambda one: WORST_FIRST.index(one.effect), default=field.neutral("it means the same"))


@dataclass(frozen=True, slots=True)
class _Crossing:
    """Images that leave or enter a scope, with one of them."""

    images: Language
    sentence: str
    witness: str = ""


def _left(field: Field, crossing: _Crossing, sides: Sides) -> PolicyEdit:
    """Say what it does that images leave a scope: stronger only where all that leave are blocked from then on."""
    if _unmatched(sides.new) is Unmatched.BLOCK and sides.new.mode is not Mode.OBSERVE:
        unasked = crossing.images & ~of_scopes(sides.new.scopes)
        relation = sides.comparer.names(crossing.images, unasked)
        if relation.order is Order.EQUAL:
            return field.stronger(f"{crossing.sentence}; they are blocked now, for no other scope matches them")
    return field.weaker(crossing.sentence, crossing.witness)


def _entered(field: Field, scope: Scope, crossing: _Crossing, sides: Sides) -> PolicyEdit:
    """Say what it does that images enter a scope: weaker where they were blocked, and a person's look is lost."""
    before, unmatched = of_scopes(sides.old.scopes), _unmatched(sides.old)
    relation = sides.comparer.names(before, before | crossing.images)
    if relation.why:
        return field.cannot_tell(relation.why)
    if not gains(relation) or unmatched is Unmatched.ALLOW:
        why = OTHERS if brings_numbers(scope, replace(sides, new=Document())) else ""
        return mixed(field, field.stronger(crossing.sentence, crossing.witness), why)
    if unmatched is Unmatched.BLOCK:
        return field.weaker("images that no scope matched were blocked, and may pass now", relation.gained)
    reason = "images that no scope matched were looked at by a person; now the rules of the scope decide"
    return replace(field.cannot_tell(reason), witness=relation.gained)


def _unmatched(document: Document) -> Unmatched:
    return Unmatched.REVIEW if document.unmatched is None else document.unmatched


def _mode(field: Field, scope: tuple[Scope, Scope], sides: Sides) -> PolicyEdit:
    modes = (
        scope[0].own_mode or sides.old.mode or Mode.ENFORCE,
        scope[1].own_mode or sides.new.mode or Mode.ENFORCE,
    )
    old, new = (Fraction(mode is Mode.ENFORCE) for mode in modes)
    return by_number(field, old, new, _MODE.flipped)


def _only_fixable(field: Field) -> PolicyEdit:
    if field.after is True:
        return field.weaker("vulnerabilities without a fix no longer count against limits")
    sentence = "vulnerabilities without a fix count too, but scans that do not tell of fixes answer limits again"
    return field.neutral("it is the default") if field.before is None else field.cannot_tell(sentence)
