"""A night in which one installation gets 300 pull requests at once, and another one a few.

    python -m bench.night [--pulls 300] [--workers 2] [--scale 30] [--postgres]

Real workers as processes of their own, on SQLite or PostgreSQL, against a simulated GitHub that enforces 80 writes a
minute and 500 an hour over *any* window and refuses what is more. Its clock, and the clock of the write budget, run
SCALE times as fast as the machine's; everything else (reading, judging, waiting for a place) takes its real time. So
hours are told in GitHub's time, and the waits of the other installation in real seconds, which a real night would not
make longer. Every pull request moves one signed image to another.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from app.adapters.log_lines import configure_logs
from app.adapters.pacing import GITHUB, Share, WriteBudget
from app.adapters.work_queue import Work, WorkInbox
from app.adapters.work_queue.entrance import Entrance
from app.bootstrap.records import make_tables
from app.bootstrap.working import worker_program
from app.core.errors import NotYet
from app.core.pull_request import PullRequestRef
from app.settings import read
from app.worker import guarded, guarded_sweeps, run_worker
from bench.main_job import image, manifest
from tests.e2e.conftest import policy
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.github.repository import Repository
from tests.fakes.github.secondary import SecondaryLimits, secondary_limits
from tests.fakes.postgres import PostgresServer
from tests.fakes.stage import Stage

CONTEXTS = {"assay/images: main", "assay/review: main"}
ROOT = Path(__file__).parents[1]


class ScaledBudget(WriteBudget):
    """A budget by GitHub's fast clock that tells its waits in the machine's seconds."""

    def __init__(self, url: str, scale: float) -> None:
        super().__init__(url, GITHUB, lambda: time.time() * scale)
        self._scale = scale

    def book(self, installation: int, share: Share) -> float:
        """Book a write."""
        try:
            return super().book(installation, share) / self._scale
        except NotYet as error:
            raise self._scaled(error) from None

    def admit(self, installation: int, *, promised: float | None) -> None:
        """Let a look begin."""
        try:
            super().admit(installation, promised=None if promised is None else promised * self._scale)
        except NotYet as error:
            raise self._scaled(error) from None

    def check(self, installation: int) -> None:
        """Return unless paused."""
        try:
            super().check(installation)
        except NotYet as error:
            raise self._scaled(error) from None

    def _scaled(self, error: NotYet) -> NotYet:
        return NotYet(error.sentence, retry_after=(error.retry_after or 0) / self._scale)


class World(Stage):
    """The stage without the program on it."""

    def run(self) -> None:
        """Make the tables alone."""
        make_tables(read(self.environment))


def worker(number: str, scale: str) -> None:
    settings = replace(read(os.environ), worker_id=f"worker-{number}")
    configure_logs([])
    budget = ScaledBudget(settings.database_url.reveal(), float(scale))
    program = worker_program(settings, budget)
    run_worker(
        settings.database_url.reveal(),
        settings.worker_id,
        guarded(program.handle, program.show_crash),
        guarded_sweeps(lambda _sweep, _name: 0),
    )


def opened(world: World, owner: str, count: int, images: Sequence[str]) -> list[PullRequest]:
    world.github.organization(owner, members=["dana"])
    world.github.repository(f"{owner}/.github")
    repository: Repository = world.github.repository(f"{owner}/gitops")
    old = manifest(image(world, 0))
    repository.commit("main", {".github/assay.yml": policy(world.registry.host), "app.yaml": old})
    pulls = []
    for number in range(count):
        bump = {"app.yaml": manifest(images[number % len(images)]), "note.txt": f"{number}\n"}
        repository.commit(f"bump-{number}", bump, parents=["main"])
        pulls.append(repository.open_pull_request(f"bump-{number}"))
    return pulls


def work_for(world: World, pull: PullRequest) -> Work:
    repository = pull.repository
    owner = repository.full_name.split("/")[0]
    installation = world.github.installation(owner).id
    ref = PullRequestRef(installation, repository.id, owner, repository.name, pull.number, "main", pull.head_sha)
    return Work(ref, "pull_request.opened", f"{owner}-{pull.number}")


def is_judged(pull: PullRequest) -> bool:
    latest = {one.context: one.state for one in pull.repository.latest_statuses(pull.head_sha)}
    return latest.keys() >= CONTEXTS and set(latest.values()) == {"success"}


def main(pulls: int, workers: int, scale: float, url: str) -> None:
    with World({"ASSAY_SWEEP_MINUTES": "0"} | ({"ASSAY_DATABASE_URL": url} if url else {})) as world:
        limits = secondary_limits(lambda: time.time() * scale)
        images = [image(world, seed + 1) for seed in range(10)]
        night, others = opened(world, "acme", pulls, images), opened(world, "bravo", 6, images)
        world.github.faults.append(limits)
        inbox = WorkInbox(world.environment["ASSAY_DATABASE_URL"], entrance=Entrance())
        for pull in night:
            inbox.put(work_for(world, pull))
        with (world.folder / "log.jsonl").open("ab") as log:
            command = [sys.executable, "-m", "bench.night", "worker"]
            processes = [
                subprocess.Popen([*command, str(n), str(scale)], cwd=ROOT, env=world.environment, stderr=log)
                for n in range(workers)
            ]
        try:
            told(world, (night, others, inbox), limits, scale)
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(60)
            inbox.close()
        for violation in world.github.violations[:3]:
            print(f"broke GitHub's contract: {violation}")


def told(
    world: World, work: tuple[list[PullRequest], list[PullRequest], WorkInbox], limits: SecondaryLimits, scale: float
) -> None:
    night, others, inbox = work
    world.wait(lambda: any(is_judged(pull) for pull in night), "the workers begin")
    began, waits, waiting = time.time(), list[float](), dict[PullRequest, float]()
    left, singles, due = list(night), list(others), began
    while left or waiting:
        threading.Event().wait(0.05)
        now = time.time()
        if singles and not waiting and now >= due:
            single = singles.pop()
            waiting[single] = now
            inbox.put(work_for(world, single))
        for single in [one for one in waiting if is_judged(one)]:
            waits.append(now - waiting.pop(single))
            due = now + (2 if len(waits) < 4 else 60)
        left = [pull for pull in left if not is_judged(pull)]
        if now - began > 3 * 3600:
            raise AssertionError(f"{len(left)} are not judged")
    seconds = (time.time() - began) * scale
    silent = sum(not pull.comments for pull in night)
    writes = sum(len(sent) for sent in limits.sent.values())
    looks = sum("judged" in line for line in world.log.splitlines())
    print(f"pull requests {len(night)}, all judged after {seconds / 3600:.2f} h of GitHub's time (clock x{scale:.0f})")
    print(f"  writes {writes}, refused {limits.hits}; fullest minute {limits.fullest(60)} of {limits.minute},")
    print(f"  fullest hour {limits.fullest(3600)} of {limits.hour}; without a comment yet {silent}; looks {looks}")
    waited = ", ".join(f"{one:.1f}" for one in waits)
    print(f"  another installation's single pull requests waited, s (real time): {waited}; longest {max(waits):.1f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["worker"]:
        worker(*sys.argv[2:])
    else:
        parser = argparse.ArgumentParser()
        parser.add_argument("--pulls", type=int, default=300)
        parser.add_argument("--workers", type=int, default=2)
        parser.add_argument("--scale", type=float, default=30)
        parser.add_argument("--postgres", action="store_true")
        asked = parser.parse_args()
        if asked.postgres:
            with PostgresServer() as server:
                main(asked.pulls, asked.workers, asked.scale, server.database())
        else:
            main(asked.pulls, asked.workers, asked.scale, "")
