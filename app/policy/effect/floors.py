"""Where a repository's own file says something weaker than a floor; the floor counts all the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final

from app.admission.base import Field, PolicyObject
from app.core import yaml
from app.core.policy_edit import Effect, PolicyEdit
from app.core.verdict import Mode
from app.policy.document import Document, Unmatched
from app.policy.effect.scopes import scope_edits
from app.policy.effect.sides import Sides
from app.policy.files import PATH

MOST: Final = 5
_WORDS: Final = {None: None, Unmatched.ALLOW: "allow", Unmatched.REVIEW: "review", Unmatched.BLOCK: "block"}


def weaker_than(floor: tuple[Document, str], own: tuple[Document, str]) -> tuple[str, ...]:
    """Return a sentence for each key of an own file that is weaker than a floor, with its line; a few at most.

    Both are valid, and come with their texts.
    """
    written = [PolicyObject.of(PATH, yaml.read(text)[0]) for _, text in (floor, own)]
    sides = Sides.of((floor[0], written[0]), (own[0], written[1]))
    edits = [edit for edit in (*_top(sides), *_scopes(sides)) if edit.effect is Effect.WEAKER]
    found = [
        f"`{one.field}` ({PATH}:{one.line}) is weaker than the floor, which counts: {one.sentence}" for one in edits
    ]
    more = len(found) - MOST
    return (*found[:MOST], f"{more} more keys are weaker than the floor, which counts") if more > 0 else tuple(found)


def _top(sides: Sides) -> Iterable[PolicyEdit]:
    floor, own = sides.old, sides.new
    modes = [Fraction((one.mode or Mode.ENFORCE) is Mode.ENFORCE) for one in (floor, own)]
    if own.mode is not None and modes[1] < modes[0]:
        yield sides.top.child("mode").weaker("the floor enforces")
    words = (
        ("unmatched", floor.unmatched, own.unmatched),
        ("unresolved-sources", floor.unresolved_sources, own.unresolved_sources),
    )
    for key, asked, said in words:
        if asked is not None and said is not None and said < asked:
            yield sides.top.child(key).weaker(f"the floor says {_WORDS[asked]}")
    days = floor.waivers.max_days
    if days is not None and own.waivers.max_days is not None and own.waivers.max_days > days:
        yield sides.top.child("waivers", "max-days").weaker(f"the floor says {days}")


def _scopes(sides: Sides) -> Iterable[PolicyEdit]:
    """Compare scopes that name the same images: what both ask must be met, so that the weaker word does nothing."""
    listed = sides.top.child("images")
    for at, scope in enumerate(sides.new.scopes):
        for place, other in enumerate(sides.old.scopes):
            if set(other.match) == set(scope.match):
                field = _written(listed.item(place, at, scope.label))
                # What the own file does not write it leaves to the floor.
                yield from (edit for edit in scope_edits(field, (other, scope), sides) if edit.after is not None)


def _written(field: Field) -> Field:
    """Leave out the keys that the own scope does not write."""
    before, after = (side if isinstance(side, Mapping) else {} for side in (field.before, field.after))
    return field.with_values({key: before.get(key) for key in after}, after)
