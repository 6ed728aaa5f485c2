"""How many reviews a minute 1, 2, 4 and 8 workers make on PostgreSQL.

    python -m bench.scaling [--pulls 120] [--workers 1,2,4,8] [--slots 2] [--github 50] [--registry 100]

The world waits as a real one does: each request to GitHub is held for 50 ms and each to the registry for 100 ms before
it is answered; nothing is remembered of images, for every pull request moves to one of its own. Workers are processes
of their own. Each runs SLOTS looks at a time here (a real one ten), so that what limits is the waiting and not the
processor of the machine that simulates all of it: GitHub, registry, database and workers share its processors. What
the workers' processors had to do is printed beside, and with it the number of workers that would fill one processor.
Budgets of writes are off: they would be the limit.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from app.adapters.log_lines import configure_logs
from app.adapters.work_queue import WorkInbox
from app.adapters.work_queue import queue as work_queue
from app.adapters.work_queue.fairness import Shares
from app.bootstrap.records import make_tables
from app.bootstrap.working import worker_program
from app.settings import read
from app.worker import guarded, guarded_sweeps, run_worker
from bench.main_job import image, manifest
from bench.night import is_judged, work_for
from tests.e2e.conftest import policy
from tests.fakes import registry_handler
from tests.fakes.github import server as github_server
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.postgres import PostgresServer
from tests.fakes.stage import Stage

ROOT = Path(__file__).parents[1]


class World(Stage):
    """The stage without the program on it, on which everything takes its time."""

    def run(self) -> None:
        """Make the tables alone."""
        make_tables(read(self.environment))


def slow(handler: type[BaseHTTPRequestHandler], seconds: float) -> None:
    """Hold each request that a simulated server reads from now on."""
    before = handler.parse_request

    def parse(self: BaseHTTPRequestHandler) -> bool:
        parsed = before(self)
        threading.Event().wait(seconds)
        return parsed

    handler.parse_request = parse  # type: ignore[method-assign]


def worker(number: str, slots: str) -> None:
    settings = replace(read(os.environ), worker_id=f"worker-{number}")
    configure_logs([])
    program = worker_program(settings)
    work_queue.Shares = lambda: Shares(int(slots), int(slots))  # type: ignore[misc,assignment,attr-defined]
    work_queue.SLOTS = int(slots)  # type: ignore[misc,attr-defined]
    url = settings.database_url.reveal()
    handler = guarded(program.handle, program.show_crash)
    run_worker(url, settings.worker_id, handler, guarded_sweeps(lambda _sweep, _name: 0))
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"cpu {used.ru_utime + used.ru_stime:.2f}", flush=True)


def started(world: World, count: int, slots: int) -> list[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "bench.scaling", "worker"]
    with (world.folder / "log.jsonl").open("ab") as log:
        return [
            subprocess.Popen(
                [*command, str(n), str(slots)],
                cwd=ROOT,
                env=world.environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
            for n in range(count)
        ]


def ended(processes: list[subprocess.Popen[str]]) -> float:
    for process in processes:
        process.terminate()
    return sum(float(process.communicate(timeout=60)[0].split()[-1]) for process in processes)


def run(url: str, workers: int, asked: argparse.Namespace) -> tuple[float, float]:
    """Return reviews a minute, and the workers' processor seconds a review."""
    settings = {"ASSAY_SWEEP_MINUTES": "0", "ASSAY_DATABASE_URL": url, "ASSAY_GITHUB_WRITES": "off"}
    with World(settings) as world:
        world.github.organization("acme", members=["dana"])
        world.github.repository("acme/.github")
        repository = world.github.repository("acme/gitops")
        old = manifest(image(world, 0))
        repository.commit("main", {".github/assay.yml": policy(world.registry.host), "app.yaml": old})
        pulls: list[PullRequest] = []
        for number in range(asked.pulls + workers):
            bump = {"app.yaml": manifest(image(world, number + 1))}
            repository.commit(f"bump-{number}", bump, parents=["main"])
            pulls.append(repository.open_pull_request(f"bump-{number}"))
        inbox = WorkInbox(url)
        processes = started(world, workers, asked.slots)
        warm, measured = pulls[:workers], pulls[workers:]
        for pull in warm:
            inbox.put(work_for(world, pull))
        world.wait(lambda: all(is_judged(pull) for pull in warm), "the workers are warm", 120)
        began = time.monotonic()
        for pull in measured:
            inbox.put(work_for(world, pull))
        world.wait(lambda: all(is_judged(pull) for pull in measured), "all are judged", 900)
        seconds = time.monotonic() - began
        cpu = ended(processes)
        inbox.close()
        return len(measured) / seconds * 60, cpu / len(pulls)


def main(asked: argparse.Namespace) -> None:
    print(f"{asked.pulls} pull requests, {asked.slots} looks at a time a worker, GitHub {asked.github} ms,", end=" ")
    print(f"registry {asked.registry} ms, {os.cpu_count()} processors, load before {os.getloadavg()[0]:.1f}")
    print(f"{'workers':>8} {'reviews/min':>12} {'speed-up':>9} {'efficiency':>11} {'cpu s/review':>13}")
    slow(github_server.Handler, asked.github / 1000)
    slow(registry_handler.Handler, asked.registry / 1000)
    first = 0.0
    with PostgresServer() as server:
        for workers in (int(word) for word in asked.workers.split(",")):
            rate, cpu = run(server.database(), workers, asked)
            first = first or rate
            part = rate / first
            print(f"{workers:8} {rate:12.1f} {part:9.2f} {part / workers:11.0%} {cpu:13.2f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["worker"]:
        worker(*sys.argv[2:])
    else:
        parser = argparse.ArgumentParser()
        parser.add_argument("--pulls", type=int, default=120)
        parser.add_argument("--workers", default="1,2,4,8")
        parser.add_argument("--slots", type=int, default=2)
        parser.add_argument("--github", type=float, default=50)
        parser.add_argument("--registry", type=float, default=100)
        main(parser.parse_args())
