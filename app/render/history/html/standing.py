"""Image by image: the newest version, since when it is named, who let it in, and what was known of it then."""

from __future__ import annotations

from typing import Final

from app.core.history import ImageUpdate
from app.render.history import marks
from app.render.history.html.cells import came, commit, known, today
from app.render.history.html.markup import code, fold, left_out, note, row, small, table, text
from app.render.history.html.page import Page, link, when
from app.render.history.standing import Key, Newest
from app.render.plain import counted

_AT_ONCE: Final = 40


def newest_versions(page: Page) -> str:
    """Make the table of every image that still stands, by name and environment."""
    images = page.tally.images
    listed = list(images.listed())
    if not listed:
        return ""
    header = ["Image", "Environment", "Version", "Since (UTC)", "Commit", "How it came"]
    header += [*(["Known then"] if page.records else []), *(["Today"] if page.scope.evidence else [])]
    said = note(
        "The last version of each image that this range brought, and the change that brought it. An environment is a "
        "folder that is called like one. Images that the range does not touch are not here: --at lists those too."
    )
    rows = table("Newest version of each image", header, (_row(page, key, one) for key, one in listed), "standing")
    title = f"Image by image <span class='small'>{counted(len(listed), 'image')}</span>"
    return fold(title, f"{said}{left_out(images.left_out, 'images')}{rows}", is_open=len(listed) <= _AT_ONCE)


def _row(page: Page, key: Key, newest: Newest) -> str:
    event = newest.event
    name, environment = key
    change = event.what.change if isinstance(event.what, ImageUpdate) else None
    version = "" if change is None else f"{code(marks.version(change.after))}{small(marks.where(change))}"
    changes = f'<span class="small">{counted(newest.changes, "change")}, the last {link(page, "i", event)}</span>'
    return row(
        f"{code(name)}{changes}",
        text(environment),
        version,
        when(event),
        commit(event),
        came(page, event),
        *((known(event),) if page.records else ()),
        *((today(event),) if page.scope.evidence else ()),
    )
