"""What web and worker hold in memory as jobs go by.

    python -m bench.memory [--jobs 10000] [--pulls 50] [--database sqlite|postgresql]

Each job is a real delivery with a GUID of its own: signed, over HTTP, stored, taken by the one worker, which reads the
pull request from the simulated GitHub, judges it afresh and finds nothing to write. In rounds over all pull requests,
so that no look makes another one needless. Sizes are in MiB; the web's is that of its two processes, with what they
share counted once. Where fewer jobs are done than 10,000 the last figure is extrapolated from the second half's slope,
and says so.
"""

from __future__ import annotations

import argparse
import http.client
import signal
import sys
import threading
import time
import uuid
from contextlib import ExitStack
from pathlib import Path

from tests.fakes.chaos import Script, Size, counted, quiet
from tests.fakes.github.deliveries import Delivery
from tests.fakes.postgres import PostgresServer
from tests.fakes.troupe import WEB, Troupe, below

ASKED = 10_000


def resident(process: int) -> float:
    """Return the MiB that a process and all below it hold, what they share counted once."""
    total = 0
    for one in (process, *below(process)):
        words = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii")
        total += next(int(line.split()[1]) for line in words.splitlines() if line.startswith("Pss:"))
    return total / 1024


def deliver(troupe: Troupe, one: Delivery) -> None:
    host, port = troupe.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    connection.request("POST", "/webhook", one.body, {**one.headers, "X-GitHub-Delivery": str(uuid.uuid4())})
    status = connection.getresponse().status
    connection.close()
    if status != 202:
        raise AssertionError(status)


def run(troupe: Troupe, options: argparse.Namespace) -> list[tuple[int, float, float]]:
    url = troupe.environment["ASSAY_DATABASE_URL"]
    script = Script(troupe, Size(options.pulls, options.pulls, 5))
    script.prepare()
    for step in script.steps():
        step()
    quiet(troupe, url, 300)
    opened = [one for one in troupe.github.deliveries if one.event == "pull_request"]
    ended, samples = 0, []
    while ended < options.jobs:
        if not samples or ended - samples[-1][0] >= options.jobs // 20:
            processes = troupe.processes
            samples.append((ended, resident(processes[WEB]), resident(processes[troupe.workers[0]])))
            print("  {:6} jobs   web {:6.1f}   worker {:6.1f}".format(*samples[-1]), flush=True)
        for one in opened:
            deliver(troupe, one)
        ended += len(opened)
        while counted(url, "name = 'look' AND status IN ('ENQUEUED', 'PENDING')"):
            threading.Event().wait(0.2)
        troupe.github.requests.clear()
    processes = troupe.processes
    samples.append((ended, resident(processes[WEB]), resident(processes[troupe.workers[0]])))
    print("  {:6} jobs   web {:6.1f}   worker {:6.1f}".format(*samples[-1]))
    print(f"  judged {troupe.log.count('judged: ')}, crashed {troupe.log.count('crashed')}")
    return samples


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=ASKED)
    parser.add_argument("--pulls", type=int, default=50)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    settings = {"ASSAY_SWEEP_MINUTES": "0", "ASSAY_GITHUB_WRITES": "off"}
    with ExitStack() as stack:
        if options.database == "postgresql":
            settings["ASSAY_DATABASE_URL"] = stack.enter_context(PostgresServer()).database()
        troupe = stack.enter_context(Troupe(settings, workers=1))
        began = time.monotonic()
        samples = run(troupe, options)
        print(f"  {options.database}, {time.monotonic() - began:.0f} s")
    jobs, *last = samples[-1]
    half = next(one for one in samples if one[0] >= jobs / 2)
    for name, now, then in zip(("web", "worker"), last, half[1:], strict=True):
        slope = (now - then) / max(1, jobs - half[0]) * 1000
        how = "measured" if jobs >= ASKED else f"extrapolated from {jobs} jobs"
        at = now + slope * max(0, ASKED - jobs) / 1000
        print(f"{name}: {now:.1f} MiB, {slope:+.2f} MiB a thousand jobs; at {ASKED} jobs {at:.0f} MiB ({how})")


if __name__ == "__main__":
    main()
