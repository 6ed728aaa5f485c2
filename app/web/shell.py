"""The frame of every page: layout and style sheet, and the strict headers that each blueprint of pages sends.

Register `shell()` once on the application, and call `strict(blueprint)` on each blueprint that answers with HTML.
Templates extend `layout.html`; text of others goes through the filter `shown`.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Response
from flask.blueprints import BlueprintSetupState

from app.render.plain import visible


def shell() -> Blueprint:
    """Make the blueprint `shell`, which serves the style sheet and brings the templates and their filter."""
    blueprint = Blueprint("shell", "app.web", template_folder="templates", static_folder="static")
    blueprint.add_app_template_filter(shown, "shown")
    blueprint.record_once(_strict_names)
    return blueprint


def _strict_names(state: BlueprintSetupState) -> None:
    """Let a name that no view gave fail, in a test at the latest, where it would print nothing."""
    lenient = state.app.jinja_env.undefined
    fail = lenient._fail_with_undefined_error  # noqa: SLF001 - Jinja's documented way to make one's own
    uses = ("__str__", "__iter__", "__len__", "__bool__", "__eq__", "__hash__")
    state.app.jinja_env.undefined = type("Strict", (lenient,), dict.fromkeys(uses, fail))


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
