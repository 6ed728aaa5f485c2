"""Typed reading of YAML nodes: every fault is collected with its line, and says what to write instead."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from app.core import yaml
from app.core.errors import PolicyError

MAX_ITEMS = 200
MAX_TEXT = 512
_SHOWN = 60
_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")
# What some YAML reader takes for a number or flag; dates are left out, they are the same text to all.
_TYPED = re.compile(
    r"[-+]?\.?[0-9][0-9_.]*(?:e[-+]?[0-9]+)?|[-+]?0[xo][0-9a-f]+|[-+]?\.inf|\.nan|true|false|yes|no|on|off|y|n",
    re.IGNORECASE,
)

_T = TypeVar("_T")


@dataclass(slots=True)
class Faults:
    """Collects what is wrong with one file, so that its author sees all of it at once."""

    path: str
    found: list[PolicyError] = field(default_factory=list)

    def add(self, line: int | None, sentence: str) -> None:
        """Keep one fault."""
        self.found.append(PolicyError(sentence, path=self.path, line=line))

    @property
    def ordered(self) -> tuple[PolicyError, ...]:
        """All faults by line."""
        return tuple(sorted(self.found, key=lambda error: (error.line or 0, error.sentence)))

    def mapping(self, node: yaml.Node, what: str, keys: Iterable[str]) -> Mapping[str, yaml.Node] | None:
        """Read a mapping that may have these keys; unknown ones are faults and left out. `None` for no mapping."""
        if not isinstance(node, yaml.Mapping):
            self.add(node.line, f"{what} must be a mapping (key: value)")
            return None
        known = tuple(keys)
        for entry in node.entries:
            if entry.key.text not in known:
                hint = suggestion(entry.key.text, known)
                self.add(entry.key.line, f"{what} has an unknown key {shown(entry.key.text)}{hint}")
        return {entry.key.text: entry.value for entry in node.entries if entry.key.text in known}

    def entries(self, node: yaml.Node, what: str) -> tuple[yaml.Entry, ...]:
        """Read a mapping whose keys its author chooses."""
        if not isinstance(node, yaml.Mapping):
            self.add(node.line, f"{what} must be a mapping (name: value)")
            return ()
        return self._bounded(node.entries, node.line, what)

    def items(self, node: yaml.Node, what: str) -> tuple[yaml.Node, ...]:
        """Read a list with at least one item."""
        if not isinstance(node, yaml.Sequence):
            self.add(node.line, f"{what} must be a list, also for a single item ([item])")
            return ()
        if not node.items:
            self.add(node.line, f"{what} is empty: name at least one, or leave the key out")
        return self._bounded(node.items, node.line, what)

    def texts(self, node: yaml.Node, what: str) -> tuple[tuple[str, int], ...]:
        """Read a list of different texts, each with its line."""
        found: dict[str, int] = {}
        for item in self.items(node, what):
            text = self.text(item, f"an item of {what}")
            if text in found:
                self.add(item.line, f"{what} names {shown(text)} twice")
            if text is not None:
                found.setdefault(text, item.line)
        return tuple(found.items())

    def text(self, node: yaml.Node, what: str) -> str | None:
        """Read one line of text; `None` after a fault."""
        if not isinstance(node, yaml.Scalar) or node.null or not node.text:
            self.add(node.line, f"{what} must be a text")
            return None
        if node.plain and _TYPED.fullmatch(node.text):
            self.add(node.line, f"{what} must be a text: put it in quotes")
            return None
        if len(node.text) > MAX_TEXT or not node.text.isprintable():
            self.add(node.line, f"{what} must be one line of at most {MAX_TEXT} characters, without control characters")
            return None
        return node.text

    def flag(self, node: yaml.Node, what: str) -> bool:
        """Read `true` or `false`; anything else is a fault, for `yes` means different things to different readers."""
        if isinstance(node, yaml.Scalar) and node.plain and node.text in ("true", "false"):
            return node.text == "true"
        self.add(node.line, f"{what} must be true or false, without quotes")
        return False

    def choice(self, node: yaml.Node, what: str, table: Mapping[str, _T]) -> _T | None:
        """Read one word of a table; `None` after a fault."""
        if isinstance(node, yaml.Scalar) and node.text in table:
            return table[node.text]
        self.add(node.line, f"{what} must be {one_of(table)}")
        return None

    def number(self, node: yaml.Node, what: str, *, low: int, high: int = 10**9) -> int | None:
        """Read a whole number in its bounds; `None` after a fault."""
        found = plain_number(node)
        if found is None or not low <= found <= high:
            bounds = f"from {low} to {high}" if high < 10**9 else f"of at least {low}"
            self.add(node.line, f"{what} must be a whole number {bounds}, without quotes")
            return None
        return found

    def _bounded(self, found: tuple[_T, ...], line: int, what: str) -> tuple[_T, ...]:
        if len(found) > MAX_ITEMS:
            self.add(line, f"{what} has more than {MAX_ITEMS} items")
        return found[:MAX_ITEMS]


def plain_number(node: yaml.Node) -> int | None:
    """Return a whole number that is written plainly, `None` for anything else."""
    plain = isinstance(node, yaml.Scalar) and node.plain and _NUMBER.fullmatch(node.text)
    return int(plain[0]) if plain else None


def one_of(words: Iterable[str]) -> str:
    """Return `a, b or c`."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return a clause that names the nearest known word, or all when none is near; begins with a colon."""
    words = sorted(known)
    near = difflib.get_close_matches(word[:MAX_TEXT], words, n=1)
    return f": did you mean {near[0]}?" if near else f": known are {', '.join(words)}" if words else ""


def shown(text: str | None) -> str:
    """Return a stranger's text in quotes, cut and without control characters."""
    printable = "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text or ""
    )
    return f"`{printable if len(printable) <= _SHOWN else printable[: _SHOWN - 1] + '…'}`"
