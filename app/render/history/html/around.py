"""What reached the branch around pull requests, around what a record asked for, and without a record."""

from __future__ import annotations

from typing import Final

from app.render.history import marks
from app.render.history.html import tables
from app.render.history.html.markup import note, row, section, subtitle, table, text
from app.render.history.html.page import Page
from app.render.history.html.plotting import BAD, GOOD, Counted, figures, side_by_side

_SIGNED: Final = Counted(
    "signed-plot", "Commits, a month", (("signed", "with a signature", GOOD), ("unsigned", "without", BAD))
)


def around(page: Page) -> str:
    """Make the section of what went around."""
    tally = page.tally
    direct = tables.commits(page, tally.around, "a") or note("Every commit with events came by a pull request.")
    parts = [
        note("As far as git tells: a squash or rebase that names no pull request looks like a direct push."),
        direct,
    ]
    overridden = tables.commits(page, tally.overridden, "o")
    parts += [subtitle("Merged around what the record asked for"), overridden] if overridden else []
    unapproved = tables.commits(page, tally.unapproved, "u")
    said = note(
        "A record of a merge holds every approval that stood. One that an older version wrote, and an assessment "
        "without a record of its merge, hold only the reviews that a rule asked for: there, look at the pull request "
        "before you call one of these unreviewed."
    )
    parts += [subtitle("No approval in the record"), said, unapproved] if unapproved else []
    unrecorded = tables.commits(page, tally.unrecorded, "n")
    if tally.recorded_since is not None and unrecorded:
        parts += [subtitle(f"Without a record since records begin on {marks.day(tally.recorded_since)}"), unrecorded]
    return section("around", "Around pull requests and review", *parts)


def signatures(page: Page) -> str:
    """Make the section of signatures on commits."""
    rows = [row(text(form), f"{number:,}") for form, number in sorted(page.tally.forms.items())]
    said = note(
        "The form of the signature that a commit carries. That it is right, and whose it is, is not proved here."
    )
    forms = table("Signatures by form", ["Form", "Commits"], rows) if rows else ""
    return section("signatures", "Signatures on commits", said, forms, side_by_side(figures(page, [_SIGNED])))
