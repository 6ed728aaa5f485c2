"""The pages after the registration, added to the web's application."""

from __future__ import annotations

from flask import Flask

from app.bootstrap.paging import Paging
from app.bootstrap.starting import Starting, starting
from app.settings import Settings
from app.web.pages.blueprints import answer_problems
from app.web.pages.front import Front
from app.web.setup.guarding import SignedIn
from app.web.setup.start_pages import start_pages
from app.web.shell import shell


def add_start_pages(app: Flask, settings: Settings, paging: Paging | None) -> Starting | None:
    """Add them where somebody can see them: the browser that registered the App, or people who sign in.

    Return what they ask, `None` when nobody can see them.
    """
    if settings.registered_at is None and paging is None:
        return None
    if "shell" not in app.blueprints:
        app.register_blueprint(shell())
    front = None if paging is None else Front.of(paging)
    asked = starting(settings)
    blueprint = start_pages(asked, None if front is None else SignedIn(front))
    if front is not None:
        answer_problems(blueprint, front)
    app.register_blueprint(blueprint)
    return asked
