"""Commands that people write in comments: one line, few words, exact."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

_LINE = re.compile(r"/assay(?: ([a-z]{1,20}))?(?: ([!-~]{1,100}(?: [!-~]{1,100})?))?", re.ASCII)
_CALL = "/assay"
MAX_LINE = 300


class Word(enum.Enum):
    """What is asked for; UNKNOWN is a line that calls us and says nothing that we know."""

    RECHECK = "recheck"
    HELP = "help"
    EXPLAIN = "explain"
    WAIVE = "waive"
    UNKNOWN = "unknown"


class Reaction(enum.Enum):
    """How a comment is answered where words are not needed."""

    DONE = "+1"
    NO = "-1"


_WITH_ARGUMENT = frozenset({Word.EXPLAIN, Word.WAIVE})


@dataclass(frozen=True, slots=True)
class Command:
    """A command; `argument` is the name of a rule or the identifier of a vulnerability, empty where none is taken.

    `comment` is the node id of the comment that it stands in.
    """

    word: Word
    argument: str = ""
    comment: str = ""

    @classmethod
    def parse(cls, text: str, comment: str = "") -> Command | None:
        """Read a comment: `None` for one that does not call us. A quoted command, or one among other lines, is none."""
        line = text.strip()
        if line.split(" ", 1)[0] != _CALL or len(line) > MAX_LINE or "\n" in line or "\r" in line:
            return None
        found = _LINE.fullmatch(line)
        word = next((one for one in Word if found and one.value == found[1]), Word.UNKNOWN)
        argument = (found[2] or "") if found else ""
        if word is Word.UNKNOWN or bool(argument) is not (word in _WITH_ARGUMENT):
            return cls(Word.UNKNOWN, comment=comment)
        return cls(word, argument, comment)
