"""What edits of `reviews` do: what is governed, and who must approve."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from app.admission.base import Field, Order, Relation, Words, by_change, by_number, judged, pairs, together
from app.admission.base.languages import EVERYTHING, Language, union
from app.core.globs import PathGlob
from app.core.policy_edit import Effect, PolicyEdit
from app.core.pull_request import Permission
from app.policy.document import GovernedPaths, Quorum, Reviewers
from app.policy.effect.languages import of_path_glob
from app.policy.effect.sides import Sides, places

_GOVERNED: Final = Words("more paths are governed", "fewer paths are governed")
_EFFECTS: Final = Words("more kinds of edits are governed", "fewer kinds of edits are governed")
_WHO: Final = Words("more people can approve", "fewer people can approve")
_COUNT: Final = Words("fewer approvals are needed", "more approvals are needed")
_NOBODY: Final = 9


def reviews(sides: Sides) -> Iterable[PolicyEdit]:
    """Compare all entries."""
    field = sides.top.child("reviews")
    for child in pairs(field, "name"):
        old_at, new_at = places(child)
        if old_at is not None and new_at is not None:
            yield from _entry(child, (sides.old.reviews[old_at], sides.new.reviews[new_at]), sides)
        elif new_at is None:
            yield child.weaker("the review is asked for no more")
        else:
            yield child.stronger("one review more is asked for")


def _entry(field: Field, entry: tuple[GovernedPaths, GovernedPaths], sides: Sides) -> Iterable[PolicyEdit]:
    old, new = entry
    if field.child("name").changed:
        yield field.child("name").neutral("it is only called otherwise")
    if (old.paths, old.within) != (new.paths, new.within):
        relation = sides.comparer.names(_paths(old), _paths(new))
        key = "paths" if old.paths != new.paths else "environments"
        yield judged(field.child(key), relation, _GOVERNED, wider=Effect.STRONGER)
    if old.effects != new.effects:
        yield judged(field.child("effects"), _effects(old.effects, new.effects), _EFFECTS, wider=Effect.STRONGER)
    if old.quorum != new.quorum:
        yield from _quorum(field, old, new)


def _paths(entry: GovernedPaths) -> Language:
    return _union(entry.paths) & _union(entry.within)


def _union(globs: tuple[PathGlob, ...]) -> Language:
    return union(map(of_path_glob, globs)) if globs else EVERYTHING


def _effects(old: frozenset[Effect], new: frozenset[Effect]) -> Relation:
    every = frozenset(Effect)
    before, after = old or every, new or every
    gained, lost = (sorted(one.value for one in side) for side in (after - before, before - after))
    # None written is every edit, and also a change in which no policy is edited at all.
    unbound = by_change(gained="" if old and not new else None, lost="" if new and not old else None)
    return together([by_change(gained=_first(gained), lost=_first(lost)), unbound])


def _first(names: list[str]) -> str | None:
    return names[0] if names else None


def _quorum(field: Field, old: GovernedPaths, new: GovernedPaths) -> Iterable[PolicyEdit]:
    before, after = old.quorum, new.quorum
    if not isinstance(before, Quorum) or not isinstance(after, Quorum):
        key = next((key for key in ("any-of", "all-of") if field.child(key).changed), "any-of")
        yield field.child(key).cannot_tell("who must approve is put together otherwise")
        return
    if before.count != after.count:
        yield by_number(field.child("count"), Fraction(before.count), Fraction(after.count), _COUNT.flipped)
    relation = _reviewers(before.reviewers, after.reviewers)
    if relation.order is not Order.EQUAL:
        key = next(key for key in ("teams", "users", "permission") if field.child(key).changed)
        yield judged(field.child(key), relation, _WHO, wider=Effect.WEAKER)


def _reviewers(old: Reviewers, new: Reviewers) -> Relation:
    names = [
        by_change(gained=_first(sorted(set(after) - set(before))), lost=_first(sorted(set(before) - set(after))))
        for before, after in ((old.teams, new.teams), (old.users, new.users))
    ]
    before, after = _least(old.permission), _least(new.permission)
    return together([*names, by_change(gained="" if after < before else None, lost="" if after > before else None)])


def _least(permission: Permission | None) -> int:
    """Return the least permission that will do, more than there is for nobody."""
    return _NOBODY if permission is None else permission.value
