"""Run the main job on the sample and show what happened: `python -m tests.demo [FOLDER]`.

Writes the comment as Markdown and as a page into FOLDER (`demo-out`).
"""

from __future__ import annotations

import sys
import textwrap
import time
from pathlib import Path

from app.render.page import page
from tests.demo.sample import Sample
from tests.fakes.github import MergeRefused, PullRequest
from tests.fakes.stage import Stage

_REFS = ("assay/images: main", "assay/review: main")


def main(folder: Path) -> int:
    """Tell the story; 0 when it ends as it should."""
    began = time.monotonic()
    with Stage() as stage:
        sample = Sample(stage)
        _say(
            "The program runs", f"`python -m app serve` at {stage.url}; GitHub, registry and Sigstore are on loopback."
        )
        bump = sample.open_image_bump()
        _say(f"renovate[bot] opens #{bump.number}", "three images move; GitHub delivers a signed webhook.")
        _settle(stage, bump)
        _show(sample, bump)
        comment = _comment(bump)
        print(textwrap.indent(comment, "    "))
        _merge(bump, "bob")

        wording = sample.open_policy_change()
        _say(
            f"dana opens #{wording.number}",
            "a message in policies/ is reworded: nothing gets weaker, but it is governed.",
        )
        _settle(stage, wording)
        _show(sample, wording)
        print(textwrap.indent(_comment(wording), "    "))
        _merge(wording, "bob")
        wording.review("alice", "APPROVED")
        _say("alice of @acme/security approves", "the review is delivered, the pull request is looked at again.")
        stage.wait(lambda: _states(sample, wording).get(_REFS[1]) == "success", "the approval counts")
        _show(sample, wording)
        merged = _merge(wording, "bob")
        violations = stage.github.violations

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "comment.md").write_text(comment, encoding="utf-8")
    (folder / "comment.html").write_text(page(comment, f"Assay on #{bump.number}"), encoding="utf-8")
    _say("Done", f"in {time.monotonic() - began:.1f} s; the comment as a page: {folder / 'comment.html'}")
    for violation in violations:
        print(f"    broke GitHub's contract: {violation}")
    return 0 if merged and not violations else 1


def _settle(stage: Stage, pull: PullRequest) -> None:
    def settled() -> bool:
        final = {
            status.context for status in pull.repository.latest_statuses(pull.head_sha) if status.state != "pending"
        }
        return "assay/images: main" in final and len(pull.comments) > 0

    stage.wait(settled, f"#{pull.number} is judged")


def _states(sample: Sample, pull: PullRequest) -> dict[str, str]:
    return {one.context: one.state for one in sample.repository.latest_statuses(pull.head_sha)}


def _show(sample: Sample, pull: PullRequest) -> None:
    for one in sorted(sample.repository.latest_statuses(pull.head_sha), key=lambda status: status.context):
        print(f"    {one.state:8} {one.context}   {one.description}")


def _merge(pull: PullRequest, by: str) -> bool:
    try:
        pull.merge(by)
    except MergeRefused as refused:
        print(f"    {by} tries to merge #{pull.number}: refused ({refused})")
        return False
    print(f"    {by} merges #{pull.number}: merged")
    return True


def _comment(pull: PullRequest) -> str:
    return pull.comments[-1].body


def _say(what: str, more: str) -> None:
    print(f"\n== {what}: {more}")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("demo-out")))
