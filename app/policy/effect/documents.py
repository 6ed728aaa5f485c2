"""What edits of one policy file do, key by key; together they are all that changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final

from app.admission.base import (
    Comparator,
    Field,
    Order,
    Relation,
    Words,
    flag,
    judged,
    neutral,
    number,
    ordered,
    undecided,
)
from app.core.policy_edit import Effect, PolicyEdit
from app.policy.document import Document
from app.policy.effect.asked import numbers_depend
from app.policy.effect.reviews import reviews
from app.policy.effect.scopes import scopes
from app.policy.effect.sides import Sides, mixed
from app.policy.effect.signers import believed
from app.policy.scopes import Scope
from app.policy.signers import HeldKey, SignerRule

_UNMATCHED: Final = {"allow": 0, "review": 1, "block": 2}
_ENDLESS: Final = 10**9
_TOP: Final[Mapping[str, Comparator]] = {
    "version": neutral("it is the same"),
    "mode": ordered(
        {"observe": 0, "enforce": 1},
        Words("failures are only said, and no longer count", "failures count"),
        default="enforce",
    ),
    "unmatched": ordered(
        _UNMATCHED,
        Words(
            "images outside every scope are taken more lightly", "images outside every scope are taken more seriously"
        ),
        default="review",
    ),
    "unresolved-sources": ordered(
        _UNMATCHED,
        Words("what brings images that are not seen is taken more lightly", "it is taken more seriously"),
        default="review",
    ),
    "solo": flag(
        Words("nobody else is waited for any more", "other people are waited for"), strict=False, default=False
    ),
    "allow-solo": flag(
        Words("repositories may do without another person", "no repository may do without another person"),
        strict=False,
        default=True,
    ),
    "request-reviewers": neutral("who is needed stays the same; only who is asked changes"),
    "environments": neutral("names for paths: what reviews make of them is told there"),
    "mappings": undecided("measures are read from other places of what is attested"),
}
_TRUST: Final = Words("more signers are believed", "fewer signers are believed")
_LEFT: Final = "the numbers of those who are left decide, which may be milder"


def documents(sides: Sides, *, floor: bool) -> Iterable[PolicyEdit]:
    """Compare two valid policy files; with `floor` two floors, in which waivers are not allowed unless they say so."""
    for key in sides.top.names:
        child = sides.top.child(key)
        if key in _ELSEWHERE or not child.changed:
            continue
        if key == "waivers":
            yield from _terms(child, floor=floor)
        else:
            yield from _TOP.get(key, undecided("a key whose effect is not known here"))(child)
    yield from signers(sides)
    yield from scopes(sides)
    yield from reviews(sides)


_ELSEWHERE: Final = frozenset({"signers", "images", "reviews"})


def signers(sides: Sides) -> Iterable[PolicyEdit]:
    """Compare the definitions of signers that both files have; where one is used is told by the scopes."""
    for name in sorted(sides.old.signers.keys() | sides.new.signers.keys()):
        old, new = sides.old.signers.get(name), sides.new.signers.get(name)
        field = sides.top.child("signers").child(name)
        if old is None or new is None:
            yield field.neutral("where it is named, what that does is told there")
        elif field.changed or _other_key(old, new):
            yield _signer(_with_keys(field, old, new), believed([old], [new], sides.comparer), new, sides)


def _signer(field: Field, relation: Relation, rule: SignerRule, sides: Sides) -> PolicyEdit:
    known = [scope for scope in (*sides.old.scopes, *sides.new.scopes) if _names(scope, rule.name)]
    if relation.order is Order.EQUAL:
        return field.neutral("it means the same")
    if not known:
        return field.neutral("no scope names it")
    edit = judged(field, relation, _TRUST, wider=Effect.WEAKER)
    return mixed(field, edit, _LEFT if numbers_depend(rule.name, sides) else "")


def _names(scope: Scope, name: str) -> bool:
    lists = (scope.signature, scope.vex, *(asked.signers for asked in scope.attestations))
    return any(rule.name == name for rules in lists for rule in rules)


def _other_key(old: SignerRule, new: SignerRule) -> bool:
    return isinstance(old, HeldKey) and isinstance(new, HeldKey) and old.fingerprint != new.fingerprint


def _with_keys(field: Field, old: SignerRule, new: SignerRule) -> Field:
    """Show the keys themselves where the file that is named holds another one."""
    if isinstance(old, HeldKey) and isinstance(new, HeldKey) and old.fingerprint != new.fingerprint:
        return field.child("key").with_values(f"the key {old.fingerprint[:16]}", f"the key {new.fingerprint[:16]}")
    return field


def _terms(field: Field, *, floor: bool) -> Iterable[PolicyEdit]:
    words = Words("failures may be waived", "no failure can be waived")
    table: Mapping[str, Comparator] = {
        "allow": flag(words, strict=False, default=not floor),
        "max-days": number(
            Words("waivers may run longer", "waivers may run less long"),
            wider=Effect.WEAKER,
            reading=_days,
            default=_ENDLESS,
        ),
        "trivyignore": flag(
            Words("Trivy's ignore file waives too", "Trivy's ignore file waives nothing"), strict=False, default=False
        ),
    }
    for key in field.names:
        child = field.child(key)
        if child.changed:
            yield from table[key](child)


def _days(data: object) -> Fraction | None:
    return Fraction(data) if isinstance(data, int) else None


def whole(document: Document | None) -> str | None:
    """Say what a whole policy file is in a few words; `None` for none."""
    if document is None:
        return None
    return f"{len(document.scopes)} scopes, {len(document.reviews)} reviews"
