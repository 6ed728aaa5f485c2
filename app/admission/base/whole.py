"""Whole objects: the frame around what an engine knows of its fields, and what a new or a gone object does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from app.admission.base.comparators import neutral, table
from app.admission.base.field import Comparator, Field
from app.admission.base.metadata import metadata
from app.admission.base.objects import PolicyObject
from app.core.policy_edit import Effect, PolicyEdit, Severity

Comparing = Callable[[PolicyObject | None, PolicyObject | None], Iterable[PolicyEdit]]
"""Compares two sides of one object."""

_AROUND = metadata()


def whole(of: Comparator, *, new: Comparator, gone: Comparator) -> Comparing:
    """Return what compares two sides of an object by `of`, and asks `new` and `gone` where there is one only."""

    def comparing(old: PolicyObject | None, now: PolicyObject | None) -> Iterable[PolicyEdit]:
        field = Field.of(old, now)
        if old is None:
            return new(field)
        return gone(field) if now is None else of(field)

    return comparing


def object_of(fields: Mapping[str, Comparator], *, around: Comparator = _AROUND) -> Comparator:
    """Return the comparator of an object with these fields; `around` compares its metadata."""
    return table(
        {
            "apiVersion": neutral("only the version of the interface changed"),
            "metadata": around,
            "status": neutral("the cluster's own bookkeeping"),
            **fields,
        }
    )


def loosens(sentence: str) -> Comparator:
    """Return the comparator of what lets more pass, however it changes."""
    return lambda field: (field.weaker(sentence),)


def tightens(sentence: str) -> Comparator:
    """Return the comparator of what stops more, and lets nothing more pass, however it changes."""
    return lambda field: (field.stronger(sentence),)


def reporting(of: Comparator) -> Comparator:
    """Return a comparator of which only reports depend."""
    return lambda field: of(replace(field, severity=Severity.REPORTING))


def unless_weaker(of: Comparator, sentence: str) -> Comparator:
    """Return a comparator that can only be trusted where it says weaker; all else cannot be told."""

    def comparator(field: Field) -> Iterable[PolicyEdit]:
        for edit in of(field):
            weaker = edit.effect is Effect.WEAKER
            yield edit if weaker else replace(edit, effect=Effect.CANNOT_TELL, sentence=sentence)

    return comparator


def unless_stronger(of: Comparator, sentence: str) -> Comparator:
    """Return a comparator whose `stronger` cannot be trusted."""

    def comparator(field: Field) -> Iterable[PolicyEdit]:
        for edit in of(field):
            stronger = edit.effect is Effect.STRONGER
            yield replace(edit, effect=Effect.CANNOT_TELL, sentence=sentence) if stronger else edit

    return comparator
