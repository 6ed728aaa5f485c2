"""Recall of image changes over the whole history of a repository, against what its update bots said themselves.

    python bench/bot_commits.py REPOSITORY [--every N] [--misses N] [--processes N]

Reads every commit without a second parent whose message names container images and their new versions (Renovate
subjects and tables, Flux image automation, `host/name:tag` lines), runs the job's own reading of both sides, and counts
the named images that were found. A named version that stands in no added line of the commit is not judged: the message
says more than the commit does. Prints recall, what was missed, and commits a second.
"""

from __future__ import annotations

import argparse
import multiprocessing
import pathlib
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.adapters.git_clone import GitClone  # noqa: E402 - the program runs from anywhere
from app.core.errors import InvalidReference, Unavailable  # noqa: E402
from app.core.inventory import ImageChange  # noqa: E402
from app.core.oci import ImageReference  # noqa: E402
from app.core.tree import ChangedFile, File, Listing, file_of  # noqa: E402
from app.jobs.changes import read_changes  # noqa: E402

_RENOVATE = re.compile(
    r"\((?:container|images?|docker)\)!?: update (?:(?:docker|container) )?(?:image |helm values )?(?P<name>[\w./-]+)"
    r"(?: docker tag| docker digest)?"
    r"(?: \( ?[^\s()]+ (?:→|➔|->) (?P<moved>[^\s()]+) ?\)| to (?P<to>[\w.+-]+))",
    re.IGNORECASE,
)
_DOCKER = re.compile(r"update (?P<name>[\w./-]+) docker (?:tag|digest) to (?P<to>[\w.+-]+)", re.IGNORECASE)
_ROW = re.compile(r"^\|\s*docker\s*\|\s*(?P<name>[\w./-]+)\s*\|[^|]*\|\s*(?P<to>[^\s|]+)\s*\|", re.MULTILINE)
_REFERENCE = re.compile(r"(?<![\w./-])(?P<name>[\w-]+(?:\.[\w-]+)+/[\w./-]+):(?P<to>[\w.+-]+)")
_AUTOMATION = ("Auto-release", "Release ")
_HEADER = 3
_ADDED = re.compile(r"^\+(?!\+\+)(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Label:
    """An image and the version that a message says it has now; digests may be cut short."""

    name: str
    to: str


@dataclass(slots=True)
class Score:
    """What was counted over some commits."""

    commits: int = 0
    labels: int = 0
    found: int = 0
    unjudged: int = 0
    broken: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)

    def add(self, other: Score) -> None:
        """Add what another process counted."""
        self.commits += other.commits
        self.labels += other.labels
        self.found += other.found
        self.unjudged += other.unjudged
        self.broken += other.broken
        self.missed += other.missed


def labels(message: str) -> set[Label]:
    """Return the images that a message names with their new version."""
    subject = message.partition("\n")[0]
    found = {Label(row["name"], row["to"]) for row in _ROW.finditer(message)}
    if not found:
        for pattern in (_RENOVATE, _DOCKER):
            for match in pattern.finditer(subject):
                groups = match.groupdict()
                found.add(Label(groups["name"], groups.get("moved") or groups["to"]))
    if not found and _is_automation(subject):
        found = {Label(match["name"], match["to"]) for match in _REFERENCE.finditer(subject)}
    return {Label(label.name.lower(), label.to.removeprefix("sha256:")) for label in found if "/" in label.name}


def _is_automation(subject: str) -> bool:
    rest = subject
    for start in _AUTOMATION:
        rest = rest.removeprefix(start)
    return all(_REFERENCE.fullmatch(word) for word in rest.replace(",", " ").split())


