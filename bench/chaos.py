"""Deliveries while everything goes wrong; at the end every pull request shows what a quiet run leads to.

    python -m bench.chaos [--events 1000] [--pulls 100] [--workers 3] [--database sqlite|postgresql] [--seed 7]

First the script is played in quiet, then once more in a storm: web and workers are killed -9 by chance, one worker for
good; the PostgreSQL server is restarted; GitHub answers 5xx, 429, secondary limits with and without a time, carries
writes out and drops its answer; the registry answers 5xx or not in time. Deliveries that met no web are recovered by
nobody but the program itself. The App's own pacing of writes is off, so that what is measured is not its waiting.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from tests.fakes.chaos import Script, Size, Storm, differences, quiet
from tests.fakes.postgres import PostgresServer
from tests.fakes.troupe import Troupe

SETTINGS = {"ASSAY_SWEEP_MINUTES": "1", "ASSAY_GITHUB_WRITES": "off"}


def play(size: Size, options: argparse.Namespace, *, storm: bool) -> tuple[dict[str, tuple[object, ...]], list[str]]:
    lines: list[str] = []
    with ExitStack() as stack:
        server = None
        settings = dict(SETTINGS)
        if options.database == "postgresql":
            server = stack.enter_context(PostgresServer(durable=True))
            settings["ASSAY_DATABASE_URL"] = server.database()
        troupe = stack.enter_context(Troupe(settings, options.workers))
        url = troupe.environment["ASSAY_DATABASE_URL"]
        script = Script(troupe, size)
        script.prepare()
        began = time.monotonic()
        weather = Storm(troupe, server, options.seed)
        with ExitStack() as raging:
            if storm:
                raging.enter_context(weather.raging())
            for step in script.steps():
                due = began + script.played.total() / options.rate
                time.sleep(max(0.0, due - time.monotonic()) if storm else 0.0)
                step()
            if storm:
                time.sleep(options.tail)
        played = time.monotonic() - began
        calm = time.monotonic()
        ended = quiet(troupe, url, options.patience)
        if storm:
            # What the last kills left to the next sweep.
            ended = wait_for_sweep(troupe, url, options.patience)
        count, more = script.played.total(), time.monotonic() - calm
        lines.append(f"played {count} events in {played:.0f} s; quiet after {more:.0f} s more: {ended}")
        lines.append(f"events: {dict(script.played)}")
        sent = [one for one in troupe.github.deliveries if not one.redelivery]
        failed = [one for one in sent if not one.succeeded]
        again = {one.guid for one in troupe.github.deliveries if one.redelivery and one.succeeded}
        lines.append(
            f"deliveries {len(sent)}, of these not taken at once {len(failed)}, "
            f"delivered again by the sweep {sum(one.guid in again for one in failed)}"
        )
        never = Counter(one.event for one in failed if one.guid not in again)
        if never:
            lines.append(f"never delivered (what they told was found by looking): {dict(never)}")
        if storm:
            lines.append(f"met: {dict(sorted(weather.met.items()))}")
        answers = Counter(call.status for call in troupe.github.requests)
        lines.append(f"answers of GitHub: {dict(sorted(answers.items()))}")
        lines.append(
            f"violations {len(troupe.github.violations)} {troupe.github.violations[:2]}; log: {logged(troupe)}"
        )
        if options.keep:
            Path(options.keep).mkdir(exist_ok=True)
            (Path(options.keep) / f"{'storm' if storm else 'quiet'}-{options.database}.jsonl").write_text(troupe.log)
        return script.results(), lines


def wait_for_sweep(troupe: Troupe, url: str, seconds: float) -> bool:
    """Wait until two sweeps have begun since now and what they led to has ended."""
    before = troupe.log.count("went over all/")
    deadline = time.monotonic() + seconds
    while troupe.log.count("went over all/") < before + 2 and time.monotonic() < deadline:
        time.sleep(0.5)
    return quiet(troupe, url, max(1.0, deadline - time.monotonic()))


def logged(troupe: Troupe) -> dict[str, int]:
    words = ("judged: ", "looks again in", "crashed", "answered 503", "queued anew", "asked for again")
    return {word: troupe.log.count(word) for word in words}


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, default in (("events", 1000), ("pulls", 100), ("owners", 10), ("workers", 3), ("seed", 7)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--rate", type=float, default=8.0, help="events a second")
    parser.add_argument("--tail", type=float, default=10.0, help="seconds that the storm goes on after the last event")
    parser.add_argument("--patience", type=float, default=1200.0)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--keep", default="", help="a folder for the logs")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # ends what was started, too
    size = Size(options.events, options.pulls, options.owners, options.seed)
    expected, lines = play(size, options, storm=False)
    print("quiet:", *lines, sep="\n  ", flush=True)
    found, lines = play(size, options, storm=True)
    print("storm:", *lines, sep="\n  ")
    wrong = differences(expected, found)
    lost = [name for name, (_, got) in wrong.items() if not got or not got[0] or not got[1]]
    doubled = [name for name, got in found.items() if len(got[1]) > 1]
    status = [name for name, (want, got) in wrong.items() if got and got[0] != want[0]]
    others = set(wrong) - set(lost) - set(status)
    print(f"{options.database}: {len(expected)} pull requests; lost {len(lost)}, doubled comments {len(doubled)},")
    print(f"  wrong final status {len(status)}, other differences {len(others)}")
    for name, (want, got) in list(wrong.items())[:5]:
        print(name, "\n  wanted", want, "\n  found ", got)
    sys.exit(bool(wrong or doubled))


if __name__ == "__main__":
    main()
