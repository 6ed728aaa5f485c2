"""What a person plans to register: at which GitHub, for whom, and where this server is reached. No I/O."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlsplit

from app.settings import origin

CALLBACK: Final = "/setup/callback"
AFTER_INSTALL: Final = "/start"
_NAME_LIMIT: Final = 34
_OWNER: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})", re.ASCII)
_DOTCOM_HOSTS: Final = frozenset({"github.com", "www.github.com", "api.github.com"})
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Place:
    """One GitHub: where people see it, and the root of its API."""

    site: str
    api: str


DOTCOM: Final = Place("https://github.com", "https://api.github.com")


@dataclass(frozen=True, slots=True)
class Plan:
    """Where an App is to be registered; `organisation` is `None` for the person's own account."""

    place: Place
    organisation: str | None
    public_url: str

    @property
    def apps(self) -> str:
        """The page on which the owner's Apps are listed."""
        owner = "" if self.organisation is None else f"organizations/{quote(self.organisation, safe='')}/"
        return f"{self.place.site}/{owner}settings/apps"

    def register(self, state: str) -> str:
        """Return where the manifest is sent to."""
        return f"{self.apps}/new?state={quote(state, safe='')}"

    @property
    def unreachable(self) -> bool:
        """Whether GitHub cannot reach this server under the address: it names this machine itself."""
        return urlsplit(self.public_url).hostname in _LOOPBACK and urlsplit(self.place.site).hostname not in _LOOPBACK


@dataclass(frozen=True, slots=True)
class Answers:
    """What stood in the form, and what is wrong with it, by field."""

    where: str = "dotcom"
    server: str = ""
    organisation: str = ""
    public_url: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, form: Mapping[str, str]) -> Answers:
        """Take the fields of a form that are known, each of a length that makes sense."""
        names = ("where", "server", "organisation", "public_url")
        where, server, organisation, public_url = (form.get(name, "").strip()[:300] for name in names)
        return cls(where, server, organisation, public_url)

    def plan(self, only: Place | None = None) -> Plan | dict[str, str]:
        """Return the plan, or what is wrong by field; `only` is the one GitHub that the operator allows."""
        place, public, wrong = only or self._place(), origin(self.public_url), dict[str, str]()
        if place is None:
            wrong["server"] = "Give the address of the server as https://HOST, without a path."
        if self.organisation and not _OWNER.fullmatch(self.organisation):
            wrong["organisation"] = "That is no name of an organisation: letters, digits and dashes."
        if public is None:
            wrong["public_url"] = "Give https://HOST or https://HOST:PORT, without a path."
        if wrong or place is None or public is None:
            return wrong
        return Plan(place, self.organisation or None, public)

    def _place(self) -> Place | None:
        if self.where == "dotcom":
            return DOTCOM
        site = origin(self.server)
        # An enterprise server's API lies below its own address, GitHub.com's does not.
        is_dotcom = site is not None and urlsplit(site).hostname in _DOTCOM_HOSTS
        return None if site is None or is_dotcom else Place(site, f"{site}/api/v3")


def suggested(host: str) -> str:
    """Return the public address that a `Host` header suggests, for a person to confirm; empty when it suggests none."""
    name = (urlsplit(f"//{host}").hostname or "") if origin(f"https://{host}") else ""
    if not name:
        return ""
    return f"http://{host}" if name in _LOOPBACK else f"https://{host}"


def manifest_of(base: Mapping[str, object], plan: Plan, mark: str) -> str:
    """Return the manifest that GitHub is sent, as JSON; `mark` makes the name of a personal App one of its own."""
    name = f"assay-{plan.organisation or mark}".lower()[:_NAME_LIMIT].rstrip("-")
    made = {
        **base,
        "name": name,
        "url": plan.public_url,
        "hook_attributes": {"url": f"{plan.public_url}/webhook", "active": True},
        "redirect_url": f"{plan.public_url}{CALLBACK}",
        "callback_urls": [f"{plan.public_url}/sign-in/callback"],
        "setup_url": f"{plan.public_url}{AFTER_INSTALL}",
        "public": False,
    }
    return json.dumps(made, sort_keys=True)
