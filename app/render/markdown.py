r"""The one encoder between data and Markdown: nothing that others wrote becomes markup, a mention, a link or a marker.

GitHub renders no mention, no issue, commit or address link and no emoji inside a code span, and neither emphasis nor
HTML. So data stands in code spans only, with a fence that is longer than any run of backticks in it. A pipe and a `<`
are shown as `\u{…}` even there: parsers disagree on a pipe after a backslash in a table, and on a closing tag in a
code span inside an HTML block. (attack catalogue: AT-191 to AT-198)
"""

from __future__ import annotations

import re
from typing import Final

from app.render.plain import cut, shortened, visible

FIELD: Final = 240
NAME: Final = 64
SENTENCE: Final = 600

_TICKS: Final = re.compile(r"`+")
_STRUCTURAL: Final = "|<"
# Words between blanks; what a pair of backticks holds is one word, blanks and all.
_TOKEN: Final = re.compile(r"[(\"]?`[^`]+`[)\"]?[,.;:!?]?(?= |$)|[^ ]+")
_TICKED: Final = re.compile(r"([(\"]?)`([^`]+)`([)\"]?[,.;:!?]?)")
# A word that no renderer gives a meaning: letters, with apostrophes and hyphens inside, in plain punctuation.
_WORD: Final = re.compile(r"[(\"]?[A-Za-z]+(?:['\u2019-][A-Za-z]+)*[\"]?[)]?[,.;:!?]?")
_NUMBER: Final = re.compile(r"[(]?[0-9]{1,6}%?[)]?[,;:]?|[0-9]{1,6}[.)]*")
_PUNCTUATION: Final = frozenset({"→", "\N{EN DASH}", "\N{EM DASH}", "≠", "/"})
_CLOSING: Final = ".,;:)"
# GitHub links any seven hexadecimal digits to a commit, also those that are letters only.
_HEXADECIMAL: Final = re.compile(r"[0-9a-fA-F]{7,}")


def code(text: str, limit: int = FIELD) -> str:
    """Show data as a code span of at most `limit` characters; says `(empty)` for an empty text."""
    return _span(cut(visible(text, also=_STRUCTURAL), limit)) if text else "(empty)"


def name(text: str, limit: int = NAME) -> str:
    """Show a long name as a code span, shortened in the middle."""
    return _span(shortened(visible(text, also=_STRUCTURAL), limit)) if text else "(empty)"


def prose(text: str, limit: int = SENTENCE) -> str:
    """Show a sentence that may hold data: plain words stay plain, everything else goes into code spans."""
    parts: list[str] = []
    odd: list[str] = []
    for word in _TOKEN.findall(cut(visible(text, also=_STRUCTURAL), limit)):
        quoted = _TICKED.fullmatch(word)
        if quoted:
            # Our own sentences put names between backticks: what is between them is data, and quoted as such.
            parts += [*_quoted(odd), f"{quoted[1]}{_span(quoted[2])}{quoted[3]}"]
            odd = []
            continue
        if _plain(word, first=not parts and not odd):
            parts += [*_quoted(odd), word]
            odd = []
            continue
        odd.append(word)
        if word[-1] in _CLOSING:
            parts += _quoted(odd)
            odd = []
    return " ".join([*parts, *_quoted(odd)])


def _quoted(words: list[str]) -> list[str]:
    """Put words into one code span, an opening bracket and closing punctuation outside of it."""
    text = " ".join(words)
    head = "(" if text.startswith("(") else ""
    inner = text[len(head) :].rstrip(_CLOSING if head else _CLOSING.rstrip(")"))
    if not inner:
        return [_span(text)] if text else []
    return [f"{head}{_span(inner)}{text[len(head) + len(inner) :]}"]


def _plain(word: str, *, first: bool) -> bool:
    # A number or a dash that starts a line would start a list or a rule.
    if first and not word[0].isalpha() and word[0] not in '("':
        return False
    if _HEXADECIMAL.fullmatch(word.strip("(\")'.,;:!?")):
        return False
    return word in _PUNCTUATION or bool(_WORD.fullmatch(word) or _NUMBER.fullmatch(word))


def _span(text: str) -> str:
    runs = {len(run) for run in _TICKS.findall(text)}
    fence = "`" * (max(runs, default=0) + 1)
    # One space on each side is taken off again by the renderer, unless there is nothing but spaces between.
    if not text.strip(" "):
        text = text.replace(" ", "\\u{20}")
    padding = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def row(*cells: str) -> str:
    """Make a table row of cells that are already encoded."""
    return f"| {' | '.join(cells)} |"


def table(header: tuple[str, ...], rows: list[str]) -> str:
    """Make a table; `rows` come from `row`."""
    return "\n".join([row(*header), f"|{'---|' * len(header)}", *rows])


def bullets(lines: list[str], most: int) -> str:
    """Make a list of encoded lines, at most `most` and then how many more there are."""
    shown = [f"- {line}" for line in lines[:most]]
    more = len(lines) - most
    return "\n".join([*shown, f"- … and {more} more"] if more > 0 else shown)


def fold(title: str, content: str) -> str:
    """Make a closed part; `title` is our own text with numbers only, never data."""
    return f"<details><summary>{title}</summary>\n\n{content}\n\n</details>"
