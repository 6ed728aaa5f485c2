"""CEL expressions: compared as what they say, without the white space and comments between their words."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.admission.base.field import Comparator, Field, Words, entries, judged
from app.admission.base.objects import Data, at, unmatched
from app.admission.base.relation import by_change
from app.core.policy_edit import Effect, PolicyEdit

_TOKENS = re.compile(
    r"""(?P<text>[rRbB]{0,2}(?:\"\"\"[\s\S]*?\"\"\"|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
    |(?P<comment>//[^\n]*)|(?P<space>\s+)|(?P<word>\w+|[^\w\s])""",
    re.VERBOSE,
)


def expression_list(key: str, what: str, *, wider: Effect = Effect.STRONGER) -> Comparator:
    """Return the comparator of a list of named expressions, each at `key`; `wider` is the effect of one more.

    Messages and names do not count. One that was edited cannot be told.
    """

    def comparator(field: Field) -> Iterable[PolicyEdit]:
        before, after = ([words_of(at(one, key)) for one in entries(side)] for side in (field.before, field.after))
        more, fewer = unmatched(after, before), unmatched(before, after)
        if not all(isinstance(one, str) for one in (*before, *after)):
            yield field.cannot_tell("it is no list of expressions")
            return
        if more and fewer:
            yield field.cannot_tell(f"{what} was edited: whether it still says the same is not known")
            return
        found = by_change(gained="" if more else None, lost="" if fewer else None)
        yield judged(field, found, Words(f"{what} was added", f"{what} was removed"), wider=wider)

    return comparator


def words_of(data: Data) -> Data:
    """Return the words of an expression, joined; anything but text stays as it is."""
    if not isinstance(data, str):
        return data
    return "\x1f".join(found[0] for found in _TOKENS.finditer(data) if found.lastgroup in ("text", "word"))
