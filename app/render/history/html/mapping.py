"""Controls: which facts are evidence for each, how many there are, and where they stand."""

from __future__ import annotations

import html
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from app.core.history import Event, ImageUpdate, PolicyChange
from app.core.policy_edit import Effect
from app.render.history.controls import Control
from app.render.history.facts import FACTS
from app.render.history.html.markup import bullets, note, row, section, subtitle, table, text
from app.render.history.html.page import Page, newest_commits

_NEWEST: Final = 3
_LISTS: Final = {
    "direct": ("a", "around"),
    "merged_around": ("a", "around"),
    "overridden": ("o", "around"),
    "unapproved": ("u", "around"),
    "exceptions": ("x", "exceptions"),
    "waived": ("w", "exceptions"),
    "governance_changes": ("g", "policies"),
    "neutral": ("z", "policies"),
    "signed": ("", "signatures"),
    "unsigned": ("", "signatures"),
}
"""Facts whose events are listed in one place: its letter and section."""


def controls(mapped: Sequence[Control], page: Page) -> str:
    """Make the section."""
    parts = [
        note(
            "Evidence for a control is not compliance with it. A number under “speaks against” is where to look first; "
            "with it stand the newest events that it counts."
        )
    ]
    header = ["Control", "In our words", "Evidence found", "Speaks against", "Not shown here"]
    for catalogue, group in groupby(mapped, key=lambda one: one.catalogue):
        rows = (_control(one, page) for one in group)
        parts += [subtitle(text(catalogue)), table(f"Controls of {catalogue}", header, rows, "mapping")]
    return section("controls", "Controls", *parts)


def _control(control: Control, page: Page) -> str:
    counts = page.tally.counts
    found = [key for key in control.evidence if counts[key]]
    against = [key for key in control.against if counts[key]]
    return row(
        f"<strong>{text(control.id)}</strong>",
        text(control.title),
        bullets(_counted(key, page) for key in found) if found else "none",
        bullets(f"<strong>{_counted(key, page)}</strong>{_rows(key, page)}" for key in against)
        if against
        else "nothing found",
        bullets(text(one, 400) for one in control.missing(counts)),
    )


def _counted(key: str, page: Page) -> str:
    said = f"{html.escape(FACTS[key].words)}: {page.tally.counts[key]:,}"
    samples = page.tally.samples[key]
    section = _LISTS[key][1] if key in _LISTS else _where(samples[-1])[1]
    return f'<a href="#{section}">{said}</a>'


def _rows(key: str, page: Page) -> str:
    """Lead to the newest rows of what is counted."""
    placed = ((_LISTS[key] if key in _LISTS else _where(one))[0] for one in page.tally.samples[key])
    rows = zip(placed, page.tally.samples[key], strict=True)
    links = newest_commits(page, ((place, one) for place, one in rows if place), _NEWEST)
    return f'<span class="small">newest: {", ".join(links)}</span>' if links else ""


def _where(event: Event) -> tuple[str, str]:
    """Return the part of the page in which an event has its row."""
    if isinstance(event.what, ImageUpdate):
        return "i", "promotions"
    return _policy(event.what), "policies"


def _policy(what: PolicyChange) -> str:
    if what.governance:
        return "g"
    return "z" if what.effect is Effect.NEUTRAL else "p"
