"""The vocabulary of comparators: each makes one for a field from what the field means.

A comparator is only asked about a field that differs. Whatever it does not understand (a value of another shape, a
placeholder) is `cannot tell`; a table gives the same answer to a key that it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction

from app.admission.base.field import Comparator, Field, Words, entries, judged
from app.admission.base.languages import NOTHING, Language, NotUnderstood, compare, union
from app.admission.base.objects import Data, canonical, is_list, placeholders, text_at, unmatched
from app.admission.base.relation import Relation, by_change, unknown
from app.core.policy_edit import Effect, PolicyEdit

Dialect = Callable[[str], Language]

_FILLED_IN = "a value is filled in elsewhere"


def neutral(sentence: str = "nothing that is admitted depends on it") -> Comparator:
    """Return the comparator of a field that changes nothing in what passes."""
    return lambda field: (field.neutral(sentence),)


def undecided(sentence: str) -> Comparator:
    """Return the comparator of a field whose edits cannot be judged."""
    return lambda field: (field.cannot_tell(sentence),)


def table(
    known: Mapping[str, Comparator], *, unknown_field: str = "unknown field: it may have no effect"
) -> Comparator:
    """Return the comparator of a mapping: each key that differs by its own comparator, an unknown key cannot tell."""

    def comparator(field: Field) -> Iterable[PolicyEdit]:
        if not _mappings(field):
            yield field.cannot_tell("it has an unexpected form")
            return
        for key in field.names:
            child = field.child(key)
            if child.changed:
                yield from told(child, known.get(key) or undecided(unknown_field))

    return comparator


def told(field: Field, comparator: Comparator) -> Iterable[PolicyEdit]:
    """Return what a comparator says of a field that differs; that it cannot be told when it says nothing."""
    found = list(comparator(field))
    # A difference that is overlooked must not become none.
    return found or ([] if comparator is elsewhere else [field.cannot_tell("it changed in a way that is not known")])


def elsewhere(field: Field) -> Iterable[PolicyEdit]:  # noqa: ARG001 - a comparator like the others
    """Say nothing of a field, because it is compared together with others."""
    return ()


def ordered(ranks: Mapping[str, int], words: Words, *, default: str, other: int | None = None) -> Comparator:
    """Return the comparator of a text out of an order, the higher rank the stricter.

    `default` counts where nothing is written; `other` is the rank of every other text, `None`: not known.
    """

    def rank(data: Data) -> int | None:
        text = default if data is None else data
        if not isinstance(text, str) or placeholders(text):
            return None
        return ranks.get(text, other)

    def comparator(field: Field) -> Iterable[PolicyEdit]:
        before, after = rank(field.before), rank(field.after)
        if before is None or after is None:
            yield field.cannot_tell("a value that is not known")
        else:
            yield by_number(field, Fraction(before), Fraction(after), words.flipped)

    return comparator


def by_number(field: Field, before: Fraction, after: Fraction, words: Words) -> PolicyEdit:
    """Return the edit of a number of which the higher is the stricter; `words.wider` says that it rose."""
    if before == after:
        return field.neutral("it means the same")
    return field.stronger(words.wider) if after > before else field.weaker(words.narrower)


def flag(words: Words, *, strict: bool, default: bool) -> Comparator:
    """Return the comparator of a flag: `strict` is its stricter value, `words.wider` says that more passes."""

    def comparator(field: Field) -> Iterable[PolicyEdit]:
        field = field.defaulted(default)
        if not isinstance(field.before, bool) or not isinstance(field.after, bool):
            yield field.cannot_tell("it is neither true nor false")
        elif field.before == field.after:
            yield field.neutral("it is the default")
        else:
            yield field.stronger(words.narrower) if field.after is strict else field.weaker(words.wider)

    return comparator


def number(
    words: Words, *, wider: Effect, reading: Callable[[Data], Fraction | None], default: Data = None
) -> Comparator:
    """Return the comparator of a number; `wider` is the effect of a larger one, as `words.wider` says."""

    def comparator(field: Field) -> Iterable[PolicyEdit]:
        filled = field.defaulted(default)
        before, after = reading(filled.before), reading(filled.after)
        if before is None or after is None:
            yield field.cannot_tell("a number that is not known")
        elif wider is Effect.STRONGER:
            yield by_number(field, before, after, words)
        else:
            yield by_number(field, -before, -after, words.flipped)

    return comparator


def texts(dialect: Dialect, words: Words, *, wider: Effect, empty: Language = NOTHING) -> Comparator:
    """Return the comparator of a list of patterns (or one); `empty` is what counts when none is written."""

    def comparator(field: Field) -> Iterable[PolicyEdit]:
        yield judged(field, texts_relation(field.before, field.after, dialect, empty), words, wider=wider)

    return comparator


def texts_relation(before: Data, after: Data, dialect: Dialect, empty: Language = NOTHING) -> Relation:
    """Return how lists of patterns relate."""
    sides = [texts_of(side) for side in (before, after)]
    if sides[0] is None or sides[1] is None:
        return unknown("it is no list of texts")
    if placeholders(before) or placeholders(after):
        return unknown(_FILLED_IN)
    found = relation(*(language_of(side, dialect, empty) for side in sides if side is not None))
    more, fewer = set(sides[1]) - set(sides[0]), set(sides[0]) - set(sides[1])
    if found.why and sides[0] and sides[1] and not (more and fewer):
        # Too large to compare as patterns; as texts it is plain that one side only adds.
        return by_change(gained=min(more, default=None), lost=min(fewer, default=None))
    return found


def relation(before: Language | NotUnderstood, after: Language | NotUnderstood) -> Relation:
    """Return how two languages relate; unknown when one is not understood."""
    for side in (before, after):
        if isinstance(side, NotUnderstood):
            return unknown(f"a pattern cannot be compared: {side}")
    return compare(before, after) if isinstance(before, Language) and isinstance(after, Language) else unknown("")


def language_of(patterns: Sequence[str], dialect: Dialect, empty: Language = NOTHING) -> Language | NotUnderstood:
    """Return what any of these patterns accepts, `empty` for none; or why it is not understood."""
    try:
        return union(dialect(one) for one in patterns) if patterns else empty
    except NotUnderstood as error:
        return error


def texts_of(data: Data) -> tuple[str, ...] | None:
    """Return the texts of a list or of one text, none for null; `None` for anything else."""
    if data is None:
        return ()
    if isinstance(data, str):
        return (data,)
    if is_list(data) and all(isinstance(one, str) for one in data):
        return tuple(one for one in data if isinstance(one, str))
    return None


def opaque_list(words: Words, *, wider: Effect, what: str) -> Comparator:
    """Return the comparator of a list of conditions that nobody can look into: more, fewer, or edited.

    `wider` is the effect of one more entry; an edited entry cannot be told.
    """

    def comparator(field: Field) -> Iterable[PolicyEdit]:
        more, fewer = (
            unmatched(entries(field.after), entries(field.before)),
            unmatched(entries(field.before), entries(field.after)),
        )
        if not _lists(field) or (more and fewer):
            yield field.cannot_tell(f"{what} was edited: whether it still says the same is not known")
        elif not more and not fewer:
            yield field.neutral("only their order changed")
        else:
            gained, lost = ("" if more else None), ("" if fewer else None)
            yield judged(field, by_change(gained=gained, lost=lost), words, wider=wider)

    return comparator


def named(key: str, of: Comparator, *, words: Words, wider: Effect) -> Comparator:
    """Return the comparator of a list of mappings called by the text at `key`.

    Entries of one name are compared by `of`; `wider` is the effect of one more entry. An entry that only changed its
    name is the same entry.
    """

    def comparator(field: Field) -> Iterable[PolicyEdit]:
        if not _lists(field):
            yield field.cannot_tell("it is no list")
            return
        found = [child for child in pairs(field, key) if child.changed]
        for child in found:
            if child.before is not None and child.after is not None:
                yield from of(child)
            else:
                gained, lost = (None if child.after is None else ""), (None if child.before is None else "")
                yield judged(child, by_change(gained=gained, lost=lost), words, wider=wider)
        if not found:
            yield field.neutral("only their order changed")

    return comparator


def pairs(field: Field, key: str) -> tuple[Field, ...]:
    """Return the entries of two lists side by side: by equality, by the text at `key`, then those that are left alone.

    What is left on one side only has `None` on the other. Entries without a name go by their position.
    """
    before, after = entries(field.before), entries(field.after)
    partners: dict[int, int] = {}
    marks: tuple[Callable[[Data], str], ...] = (
        canonical,
        lambda one: text_at(one, key),
        lambda one: canonical(_without(one, key)),
    )
    for mark in marks:
        _match(partners, [mark(one) for one in before], [mark(one) for one in after])
    taken = set(partners.values())
    for at, one in enumerate(after):
        nameless = at not in partners and at < len(before) and at not in taken
        if nameless and not text_at(one, key) and not text_at(before[at], key):
            partners[at] = at
    taken = set(partners.values())
    lost = [there for there in range(len(before)) if there not in taken]
    return (
        *(field.item(partners.get(at), at, text_at(after[at], key)) for at in range(len(after))),
        *(field.item(there, None, text_at(before[there], key)) for there in lost),
    )


def _match(partners: dict[int, int], before: Sequence[str], after: Sequence[str]) -> None:
    """Make partners of those that are left with the same mark; an empty one marks nothing."""
    taken = set(partners.values())
    free: dict[str, list[int]] = {}
    for there in reversed(range(len(before))):
        if there not in taken:
            free.setdefault(before[there], []).append(there)
    for at, mark in enumerate(after):
        if at not in partners and mark and free.get(mark):
            partners[at] = free[mark].pop()


def _without(data: Data, key: str) -> Data:
    return {name: value for name, value in data.items() if name != key} if isinstance(data, Mapping) else data


def _mappings(field: Field) -> bool:
    return all(side is None or isinstance(side, Mapping) for side in (field.before, field.after))


def _lists(field: Field) -> bool:
    return all(side is None or is_list(side) for side in (field.before, field.after))
