"""Score the effects of policy changes on real commits.

    python bench/policy_changes.py [--family NAME] [--all]

Compares both sides of every record in the folder of real data beside the checkout, with the files that belong to it,
and holds the effect against the record's label. Prints a table, the rates that are aimed at, and each disagreement
(with `--all` each record). Exits 1 when something weaker or undetermined was called stronger or neutral.
"""

from __future__ import annotations

import argparse
import gzip
import json
import pathlib
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[1]
DATA = ROOT / "../shared/data/policies/dev.jsonl.gz"
sys.path.insert(0, str(ROOT))

from app import admission  # noqa: E402 - the program runs from anywhere
from app.core.policy_edit import Effect, PolicyEdit, combined  # noqa: E402
from app.core.tree import File  # noqa: E402

WORDS = {
    "loosens": Effect.WEAKER,
    "tightens": Effect.STRONGER,
    "neutral": Effect.NEUTRAL,
    "undetermined": Effect.CANNOT_TELL,
}
GUARDED = (Effect.WEAKER, Effect.CANNOT_TELL)


@dataclass(frozen=True)
class Scored:
    """One record with what its label and we say."""

    record: dict[str, Any]
    wanted: Effect
    edits: tuple[PolicyEdit, ...]

    @property
    def found(self) -> Effect:
        """The effect of all edits together."""
        return combined(edit.effect for edit in self.edits)

    @property
    def unsafe(self) -> bool:
        """Whether something that asks for people was called fine."""
        return self.wanted in GUARDED and self.found not in GUARDED

    @property
    def false_alarm(self) -> bool:
        """Whether something fine was called weaker."""
        return self.wanted in (Effect.STRONGER, Effect.NEUTRAL) and self.found is Effect.WEAKER

    @property
    def abstained(self) -> bool:
        """Whether a label that says something was answered with that it cannot be told."""
        return self.wanted is not Effect.CANNOT_TELL and self.found is Effect.CANNOT_TELL


def records() -> Iterator[dict[str, Any]]:
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def scored(record: dict[str, Any]) -> Scored:
    files = [record, *record["related"]]
    before, after = (
        [File(one["path"], one[side]) for one in files if one[side] is not None] for side in ("base", "head")
    )
    return Scored(record, WORDS[record["label"]], admission.compare(before, after))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--family")
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    started = time.process_time()
    found = [scored(one) for one in records() if options.family in (None, one["tags"][0])]
    seconds = time.process_time() - started
    for one in found:
        if options.all or one.found is not one.wanted:
            show(one)
    table(found)
    unsafe = sum(one.unsafe for one in found)
    print(f"unsafe misses: {rate(unsafe, sum(one.wanted in GUARDED for one in found))} (0 asked for)")
    calm = sum(one.wanted in (Effect.STRONGER, Effect.NEUTRAL) for one in found)
    print(f"false weaker: {rate(sum(one.false_alarm for one in found), calm)} (at most 5 %)")
    told = sum(one.wanted is not Effect.CANNOT_TELL for one in found)
    print(f"cannot tell: {rate(sum(one.abstained for one in found), told)} (at most 25 %)")
    print(f"{len(found)} records in {seconds:.2f} s of processor time")
    return 1 if unsafe else 0


def rate(part: int, whole: int) -> str:
    return f"{part} of {whole}" + (f" ({100 * part / whole:.1f} %)" if whole else "")


def table(found: list[Scored]) -> None:
    counts = Counter((one.wanted, one.found) for one in found)
    print(f"\n{'label':>12} | " + " ".join(f"{effect.value:>12}" for effect in Effect))
    for wanted in Effect:
        print(f"{wanted.value:>12} | " + " ".join(f"{counts[wanted, effect]:>12}" for effect in Effect))
    print()


def show(one: Scored) -> None:
    mark = "UNSAFE" if one.unsafe else "ALARM" if one.false_alarm else "abstained" if one.abstained else ""
    print(f"{one.wanted.value} -> {one.found.value} {mark}: {one.record['id']} ({one.record['reason']})")
    for edit in one.edits:
        place = f"{edit.path}:{edit.line} {edit.field or '(object)'}"
        print(f"    {edit.effect.value}: {place}: {edit.sentence} {edit.witness!r}")


if __name__ == "__main__":
    sys.exit(main())
