"""The order of versions as tags write them: only what can be compared is, and nothing is guessed.

1. A *number* is one to four parts of one to six digits with dots between, with or without `v` before it (`1.27`,
   `v1.27.3`). Seven digits and more are no number: short commit ids look like that.
2. A *date* is a year, month and day of two digits each after the year's four, with nothing, dots, dashes or underscores
   between, and any further digits of a time or a sequence behind it (`20240115`, `2024-01-15.2`, `20240115T103000`);
   letters after a dash are its flavour.
3. What follows a number after a dash is a *pre-release* when it begins with a word for one (`-rc.1`, `-beta2`): it
   comes before the number alone, and is ordered as Semantic Versioning 2.0.0 orders it (section 11), save that letters
   and digits of one identifier are told apart, so that `rc2` comes before `rc10`. Anything else behind a number is a
   *flavour* (`-alpine3.20`).
4. Two numbers, or two dates, are compared part by part. Where one has no more parts, it names a moving series (`1.27`,
   of which `1.27.3` is one) and is not compared. Equal ones are compared only when their flavours are equal.
5. A date is compared with a date only. Everything else is not compared.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Final

_NUMBER: Final = re.compile(r"[vV]?([0-9]{1,6}(?:\.[0-9]{1,6}){0,3})(?:[-_](.+))?")
_DATE: Final = re.compile(
    r"[vV]?((?:19|20)[0-9]{2})([-._]?)(0[1-9]|1[0-2])\2(0[1-9]|[12][0-9]|3[01])"
    r"((?:[-._T]?[0-9]{1,6}){0,3}Z?)(?:[-_]([A-Za-z].*))?"
)
_BEFORE: Final = ("alpha", "beta", "dev", "pre", "preview", "rc", "snapshot", "nightly", "canary", "milestone")
_WORD: Final = re.compile(r"[A-Za-z]*")
_PIECE: Final = re.compile(r"[0-9]+|[^0-9]+")
_DIGITS: Final = "0123456789"
_MAX_PIECES: Final = 64

_Identifier = tuple[tuple[int, int, str], ...]


class Order(enum.Enum):
    """How a new version stands to an old one."""

    BACK = "back"
    SAME = "same"
    FORWARD = "forward"


@dataclass(frozen=True, slots=True)
class Version:
    """A version as a tag writes it; `numbers` of a date are year, month, day and what follows.

    `before` are the identifiers of a pre-release, `None` for none; `flavour` is what else follows.
    """

    dated: bool
    numbers: tuple[int, ...]
    before: tuple[_Identifier, ...] | None = None
    flavour: str = ""


def parse(tag: str) -> Version | None:
    """Read a tag; `None` when it is no version in this order."""
    date = _DATE.fullmatch(tag)
    if date is not None:
        after = tuple(int(digits) for digits in re.findall(r"[0-9]+", date[5]))
        return Version(dated=True, numbers=(int(date[1]), int(date[3]), int(date[4]), *after), flavour=date[6] or "")
    number = _NUMBER.fullmatch(tag)
    if number is None:
        return None
    numbers, rest = tuple(int(part) for part in number[1].split(".")), number[2] or ""
    if _WORD.findall(rest)[0].lower() in _BEFORE:
        return Version(dated=False, numbers=numbers, before=_identifiers(rest))
    return Version(dated=False, numbers=numbers, flavour=rest)


def compare(old: str, new: str) -> Order | None:
    """Say how the tag `new` stands to the tag `old`; `None` when that cannot be said."""
    if old == new:
        return Order.SAME
    first, second = parse(old), parse(new)
    if first is None or second is None or first.dated is not second.dated:
        return None
    shared = min(len(first.numbers), len(second.numbers))
    if first.numbers[:shared] != second.numbers[:shared]:
        return _order(first.numbers < second.numbers)
    if len(first.numbers) != len(second.numbers) or first.flavour != second.flavour:
        return None
    return _pre_releases(first.before, second.before)


def _pre_releases(old: tuple[_Identifier, ...] | None, new: tuple[_Identifier, ...] | None) -> Order:
    if old == new:
        return Order.SAME
    if old is None or new is None:
        return _order(new is None)
    return _order(old < new)


def _order(forward: bool) -> Order:  # noqa: FBT001 - the answer of a comparison, read at once
    return Order.FORWARD if forward else Order.BACK


def _identifiers(text: str) -> tuple[_Identifier, ...]:
    """Split a pre-release; digits come before letters, and compare as numbers."""
    return tuple(
        tuple(
            (0, int(piece), "") if piece[0] in _DIGITS else (1, 0, piece.lower())
            for piece in _PIECE.findall(part)[:_MAX_PIECES]
        )
        for part in re.split(r"[-._]", text)
    )
