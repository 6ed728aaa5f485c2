"""Real processes for tests and benches: a web server, a worker, or both under the supervisor.

    python tests/serving.py web    URL PORT [READ_LIMIT]
    python tests/serving.py worker URL LOG  [BLOCK_AFTER]
    python tests/serving.py both   URL PORT LOG

The web takes unsigned deliveries: the body is a pull request's number. The worker appends `begin N` and `end N` to LOG
and, once BLOCK_AFTER looks have ended, says `blocked` and does not go on.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0
"""Seconds that anything of another process may take: a machine under load starts one in twenty."""

sys.path.insert(0, str(ROOT))

from app.adapters.log_lines import configure_logs  # noqa: E402  run as a script
from app.adapters.work_queue import Again, Done, Work, WorkInbox, prepare  # noqa: E402
from app.core.pull_request import PullRequestRef  # noqa: E402
from app.web.server import Refused, Services, create_app  # noqa: E402
from app.web.serving import run_web  # noqa: E402
from app.worker import guarded, run_worker, supervise  # noqa: E402
from tests.fakes.loopback import free_port  # noqa: E402

__all__ = ["answers", "child", "children", "eventually", "free_port", "get", "kill", "lines", "post", "process", "ref"]


def ref(number: int) -> PullRequestRef:
    return PullRequestRef(installation=1, repository_id=7, owner="acme", name="gitops", number=number)


def eventually(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until a condition of another process holds; fail at the deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come to hold"
        threading.Event().wait(0.02)


@contextmanager
def process(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run this file with arguments in its own process, killed at the end."""
    command = [sys.executable, __file__, *map(str, arguments)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        assert child.stdout
        child.stdout.close()


def answers(port: int) -> bool:
    try:
        return get(port, "/readyz") == 200
    except OSError:
        return False


def get(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def post(port: int, number: int, delivery: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("POST", "/webhook", str(number), {"X-GitHub-Delivery": delivery})
        return connection.getresponse().status
    finally:
        connection.close()


def lines(log: Path, word: str) -> list[int]:
    if not log.exists():
        return []
    return [int(line.split()[1]) for line in log.read_text().splitlines() if line.startswith(word)]


def children(parent: int) -> list[int]:
    """Processes whose parent is this one."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(after[1]) == parent:
            found.append(int(stat.parent.name))
    return found


def child(parent: int, role: str) -> int:
    """The child that is the web process or the worker; gunicorn may have renamed the first."""
    for pid in children(parent):
        command = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
        if f"py {role} " in command or f"[assay-{role}]" in command:
            return pid
    raise AssertionError(f"no {role} below {parent}")


def kill(pids: Sequence[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def _web(url: str, port: str, read_limit: str = "10") -> None:
    def make() -> object:
        inbox = WorkInbox(url)

        def receive(headers: Mapping[str, str], body: bytes) -> None:
            if not body.strip().isdigit():
                raise Refused(400)
            inbox.put(Work(ref(int(body)), "pull_request.synchronize", headers["x-github-delivery"]))

        return create_app(Services(receive, inbox.check))

    prepare(url)
    run_web(("127.0.0.1", int(port)), make, read_limit=float(read_limit))


def _worker(url: str, log: str, block_after: str = "1000000000") -> None:
    ended = 0
    lock = threading.Lock()

    def look(work: Work) -> Done | Again:
        nonlocal ended
        descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, f"begin {work.ref.number}\n".encode())
        with lock:
            blocked = ended >= int(block_after)
            ended += 1
        if blocked:
            print("blocked", flush=True)  # noqa: T201  the test waits for it
            threading.Event().wait()
        os.write(descriptor, f"end {work.ref.number}\n".encode())
        os.close(descriptor)
        return Done()

    run_worker(url, "worker-1", guarded(look, lambda _work: None), lambda _sweep, _name: 0)


def _both(url: str, port: str, log: str) -> None:
    prepare(url)
    me = [sys.executable, __file__]
    supervise({"web": [*me, "web", url, port], "worker": [*me, "worker", url, log]})


if __name__ == "__main__":
    configure_logs([])
    {"web": _web, "worker": _worker, "both": _both}[sys.argv[1]](*sys.argv[2:])
