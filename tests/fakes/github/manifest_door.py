"""GitHub's page that makes an App from a manifest: what is asked for, and a link that confirms it.

What GitHub would refuse is a violation and a page with 422: a manifest that is no JSON, a permission or event that does
not exist, an address that is none, an organisation that is not there.
"""

from __future__ import annotations

import html
import json
import re
import secrets
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.fakes.github import contracts
from tests.fakes.github.app import EVENTS, App
from tests.fakes.github.exchange import Reply
from tests.fakes.github.world import World

PATH: Final = re.compile(r"(?:/organizations/([^/]+))?/settings/apps/new")
KNOWN: Final = frozenset(
    {
        *("name", "url", "hook_attributes", "redirect_url", "callback_urls", "setup_url", "description", "public"),
        *("default_events", "default_permissions", "request_oauth_on_install", "setup_on_update"),
    }
)
_TYPE: Final = {"Content-Type": "text/html; charset=utf-8"}
_LONGEST: Final = 34


class ManifestDoor:
    """Takes manifests. `taken` are those that were well-formed, newest last."""

    def __init__(self, world: World, app: App) -> None:
        self._world: Final = world
        self._app: Final = app
        self.taken: Final[list[Mapping[str, Any]]] = []

    def answer(self, path: str, query: Mapping[str, str], body: bytes) -> Reply:
        """Return the page for a form that was posted."""
        match = PATH.fullmatch(path)
        form = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
        try:
            manifest: Any = json.loads(form.get("manifest", ""))
        except ValueError:
            manifest = None
        owner = match[1] if match else None
        problems = list(_problems(manifest)) if isinstance(manifest, dict) else ["the manifest is no JSON object"]
        if owner is not None and owner.lower() not in self._world.accounts:
            problems.append(f"no organisation {owner}")
        if problems:
            self._world.violations.extend([f"POST {path}: {problem}" for problem in problems])
            return Reply(status=422, headers=_TYPE, raw="\n".join(problems).encode())
        with self._world.change():
            return self._page(manifest, query.get("state"))

    def _page(self, manifest: Mapping[str, Any], state: str | None) -> Reply:
        code = secrets.token_hex(20)
        self.taken.append(manifest)
        self._app.manifest_codes.add(code)
        self._app.deliveries.url = manifest["hook_attributes"]["url"]
        self._app.events = tuple(manifest["default_events"])
        given = {"code": code} | ({} if state is None else {"state": state})
        target = f"{manifest['redirect_url']}?{urllib.parse.urlencode(given)}"
        words = f'<a href="{html.escape(target)}">Create GitHub App for {html.escape(manifest["name"])}</a>'
        return Reply(
            headers=_TYPE, raw=f"<!doctype html><link rel=icon href=data:,><title>Register</title>{words}".encode()
        )


def _problems(manifest: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"unknown key {key}" for key in sorted(manifest.keys() - KNOWN))
    known = contracts.rest().schemas["app-permissions"]["properties"]
    for name, level in manifest.get("default_permissions", {}).items():
        if level not in known.get(name, {}).get("enum", ()):
            yield f"no permission {name}: {level}"
    schemas = contracts.webhooks().schemas
    for event in manifest.get("default_events", ()):
        stem = f"webhook-{event.replace('_', '-')}"
        # The slice of the webhooks' description does not have every event that the simulator sends.
        if event not in EVENTS and not any(name == stem or name.startswith(f"{stem}-") for name in schemas):
            yield f"no event {event}"
    addresses = [manifest.get("url"), manifest.get("redirect_url"), manifest.get("hook_attributes", {}).get("url")]
    for address in (*addresses, *manifest.get("callback_urls", ()), manifest.get("setup_url", "https://x.example")):
        if not isinstance(address, str) or urllib.parse.urlsplit(address).scheme not in {"http", "https"}:
            yield f"no address: {address}"
    if not 0 < len(manifest.get("name", "")) <= _LONGEST:
        yield "the name is missing or too long"
