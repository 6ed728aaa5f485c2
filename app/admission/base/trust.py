"""Trust that a policy names: keys, roots and logs that are replaced, added or dropped."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.admission.base.field import Comparator, Field, Words, judged
from app.admission.base.relation import by_change
from app.core.policy_edit import Effect, PolicyEdit

PEM = re.compile(r"-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----", re.DOTALL)
"""One block of PEM in a text."""


def replaced(what: str) -> Comparator:
    """Return the comparator of trust that is replaced, added or dropped: something new is trusted, or more is."""

    def comparator(field: Field) -> Iterable[PolicyEdit]:
        if field.before is None:
            yield field.cannot_tell(f"{what} is now given")
        elif field.after is None:
            yield field.weaker(f"{what} is no longer given: the default counts")
        else:
            yield field.weaker(f"{what} is replaced: what the new one vouches for is newly accepted")

    return comparator


def certificates_trusted(field: Field) -> Iterable[PolicyEdit]:
    """Compare PEM roots: more of them trust more; without any the public ones count."""
    sides = [frozenset(PEM.findall(side)) if isinstance(side, str) else None for side in (field.before, field.after)]
    if sides[0] is None or sides[1] is None or not sides[0] or not sides[1]:
        yield from replaced("the trusted root")(field)
        return
    more, fewer = sides[1] - sides[0], sides[0] - sides[1]
    found = by_change(gained="" if more else None, lost="" if fewer else None)
    yield judged(field, found, Words("more roots are trusted", "fewer roots are trusted"), wider=Effect.WEAKER)
