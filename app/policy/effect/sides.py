"""Two policy files side by side: their text with its places, and what it means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.admission.base import Field, PolicyObject
from app.core.policy_edit import Effect, PolicyEdit
from app.policy.document import Document
from app.policy.effect.languages import MAX_PATTERNS, Comparer
from app.policy.signers import Keyless


@dataclass(frozen=True, slots=True)
class Sides:
    """Two valid policy files: `top` is the whole of them as one field."""

    old: Document
    new: Document
    top: Field
    comparer: Comparer

    @classmethod
    def of(cls, old: tuple[Document, PolicyObject], new: tuple[Document, PolicyObject]) -> Sides:
        """Put two files side by side."""
        length = sum(len(pattern) for document in (old[0], new[0]) for pattern in _patterns(document))
        comparer = Comparer() if length <= MAX_PATTERNS else Comparer(0)
        return cls(old[0], new[0], Field.of(old[1], new[1]), comparer)


def _patterns(document: Document) -> Iterable[str]:
    for scope in document.scopes:
        yield from (glob.pattern for glob in (*scope.match, *scope.exclude))
    for entry in document.reviews:
        yield from (glob.pattern for glob in (*entry.paths, *entry.within))
    for rule in document.signers.values():
        yield (rule.pattern or rule.identity or "") if isinstance(rule, Keyless) else ""


def places(field: Field) -> tuple[int | None, int | None]:
    """Return at which position of its list an entry stands on each side; `None` where it is not there."""
    before, after = field.steps[0][-1], field.steps[1][-1]
    return (
        before if isinstance(before, int) and field.before is not None else None,
        after if isinstance(after, int) and field.after is not None else None,
    )


def mixed(field: Field, edit: PolicyEdit, why: str) -> PolicyEdit:
    """Return an edit of which a clause says why it is not simply stronger; empty when it is."""
    return field.cannot_tell(f"{edit.sentence}; {why}") if why and edit.effect is Effect.STRONGER else edit


def told(edits: Iterable[PolicyEdit]) -> tuple[PolicyEdit, ...]:
    """Return edits of a file that is no object of a cluster, in the order of their places."""
    plain = (replace(edit, resource=None) for edit in edits)
    return tuple(sorted(plain, key=lambda one: (one.path, one.line, one.field, one.sentence)))
