"""The one encoder between data and HTML, and the few shapes that every section is made of.

Whatever is shown of others goes through `text`: hidden characters are written out, and nothing of it is markup.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from app.render.plain import cut, shortened, visible

FIELD = 200
NAME = 80


def text(data: str, limit: int = FIELD) -> str:
    """Show data."""
    return html.escape(cut(visible(data), limit))


def code(data: str, limit: int = NAME) -> str:
    """Show a name, shortened in the middle."""
    return f"<code>{html.escape(shortened(visible(data), limit))}</code>" if data else ""


def small(data: str, limit: int = 140) -> str:
    """Show data in small below the rest of a cell; nothing for an empty text."""
    return f'<span class="small">{text(data, limit)}</span>' if data else ""


def word(said: str, kind: str) -> str:
    """Show a word in the colour of its kind; the word itself says it all."""
    return f'<span class="word {kind}">{text(said)}</span>'


def section(name: str, title: str, *parts: str) -> str:
    """Make a section with its heading; `name` is its anchor, `title` our own words."""
    return f'<section id="{name}">\n<h2>{title}</h2>\n{"".join(parts)}</section>\n'


def note(sentence: str) -> str:
    """Say something of our own beside the data."""
    return f'<p class="note">{html.escape(sentence)}</p>\n'


def subtitle(title: str) -> str:
    """Make a heading within a section; `title` is encoded."""
    return f"<h3>{title}</h3>\n"


def table(called: str, header: Sequence[str], rows: Iterable[str], kind: str = "") -> str:
    """Make a table of rows from `row`; `called` is data, `header` our own words.

    It scrolls by itself where it is too wide, so a keyboard must reach it, and it needs a name.
    """
    heads = "".join(f'<th scope="col">{one}</th>' for one in header)
    named = f' class="{kind}"' if kind else ""
    body = "\n".join(rows)
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{text(called)}"><table{named}>'
        f"<thead><tr>{heads}</tr></thead><tbody>\n{body}\n</tbody></table></div>\n"
    )


def row(*cells: str, anchor: str = "") -> str:
    """Make a row of cells that are already encoded; `anchor` is where links lead to."""
    named = f' id="{anchor}"' if anchor else ""
    return f"<tr{named}>{''.join(f'<td>{one}</td>' for one in cells)}</tr>"


def fold(title: str, content: str, *, is_open: bool = False) -> str:
    """Make a part that can be closed; `title` is already encoded."""
    return f"<details{' open' if is_open else ''}><summary>{title}</summary>\n{content}</details>\n"


def bullets(lines: Iterable[str]) -> str:
    """Make a list of lines that are already encoded."""
    return f"<ul>{''.join(f'<li>{one}</li>' for one in lines)}</ul>\n"


def left_out(number: int, what: str) -> str:
    """Say that older ones are not in the page; nothing when none is left out."""
    if not number:
        return ""
    return note(f"{number:,} older {what} are counted above and left out here: jsonl and csv hold every one.")
