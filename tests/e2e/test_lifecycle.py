"""Installations and repositories come and go, keys change, judges die: nothing is lost, and nothing hangs."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.adapters.ledger import DatabaseLedger
from app.adapters.work_queue import Done
from app.core.errors import Unavailable
from app.core.pull_request import PullRequestRef
from tests.e2e.conftest import IMAGES, REVIEW, Held, World
from tests.fakes.github import Fault
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.github.wire import check_run

OLDER = {
    "contents": "read",
    "issues": "read",
    "members": "read",
    "metadata": "read",
    "pull_requests": "write",
    "statuses": "write",
}


def judged(world: World) -> PullRequest:
    world.under_policy()
    pull = world.bump(world.image()[0])
    world.desk.work()
    return pull


def records(world: World, pull: PullRequest) -> int:
    ledger = world.desk.program.records
    assert ledger is not None
    return len(ledger.history(PullRequestRef(1, world.repository.id, "acme", "gitops", pull.number)))


def written(world: World, since: int) -> list[str]:
    made = world.desk.github.requests[since:]
    return [str(call) for call in made if call.method != "GET" and call.path.startswith("/repos/")]


# Suspended, removed


def test_of_a_suspended_installation_nothing_is_written_and_one_line_is_logged(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    pull = judged(world)
    pull.push({"more.yaml": "a: 1\n"}, author="dana")
    world.desk.github.installation("acme").suspended = "2026-01-02T03:04:05Z"  # and the delivery got lost
    before = len(world.desk.github.requests)
    with caplog.at_level(logging.INFO):
        world.desk.work()
    assert (written(world, before), world.desk.answers[-1]) == ([], Done())
    assert [one.levelname for one in caplog.records if "suspended" in one.message] == ["INFO"]


def test_what_waits_is_dropped_when_an_installation_is_suspended(world: World) -> None:
    pull = judged(world)
    pull.push({"more.yaml": "a: 1\n"}, author="dana")
    looks = len(world.desk.answers)
    world.desk.github.suspend("acme")
    # The look was put in before; the end of the installation is a sweep, and sweeps come first here.
    world.desk.work()
    assert len(world.desk.answers) == looks


def test_what_moved_meanwhile_is_judged_once_the_suspension_ends(world: World) -> None:
    pull = judged(world)
    world.desk.github.suspend("acme")
    pull.push({"app.yaml": world.manifest(world.image(signed=False)[0])}, author="dana")
    world.desk.work()
    assert world.desk.states(pull) == {}
    world.desk.github.unsuspend("acme")
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"


def test_records_outlive_an_installation(world: World) -> None:
    pull = judged(world)
    world.desk.github.uninstall("acme")
    world.desk.work()
    assert records(world, pull) == 1


def test_records_end_with_an_installation_where_the_operator_wants_that(world: World) -> None:
    pull = judged(world)
    world.desk.open({"ASSAY_DELETE_ON_UNINSTALL": "true"})
    world.desk.github.uninstall("acme")
    world.desk.work()
    assert records(world, pull) == 0


# Retention


def test_old_records_are_thinned_and_the_newest_is_kept(world: World) -> None:
    pull = judged(world)
    pull.push({"app.yaml": world.manifest(world.image(signed=False)[0])}, author="dana")
    world.desk.work()
    before = records(world, pull)
    program = replace(world.desk.program, keep=timedelta(0))
    assert (before, program.thin(), records(world, pull)) == (2, True, 1)


def test_what_is_younger_than_it_is_kept_stays(world: World) -> None:
    pull = judged(world)
    pull.push({"app.yaml": world.manifest(world.image(signed=False)[0])}, author="dana")
    world.desk.work()
    assert (world.desk.program.thin(), records(world, pull)) == (True, 2)


def test_kept_for_ever_is_for_ever(world: World) -> None:
    world.desk.open({"ASSAY_KEEP_DAYS": "0"})
    assert (world.desk.program.keep, world.desk.program.thin()) == (None, True)


def test_a_database_that_does_not_answer_is_tried_again_later(world: World) -> None:
    ledger = DatabaseLedger(f"sqlite:///{world.desk.folder / 'nowhere' / 'assay.db'}")
    assert not replace(world.desk.program, records=ledger, keep=timedelta(0)).thin()
    ledger.close()


# Renamed, archived


def test_a_renamed_repository_is_looked_at_under_its_new_name(world: World) -> None:
    pull = judged(world)
    world.repository.rename("moved")
    before = len(world.desk.github.requests)
    world.desk.work()
    paths = {call.path for call in world.desk.github.requests[before:] if call.path.startswith("/repos/")}
    assert {path.split("/")[3] for path in paths} == {"moved"}
    assert world.desk.states(pull) == {IMAGES: "success", REVIEW: "success"}


def test_in_an_archived_repository_nothing_is_written(world: World) -> None:
    pull = judged(world)
    pull.push({"more.yaml": "a: 1\n"}, author="dana")
    world.repository.archived = True
    before = len(world.desk.github.requests)
    world.desk.work()
    assert (written(world, before), world.desk.answers[-1], world.desk.states(pull)) == ([], Done(), {})


# Permissions of before


def test_an_installation_from_before_gets_verdict_and_comment_without_the_report(world: World) -> None:
    world.desk.github.install("acme", permissions=OLDER)
    pull = judged(world)
    assert world.desk.states(pull) == {IMAGES: "success", REVIEW: "success"}
    assert (len(pull.comments), world.repository.check_runs) == (1, {})


# The button of the report


def test_the_button_of_the_report_looks_again_for_whoever_may_ask(world: World) -> None:
    world.under_policy()
    image, digest = world.image(signed=False)
    pull = world.bump(image)
    world.desk.work()
    world.sign(digest)
    press(world, by="dana")
    assert world.desk.states(pull)[IMAGES] == "success"


def test_a_look_that_finds_the_same_says_that_the_button_was_seen_by_one_write(world: World) -> None:
    judged(world)
    before = len(world.desk.github.requests)
    press(world, by="dana")
    assert [one.split()[0] for one in written(world, before)] == ["PATCH"]


def test_the_button_is_no_way_round_for_a_stranger(world: World) -> None:
    judged(world)
    before = len(world.desk.github.requests)
    press(world, by="stranger")
    assert written(world, before) == []


def press(world: World, *, by: str) -> None:
    run = list(world.repository.check_runs.values())[-1]
    shown = {**check_run(world.repository, run), "app": {"id": run.app}}
    world.desk.github.emit("check_run", "rerequested", world.repository, {"check_run": shown}, by=by)
    world.desk.work()


# Keys


def another_key() -> tuple[rsa.RSAPrivateKey, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key, key.private_bytes(*form, serialization.NoEncryption()).decode()


def rotate(world: World) -> None:
    """Put another key in place of the App's, at GitHub and in its file; the old one is refused from now on."""
    key, pem = another_key()
    world.desk.github.app.public_key = key.public_key()
    world.desk.github.revoke_tokens()
    (world.desk.folder / "app.pem").write_text(pem, encoding="utf-8")


