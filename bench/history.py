"""The history of a repository: how fast it is told, whether it is told as a pull request would be, and what it says.

    python bench/history.py speed REPOSITORY [--commits N …]
    python bench/history.py agreement REPOSITORY [--every N]
    python bench/history.py bots REPOSITORY [--commits N] [--cache FILE]
    python bench/history.py policies REPOSITORY [--commits N] [--cache FILE] [--sample N] [--seed N]

`speed` runs `git log -p` over the same commits and the paths that are read, then the history without a cache, with an
empty one, and with one that lacks the last hundred commits; each writes out all that it tells. Of each: seconds,
seconds of processors, and the peak of memory of the whole process tree, and each as a ratio. `agreement` holds the
events of every N-th commit against what `assay images` and `assay policies` say of it and its first parent. `bots`
scores image updates against the messages of update bots. `policies` counts policy changes by effect and prints some to
be read by hand. Both take the last `N` commits where a number is given, and keep what they read in `FILE`.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.adapters.git_clone import GitClone  # noqa: E402
from app.adapters.git_history import GitHistory  # noqa: E402
from app.bootstrap.history import history_of  # noqa: E402
from app.core.history import Event, Gap, ImageUpdate, PolicyChange, Step  # noqa: E402
from app.core.policy_edit import Effect  # noqa: E402
from app.jobs.changes import MAX_IMAGE_CHANGES, read_changes  # noqa: E402
from app.jobs.history import Reader, WantedHistory  # noqa: E402
from app.jobs.own_edits import Ours, read_own_edits  # noqa: E402
from app.jobs.policy_edits import read_edits  # noqa: E402
from bench.bot_commits import labels, matches  # noqa: E402

_NEW = 100
_TELL = """
import sys, pathlib
from datetime import UTC, datetime
sys.path.insert(0, {root!r})
from app.bootstrap.history import history_of
from app.jobs.history import WantedHistory
cache = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
with history_of(sys.argv[1], cache, print) as job:
    for found in job.lines(WantedHistory(sys.argv[2]), datetime.now(UTC)):
        print(found, end="")
"""


@dataclass(frozen=True)
class Cost:
    """Seconds on the wall and of processors, and the peak of memory in MiB, of a program with all its children."""

    wall: float
    processors: float
    memory: float

    def against(self, other: Cost) -> str:
        """Say how many times another this is."""
        return (
            f"{self.wall:7.2f} s ({self.wall / other.wall:5.1f}x) {self.processors:7.2f} s of processors "
            f"({self.processors / other.processors:5.1f}x) {self.memory:6.0f} MiB ({self.memory / other.memory:4.1f}x)"
        )


def measured(command: list[str]) -> Cost:
    """Run a program to its end."""
    peak, ended = [0.0], threading.Event()
    before, began = os.times(), time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def look() -> None:
        while not ended.wait(0.1):
            peak[0] = max(peak[0], sum(map(_memory, _tree(child.pid))))

    watcher = threading.Thread(target=look)
    watcher.start()
    code = child.wait()
    wall = time.perf_counter() - began
    ended.set()
    watcher.join()
    if code:
        sys.exit(f"{command[0]} ended with {code}")
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(wall, used, peak[0] / 1024)


def _tree(root: int) -> Iterator[int]:
    yield root
    try:
        tasks = list(pathlib.Path(f"/proc/{root}/task").iterdir())
        below = [(task / "children").read_text() for task in tasks]
    except OSError:
        return
    for child in " ".join(below).split():
        yield from _tree(int(child))


def _memory(process: int) -> float:
    """Return kibibytes: what is shared with others counts in part."""
    try:
        lines = pathlib.Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return float(next((line.split()[1] for line in lines if line.startswith("Pss:")), 0))


def git(folder: str, *arguments: str) -> str:
    return subprocess.run(["git", "-C", folder, *arguments], capture_output=True, check=True, text=True).stdout.strip()


def speed(folder: str, counts: list[int]) -> None:
    """Print what each way costs, for so many of the last commits."""
    line = git(folder, "rev-list", "--first-parent", "HEAD").split()
    for count in counts or [2_000, 8_000, len(line)]:
        whole = count >= len(line)
        wanted = "HEAD" if whole else f"{line[count]}..HEAD"
        before = line[_NEW] if whole else f"{line[count]}..{line[_NEW]}"
        _speed(folder, wanted, before, min(count, len(line)))


def _speed(folder: str, wanted: str, before: str, count: int) -> None:
    git_alone = measured(["git", "-C", folder, "log", "-p", "--first-parent", "-m", wanted, "--", *_paths()])
    tell = [sys.executable, "-c", _TELL.format(root=str(ROOT)), folder]
    with tempfile.TemporaryDirectory() as home:
        cache = f"{home}/cache.sqlite"
        costs = {
            "first, without a cache": measured([*tell, wanted]),
            f"all but {_NEW} commits, into a cache": measured([*tell, before, cache]),
            f"then {_NEW} new commits": measured([*tell, wanted, cache]),
            "then nothing new": measured([*tell, wanted, cache]),
        }
        size = pathlib.Path(cache).stat().st_size / 1024 / 1024
    print(f"{folder}: {count:,} commits of the first-parent line; the cache takes {size:.1f} MiB")
    print(f"  {'git log -p':32} {git_alone.against(git_alone)}")
    for what, cost in costs.items():
        print(f"  {what:32} {cost.against(git_alone)}", flush=True)


def _paths() -> list[str]:
    """Return what of a repository is read, as git's patterns."""
    return ["*.yaml", "*.yml", "*.json", "*.json5", "*.j2", "*.tf", "*.toml", "*.sh", "*Dockerfile*", "*kustomization"]


