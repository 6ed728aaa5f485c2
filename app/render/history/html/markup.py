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


def section(name: str, title: str, *parts: str) -> str:
    """Make a section with its heading; `name` is its anchor, `title` our own words."""
    return f'<section id="{name}">\n<h2>{title}</h2>\n{"".join(parts)}</section>\n'


def note(sentence: str) -> str:
    """Say something of our own beside the data."""
    return f'<p class="note">{html.escape(sentence)}</p>\n'


def table(header: Sequence[str], rows: Iterable[str], kind: str = "") -> str:
    """Make a table of rows from `row`; `header` is our own words."""
    heads = "".join(f'<th scope="col">{one}</th>' for one in header)
    named = f' class="{kind}"' if kind else ""
    body = "\n".join(rows)
    return f'<div class="wide"><table{named}><thead><tr>{heads}</tr></thead><tbody>\n{body}\n</tbody></table></div>\n'


def row(*cells: str) -> str:
    """Make a row of cells that are already encoded."""
    return f"<tr>{''.join(f'<td>{one}</td>' for one in cells)}</tr>"


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
