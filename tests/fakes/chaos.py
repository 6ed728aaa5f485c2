"""A script of what happens at GitHub, played in quiet or in a storm; at the end both must have come to the same.

A script is made from a number and nothing else, so that two runs of it have the same pull requests with the same
contents. What happens in a storm happens by chance.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Protocol

from sqlalchemy import text

from app.adapters.database import is_sqlite, open_engine
from tests.e2e.conftest import IDENTITY, ISSUER, policy
from tests.fakes.github import DROPPED, Fault, GitHub, graphql_error, secondary_limit
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.github.repository import Repository
from tests.fakes.postgres import PostgresServer
from tests.fakes.registry import FakeRegistry
from tests.fakes.registry import Fault as RegistryFault
from tests.fakes.sigstore import PrivateSigstore
from tests.fakes.troupe import WEB, Troupe

IMAGES: Final = 6
"""Different images that the pull requests take, of which every third is unsigned; none is the one on main.

A pull request that changes nothing has a comment only if it once did, and was looked at then.
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How much happens: `events` over `pulls` pull requests in `owners` organisations, made from `seed`."""

    events: int
    pulls: int
    owners: int = 4
    seed: int = 7


class Place(Protocol):
    """Where a script is played."""

    github: GitHub
    registry: FakeRegistry
    sigstore: PrivateSigstore


@dataclass
class Script:
    """The world and what happens in it, step by step."""

    place: Place
    size: Size
    pulls: list[PullRequest] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    repositories: list[Repository] = field(default_factory=list)
    played: Counter[str] = field(default_factory=Counter)

    def prepare(self) -> None:
        """Make organisations, repositories under a policy, and images."""
        github, registry = self.place.github, self.place.registry
        for rate in ("core", "graphql"):
            github.rate(rate).limit = 10**9
        signer = self.place.sigstore.signer(IDENTITY, ISSUER)
        for number in range(IMAGES + 1):
            digest = registry.put_image("acme/api", f"1.{number}", seed=str(number))
            if number % 3:
                registry.attach(self.place.sigstore.sign(digest, f"{registry.host}/acme/api", signer), "acme/api")
            self.images.append(f"{registry.host}/acme/api:1.{number}@{digest}")
        first = self.images.pop(1)
        reviews = "reviews:\n  - paths: [/policies/**]\n    users: [alice]\n"
        files = {".github/assay.yml": policy(registry.host, reviews), "app.yaml": manifest(first)}
        for number in range(self.size.owners):
            github.organization(f"owner{number}", members=["alice", "bob", "dana"])
            github.repository(f"owner{number}/.github")
            repository = github.repository(f"owner{number}/gitops")
            for login in ("alice", "bob", "dana"):
                repository.grant(login, "write")
            repository.commit("main", files, author="alice")
            self.repositories.append(repository)

    def steps(self) -> Iterator[Callable[[], object]]:
        """Return what happens, in order: each step leads to at least one delivery."""
        dice = random.Random(self.size.seed)
        for number in range(self.size.pulls):
            yield partial(self._open, number, dice.choice(self.images))
        doings = (self._push, self._push, self._approve, self._comment, self._recheck, self._base)
        for number in range(self.size.events - self.size.pulls):
            yield partial(dice.choice(doings), number, dice.randrange(self.size.pulls), dice.choice(self.images))

    def results(self) -> dict[str, tuple[object, ...]]:
        """Return what each pull request shows: statuses with their words, and comments without what differs by run."""
        return {f"{one.repository.full_name}#{one.number}": self._result(one) for one in self.pulls}

    def _result(self, pull: PullRequest) -> tuple[object, ...]:
        latest = pull.repository.latest_statuses(pull.head_sha)
        statuses = sorted((one.context, one.state, self._plain(one.description or "")) for one in latest)
        ours = [one for one in pull.comments if one.author.login.endswith("[bot]")]
        comments = [self._plain(one.body) for one in ours if not one.body.startswith("/")]
        return tuple(statuses), tuple(comments)

    def _plain(self, words: str) -> str:
        """Leave out what differs from run to run: ports, commits, times."""
        words = words.replace(self.place.registry.host, "registry")
        words = re.sub(r"\b[0-9a-f]{7,64}\b", "#", words)
        return re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?Z?", "then", words)

    def _open(self, number: int, image: str) -> None:
        self.played["pull request opened"] += 1
        repository = self.repositories[number % self.size.owners]
        files = {"app.yaml": manifest(image)} | ({f"policies/{number}.yaml": "a: 1\n"} if number % 5 == 0 else {})
        repository.commit(f"bump-{number}", files, author="dana", parents=["main"])
        self.pulls.append(repository.open_pull_request(f"bump-{number}", author="dana"))

    def _push(self, number: int, place: int, image: str) -> None:
        self.played["push to a pull request"] += 1
        self.pulls[place].push({"app.yaml": manifest(image), "note.md": f"{number}\n"}, author="dana")

    def _approve(self, number: int, place: int, _image: str) -> None:
        self.played["review"] += 1
        self.pulls[place].review("alice" if number % 2 else "bob", "APPROVED")

    def _comment(self, number: int, place: int, _image: str) -> None:
        self.played["comment"] += 1
        self.pulls[place].comment("bob", f"What about {number}?")

    def _recheck(self, _number: int, place: int, _image: str) -> None:
        self.played["recheck"] += 1
        self.pulls[place].comment("dana", "/assay recheck")

    def _base(self, number: int, place: int, _image: str) -> None:
        self.played["push to main"] += 1
        self.pulls[place].repository.commit("main", {"README.md": f"{number}\n"}, author="alice")


def manifest(image: str) -> str:
    """Write a pod."""
    return f"kind: Pod\nmetadata:\n  name: api\nspec:\n  containers:\n    - name: api\n      image: {image}\n"


@dataclass
class Storm:
    """What goes wrong by chance, in threads of its own, until it is over; `met` counts it.

    `limits`: GitHub's own limits are met, which Assay waits for. `one_falls`: one worker never comes back.
    """

    troupe: Troupe
    server: PostgresServer | None = None
    seed: int = 1
    pause: tuple[float, float] = (0.5, 3.0)
    limits: bool = True
    one_falls: bool = True
    met: Counter[str] = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)
    fallen: set[str] = field(default_factory=set)

    @contextmanager
    def raging(self) -> Iterator[None]:
        """Let it rage; at the end all processes run again, but one worker whose id never comes back."""
        doings = [self._kill, self._trouble_github, self._trouble_registry]
        doings += [self._restart_database] if self.server is not None else []
        threads = [threading.Thread(target=self._loop, args=(do, number)) for number, do in enumerate(doings)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.over.set()
            for thread in threads:
                thread.join()
            self.troupe.github.faults.clear()
            self.troupe.registry.heal()
            for name in (WEB, *self.troupe.workers):
                # One that was started while there was no database has ended; whoever keeps processes starts it again.
                if name not in self.fallen and not self.troupe.alive(name):
                    self.troupe.spawn(name)

    def _loop(self, do: Callable[[random.Random], None], number: int) -> None:
        dice = random.Random(self.seed * 100 + number)
        while not self.over.wait(dice.uniform(*self.pause)):
            do(dice)

    def _kill(self, dice: random.Random) -> None:
        standing = [name for name in (WEB, WEB, *self.troupe.workers) if name not in self.fallen]
        name = dice.choice(standing)
        if not self.troupe.alive(name):
            self.met[f"{name.partition('-')[0]} ended by itself"] += name in self.troupe.processes
        if name in self.troupe.processes:
            self.troupe.slay(name)
            self.met[f"{name.partition('-')[0]} killed"] += 1
        if name != WEB and self.one_falls and not self.fallen:
            # The machine is gone for good, and another one takes its place.
            self.fallen.add(name)
            name = "worker-new"
            self.troupe.workers.append(name)
            self.met["worker gone for good"] += 1
        self.over.wait(dice.uniform(0.1, 2.0))
        self.troupe.spawn(name)

    def _restart_database(self, dice: random.Random) -> None:
        assert self.server is not None
        if self.met["database restarted"] and self.over.wait(dice.uniform(3.0, 8.0)):
            return
        self.server.stop()
        self.over.wait(dice.uniform(0.0, 2.0))
        self.server.start()
        self.met["database restarted"] += 1

    def _trouble_github(self, dice: random.Random) -> None:
        name, fault = dice.choice([*_GITHUB(dice), *(_LIMITS(dice) if self.limits else [])])
        faults = self.troupe.github.faults
        faults[:] = [one for one in faults if not one.spent]
        self.troupe.github.fault(fault)
        self.met[name] += 1

    def _trouble_registry(self, dice: random.Random) -> None:
        fault = dice.choice(
            [
                RegistryFault("/v2/", status=503, times=dice.randint(1, 4)),
                RegistryFault("/manifests/", status=429, headers={"Retry-After": "1"}, times=2),
                RegistryFault("/v2/", delay=12.0, times=1),
                RegistryFault("/referrers/", raw=b"", times=2),
            ]
        )
        self.troupe.registry.fail(fault)
        self.met["registry: no answer in time" if fault.delay else "registry: 5xx, 429, dropped"] += 1


def _GITHUB(dice: random.Random) -> list[tuple[str, Fault]]:  # noqa: N802
    times = dice.randint(1, 3)
    return [
        ("github: 502", Fault("*", "*", 502, times)),
        ("github: 503", Fault("*", "*", 503, times)),
        ("github: dropped", Fault("*", "*", DROPPED, times)),
        ("github: written, answer lost", Fault("POST", "/repos/*", 502, times, after=True)),
        ("github: written, answer dropped", Fault("POST", "/repos/*", DROPPED, times, after=True)),
        ("github: GraphQL limited", graphql_error()),
    ]


def _LIMITS(dice: random.Random) -> list[tuple[str, Fault]]:  # noqa: N802
    return [
        ("github: 429", Fault("*", "*", 429, dice.randint(1, 2), headers={"Retry-After": "1"})),
        ("github: 403 secondary, retry-after", secondary_limit("*", retry_after=dice.randint(1, 3))),
        ("github: 403 secondary, no header", secondary_limit("*", retry_after=None)),
    ]


def busy(url: str) -> int:
    """Count the work that waits or runs; a sweep that waits for its time is none."""
    return counted(url, "status IN ('ENQUEUED', 'PENDING') OR (status = 'DELAYED' AND name = 'look')")


def counted(url: str, condition: str) -> int:
    """Count the rows of the queue for which a condition of SQL holds."""
    table = "workflow_status" if is_sqlite(url) else "dbos.workflow_status"
    engine = open_engine(url, patience=10, size=1)
    try:
        with engine.connect() as connection:
            rows = connection.execute(text(f"SELECT count(*) FROM {table} WHERE {condition}"))  # noqa: S608
            return int(rows.scalar_one())
    finally:
        engine.dispose()


def quiet(troupe: Troupe, url: str, seconds: float) -> bool:
    """Wait until nothing is left to do for two seconds; false when that does not come."""
    deadline = time.monotonic() + seconds
    since = time.monotonic()
    while time.monotonic() < deadline:
        if busy(url):
            since = time.monotonic()
        elif time.monotonic() - since > 2:
            return True
        threading.Event().wait(0.1)
    return False


def differences(
    expected: Mapping[str, tuple[object, ...]], found: Mapping[str, tuple[object, ...]]
) -> dict[str, tuple[object, object]]:
    """Return the pull requests that show something else than expected."""
    return {name: (expected[name], found.get(name)) for name in expected if expected[name] != found.get(name)}
