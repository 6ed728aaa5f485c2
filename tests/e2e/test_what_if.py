"""A pull request that changes our own policy hears what the new one would have said to what was merged."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from app.adapters.ledger import DatabaseLedger
from app.adapters.work_queue import Work
from app.core.errors import Moved
from app.core.pull_request import PullRequestRef
from app.jobs.replay import Past
from app.jobs.what_if import Pasts
from tests.e2e.conftest import IMAGES, REVIEW, World, policy
from tests.fakes.github import Fault
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.registry import Auth
from tests.fakes.registry import Fault as RegistryFault

FETCH = "/acme/gitops.git/*"
LOOSE = "version: 1\nunmatched: allow\n"
POLICY = ".github/assay.yml"


def merged(world: World, *images: str, text: str = LOOSE) -> None:
    """Merge a policy, then an image for each word: `good` or `bad`."""
    world.repository.commit("main", {POLICY: text}, author="owner")
    for one in images:
        image, _ = world.image(signed=one == "good")
        world.repository.commit("main", {"app.yaml": world.manifest(image)}, author="owner")
    world.desk.skip()


def proposes(world: World, text: str | None, **files: str) -> PullRequest:
    """Open a pull request with another policy."""
    world.repository.commit("policy", {POLICY: text, **files}, author="dana", parents=["main"])
    return world.repository.open_pull_request("policy", author="dana")


def strict(world: World) -> str:
    return policy(world.desk.registry.host, extra="unmatched: allow\n")


def work_of(world: World, pull: PullRequest) -> Work:
    installation = world.desk.github.installation("acme").id
    return Work(PullRequestRef(installation, world.repository.id, "acme", "gitops", pull.number), "opened", "guid-1")


def recorded(world: World, pull: PullRequest) -> dict[str, Any]:
    """Return the newest document of the ledger."""
    ledger = DatabaseLedger(f"sqlite:///{world.desk.folder / 'assay.db'}")
    try:
        kept = ledger.history(work_of(world, pull).ref, 1)
    finally:
        ledger.close()
    return cast("dict[str, Any]", json.loads(kept[0][2]))


def closed(world: World) -> None:
    """Close the registry to all but the operator, who lets the organisation use the credential."""
    world.desk.registry.auth = Auth("reader", "correct-horse")
    host = world.desk.registry.host
    bound = {"ASSAY_REGISTRY_CREDENTIAL_USERS": f"{host}=acme"}
    world.desk.open({"ASSAY_REGISTRY_AUTH": f"{host}=reader:correct-horse", **bound})


@dataclass(frozen=True)
class Meanwhile:
    """The past of branches; before it is lent something happens."""

    pasts: Pasts
    act: Callable[[], object]

    def past(
        self, ref: PullRequestRef, tip: str, reads: Callable[[str], bool], *, seconds: float
    ) -> AbstractContextManager[Past]:
        self.act()
        return self.pasts.past(ref, tip, reads, seconds=seconds)


def meanwhile(world: World, act: Callable[[], object]) -> None:
    job = world.desk.program.job
    assert job.what_ifs is not None
    what_ifs = replace(job.what_ifs, pasts=Meanwhile(job.what_ifs.pasts, act))
    world.desk.program = replace(world.desk.program, job=replace(job, what_ifs=what_ifs))


def said(pull: PullRequest) -> str:
    """Return the line of the comment that counts."""
    assert len(pull.comments) == 1
    return next(
        (line for line in pull.comments[0].body.splitlines() if line.startswith(("What", "<details><summary>What if"))),
        "",
    )


def test_a_stricter_policy_hears_to_how_many_changes_it_would_have_said_otherwise(world: World) -> None:
    merged(world, "good", "bad", "good", "bad")
    pull = proposes(world, strict(world))
    world.desk.work()
    counts = "otherwise to 2 of the last 4 image changes: 2 stricter"
    assert said(pull) == f"<details><summary>What if: the proposed policy would have said {counts}</summary>"


def test_what_it_would_have_said_is_folded_below_with_commit_image_and_reason(world: World) -> None:
    merged(world, "bad")
    pull = proposes(world, strict(world))
    world.desk.work()
    tip = world.repository.tip("main")
    assert tip is not None
    row = next(line for line in pull.comments[0].body.splitlines() if tip[:12] in line and line.startswith("|"))
    assert "acme/api" in row
    assert "| OK | BLOCKED |" in row


def test_a_looser_policy_hears_that_it_would_have_been_milder(world: World) -> None:
    merged(world, "bad", text=strict(world))
    pull = proposes(world, LOOSE)
    world.desk.work()
    assert said(pull).endswith("otherwise to the last image change: 1 milder</summary>")


def test_a_policy_that_says_the_same_hears_that_in_one_line(world: World) -> None:
    merged(world, "good", "good")
    pull = proposes(world, strict(world))
    world.desk.work()
    assert said(pull) == "What if: the proposed policy would have said the same to the last 2 image changes."


def test_a_first_policy_is_tried_too(world: World) -> None:
    world.repository.commit("main", {"app.yaml": world.manifest(world.image(signed=False)[0])}, author="owner")
    world.repository.commit("main", {"app.yaml": world.manifest(world.image(signed=False)[0])}, author="owner")
    world.desk.skip()
    pull = proposes(world, strict(world))
    world.desk.work()
    assert "said otherwise to" in said(pull)


def test_no_more_than_the_last_ten_are_tried(world: World) -> None:
    merged(world, *["good"] * 12)
    pull = proposes(world, strict(world))
    world.desk.work()
    assert "the last 10 image changes" in said(pull)


def test_a_waiver_is_tried_as_it_would_be_after_the_merge(world: World) -> None:
    merged(world, "bad", text=strict(world))
    waiver = (
        "version: 1\nowner: acme\nreason: known\nticket: SEC-1\nexpires: 2999-12-31\n"
        f'scope:\n  images: ["{world.desk.registry.host}/**"]\n  rules: [signature]\n'
    )
    world.repository.commit("waive", {".github/assay/waivers/one.yml": waiver}, author="dana", parents=["main"])
    pull = world.repository.open_pull_request("waive", author="dana")
    world.desk.work()
    assert said(pull).endswith("otherwise to the last image change: 1 milder</summary>")


def test_a_pull_request_that_leaves_our_policy_alone_hears_nothing_and_fetches_nothing(world: World) -> None:
    merged(world, "good")
    pull = world.bump(world.image()[0])
    world.desk.work()
    assert world.desk.github.calls(path=FETCH) == []
    assert all("What if" not in one.body for one in pull.comments)


def test_the_verdict_is_shown_before_anything_is_fetched(world: World) -> None:
    merged(world, "bad")
    pull = proposes(world, strict(world))
    world.desk.work()
    paths = [call.path for call in world.desk.github.calls()]
    statuses = [at for at, path in enumerate(paths) if f"/statuses/{pull.head_sha}" in path]
    assert max(statuses) < min(at for at, path in enumerate(paths) if path.startswith("/acme/gitops.git/"))


def looked(world: World, pull: PullRequest) -> tuple[object, ...]:
    """Look at a pull request and return everything that decides: statuses with their words, demands, the verdict."""
    world.desk.put(work_of(world, pull))
    world.desk.work()
    latest = world.repository.latest_statuses(pull.head_sha)
    record = recorded(world, pull)
    kept = (record["verdict"], record["effective"], record["findings"], record["reviews"])
    return sorted((one.context, one.state, one.description) for one in latest), kept


@pytest.mark.parametrize("text", [f"{LOOSE}# other words\n", "version: 1\nmode: perhaps\n", None, "strict"])
def test_statuses_and_demands_are_the_same_with_and_without_it(world: World, text: str | None) -> None:
    merged(world, "bad")
    pull = proposes(world, strict(world) if text == "strict" else text)
    world.desk.skip()
    job = world.desk.program.job
    world.desk.program = replace(world.desk.program, job=replace(job, what_ifs=None))
    without = looked(world, pull)
    world.desk.program = replace(world.desk.program, job=job)
    assert looked(world, pull) == without


def test_where_git_is_turned_off_one_line_says_so(world: World) -> None:
    world.desk.open({"ASSAY_GIT_FETCH": "off"})
    merged(world, "bad")
    pull = proposes(world, strict(world))
    world.desk.work()
    assert said(pull) == (
        "What the proposed policy would have said to what was merged is not known: "
        "fetching with git is turned off on this installation."
    )


def test_where_the_fetch_fails_one_line_says_so_and_the_verdict_stands(world: World) -> None:
    merged(world, "bad")
    world.desk.github.fault(Fault("*", FETCH, 500, times=None))
    pull = proposes(world, strict(world))
    world.desk.work()
    assert "is not known: git could not fetch the commits" in said(pull)
    assert world.desk.states(pull) == {IMAGES: "success", REVIEW: "pending"}


def test_a_policy_that_is_not_valid_is_not_tried(world: World) -> None:
    merged(world, "bad")
    pull = proposes(world, "version: 1\nmode: perhaps\n")
    world.desk.work()
    assert said(pull).endswith("is not known: the proposed policy is not valid.")


def test_what_a_registry_does_not_say_is_no_difference(world: World) -> None:
    merged(world, "bad")
    world.desk.registry.fail(RegistryFault("acme/api", status=503, times=None))
    pull = proposes(world, strict(world))
    world.desk.work()
    assert said(pull).startswith(
        "What the proposed policy would have said to the last image change could not be found out"
    )


def test_the_record_holds_it(world: World) -> None:
    merged(world, "bad")
    pull = proposes(world, strict(world))
    world.desk.work()
    assert recorded(world, pull)["what_if"]["stricter"] == 1


def test_a_second_look_says_it_at_once_and_fetches_nothing(world: World) -> None:
    merged(world, "bad")
    pull = proposes(world, strict(world))
    world.desk.work()
    before = len(world.desk.github.calls(path=FETCH))
    pull.review("bob", "APPROVED")
    world.desk.work()
    assert len(world.desk.github.calls(path=FETCH)) == before
    assert "1 stricter" in said(pull)


@pytest.mark.parametrize("how", ["an hour later", "asked again"])
def test_the_same_answer_to_another_question_writes_nothing(world: World, how: str) -> None:
    merged(world, "bad")
    pull = proposes(world, strict(world))
    world.desk.work()
    what_ifs = world.desk.program.job.what_ifs
    assert what_ifs is not None
    if how == "an hour later":
        what_ifs.kept.update(
            {key: (datetime.min.replace(tzinfo=UTC), told) for key, (_, told) in what_ifs.kept.items()}
        )
    fetched, written = len(world.desk.github.calls(path=FETCH)), writes(world)
    work = work_of(world, pull)
    world.desk.put(work if how == "an hour later" else replace(work, recheck_by="owner"))
    world.desk.work()
    assert len(world.desk.github.calls(path=FETCH)) > fetched
    assert writes(world) == written
    assert "1 stricter" in said(pull)


def writes(world: World) -> list[str]:
    """Return what was written to the pull request's comment and statuses."""
    return [
        f"{call.method} {call.path}"
        for call in world.desk.github.calls()
        if call.method in {"POST", "PATCH"} and ("/comments" in call.path or "/statuses/" in call.path)
    ]


def test_a_push_meanwhile_is_not_told_what_was_found_for_another_head(world: World) -> None:
    merged(world, "bad")
    pull = proposes(world, strict(world))
    meanwhile(world, lambda: pull.push({POLICY: f"{LOOSE}# more\n"}, author="dana"))
    with pytest.raises(Moved):
        world.desk.work()
    assert "What if" not in pull.comments[0].body


def test_a_stranger_s_policy_spends_no_credential(world: World) -> None:
    closed(world)
    merged(world, "bad")
    fork = world.repository.fork("stranger")
    fork.commit("policy", {POLICY: strict(world)}, author="stranger", parents=["main"])
    pull = world.repository.open_pull_request("policy", author="stranger", repository=fork)
    world.desk.work()
    secret = base64.b64encode(b"reader:correct-horse").decode()
    assert "could not be found out" in said(pull)
    assert [one for one in world.desk.registry.requests if secret in one.headers.get("authorization", "")] == []


def test_a_member_s_policy_is_tried_with_the_credential_of_the_repository(world: World) -> None:
    closed(world)
    merged(world, "bad")
    pull = proposes(world, strict(world))
    world.desk.work()
    assert "1 stricter" in said(pull)
