"""The simulated GitHub as tests and the demo use it."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.fakes.github import organizations
from tests.fakes.github.app import App, Rate, app_key
from tests.fakes.github.contracts import DOTCOM, ENTERPRISE
from tests.fakes.github.deliveries import Deliveries, Delivery
from tests.fakes.github.faults import Fault
from tests.fakes.github.oauth import OAuthDoor
from tests.fakes.github.pipeline import Pipeline
from tests.fakes.github.repository import Repository
from tests.fakes.github.server import Server
from tests.fakes.github.state import Account, Call, Installation, Status, Team
from tests.fakes.github.world import World

SECRET: Final = "It's a Secret to Everybody"


class GitHub:
    """One GitHub with one App, on loopback.

    `start` opens the HTTP door and returns the API root. Everything that a client did that GitHub would not allow, and
    every answer that GitHub would not give, is in `violations`: a test ends with `assert gh.violations == []`.
    """

    def __init__(
        self,
        app_id: int = 4242,
        slug: str = "assay",
        private_key_pem: bytes | str | None = None,
        webhook_secret: str = SECRET,
        *,
        permissions: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
        enterprise: bool = False,
    ) -> None:
        given = private_key_pem or app_key()
        pem = given.encode() if isinstance(given, str) else given
        self._folder: Final = Path(tempfile.mkdtemp(prefix="github-"))
        self.world: Final = World(self._folder, clock)
        self.app: Final = App(self.world, app_id, slug, pem, permissions=permissions)
        self.hook: Final[Deliveries] = self.app.deliveries
        self.hook.secret = webhook_secret
        self.world.announce = self.hook.announce
        self._enterprise: Final = enterprise
        self._pipeline: Final = Pipeline(self.world, self.app, ENTERPRISE if enterprise else DOTCOM)
        self._server: Server | None = None

    # Its door

    def start(self, port: int = 0) -> str:
        """Listen on loopback and return the API root (`…/api/v3` for an enterprise server)."""
        prefixes = ("/api/v3", "/api") if self._enterprise else ()
        self._server = Server(self._pipeline, self.world.violations, prefixes, port)
        self._server.start()
        self.world.api_url = self._server.url + ("/api/v3" if self._enterprise else "")
        return self.world.api_url

    def stop(self) -> None:
        """Stop listening, end git's processes, remove the repositories."""
        for fault in self.faults:
            if fault.wait:
                fault.wait.set()
        if self._server:
            self._server.stop()
            self._server = None
        for repository in self.world.repositories.values():
            repository.git.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The API root."""
        return self.world.api_url

    @property
    def hook_url(self) -> str | None:
        """Where deliveries go; without one they are only logged."""
        return self.hook.url

    @hook_url.setter
    def hook_url(self, url: str | None) -> None:
        self.hook.url = url

    @property
    def private_key_pem(self) -> str:
        """The App's private key."""
        return self.app.private_key_pem.decode()

    # People

    def user(self, login: str, *, email: str | None = None, name: str | None = None) -> Account:
        """Return a user (a bot when the login ends in `[bot]`), made when new."""
        account = self.world.account(login)
        account.email, account.name = email or account.email, name or account.name
        return account

    def delete_user(self, login: str) -> None:
        """Delete an account; what it did stays, with null as its author."""
        self.world.account(login).deleted = True

    def organization(
        self,
        login: str,
        *,
        teams: Mapping[str, Iterable[str]] | None = None,
        members: Iterable[str] = (),
        owners: Iterable[str] = (),
        installed: bool = True,
    ) -> Account:
        """Make an organization with its people; the App is installed on all its repositories unless told otherwise."""
        account = organizations.found(self.world, login, members=members, owners=owners)
        for slug, people in (teams or {}).items():
            self.team(f"{login}/{slug}", people)
        if installed:
            self.install(login)
        return account

    def team(
        self, full_slug: str, members: Iterable[str] = (), *, parent: str | None = None, pending: Iterable[str] = ()
    ) -> Team:
        """Make or change a team (`acme/security`); `pending` people have not accepted their invitation."""
        return organizations.team(self.world, full_slug, members, parent=parent, pending=pending)

    def join(self, full_slug: str, login: str) -> None:
        """Add somebody to a team."""
        organizations.join(self.world, self.hook, full_slug, login)

    def leave(self, full_slug: str, login: str) -> None:
        """Take somebody out of a team."""
        organizations.leave(self.world, self.hook, full_slug, login)

    # The App

    def install(
        self,
        login: str,
        *,
        repositories: Iterable[Repository] | None = None,
        permissions: Mapping[str, str] | None = None,
    ) -> Installation:
        """Install the App on an account: on all repositories or some, with its permissions or older ones."""
        return organizations.install(self.app, login, repositories, permissions)

    def installation(self, login: str) -> Installation:
        """Return the installation on an account."""
        account = self.world.account(login)
        return next(one for one in self.world.installations.values() if one.account is account)

    def suspend(self, login: str) -> None:
        """Suspend the App on an account."""
        organizations.turn(self.hook, self.installation(login), "suspend", self.world.now())

    def unsuspend(self, login: str) -> None:
        """Take the suspension back."""
        organizations.turn(self.hook, self.installation(login), "unsuspend", None)

    def uninstall(self, login: str) -> None:
        """Remove the App from an account; its tokens end."""
        one = self.installation(login)
        organizations.turn(self.hook, one, "deleted", one.suspended)
        del self.world.installations[one.id]

    @property
    def sign_in(self) -> OAuthDoor:
        """Where people sign in; set who they are, and the addresses that the App may send them back to."""
        return self._pipeline.sign_in

    def revoke_tokens(self) -> None:
        """End all installation tokens, as GitHub does when it finds one in public."""
        for token in self.world.tokens.values():
            token.revoked = True

    def advance(self, seconds: float) -> None:
        """Let time pass for GitHub only: tokens expire, limits are reset."""
        self.world.later += seconds

    def subscribe(self, *events: str) -> None:
        """Choose the events that the App is sent, here and at each installation."""
        self.app.events = events
        for one in self.world.installations.values():
            one.events = events

    def rate(self, resource: str = "core") -> Rate:
        """Return a bucket of the primary limit (`core`, `graphql`); set `limit` or `used` to empty it."""
        return self.app.rates[resource]

    def manifest_code(self, code: str) -> str:
        """Make a code that the manifest flow may convert once."""
        self.app.manifest_codes.add(code)
        return code

    @property
    def manifests(self) -> list[Mapping[str, Any]]:
        """The manifests that browsers sent, newest last."""
        return self._pipeline.manifests.taken

    # Repositories

    def repository(self, full_name: str, *, private: bool = False) -> Repository:
        """Return a repository, made when new with one first commit on `main`; its owner becomes an organization."""
        found = self.world.repository(full_name)
        if found:
            return found
        owner, name = full_name.split("/")
        if owner.lower() not in self.world.accounts:
            self.organization(owner)
        repository = Repository(self.world, self.world.account(owner), name, private=private)
        repository.commit("main", {"README.md": f"# {name}\n"}, message="Initial commit", parents=())
        return repository

    def statuses(self, repository: Repository | str, sha: str) -> list[Status]:
        """Return every status of a commit in the order they were set."""
        found = self.world.repository(repository) if isinstance(repository, str) else repository
        assert found, f"no repository {repository}"
        return list(found.statuses.get(sha, ()))

    # What happened

    @property
    def requests(self) -> list[Call]:
        """Every request with its answer's status, in order."""
        return self._pipeline.calls

    def calls(self, method: str = "*", path: str = "*") -> list[Call]:
        """Return the requests that match; `*` in a path stands for anything."""
        wanted = re.escape(path).replace(r"\*", ".*")
        return [c for c in self.requests if method in ("*", c.method) and re.fullmatch(wanted, c.path)]

    @property
    def violations(self) -> list[str]:
        """What broke GitHub's contracts, by the client or by the simulator."""
        return self.world.violations

    @property
    def unmodelled(self) -> set[str]:
        """GraphQL fields that were asked for and answered with null because nobody modelled them."""
        return self.world.unmodelled

    @property
    def deliveries(self) -> list[Delivery]:
        """Every delivery, sent or not, in order."""
        return self.hook.log

    def send(self, delivery: Delivery) -> Delivery:
        """Send a delivery that was held back or only logged."""
        return self.hook.send(delivery)

    def redeliver(self, delivery: Delivery) -> Delivery:
        """Deliver once more, with the same GUID."""
        return self.hook.again(delivery)

    def emit(
        self, event: str, action: str | None, repository: Repository, values: dict[str, Any], *, by: str = "octocat"
    ) -> Delivery:
        """Deliver any event of the webhook contract, completed from what is given."""
        with self.world.change():
            where, sender = self.world.installation_of(repository), self.world.account(by)
            return self.hook.deliver(event, action, where, values, repository=repository, sender=sender)

    def without_filters(self) -> None:
        """Serve git without partial fetches, as some enterprise servers do."""
        self._pipeline.git.filters = False

    # What goes wrong

    @property
    def faults(self) -> list[Fault]:
        """The faults that wait to strike; the first that matches a request strikes."""
        return self._pipeline.faults

    def fault(self, fault: Fault) -> Fault:
        """Let something go wrong; returns the fault, whose `hits` count."""
        self.faults.append(fault)
        return fault
