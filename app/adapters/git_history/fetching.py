"""What a partial clone lacks, fetched into it from where it was cloned: only when somebody asks for it (`--fetch`).

1. Git runs in a folder of our own. Of what the clone configures, the address of its remote is taken and nothing else:
   no hook, helper, filter or command of it is run (AT-170, AT-205).
2. What the person who runs it has in their own configuration holds: credentials, keys, proxies, authorities.
3. Thousands of objects are asked for at a time; nothing is asked for one by one.
4. What arrives is checked against its id, and lies in the clone afterwards as if git itself had fetched it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from app.adapters.bounded_process import MEBIBYTE, Bounds, Ended, NotRun, Program, run
from app.adapters.git_history.promisors import Promisor

AT_A_TIME: Final = 10_000
"""Objects that one request asks for."""

_MOST_REFUSED: Final = 20
_LONGEST: Final = 300
_OWN: Final = (
    *("HOME", "PATH", "USER", "LOGNAME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "GIT_CONFIG_GLOBAL"),
    *("SSH_AUTH_SOCK", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "DBUS_SESSION_BUS_ADDRESS"),
    *("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"),
    *("GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "SSL_CERT_FILE", "SSL_CERT_DIR"),
)
_SHUT: Final = {
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    # What is asked for is asked for here; nothing more comes by itself.
    "GIT_NO_LAZY_FETCH": "1",
}
_CONFIG: Final = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "protocol.version": "2",
    "fetch.recurseSubmodules": "false",
    "fetch.writeCommitGraph": "false",
    "fetch.unpackLimit": "1",
    # Objects are asked for by their ids; there is nothing to negotiate.
    "fetch.negotiationAlgorithm": "noop",
    "transfer.bundleURI": "false",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "60",
    "remote.origin.promisor": "true",
    "remote.origin.partialCloneFilter": "blob:none",
}
_FETCH: Final = (
    *("fetch", "origin", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--recurse-submodules=no"),
    *("--filter=blob:none", "--stdin"),
)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s']+")
_REFUSED = re.compile(r"not our ref ([0-9a-f]{40,64})")


@dataclass(slots=True)
class Fetcher:
    """Fetches objects from one remote into the objects of a clone, in a bare repository of our own that borrows them.

    `own` is the environment of the person who runs it. Never raises: what cannot be fetched is told to `notice`, and
    after that nothing is tried any more.
    """

    promisor: Promisor
    repository: Path
    objects: str
    own: Mapping[str, str]
    notice: Callable[[str], None]
    bounds: Bounds = field(default=Bounds(1_800.0, 4_096 * MEBIBYTE, 4_096 * MEBIBYTE, 1_024))
    fetched: int = 0
    requests: int = 0
    _refused: int = 0
    _over: bool = False

    def fetch(self, oids: Collection[str]) -> None:
        """Fetch these, as far as they can be had."""
        wanted = sorted(oids)
        for start in range(0, len(wanted), AT_A_TIME):
            if self._over:
                return
            self._some(wanted[start : start + AT_A_TIME])

    def _some(self, oids: Sequence[str]) -> None:
        if not self.requests:
            sentence = f"what this clone lacks is fetched into it from {self.promisor.name} ({self.promisor.shown})"
            self.notice(sentence)
        left = list(oids)
        while left:
            try:
                ended = self._run(left)
            except NotRun as error:
                self._give_up(str(error))
                return
            if ended.code == 0:
                self.fetched += len(left)
                self.notice(f"fetched {len(left):,} object{'' if len(left) == 1 else 's'}, {self.fetched:,} by now")
                return
            refused = _REFUSED.search(ended.said)
            if refused is None or refused[1] not in left or self._refused == _MOST_REFUSED:
                self._give_up(ended.said)
                return
            # One that the remote has no more: the others may be there.
            self._refused += 1
            left.remove(refused[1])

    def _run(self, oids: Sequence[str]) -> Ended:
        self.requests += 1
        config = {**_CONFIG, "remote.origin.url": self.promisor.url}
        environment = {name: self.own[name] for name in _OWN if name in self.own} | _SHUT
        environment |= {
            "GIT_DIR": str(self.repository),
            "GIT_OBJECT_DIRECTORY": self.objects,
            "GIT_ALLOW_PROTOCOL": self.promisor.protocols,
            "GIT_CONFIG_COUNT": str(len(config)),
        }
        for number, (key, value) in enumerate(config.items()):
            environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        program = Program(("git", *_FETCH), environment, self.repository, self.bounds)
        return run(program, "".join(f"{oid}\n" for oid in oids).encode("ascii"))

    def _give_up(self, said: str) -> None:
        self._over = True
        # git repeats the address, in a form of its own.
        lines = _ADDRESS.sub(lambda _: self.promisor.shown, said).strip().splitlines()
        reason = f": {lines[-1][:_LONGEST]}" if lines else ""
        self.notice(f"the rest could not be fetched from {self.promisor.name}{reason}")
