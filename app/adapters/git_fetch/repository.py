"""One bare repository for one fetch, and the git program shut in around it (AT-170, AT-205, AT-206).

1. Nothing of the machine takes part: no configuration, template, hook, filter, credential helper, prompt, proxy but
   the operator's.
2. One protocol is open, to the one origin that is asked, and only while fetching; no redirect is followed.
3. The token comes by the environment of the fetching process, bound to that origin: never an argument, never a file.
4. What arrives is checked as it is taken in; nothing is checked out, no submodule is entered.
5. After each fetch the repository forgets where it came from, so that no later command can fetch anything by itself.
"""

from __future__ import annotations

import base64
import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from app.adapters.bounded_process import Bounds, Ended, NotRun, Program, run
from app.core.errors import Unavailable
from app.core.network import WayOut

_log = logging.getLogger(__name__)

_BASE: Final = {
    "HOME": "/nonexistent",
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
}
_CONFIG: Final = {
    "protocol.allow": "never",
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.attributesFile": "/dev/null",
    # A file above this is written to disk as it comes, not held in memory.
    "core.bigFileThreshold": "1m",
    "core.packedGitWindowSize": "16m",
    "core.packedGitLimit": "128m",
    "pack.threads": "1",
    "gc.auto": "0",
    "maintenance.auto": "false",
}
_FETCH: Final = {
    "protocol.version": "2",
    "credential.helper": "",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "20",
    "fetch.fsckObjects": "true",
    "fetch.recurseSubmodules": "false",
    "fetch.writeCommitGraph": "false",
    # Blobs are asked for by their ids; there is nothing to negotiate.
    "fetch.negotiationAlgorithm": "noop",
    "transfer.bundleURI": "false",
}
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_PUBLIC: Final = "github.com"
_FORGET: Final = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
COMPARE: Final = ("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-ext-diff", "--no-textconv")
"""Compares commits; how renames are paired and which commits follow."""

_TOO_LARGE: Final = ("file too large", "file size limit", "signal 25")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a repository is fetched from: over https, or http on this machine; any other raises `Unavailable`."""

    url: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse every other protocol, and whatever the git program would take for an option or a helper."""
        parts = urlsplit(self.url)
        if not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)):
            raise Unavailable("repositories are only fetched over https", permanent=True)

    def config(self) -> dict[str, str]:
        """Return the configuration that opens the way there and carries the token, there only."""
        parts = urlsplit(self.url)
        credential = base64.b64encode(f"x-access-token:{self.token}".encode()).decode("ascii")
        return {
            f"protocol.{parts.scheme}.allow": "always",
            f"http.{parts.scheme}://{parts.netloc}/.extraHeader": f"Authorization: Basic {credential}",
        }


@dataclass(frozen=True, slots=True)
class Repository:
    """A bare repository in a folder of its own; git is looked for on `search`."""

    folder: Path
    bounds: Bounds
    search: str
    way: WayOut = field(default_factory=WayOut)

    def begin(self) -> None:
        """Make it; raises `Unavailable`."""
        self._done(self._git(("init", "--quiet", "--bare", "--template=", "."), _CONFIG), "could not begin")
        self._forget()

    def fetch(self, origin: Origin, arguments: Iterable[str], ids: Iterable[str]) -> None:
        """Fetch objects by their ids; raises `Unavailable`. Nothing of the token is kept."""
        command = (
            *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--recurse-submodules=no"),
            *arguments,
            "--stdin",
            origin.url,
        )
        wanted = "".join(f"{oid}\n" for oid in ids).encode("ascii")
        try:
            ended = self._git(command, _CONFIG | _FETCH | _on_the_way(self.way, origin.url) | origin.config(), wanted)
        finally:
            self._forget()
        self._done(ended, "could not fetch the commits from GitHub")

    def ask(self, arguments: tuple[str | bytes, ...], stdin: bytes = b"") -> bytes:
        """Return what a command that only reads prints; raises `Unavailable`. It cannot reach any network by git."""
        ended = self._git(arguments, _CONFIG, stdin)
        self._done(ended, "could not compare the commits")
        return ended.output

    def spend(self, seconds: float) -> Repository:
        """Return it with so much time for the next command."""
        return replace(self, bounds=replace(self.bounds, seconds=seconds))

    def until(self, deadline: float) -> Repository:
        """Return it with the time that is left (`time.monotonic`); raises `Unavailable` when none is."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise Unavailable("git did not come to an end in time")
        return self.spend(min(left, self.bounds.seconds))

    def _git(self, arguments: tuple[str | bytes, ...], config: Mapping[str, str], stdin: bytes = b"") -> Ended:
        own = {"PATH": self.search, "GIT_DIR": str(self.folder), "GIT_CONFIG_COUNT": str(len(config))}
        environment = _BASE | own
        for number, (key, value) in enumerate(config.items()):
            environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        try:
            return run(Program(("git", *arguments), environment, self.folder, self.bounds), stdin)
        except NotRun as error:
            raise Unavailable(str(error)) from error

    def _done(self, ended: Ended, failing: str) -> None:
        if ended.code == 0:
            return
        # What git says may hold a stranger's text: it goes to the log, never to a comment.
        _log.warning("git %s (%d): %s", failing, ended.code, " / ".join(ended.said.split("\n")[-4:])[:500])
        if any(word in ended.said.lower() for word in _TOO_LARGE):
            raise Unavailable(f"git would have to fetch more than {self.bounds.file // (1024 * 1024)} MiB")
        raise Unavailable(f"git {failing}")

    def _forget(self) -> None:
        (self.folder / "config").write_text(_FORGET, encoding="ascii")


def _on_the_way(way: WayOut, url: str) -> dict[str, str]:
    """Return the configuration for the way to an origin. An empty proxy is none, whatever the machine says.

    git believes a file of authorities in place of its own: it is given where GitHub is a private server, or where a
    proxy may stand for it.
    """
    host = urlsplit(url).hostname or ""
    proxy = way.proxy_for(host)
    trusting = way.ca_file is not None and (host != _PUBLIC or proxy is not None)
    return {"http.proxy": proxy or ""} | ({"http.sslCAInfo": way.ca_file or ""} if trusting else {})
