"""How fast deliveries are acknowledged, and what kill -9 costs.

    python bench/intake.py [--rate 30] [--seconds 30] [--processes 1,4] [--database sqlite,postgresql] [--kill]

Real gunicorn, real signatures, bodies of 25 KB, a worker running beside it whose look takes 50 ms. Deliveries, and
requests of a bare Flask route that reads the body and says 202, go to the same server in turns. Times are of the whole
request as a client on this machine sees it. GitHub gives up after ten seconds.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import http.client
import json
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flask import request

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from app.adapters.log_lines import configure_logs  # noqa: E402  run as a script
from app.adapters.work_queue import Again, Done, Work, WorkInbox, prepare  # noqa: E402
from app.web.receiving import Receiver  # noqa: E402
from app.web.server import Services, create_app  # noqa: E402
from app.web.serving import run_web  # noqa: E402
from app.worker import guarded, run_worker, supervise  # noqa: E402
from tests.fakes.postgres import PostgresServer  # noqa: E402
from tests.serving import answers, child, children, eventually, free_port, kill, lines  # noqa: E402

SECRET = b"bench-secret"
FIFTY = range(1, 51)
RUN = secrets.token_hex(4)  # so that a database that is used again does not know the deliveries already


def web(url: str, port: str, processes: str) -> None:
    def make() -> object:
        inbox = WorkInbox(url)
        app = create_app(Services(Receiver(lambda: (SECRET,), 1, inbox.put, inbox.put_sweep).receive, inbox.check))

        @app.post("/bare")
        def bare() -> tuple[str, int]:
            request.get_data()
            return "taken", 202

        return app

    run_web(("127.0.0.1", int(port)), make, processes=int(processes))


def worker(url: str, log: str, milliseconds: str) -> None:
    def look(work: Work) -> Done | Again:
        with Path(log).open("a") as file:
            file.write(f"begin {work.ref.number}\n")
        threading.Event().wait(int(milliseconds) / 1000)
        with Path(log).open("a") as file:
            file.write(f"end {work.ref.number}\n")
        return Done()

    run_worker(url, "worker-1", guarded(look, lambda _work: None), lambda _sweep, _name: 0)


def both(url: str, port: str, log: str, *how: str) -> None:
    prepare(url)
    milliseconds, processes = how
    me = [sys.executable, __file__]
    supervise({"web": [*me, "web", url, port, processes], "worker": [*me, "worker", url, log, milliseconds]})


def delivery(number: int) -> bytes:
    return json.dumps(
        {
            "action": "synchronize",
            "installation": {"id": 1},
            "repository": {"id": 7, "name": "gitops", "owner": {"login": "acme"}},
            "pull_request": {"number": number, "head": {"sha": "a" * 40}, "base": {"ref": "main", "repo": {"id": 7}}},
            "filling": "x" * 25_000,
        }
    ).encode()


def deliver(port: int, number: int, guid: str, path: str = "/webhook") -> tuple[int, float]:
    """Send one delivery on its own connection, as GitHub does; return status and seconds."""
    body = delivery(number)
    headers = {
        "X-Hub-Signature-256": "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest(),
        "X-GitHub-Event": "pull_request",
        "X-GitHub-Delivery": f"{RUN}-{guid}",
    }
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, time.perf_counter() - began
    except OSError:
        return 0, time.perf_counter() - began
    finally:
        connection.close()


@contextmanager
def started(url: str, port: int, log: Path, *how: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, __file__, "both", url, str(port), str(log), *map(str, how)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: answers(port), 60)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def acknowledgement(url: str, folder: Path, options: argparse.Namespace, processes: int) -> None:
    port, log = free_port(), folder / f"acknowledged-{processes}"
    paths = ("/webhook", "/bare")

    def at_its_time(due: float, number: int) -> tuple[int, float]:
        threading.Event().wait(max(0.0, due - time.perf_counter()))
        return deliver(port, 1000 + number % 200, f"ack-{processes}-{number}", paths[number % 2])

    with started(url, port, log, 50, processes), ThreadPoolExecutor(64) as pool:
        for number in range(8 * processes):  # each process has a connection, as it has all the time
            deliver(port, 1, f"warm-{processes}-{number}")
        first = time.perf_counter() + 0.1
        numbers = range(int(2 * options.rate * options.seconds))
        results = list(pool.map(at_its_time, [first + number / options.rate / 2 for number in numbers], numbers))
    times = [sorted(seconds * 1000 for _, seconds in results[start::2]) for start in (0, 1)]
    figures = [(statistics.median(one), one[int(len(one) * 0.99)], one[-1]) for one in times]
    for path, (median, worst, most) in zip(paths, figures, strict=True):
        print(f"  {path:9} p50 {median:6.1f} ms   p99 {worst:6.1f} ms   max {most:6.1f} ms")
    (median, worst, _), (bare, bare_worst, _) = figures
    answers = dict(Counter(status for status, _ in results[::2]))
    print(f"  ratio     p50 {median / bare:.2f}   p99 {worst / bare_worst:.2f}   answers {answers}", flush=True)


def killed(url: str, folder: Path, victim: str) -> None:
    port, log = free_port(), folder / f"killed-{victim}"
    taken = set[int]()

    def until_taken(number: int) -> int:
        """Deliver as GitHub's redelivery does: the same GUID until it is taken."""
        for attempt in range(1, 1000):
            if deliver(port, number, f"{victim}-{number}")[0] == 202:
                taken.add(number)
                return attempt
            threading.Event().wait(0.05)
        raise AssertionError(number)

    def half() -> bool:
        return len(taken if victim == "web" else lines(log, "end")) >= 25

    with started(url, port, log, 100, 1) as process:
        pid = child(process.pid, victim)
        with ThreadPoolExecutor(4) as pool:
            running = [pool.submit(until_taken, number) for number in FIFTY]
            eventually(half, 60)
            kill([*children(pid), pid])
            tries = sum(result.result() for result in running)
        eventually(lambda: set(lines(log, "end")) >= taken, 60)
    begun, ended = Counter(lines(log, "begin")), Counter(lines(log, "end"))
    print(
        f"kill -9 of the {victim} amid 50: lost {len(taken - set(ended))}, "
        f"ended twice {sum(count > 1 for count in ended.values())}, "
        f"begun twice {sum(count > 1 for count in begun.values())}, requests sent {tries}"
    )


def main(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        for database in options.database.split(","):
            server = stack.enter_context(PostgresServer(durable=True)) if database == "postgresql" else None
            for run in range(options.repeat):
                for processes in map(int, options.processes.split(",")):
                    url = f"sqlite:///{folder}/{run}-{processes}.db" if server is None else server.database()
                    print(f"{database}, {processes} web processes, {options.rate:.0f} deliveries a second:")
                    acknowledgement(url, folder, options, processes)
            for victim in ("worker", "web") if options.kill else ():
                url = f"sqlite:///{folder}/{victim}.db" if server is None else server.database()
                killed(url, folder, victim)


def read() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=30)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--processes", default="1,4")
    parser.add_argument("--database", default="sqlite,postgresql")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--kill", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    commands = {"web": web, "worker": worker, "both": both}
    if len(sys.argv) > 1 and sys.argv[1] in commands:
        configure_logs([])
        commands[sys.argv[1]](*sys.argv[2:])
    else:
        main(read())