def agreement(folder: str, every: int) -> int:
    """Compare; return how many commits differ."""
    history, clone, counts = GitHistory(folder), GitClone(folder), Counter[str]()
    some = list(history.line(history.resolve("HEAD")))[every - 1 :: every]
    steps = (step for step in history.steps(some) if isinstance(step, Step) and step.parent)
    # As the job itself reads, one commit after the other, with all that is remembered between them.
    answers = Reader(history, WantedHistory())(some)
    for step in steps:
        commit, parent = step.stored.commit, step.parent or ""
        files = clone.changed_files(parent, commit)
        images = read_changes(clone, files, (parent, commit)).images
        edits = read_edits(clone, files, (parent, commit))
        edits += read_own_edits(clone, files, (parent, commit), Ours.at(clone, parent))
        ours = [found for found in answers[commit].found if isinstance(found, Event)]
        same = _images(ours)[:MAX_IMAGE_CHANGES] == list(images) and _edits(ours) == set(edits)
        counts["commits"] += 1
        counts["image changes"] += len(images)
        counts["edits"] += len(edits)
        counts["different commits"] += not same
        if not same:
            print(f"  differs: {commit}: {len(images)} images, {len(edits)} edits; told {_count(ours)}")
    print(f"{folder}: {dict(counts)}")
    return counts["different commits"]


def _images(events: list[Event]) -> list[object]:
    return [one.what.change for one in events if isinstance(one.what, ImageUpdate)]


def _edits(events: list[Event]) -> set[object]:
    return {edit for one in events if isinstance(one.what, PolicyChange) for edit in one.what.edits}


def _count(events: list[Event]) -> str:
    return f"{len(_images(events))} images, {len(_edits(events))} edits"


@dataclass(frozen=True)
class Asked:
    """Which history is read: its folder, the range, and where it is kept."""

    folder: str
    revision: str
    cache: pathlib.Path | None

    def told(self) -> Iterator[Event | Gap]:
        """Yield the history."""
        with history_of(self.folder, self.cache, print) as job:
            yield from job.run(WantedHistory(self.revision))


