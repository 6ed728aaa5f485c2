"""The web's program: settings in, a server that runs until a signal ends it."""

from __future__ import annotations

from flask import Flask

from app.bootstrap.paging import paging
from app.bootstrap.records import inbox
from app.bootstrap.rotating import WebhookSecrets
from app.bootstrap.watching import Watch, metrics
from app.settings import Settings
from app.web.pages import add_pages
from app.web.receiving import Receiver
from app.web.server import Services, create_app
from app.web.serving import run_web
from app.web.setup.adding import add_start_pages
from app.web.watching import counted


def run(settings: Settings) -> None:
    """Serve until SIGTERM; the tables must exist. Raises `SettingsError` when no App is registered."""
    app = settings.app()
    secrets = WebhookSecrets(settings)

    def make_app() -> Flask:
        # In the serving process: connections that are made before a fork are shared by both sides of it.
        deliveries = inbox(settings)
        receiver = Receiver(secrets, app.app_id, deliveries.put, deliveries.put_sweep)
        web = create_app(Services(counted(receiver.receive, Watch(metrics(settings))), deliveries.check))
        found = paging(settings, deliveries)
        if found is not None:
            add_pages(web, found)
        add_start_pages(web, settings, found)
        return web

    run_web(settings.listen, make_app, processes=settings.web_processes)
