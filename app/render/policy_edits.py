"""Edits of policies for readers: a clause for the first line, a table, lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from app.core.policy_edit import WORST_FIRST, Effect, PolicyEdit, Severity, combined, grouped, named
from app.render.markdown import code, name, prose, row, table
from app.render.plain import counted, visible
from app.render.words import EFFECT_SIGNS, worth_saying

_SIDE: Final = 80
_SENTENCE: Final = 240
_WITNESS: Final = 120


def clause(edits: Sequence[PolicyEdit]) -> str:
    """Say what a change does to policies (`weakens 1 policy and adds 1 exception`); empty when it does nothing."""
    counts: dict[tuple[str, str], int] = {}
    for same in grouped(edits):
        what = _what(same)
        if what is not None:
            counts[what] = counts.get(what, 0) + 1
    parts = [
        _counted(verb, counts[verb, noun], noun)
        for verb in _VERBS
        for noun in ("policy", "exception")
        if (verb, noun) in counts
    ]
    if len(parts) < 2:  # noqa: PLR2004 - a list needs two
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


_VERBS: Final = ("weakens", "removes", "adds", "widens", "may weaken", "strengthens")


def _counted(verb: str, number: int, noun: str) -> str:
    many = {"policy": "policies", "exception": "exceptions"}[noun]
    return f"{verb} {counted(number, noun, many)}"


def _what(edits: Sequence[PolicyEdit]) -> tuple[str, str] | None:
    """Return verb and noun for the edits of one policy; `None` when they are neutral."""
    effect = combined(edit.effect for edit in edits)
    first = next(edit for edit in edits if edit.effect is effect)
    kind = first.resource.kind if first.resource is not None else ""
    whole = not first.field
    if effect is Effect.WEAKER and kind.endswith("Exception"):
        return ("adds" if whole and first.before is None else "widens"), "exception"
    if effect is Effect.WEAKER:
        return ("removes" if whole and first.after is None else "weakens"), "policy"
    if effect is Effect.CANNOT_TELL:
        return "may weaken", "policy"
    return ("strengthens", "policy") if effect is Effect.STRONGER else None


def ordered(edits: Iterable[PolicyEdit]) -> list[PolicyEdit]:
    """Return edits in the order in which they are shown: the worst first, then by place."""
    return sorted(edits, key=lambda one: (WORST_FIRST.index(one.effect), one.path, one.line, one.field, one.sentence))


def rows(edits: Iterable[PolicyEdit]) -> list[str]:
    """Write the rows of the table, in the order given."""
    return [_row(edit) for edit in edits]


HEADER: Final = ("Resource", "Field", "Before", "After", "Effect")


def _row(edit: PolicyEdit) -> str:
    there = [
        None if side is None else code(side, _SIDE) if edit.field else "there" for side in (edit.before, edit.after)
    ]
    sides = ["not there" if side is None else side for side in there]
    whole = f"{edit.path}:{edit.line}" if edit.line else edit.path
    resource = name(named(edit)) if edit.resource is not None else name(edit.path)
    field = name(edit.field) if edit.field else name(whole)
    witness = f"; for example {code(edit.witness, _WITNESS)}" if edit.witness else ""
    stakes = " (only what is reported)" if edit.severity is Severity.REPORTING and _grave(edit) else ""
    effect = f"{EFFECT_SIGNS[edit.effect]} {edit.effect.value}{stakes}: {prose(edit.sentence, _SENTENCE)}{witness}"
    return row(resource, field, *sides, effect)


def _grave(edit: PolicyEdit) -> bool:
    return edit.effect in (Effect.WEAKER, Effect.CANNOT_TELL)


def line(edit: PolicyEdit) -> str:
    """Write one edit as a line of text."""
    place = f"{edit.path}:{edit.line}" if edit.line else edit.path
    what = "" if edit.resource is None else f" {named(edit)}"
    field = f" {edit.field}" if edit.field else ""
    witness = f" (for example {edit.witness})" if edit.witness else ""
    return f"policy {edit.effect.value}: {place}{what}{field}: {edit.sentence}{witness}"


def terminal(edits: Sequence[PolicyEdit]) -> str:
    """Write all edits for a terminal: what they do together, then each."""
    head = f"this change {clause(edits)}" if worth_saying(edits) else "no policy gets weaker or stronger"
    return "".join(f"{visible(one)}\n" for one in (head, *map(line, ordered(edits))))


def markdown(edits: Sequence[PolicyEdit]) -> str:
    """Write all edits as Markdown: what they do together, then a table."""
    head = f"This change {clause(edits)}." if worth_saying(edits) else "No policy gets weaker or stronger."
    return f"{head}\n\n{table(HEADER, rows(ordered(edits)))}\n" if edits else f"{head}\n"
