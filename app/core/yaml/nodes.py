"""What a YAML document is made of: text with places, nothing typed.

Nodes are values as all others of the core, and a type checker holds them to it; but they are not frozen as dataclasses
go, for making a frozen one takes five times as long, and a text has thousands.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Final

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_MAX_TYPED = 64
_RETYPED = re.compile(
    r"""[-+]?(?:0[0-9_]+ | 0[xob][0-9a-f_]+ | [0-9][0-9_]*_[0-9_]* | [0-9]+(?::[0-5]?[0-9])+(?:\.[0-9_]*)?
    | [0-9_]*\.[0-9_]*0 | [0-9]+\. | \.[0-9]+ | [0-9_.]+e[-+]?[0-9]+ | \.inf | [0-9]{7,}) | \.nan
    | y | yes | n | no | true | false | on | off | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*""",
    re.IGNORECASE | re.VERBOSE,
)


class Style(enum.Enum):
    """How a scalar is written."""

    PLAIN = "plain"
    QUOTED = "quoted"
    LITERAL = "literal"
    FOLDED = "folded"


@dataclass(slots=True, unsafe_hash=True)
class Scalar:
    """A scalar's text as it stands.

    `line` is where the node begins (for an alias: where it is used), `text_line` where its text begins: the first
    content line of a block scalar, the anchored value's line for an alias. `aliased` is true for a use by alias.
    `raw` holds the lines of a folded scalar as they stand, the first being `text_line`; empty for other styles.
    """

    text: Final[str]
    line: Final[int]
    style: Final[Style] = Style.PLAIN
    text_line: Final[int] = 0
    aliased: Final[bool] = False
    raw: Final[str] = ""

    @property
    def plain(self) -> bool:
        """Whether it is written without quotes, so that readers may take it for something else than text."""
        return self.style is Style.PLAIN

    @property
    def null(self) -> bool:
        """Whether every reader takes it for null."""
        return self.text in _NULLS and self.plain

    @property
    def retyped(self) -> bool:
        """Whether a YAML 1.1 or 1.2 reader may take it for a number, flag or date that is written otherwise."""
        return self.plain and len(self.text) <= _MAX_TYPED and _RETYPED.fullmatch(self.text) is not None

    @property
    def place(self) -> int:
        """The line that a person would point to: the text, or for an alias its use."""
        return self.line if self.aliased else self.text_line

    @property
    def lines(self) -> tuple[int, ...]:
        """Every line that carries a part of it, sorted."""
        return tuple(sorted({self.line, self.text_line}))


@dataclass(slots=True, unsafe_hash=True)
class Entry:
    """One key of a mapping with its value."""

    key: Final[Scalar]
    value: Final[Node]


@dataclass(slots=True, unsafe_hash=True)
class Mapping:
    """A mapping in the order written; keys are unique as text, and `<<` merges are applied (merged keys come last).

    `doubled` are entries whose key stands in `entries` already; only a reader that asked for them gets any.
    """

    entries: Final[tuple[Entry, ...]]
    line: Final[int]
    doubled: Final[tuple[Entry, ...]] = ()

    def get(self, key: str) -> Node | None:
        """Return the value at a key, `None` when there is none."""
        for entry in self.entries:
            if entry.key.text == key:
                return entry.value
        return None

    def text(self, key: str) -> str | None:
        """Return the text of the scalar at a key, `None` when there is none or it is no text (null, collection)."""
        value = self.get(key)
        return value.text if isinstance(value, Scalar) and not value.null else None


@dataclass(slots=True, unsafe_hash=True)
class Sequence:
    """A sequence."""

    items: Final[tuple[Node, ...]]
    line: Final[int]


Node = Scalar | Mapping | Sequence
