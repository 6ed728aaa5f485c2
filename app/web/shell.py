"""The frame of every page: layout and style sheet, and the strict headers that each blueprint of pages sends.

Register `shell()` once on the application, and call `strict(blueprint)` on each blueprint that answers with HTML.
Templates extend `layout.html`; text of others goes through the filter `shown`.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Response
from flask.blueprints import BlueprintSetupState
from jinja2 import StrictUndefined

from app.render.plain import visible


def shell() -> Blueprint:
    """Make the blueprint `shell`, which serves the style sheet and brings the templates and their filter."""
    blueprint = Blueprint("shell", "app.web", template_folder="templates", static_folder="static")
    blueprint.add_app_template_filter(shown, "shown")
    blueprint.record_once(_strict_names)
    return blueprint


def _strict_names(state: BlueprintSetupState) -> None:
    # A name that no view gave must fail in a test, not print nothing.
    state.app.jinja_env.undefined = StrictUndefined


def shown(text: object) -> str:
    """Make hidden characters of others' text visible; markup is escaped by the template itself."""
    return visible(str(text))


def content_policy(form_action: Iterable[str] = ("'self'",)) -> str:
    """Return the policy of a page that loads our style sheet and icon only, and sends forms to these places only."""
    return (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        f"form-action {' '.join(form_action)}; frame-ancestors 'none'; base-uri 'none'"
    )


def strict(blueprint: Blueprint, form_action: Iterable[str] = ()) -> None:
    """Let the pages of a blueprint load nothing but our style sheet, and send forms to us and `form_action` only."""
    policy = content_policy(("'self'", *form_action))

    @blueprint.after_request
    def _headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", policy)
        return response
