"""The page's beginning and end: what it is about, how it was made and can be made again, what it cannot know."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Final

from app.core.release import VERSION
from app.render.history import marks
from app.render.history.html.markup import code, text
from app.render.history.html.page import Page
from app.render.history.html.style import STYLE
from app.render.history.scope import limits
from app.render.plain import counted

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_SECTIONS: Final = (
    ("short", "In short"),
    ("summary", "In numbers"),
    ("posture", "Posture over time"),
    ("policies", "Policies"),
    ("promotions", "Images"),
    ("exceptions", "Exceptions and waivers"),
    ("around", "Around review"),
    ("signatures", "Signatures on commits"),
    ("controls", "Controls"),
    ("elsewhere", "From elsewhere"),
    ("gaps", "Gaps"),
)
_LONG: Final = 2_000


def head(page: Page) -> str:
    """Make everything before the first section."""
    title = f"History of {text(page.scope.repository)}"
    links = "".join(f'<li><a href="#{name}">{words}</a></li>' for name, words in _SECTIONS)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(_POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<header>\n<h1>{title}</h1>\n{_about(page)}"
        f'<nav aria-label="Sections"><ul>{links}</ul></nav>\n</header>\n<main>\n'
        f"{_banner(page)}"
    )


def foot(page: Page) -> str:
    """Make everything after the last section."""
    return (
        f"</main>\n<footer><p>Made by Assay {VERSION} at {marks.minute(page.scope.asked_at)}. Commits are named by the "
        "first 12 digits of their ids; jsonl and csv have whole ids.</p></footer>\n</body>\n</html>\n"
    )


def _about(page: Page) -> str:
    facts = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in _facts(page))
    return f'<dl class="about">{facts}</dl>\n'


def _facts(page: Page) -> Iterator[tuple[str, str]]:
    scope, tally = page.scope, page.tally
    since = f"after commit {code(scope.base)}, " if scope.base else ""
    tip = f": {since}up to commit {code(scope.tip)}" if scope.tip else ""
    yield "Range", f"{code(scope.revisions)}{tip}"
    if tally.first is not None and tally.last is not None:
        yield "Events", f"{tally.events:,}, {marks.day(tally.first)} to {marks.day(tally.last)}"
    else:
        yield "Events", "no event"
    yield from (("Only", text(one)) for one in scope.filters)
    yield "Made at", f"{marks.minute(scope.asked_at)}, by Assay {VERSION}"
    yield "Made again by", f"{code(scope.command('html'), _LONG)} in a clone"
    if not scope.evidence:
        # What registries prove is asked anew each time, so it would never compare.
        yield "Compare", f"SHA-256 of the events as <code>--format jsonl</code> writes them: {code(tally.digest)}"


def _banner(page: Page) -> str:
    said = "".join(f"<p>{html.escape(one)}</p>" for one in (*_boundary(page), *limits(page.scope)))
    gaps = ""
    if page.tally.gap_count:
        sentence = f"{counted(page.tally.gap_count, 'place')} could not be read, so this report is incomplete."
        gaps = (
            f'<div class="banner bad" role="note"><p><strong>{sentence}</strong> <a href="#gaps">Which</a></p></div>\n'
        )
    return f'{gaps}<div class="banner" role="note">{said}</div>\n'


def _boundary(page: Page) -> Iterator[str]:
    """Say by date where records of the app begin."""
    since = page.tally.recorded_since
    if since is not None:
        yield f"Records of the app begin on {marks.day(since)}: everything before is reconstructed from git."
    elif page.records:
        yield "No record of the app was found for any event: everything is reconstructed from git."
