r"""Reads the part of RE2's expressions that policies use; what is beyond it is refused, never guessed.

Recursive descent over alternatives, chains and repetitions, with bounds on depth and on what repetition counts to.
Known: literals, `.`, classes (also `[[:alpha:]]`, `\d \s \w`), groups with or without a name, `| * + ? {n,m}` and
their lazy forms, `^ $ \A \z`, `\Q…\E`, escapes of punctuation and of characters by number, and the flags `i` and `s`
for the whole expression. Not known: `\b`, Unicode classes, other flags.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.admission.base.languages.tree import (
    ANY,
    EMPTY,
    MAX_CHARACTER,
    NOT_NEWLINE,
    Chain,
    Characters,
    Choice,
    Edge,
    Many,
    Tree,
    character,
    ranges_of,
    size_of,
)
from app.core.errors import Error

MAX_DEPTH = 50
MAX_REPEAT = 200
MAX_SIZE = 5_000

_DIGITS, _LOWER, _UPPER = (48, 58), (97, 123), (65, 91)
_WORD = (_DIGITS, _UPPER, (95, 96), _LOWER)
_SPACE = ((9, 11), (12, 14), (32, 33))
_PERL = {"d": (_DIGITS,), "s": _SPACE, "w": _WORD}
_POSIX = {
    "alnum": (_DIGITS, _UPPER, _LOWER),
    "alpha": (_UPPER, _LOWER),
    "ascii": ((0, 128),),
    "blank": ((9, 10), (32, 33)),
    "cntrl": ((0, 32), (127, 128)),
    "digit": (_DIGITS,),
    "graph": ((33, 127),),
    "lower": (_LOWER,),
    "print": ((32, 127),),
    "punct": ((33, 48), (58, 65), (91, 97), (123, 127)),
    "space": ((9, 14), (32, 33)),
    "upper": (_UPPER,),
    "word": _WORD,
    "xdigit": (_DIGITS, (65, 71), (97, 103)),
}
_CONTROL = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ")
_HEX = frozenset("0123456789abcdefABCDEF")
_CASE = 32
_ASCII = 128
# The Kelvin sign and the long s fold to ASCII.
_FOLDED = ((ord("k"), 0x212A), (ord("s"), 0x17F))
_MAX_DIGITS = 6


class NotUnderstood(Error):
    """A pattern is beyond what is compared; `str()` says in a clause what stands in the way."""


def parse(text: str) -> Tree:
    """Return the expression as a tree; raises `NotUnderstood`."""
    flags = frozenset[str]()
    start = 0
    if text.startswith("(?") and ")" in text and text[2 : text.index(")")].isalpha():
        flags, start = frozenset(text[2 : text.index(")")]), text.index(")") + 1
    if not flags <= {"i", "s"}:
        raise NotUnderstood("an expression with flags")
    reader = _Reader(text, start, folded="i" in flags, dot=ANY if "s" in flags else NOT_NEWLINE)
    tree = reader.alternatives()
    if reader.position < len(text):
        raise NotUnderstood("a closing bracket without an opening one")
    return tree


@dataclass(slots=True)
class _Reader:
    """Reads one expression from left to right."""

    text: str
    position: int
    folded: bool
    dot: Characters
    depth: int = 0
    size: int = 0

    def alternatives(self) -> Tree:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NotUnderstood("an expression that is nested too deep")
        found = [self._chain()]
        while self._takes("|"):
            found.append(self._chain())
        self.depth -= 1
        return found[0] if len(found) == 1 else Choice(tuple(found))

    def _chain(self) -> Tree:
        parts: list[Tree] = []
        while self.position < len(self.text) and self.text[self.position] not in "|)":
            if self._takes("\\Q"):
                end = self.text.find("\\E", self.position)
                end = len(self.text) if end < 0 else end
                parts += [self._literal(ord(one)) for one in self.text[self.position : end]]
                self.position = end + 2
            else:
                parts.append(self._repeated(self._one()))
        self.position = min(self.position, len(self.text))
        return Chain(tuple(parts))

    def _one(self) -> Tree:
        found = self._next()
        if found == "(":
            return self._group()
        if found == "[":
            return self._class()
        if found == "\\":
            return self._escape()
        if found in "^$":
            return Edge(at_end=found == "$")
        if found == ".":
            return self.dot
        if found in "*+?":
            raise NotUnderstood("a repetition of nothing")
        return self._literal(ord(found))

    def _group(self) -> Tree:
        if self._takes("?"):
            if self._takes("P<") or self._takes("<"):
                end = self.text.find(">", self.position)
                if end < 0 or not self.text[self.position : end].isidentifier():
                    raise NotUnderstood("a group that is not known")
                self.position = end + 1
            elif not self._takes(":"):
                raise NotUnderstood("a group with flags, or one that looks around")
        found = self.alternatives()
        if not self._takes(")"):
            raise NotUnderstood("an opening bracket without a closing one")
        return found

    def _repeated(self, part: Tree) -> Tree:
        times = 0
        while (bounds := self._bounds()) is not None:
            times += 1
            if times > 1 or isinstance(part, Edge):
                raise NotUnderstood("a repetition of a repetition, or of an edge")
            part = self._times(part, *bounds)
            self._takes("?")
        return part

    def _bounds(self) -> tuple[int, int | None] | None:
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._takes(sign):
                return bounds
        if not self.text.startswith("{", self.position):
            return None
        end = self.text.find("}", self.position)
        low, comma, high = self.text[self.position + 1 : end].partition(",")
        if end < 0 or not low.isdecimal() or (high and not high.isdecimal()) or len(low) + len(high) > 8:  # noqa: PLR2004 - far above the bound
            # RE2 takes such a brace literally, others do not.
            raise NotUnderstood("a brace that is no repetition")
        self.position = end + 1
        return int(low), int(high) if high else (None if comma else int(low))

    def _times(self, part: Tree, low: int, high: int | None) -> Tree:
        most = low if high is None else high
        if most > MAX_REPEAT or most < low:
            raise NotUnderstood("a repetition that is too long")
        self._grow(size_of(part) * max(most, 1))
        needed = (part,) * low
        if high is None:
            return Chain((*needed, Many(part)))
        return Chain((*needed, *(Choice((part, EMPTY)),) * (high - low)))

    def _escape(self) -> Tree:
        found = self._next()
        if found in "Az":
            return Edge(at_end=found == "z")
        if found.lower() in _PERL:
            return ranges_of(_PERL[found.lower()], negated=found.isupper())
        return self._literal(self._code(found))

    def _code(self, found: str) -> int:
        if found in _PUNCTUATION:
            return ord(found)
        if found in _CONTROL:
            return _CONTROL[found]
        if found != "x":
            raise NotUnderstood(f"the escape \\{found}")
        if self._takes("{"):
            digits = self.text[self.position : self.text.find("}", self.position)]
            self.position += len(digits) + 1
        else:
            digits = self.text[self.position : self.position + 2]
            self.position += 2
        if not 0 < len(digits) <= _MAX_DIGITS or not _HEX.issuperset(digits) or int(digits, 16) >= MAX_CHARACTER:
            raise NotUnderstood("a character by a number that is none")
        return int(digits, 16)

    def _class(self) -> Characters:
        negated = self._takes("^")
        ranges: list[tuple[int, int]] = []
        first = True
        while first or not self.text.startswith("]", self.position):
            first = False
            ranges += self._class_part()
        self.position += 1
        return ranges_of([one for part in ranges for one in self._cases(part)], negated=negated)

    def _class_part(self) -> tuple[tuple[int, int], ...]:
        if self._takes("[:"):
            name, end, _ = self.text[self.position :].partition(":]")
            wanted = name.removeprefix("^")
            if not end or wanted not in _POSIX:
                raise NotUnderstood("a class that is not known")
            self.position += len(name) + 2
            return ranges_of(_POSIX[wanted], negated=name != wanted).ranges
        found = self._next()
        if found == "\\":
            found = self._next()
            if found.lower() in _PERL:
                return ranges_of(_PERL[found.lower()], negated=found.isupper()).ranges
            first = self._code(found)
        else:
            first = ord(found)
        if not self.text.startswith("-", self.position) or self.text.startswith("-]", self.position):
            return ((first, first + 1),)
        self.position += 1
        found = self._next()
        last = self._code(self._next()) if found == "\\" else ord(found)
        if last < first or found == "[":
            raise NotUnderstood("a class with a range that is none")
        return ((first, last + 1),)

    def _literal(self, code: int) -> Characters:
        self._grow(1)
        one = character(code)
        return ranges_of(self._cases(one.ranges[0])) if self.folded else one

    def _cases(self, part: tuple[int, int]) -> list[tuple[int, int]]:
        """Return a range with its other cases, as RE2 folds them; those of letters beyond ASCII are not known."""
        if not self.folded:
            return [part]
        if part[0] >= _ASCII:
            raise NotUnderstood("letters beyond ASCII whose case does not count")
        found = [part]
        for (first, end), shift in ((_LOWER, -_CASE), (_UPPER, _CASE)):
            low, high = max(part[0], first), min(part[1], end)
            if low < high:
                found.append((low + shift, high + shift))
        folded = [other for letter, other in _FOLDED if any(low <= letter < high for low, high in found)]
        return [*found, *((other, other + 1) for other in folded)]

    def _grow(self, size: int) -> None:
        self.size += size
        if self.size > MAX_SIZE:
            raise NotUnderstood("an expression that is too large")

    def _next(self) -> str:
        if self.position >= len(self.text):
            raise NotUnderstood("an expression that ends too early")
        self.position += 1
        return self.text[self.position - 1]

    def _takes(self, text: str) -> bool:
        if not self.text.startswith(text, self.position):
            return False
        self.position += len(text)
        return True