def bots(asked: Asked) -> None:
    """Score image updates of the first-parent line against what the messages of its commits name."""
    counts = Counter[str]()
    told: dict[str, list[ImageUpdate]] = {}
    for found in asked.told():
        if isinstance(found, Event) and isinstance(found.what, ImageUpdate):
            told.setdefault(found.facts.commit, []).append(found.what)
    folder = asked.folder
    form = "--format=%H%x00%B%x01"
    output = subprocess.run(
        ["git", "-C", folder, "log", "--first-parent", "--no-merges", form, asked.revision],
        capture_output=True,
        check=True,
    ).stdout.decode("utf-8", "replace")
    for entry in output.split("\x01"):
        commit, _, message = entry.strip().partition("\0")
        wanted = labels(message)
        if not wanted:
            continue
        counts["commits"] += 1
        updates = [one.change for one in told.get(commit, []) if one.change.before and one.change.after]
        found_labels = [label for label in wanted if any(matches(label, change) for change in updates)]
        missing = [label for label in wanted if label not in found_labels]
        if missing:
            added = _added(folder, commit)
            missing = [label for label in missing if label.to.removeprefix("v").lower() in added]
        counts["named"] += len(found_labels) + len(missing)
        counts["found"] += len(found_labels)
        counts["updates"] += len(updates)
        counts["named updates"] += sum(any(matches(label, change) for label in wanted) for change in updates)
    recall = counts["found"] / max(1, counts["named"])
    precision = counts["named updates"] / max(1, counts["updates"])
    print(f"{folder}: {dict(counts)}: recall {recall:.4f}, precision {precision:.4f}")


def _added(folder: str, commit: str) -> str:
    shown = subprocess.run(
        ["git", "-C", folder, "diff-tree", "-p", "-U0", "--no-color", "--root", commit], capture_output=True, check=True
    ).stdout.decode("utf-8", "replace")
    return "\n".join(line for line in shown.splitlines() if line.startswith("+")).lower()


def policies(asked: Asked, sample: int, seed: int) -> None:
    """Count policy changes by effect, and print some."""
    found, gaps = list[Event](), 0
    for one in asked.told():
        if isinstance(one, Gap):
            gaps += 1
        elif isinstance(one.what, PolicyChange):
            found.append(one)
    for name, some in (
        ("policies", [one for one in found if not _governance(one)]),
        ("governance", [one for one in found if _governance(one)]),
    ):
        effects = Counter(_effect(one) for one in some)
        counted = ", ".join(f"{effects[one]} {one.value}" for one in Effect)
        print(f"{asked.folder} {asked.revision}: {len(some)} changes of {name}: {counted}")
        kinds = Counter(_kind(one) for one in some)
        print(f"    {', '.join(f'{count} {kind}' for kind, count in kinds.most_common(20))}")
    print(f"{gaps} gaps")
    some = [one for one in found if not _governance(one)]
    for one in random.Random(seed).sample(some, min(sample, len(some))):
        change = one.what
        if not isinstance(change, PolicyChange):
            continue
        print(f"\n{one.facts.commit[:12]} {_effect(one).value}: {_kind(one)} {change.path}: {one.facts.subject[:80]}")
        for edit in change.edits[:6]:
            sides = f"{_short(edit.before)} -> {_short(edit.after)}"
            print(f"    {edit.effect.value}: {edit.field or '(all)'}: {edit.sentence} [{sides}] {edit.witness}")


def _governance(one: Event) -> bool:
    return isinstance(one.what, PolicyChange) and one.what.governance


def _effect(one: Event) -> Effect:
    return one.what.effect if isinstance(one.what, PolicyChange) else Effect.NEUTRAL


def _kind(one: Event) -> str:
    resource = one.what.resource if isinstance(one.what, PolicyChange) else None
    return resource.kind if resource is not None else "file"


def _short(text: str | None) -> str:
    return "-" if text is None else " ".join(text.split())[:70]


def main() -> int:
    """Do one of the four."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=["speed", "agreement", "bots", "policies"])
    parser.add_argument("repository")
    parser.add_argument("--commits", type=int, nargs="*", default=[], help="so many of the last commits")
    parser.add_argument("--cache", type=pathlib.Path, help="where what was read is kept")
    parser.add_argument("--every", type=int, default=10, help="only each N-th commit")
    parser.add_argument("--sample", type=int, default=30, help="policy changes to print")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    options = parser.parse_args()
    if options.what == "speed":
        speed(options.repository, options.commits)
        return 0
    if options.what == "agreement":
        return 1 if agreement(options.repository, options.every) else 0
    revision = f"HEAD~{options.commits[0]}..HEAD" if options.commits else "HEAD"
    asked = Asked(options.repository, revision, options.cache)
    if options.what == "bots":
        bots(asked)
    else:
        policies(asked, options.sample, options.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
