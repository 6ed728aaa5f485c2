"""One field of an object on both sides, and how an edit of it is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from app.admission.base.objects import Data, PolicyObject, Step, is_list, placeholders, same, unmatched
from app.admission.base.relation import Order, Relation
from app.core.policy_edit import Effect, PolicyEdit, Severity

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Field:
    """A value before and after; `None` where it is not there.

    `label` is how it is called to people (`spec.rules[check].match`); `steps` lead to it in either object's data.
    """

    old: PolicyObject | None
    new: PolicyObject | None
    before: Data
    after: Data
    label: str = ""
    steps: tuple[tuple[Step, ...], tuple[Step, ...]] = ((), ())
    severity: Severity = Severity.BLOCKING

    @classmethod
    def of(cls, old: PolicyObject | None, new: PolicyObject | None) -> Field:
        """Return the whole object as a field."""
        return cls(old, new, None if old is None else old.data, None if new is None else new.data)

    @property
    def changed(self) -> bool:
        """Whether the two sides differ at all."""
        return not same(self.before, self.after)

    @property
    def filled_in(self) -> bool:
        """Whether a side holds a placeholder that is filled in elsewhere."""
        return placeholders(self.before) or placeholders(self.after)

    def child(self, *keys: str) -> Field:
        """Return the field under these keys; not there on a side that is no mapping."""
        found = self
        for key in keys:
            found = replace(
                found,
                before=found.before.get(key) if isinstance(found.before, Mapping) else None,
                after=found.after.get(key) if isinstance(found.after, Mapping) else None,
                label=f"{found.label}.{key}" if found.label else key,
                steps=((*found.steps[0], key), (*found.steps[1], key)),
            )
        return found

    def item(self, before: int | None, after: int | None, name: str = "") -> Field:
        """Return the entry at these positions of a sequence, `None` for a side that has none."""
        shown = name or str(after if after is not None else before)
        return replace(
            self,
            before=None if before is None else entries(self.before)[before],
            after=None if after is None else entries(self.after)[after],
            label=f"{self.label}[{shown}]",
            steps=((*self.steps[0], before or 0), (*self.steps[1], after or 0)),
        )

    def defaulted(self, value: Data) -> Field:
        """Return it with a default put in where a side does not have it."""
        return replace(
            self,
            before=value if self.before is None else self.before,
            after=value if self.after is None else self.after,
        )

    def with_values(self, before: Data, after: Data) -> Field:
        """Return it with other values, for an older spelling of the same; label and places stay."""
        return replace(self, before=before, after=after)

    @property
    def names(self) -> tuple[str, ...]:
        """Every key of either side, those of the old side first."""
        sides = [side for side in (self.before, self.after) if isinstance(side, Mapping)]
        return tuple(dict.fromkeys(key for side in sides for key in side))

    def edit(self, effect: Effect, sentence: str, witness: str = "") -> PolicyEdit:
        """Return the edit of this field."""
        place = self.new if self.new is not None and (self.after is not None or self.old is None) else self.old
        if place is None:
            raise ValueError("an edit of no object")
        sides = differing(self.before, self.after)
        return PolicyEdit(
            path=place.path,
            resource=place.reference,
            field=self.label,
            before=shown(sides[0]),
            after=shown(sides[1]),
            effect=effect,
            sentence=sentence,
            line=place.line_of(self.steps[0] if place is self.old else self.steps[1]),
            witness=witness,
            severity=self.severity,
        )

    def weaker(self, sentence: str, witness: str = "") -> PolicyEdit:
        """Return the edit that lets more pass."""
        return self.edit(Effect.WEAKER, sentence, witness)

    def stronger(self, sentence: str, witness: str = "") -> PolicyEdit:
        """Return the edit that stops more, and lets nothing more pass."""
        return self.edit(Effect.STRONGER, sentence, witness)

    def neutral(self, sentence: str) -> PolicyEdit:
        """Return the edit that changes nothing in what passes."""
        return self.edit(Effect.NEUTRAL, sentence)

    def cannot_tell(self, sentence: str) -> PolicyEdit:
        """Return the edit whose effect is not known."""
        return self.edit(Effect.CANNOT_TELL, sentence)


Comparator = Callable[[Field], Iterable[PolicyEdit]]
"""Says what an edit of one field does; called only with a field that differs, returns at least one edit for it."""


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of a comparator: what it means that something is wider, and that it is narrower."""

    wider: str
    narrower: str

    @property
    def flipped(self) -> Words:
        """The same words the other way round."""
        return Words(self.narrower, self.wider)


def judged(field: Field, relation: Relation, words: Words, *, wider: Effect) -> PolicyEdit:
    """Return the edit of a field whose set is related so; `wider` is the effect of a wider set."""
    narrower = Effect.STRONGER if wider is Effect.WEAKER else Effect.WEAKER
    match relation.order:
        case Order.EQUAL:
            return field.neutral("it means the same")
        case Order.WIDER:
            return field.edit(wider, words.wider, relation.gained)
        case Order.NARROWER:
            return field.edit(narrower, words.narrower, relation.lost)
        case Order.EITHER:
            weaker = relation.gained if wider is Effect.WEAKER else relation.lost
            return field.weaker(f"{words.wider}; also: {words.narrower}", weaker)
        case Order.UNKNOWN:
            return field.cannot_tell(relation.why)
        case _:
            assert_never(relation.order)


def entries(data: Data) -> Sequence[Data]:
    """Return the entries of a sequence; none when it is no sequence."""
    return data if is_list(data) else ()


def differing(before: Data, after: Data) -> tuple[Data, Data]:
    """Return the part of two data that differs: what both have alike is left out, as far as that can be shown."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        keys = [key for key in dict.fromkeys((*before, *after)) if not same(before.get(key), after.get(key))]
        if len(keys) == 1 and keys[0] in before and keys[0] in after:
            return differing(before[keys[0]], after[keys[0]])
        return {key: before[key] for key in keys if key in before}, {key: after[key] for key in keys if key in after}
    if is_list(before) and is_list(after):
        fewer, more = unmatched(before, after), unmatched(after, before)
        if len(fewer) == len(more) == 1:
            return differing(fewer[0], more[0])
        return (list(fewer), list(more)) if fewer or more else (before, after)
    if isinstance(before, str) and isinstance(after, str) and max(len(before), len(after)) > _SHOWN:
        return _differing_lines(before.splitlines(), after.splitlines())
    return before, after


def _differing_lines(before: Sequence[str], after: Sequence[str]) -> tuple[str, str]:
    """Return the lines of two long texts that differ, from the last one that both have alike before them."""
    shorter = min(len(before), len(after))
    first = next((place for place in range(shorter) if before[place] != after[place]), shorter)
    last = next((place for place in range(shorter - first) if before[-1 - place] != after[-1 - place]), shorter - first)
    start = max(first - 1, 0) if last == shorter - first else first
    return "\n".join(before[start : len(before) - last]), "\n".join(after[start : len(after) - last])


def shown(data: Data) -> str | None:
    """Return data as text for a person, shortened; `None` for what is not there."""
    if data is None:
        return None
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, default=list)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
