"""Pages for people: signed in through GitHub, and shown to nobody who may not read the repository there.

sign_in     who somebody is
visitors    who may see what, asked of GitHub at that moment
documents   a kept assessment, read without trusting it
assessment, repository, operator   the pages themselves
"""

from __future__ import annotations

from flask import Flask

from app.bootstrap.paging import Paging
from app.web.pages.blueprints import pages
from app.web.shell import shell


def add_pages(app: Flask, paging: Paging) -> None:
    """Add the pages to an application that has none; the shell is added where it is not there yet."""
    if "shell" not in app.blueprints:
        app.register_blueprint(shell())
    for blueprint in pages(paging):
        app.register_blueprint(blueprint)


__all__ = ["add_pages"]
