"""The program of the first run: the setup pages and nothing else, until an App is registered."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import sys
from collections.abc import Callable

from flask import Flask, Response

from app.adapters.github.sign_in import site
from app.bootstrap.setting_up import SettingUp
from app.settings import Settings, SettingsError
from app.web.listening import hold
from app.web.server import guard, words
from app.web.serving import run_web
from app.web.setup.desk import Desk
from app.web.setup.pages import Setup, setup_pages
from app.web.setup.plan import DOTCOM, Place
from app.web.shell import shell

_FORM_LIMIT = 65_536
_CODE_BYTES = 16
_log = logging.getLogger(__name__)


def create_setup_app(setup: Setup) -> Flask:
    """Make the WSGI application of the first run."""
    app = Flask("assay", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _FORM_LIMIT
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.register_blueprint(shell())
    app.register_blueprint(setup_pages(setup))

    @app.get("/healthz")
    def healthz() -> Response:
        return words("alive", 200)

    @app.get("/readyz")
    def readyz() -> Response:
        return words("no App is registered yet", 503)

    guard(app)
    return app


def run_setup(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve the setup pages until an App is registered or a signal comes; `say` tells the person where and the code.

    Raises `SettingsError` when no registration could be kept. Ends by `SystemExit`, as the server does.
    """
    office = SettingUp.of(settings)
    office.make_room()
    try:
        hold(settings.listen)
    except OSError as error:
        raise SettingsError(
            "ASSAY_LISTEN", f"nothing can listen there ({error.strerror}); free it or change it."
        ) from error
    code = secrets.token_hex(_CODE_BYTES)
    address = settings.public_url or _here(settings.listen)
    sentence = f"No App is registered yet. Open {address}/setup and give the setup code {code}"
    _log.warning(sentence)
    say(sentence)

    server = os.getpid()

    def make_app() -> Flask:
        setup = Setup(
            desk=Desk(code),
            office=office,
            only=_only(settings.github_url),
            public_url=settings.public_url,
            registered=lambda: _end(server),
        )
        return create_setup_app(setup)

    run_web(settings.listen, make_app)


def start_anew() -> None:
    """Replace this process by one that was started as it was; call when a registration is there.

    The socket stays open meanwhile: the browser that is on its way waits for the new one.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  our own command line


def _end(server: int) -> None:
    """End the server whose serving process this is; what it still answers, it answers."""
    if os.getppid() == server:  # else it is gone, and its number may be another's
        os.kill(server, signal.SIGTERM)


def _only(api: str) -> Place | None:
    return None if api == DOTCOM.api else Place(site(api), api)


def _here(listen: tuple[str, int]) -> str:
    host, port = listen
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  nothing listens here
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