def test_a_key_that_was_exchanged_is_used_without_a_restart(world: World) -> None:
    judged(world)
    rotate(world)
    other = world.bump(world.image(signed=False)[0], branch="other")
    world.desk.work()
    assert world.desk.states(other)[IMAGES] == "failure"


def test_a_key_file_that_is_none_leaves_the_key_in_force(world: World) -> None:
    judged(world)
    world.desk.github.revoke_tokens()
    (world.desk.folder / "app.pem").write_text("no key", encoding="utf-8")
    assert world.desk.program.renew_key is not None
    world.desk.program.renew_key()
    other = world.bump(world.image(signed=False)[0], branch="other")
    world.desk.work()
    assert world.desk.states(other)[IMAGES] == "failure"


def test_our_comment_is_found_after_the_key_was_exchanged(world: World) -> None:
    pull = judged(world)
    rotate(world)
    world.desk.open()
    pull.push({"app.yaml": world.manifest(world.image(signed=False)[0])}, author="dana")
    world.desk.work()
    assert [one.body[:13] for one in pull.comments] == ["### ❌ BLOCKED"[:13]]


# Judges that die


def test_what_a_dead_judge_left_pending_is_judged_after_all(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image()[0])
    world.desk.patience(0.0)
    world.desk.registry.requests = Held(lambda: world.desk.states(pull).get(IMAGES) == "pending")
    # Nothing comes through after the first word: as if the process, or its network, had died.
    dead = [Fault("POST", path, 502, times=None) for path in ("/graphql", "*/statuses/*")]
    world.desk.github.fault(Fault("GET", "*/rules/branches/*", None, act=lambda: world.desk.github.faults.extend(dead)))
    with pytest.raises(Unavailable):
        world.desk.work()
    world.desk.github.faults.clear()
    assert world.desk.states(pull) == {IMAGES: "pending"}

    assert world.desk.sweep() == ["sweep: it was never looked at"]
    assert world.desk.states(pull)[IMAGES] == "success"


def test_a_pending_that_nobody_ends_is_an_error_after_half_an_hour(world: World) -> None:
    pull = judged(world)
    bot = world.desk.github.app.bot
    world.repository.set_status(pull.head_sha, IMAGES, "pending", by=bot, app=world.desk.github.app.id)
    world.desk.skip()
    sweeping = world.desk.program.sweeping
    in_time = replace(sweeping, clock=lambda: sweeping.clock() + timedelta(minutes=20))
    world.desk.program = replace(world.desk.program, sweeping=in_time)
    assert world.desk.sweep() == []
    late = replace(sweeping, clock=lambda: sweeping.clock() + timedelta(minutes=40))
    world.desk.program = replace(world.desk.program, sweeping=late)
    assert world.desk.sweep(name="later") == ["sweep: its verdict did not come in time"]
    said = [one.state for one in world.desk.github.statuses(world.repository, pull.head_sha) if one.context == IMAGES]
    assert said == ["success", "pending", "error", "success"]
