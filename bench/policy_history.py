"""What the commits of a repository did to its policies, over its whole history.

    python bench/policy_history.py REPOSITORY [--every N] [--sample N] [--seed N] [--processes N]

Runs the job's own reading of policy edits over every commit with one parent, and prints how many commits edited a
policy, their effects, the time, and a sample of commits with the sentence of each edit, to be read beside
`git show`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import pathlib
import random
import subprocess
import sys
import time
from collections import Counter

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.core.errors import Unavailable  # noqa: E402 - the program runs from anywhere
from app.core.policy_edit import Effect, PolicyEdit, combined  # noqa: E402
from app.jobs.policy_edits import read_edits  # noqa: E402
from bench.bot_commits import History  # noqa: E402

Found = list[tuple[str, tuple[PolicyEdit, ...]]]


def commits(folder: str, every: int) -> list[tuple[str, str]]:
    """Return commits with one parent, each with it, newest first."""
    done = subprocess.run(
        ["git", "-C", folder, "log", "--no-merges", "--format=%H %P"], capture_output=True, check=True
    )
    pairs = (line.split() for line in done.stdout.decode("ascii").splitlines())
    return [(pair[0], pair[1]) for pair in pairs if len(pair) > 1][::every]


def edits(work: tuple[str, list[tuple[str, str]]]) -> tuple[Found, Counter[str]]:
    """Return the commits that edited policies, and why others could not be read."""
    folder, some = work
    history, found, broken = WholeHistory(folder), Found(), Counter[str]()
    for commit, parent in some:
        try:
            made = read_edits(history, history.changed(parent, commit), (parent, commit))
        except Unavailable as error:
            broken[str(error)] += 1
            continue
        if made:
            found.append((commit, made))
    return found, broken


class WholeHistory(History):
    """A history in which files that did not change are read too: overlays need them."""

    def blob_of(self, commit: str, path: str) -> str | None:
        """Name what a path holds at a commit."""
        known = super().blob_of(commit, path)
        return known if known is not None else f"{commit}:{path}" if "\n" not in path else None


def _effect(made: tuple[PolicyEdit, ...]) -> str:
    return combined(edit.effect for edit in made).value


def _subjects(made: tuple[PolicyEdit, ...]) -> str:
    """Name what guarded edits are of: kinds, or the folder of files that are no objects."""
    guarded = [edit for edit in made if edit.effect in {Effect.WEAKER, Effect.CANNOT_TELL}]
    return ", ".join(sorted({edit.resource.kind if edit.resource else _folder(edit.path) for edit in guarded}))


def _folder(path: str) -> str:
    return path.rpartition("/")[0] if path.startswith(".github/") else "file"


def main() -> int:
    """Count over one repository."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("repository")
    parser.add_argument("--every", type=int, default=1, help="only each N-th commit")
    parser.add_argument("--sample", type=int, default=0, help="commits to print")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    wanted, began = commits(options.repository, options.every), time.perf_counter()
    found, broken = Found(), Counter[str]()
    with multiprocessing.Pool(options.processes) as pool:
        for part, failed in pool.imap_unordered(edits, [(options.repository, wanted[n::16]) for n in range(16)]):
            found += part
            broken += failed
    took = time.perf_counter() - began
    effects = Counter(_effect(made) for _, made in found)
    print(f"{options.repository}: {len(wanted)} commits in {took:.0f} s ({len(wanted) / took:.0f}/s)")
    print(f"{len(found)} edit policies: {', '.join(f'{count} {effect}' for effect, count in effects.most_common())}")
    subjects = Counter(_subjects(made) for _, made in found)
    for subject, count in subjects.most_common(12):
        print(f"  {count} weaker or not known: {subject or 'nothing'}")
    for why, count in broken.most_common():
        print(f"  not read: {count} x {why}")
    chosen = random.Random(options.seed).sample(sorted(found, key=lambda one: one[0]), min(options.sample, len(found)))
    for commit, made in chosen:
        print(f"{commit[:10]} {_effect(made)}")
        for edit in made[:8]:
            print(f"    {edit.effect.value}: {edit.path}:{edit.line} {edit.field}: {edit.sentence}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