class History:
    """A repository read through one long `cat-file` process."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._reader = subprocess.Popen(
            ["git", "-C", folder, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._clone = GitClone(folder)
        self.files: dict[str, str] = {}

    def changed(self, parent: str, commit: str) -> Sequence[ChangedFile]:
        """Return what a commit changed."""
        files = self._clone.changed_files(parent, commit)
        self.files = {f"{parent}:{file.base_path}": file.before or "" for file in files}
        self.files |= {f"{commit}:{file.head_path}": file.after or "" for file in files}
        return files

    def read(self, commit: str, paths: Iterable[str]) -> Mapping[str, File]:
        """Return the content of changed files; the `Source` port."""
        found = {}
        for path in paths:
            blob = self.blob_of(commit, path)
            if blob and (content := self._blob(blob)) is not None:
                found[path] = file_of(path, "100644", content)
        return found

    def blob_of(self, commit: str, path: str) -> str | None:
        """Name what a path holds at a commit, `None` when it did not change there."""
        return self.files.get(f"{commit}:{path}")

    def list(self, commit: str, folder: str) -> Listing:
        """Return what lies below a folder; the `Source` port."""
        return self._clone.list(commit, folder)

    def added(self, parent: str, commit: str) -> str:
        """Return the lines that a commit adds."""
        done = subprocess.run(
            ["git", "-C", self._folder, "diff-tree", "-p", "-U0", "--no-color", parent, commit],
            capture_output=True,
            check=True,
        )
        return "\n".join(_ADDED.findall(done.stdout.decode("utf-8", "replace")))

    def _blob(self, blob: str) -> bytes | None:
        asked, answer = self._reader.stdin, self._reader.stdout
        if asked is None or answer is None:
            return None
        asked.write(f"{blob}\n".encode())
        asked.flush()
        words = answer.readline().split()
        if len(words) != _HEADER or words[1] != b"blob":
            return None
        content = answer.read(int(words[2]))
        answer.read(1)
        return content


def matches(label: Label, change: ImageChange) -> bool:
    """Whether a change is the one that a label means: a message may leave out the host, cut a digest or a `v`."""
    if change.after is None:
        return False
    if change.name is not None and not _same_name(label.name, str(change.name)):
        return False
    tag, digest = change.after.tag, change.after.digest
    if digest is not None and str(digest).removeprefix("sha256:").startswith(label.to):
        return True
    wanted = label.to.removeprefix("v").lower()
    has = (tag or "").removeprefix("v").lower()
    return has == wanted or has.startswith((f"{wanted}-", f"{wanted}."))


def _same_name(said: str, found: str) -> bool:
    try:
        name = str(ImageReference.parse(said).name)
    except InvalidReference:
        name = said
    return name == found or found.endswith(f"/{said}")


def commits(folder: str, every: int) -> Iterator[tuple[str, str, set[Label]]]:
    """Return the commits with labels: id, parent, labels."""
    done = subprocess.run(
        ["git", "-C", folder, "log", "--no-merges", "--format=%H%x00%P%x00%B%x01"],
        capture_output=True,
        check=True,
    )
    seen = 0
    for entry in done.stdout.decode("utf-8", "replace").split("\x01"):
        commit, _, rest = entry.strip().partition("\0")
        parent, _, message = rest.partition("\0")
        found = labels(message) if parent else set()
        if found:
            seen += 1
            if seen % every == 0:
                yield commit, parent, found


def score(folder: str, some: list[tuple[str, str, set[Label]]]) -> Score:
    """Read these commits and count."""
    history, counted = History(folder), Score()
    for commit, parent, wanted in some:
        counted.commits += 1
        try:
            changes = read_changes(history, history.changed(parent, commit), (parent, commit))
        except Unavailable as error:
            counted.broken[str(error)] += 1
            continue
        missing = [label for label in wanted if not any(matches(label, change) for change in changes.images)]
        counted.labels += len(wanted)
        counted.found += len(wanted) - len(missing)
        if not missing:
            continue
        added = history.added(parent, commit).lower()
        for label in missing:
            if label.to.removeprefix("v").lower() in added:
                counted.missed.append(f"{commit[:10]} {label.name} → {label.to}")
            else:
                counted.unjudged += 1
                counted.labels -= 1
    return counted


def _score(work: tuple[str, list[tuple[str, str, set[Label]]]]) -> Score:
    return score(*work)


def main() -> int:
    """Score one repository."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("repository")
    parser.add_argument("--every", type=int, default=1, help="only each N-th commit of a bot")
    parser.add_argument("--misses", type=int, default=20, help="misses to print")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    wanted = list(commits(options.repository, options.every))
    total, began = Score(), time.perf_counter()
    parts = [(options.repository, wanted[start::8]) for start in range(8)]
    with multiprocessing.Pool(options.processes) as pool:
        for part in pool.imap_unordered(_score, parts):
            total.add(part)
    took = time.perf_counter() - began
    recall = total.found / total.labels if total.labels else 1.0
    print(f"{options.repository}: {total.commits} commits of bots, {total.labels} named images, found {total.found}")
    print(f"recall {recall:.4f}; {total.unjudged} named versions stand in no added line; {total.commits / took:.0f}/s")
    for line in total.missed[: options.misses]:
        print("  missed", line)
    for why, count in total.broken.most_common():
        print(f"  not read: {count} x {why}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
