"""The report on GitHub: one check run a pull request and head, written when it says something new, never a gate."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest

from app.adapters.github import App, Connection, GitHubForge
from app.adapters.github.check_runs import NAME, NO_REPORT, CheckRuns
from app.adapters.github.forge import PAGE_PERMISSIONS
from app.core.errors import Gone, Unavailable
from app.core.pull_request import Annotation, Level, Report, StatusState
from tests.adapters.github.conftest import IMAGES, INTEREST, Bench, publication, status
from tests.fakes.github import DROPPED, Fault, PullRequest, secondary_limit
from tests.fakes.github.state import CheckRun

REPORT = Report("❌ BLOCKED: x", "## summary", "the text", "judged at noon", fine=False)


def remarks(number: int) -> tuple[Annotation, ...]:
    return tuple(Annotation("app.yaml", line + 1, Level.WARNING, "REVIEW", f"remark {line}") for line in range(number))


def shown(bench: Bench, report: Report = REPORT, pull: PullRequest | None = None, *, anew: bool = False) -> PullRequest:
    pull = pull or bench.bump()
    page = bench.page(pull)
    page.get()
    page.report(report, anew=anew)
    return pull


def only(bench: Bench) -> CheckRun:
    (run,) = bench.repo.check_runs.values()
    return run


def writes(bench: Bench) -> list[str]:
    made = [call for call in bench.gh.requests if "check-runs" in call.path and call.method != "GET"]
    return [call.method for call in made]


def output(run: CheckRun) -> dict[str, Any]:
    found: dict[str, Any] = run.values["output"]
    return found


def test_it_stands_on_the_head_that_was_read_and_is_completed(bench: Bench) -> None:
    pull = shown(bench)
    run = only(bench)
    assert (run.head_sha, run.name, run.values["status"]) == (pull.head_sha, NAME, "completed")
    assert output(run) == {"title": REPORT.title, "summary": "## summary\n\njudged at noon", "text": "the text"}


@pytest.mark.parametrize(("fine", "conclusion"), [(True, "success"), (False, "neutral")])
def test_its_conclusion_lets_everything_through(bench: Bench, conclusion: str, *, fine: bool) -> None:
    shown(bench, replace(REPORT, fine=fine))
    assert only(bench).values["conclusion"] == conclusion


def test_its_name_is_no_name_of_a_status() -> None:
    assert not NAME.lower().startswith("assay/")


def test_at_154_the_same_report_is_written_once(bench: Bench) -> None:
    pull = shown(bench)
    shown(bench, replace(REPORT, footer="judged at one"), pull)
    assert writes(bench) == ["POST"]


def test_another_text_is_an_edit_of_the_same_run(bench: Bench) -> None:
    pull = shown(bench, replace(REPORT, annotations=remarks(2)))
    shown(bench, replace(REPORT, text="another", annotations=remarks(2)), pull)
    assert (writes(bench), output(only(bench))["text"], len(only(bench).annotations)) == (
        ["POST", "PATCH"],
        "another",
        2,
    )


def test_other_remarks_are_a_new_run_because_github_takes_none_away(bench: Bench) -> None:
    pull = shown(bench, replace(REPORT, annotations=remarks(2)))
    shown(bench, replace(REPORT, annotations=remarks(1)), pull)
    assert [len(run.annotations) for run in bench.repo.check_runs.values()] == [2, 1]


def test_the_newest_run_is_the_one_that_is_kept_up(bench: Bench) -> None:
    pull = shown(bench, replace(REPORT, annotations=remarks(2)))
    shown(bench, replace(REPORT, annotations=remarks(1)), pull)
    shown(bench, replace(REPORT, annotations=remarks(1)), pull)
    assert writes(bench) == ["POST", "POST"]


def test_a_new_head_gets_a_report_of_its_own(bench: Bench) -> None:
    pull = shown(bench)
    pull.push({"app.yaml": "image: a:3\n"}, author="mona")
    shown(bench, pull=pull)
    assert {run.head_sha for run in bench.repo.check_runs.values()} == {pull.head_sha, pull.commits[0]}


def test_two_pull_requests_of_one_head_do_not_write_over_each_other(bench: Bench) -> None:
    first = shown(bench)
    bench.repo.branch("other", at="bump")
    second = bench.repo.open_pull_request("other", author="mona")
    shown(bench, replace(REPORT, text="of the second"), second)
    before = len(writes(bench))
    shown(bench, REPORT, first)
    shown(bench, replace(REPORT, text="of the second"), second)
    assert (before, len(writes(bench))) == (2, 2)


def test_pressing_the_button_is_answered_by_a_write_though_nothing_changed(bench: Bench) -> None:
    pull = shown(bench)
    shown(bench, pull=pull, anew=True)
    assert writes(bench) == ["POST", "PATCH"]


def test_a_run_of_another_app_of_this_name_is_left_alone(bench: Bench) -> None:
    pull = bench.bump()
    foreign = CheckRun(1, pull.head_sha, NAME, 99, {"external_id": f"{pull.number}:{'0' * 32}:{'0' * 32}"})
    bench.repo.check_runs[1] = foreign
    shown(bench, pull=pull)
    assert (writes(bench), foreign.values.get("output")) == (["POST"], None)


def test_fifty_remarks_go_in_one_request_and_the_rest_in_more(bench: Bench) -> None:
    shown(bench, replace(REPORT, annotations=remarks(120)))
    sent = [
        len(call.body["output"].get("annotations", ()))
        for call in bench.gh.requests
        if call.body and "output" in call.body
    ]
    assert (sent, len(only(bench).annotations)) == ([50, 50, 20], 120)


def test_the_report_takes_what_is_left_of_five_writes(bench: Bench) -> None:
    pull = bench.bump()
    page = bench.page(pull)
    page.get()
    page.announce([status(StatusState.PENDING)])
    page.publish(publication("## BLOCKED", None, StatusState.FAILURE))
    page.report(replace(REPORT, annotations=remarks(120)))
    assert [len(one.annotations) for one in bench.repo.check_runs.values()] == [100]
    assert output(only(bench))["text"].endswith("*Remarks not shown at their lines: 20.*")


def test_a_look_that_has_written_all_it_may_still_writes_one_report(bench: Bench) -> None:
    pull = bench.bump()
    page = bench.page(pull)
    page.get()
    for number in range(9):
        page.announce([status(StatusState.FAILURE, f"{number}")])
    page.report(replace(REPORT, annotations=remarks(70)))
    assert len(only(bench).annotations) == 50


def test_what_was_not_written_whole_is_written_anew(bench: Bench) -> None:
    bench.gh.fault(Fault("PATCH", "*/check-runs/*", 502))
    pull = shown(bench, replace(REPORT, annotations=remarks(70)))
    shown(bench, replace(REPORT, annotations=remarks(70)), pull)
    assert [len(run.annotations) for run in bench.repo.check_runs.values()] == [50, 70]


def test_a_lost_answer_leads_to_no_second_report(bench: Bench) -> None:
    bench.gh.fault(Fault("POST", "*/check-runs", DROPPED, after=True))
    pull = shown(bench)
    shown(bench, pull=pull)
    assert len(bench.repo.check_runs) == 1


@pytest.mark.parametrize("status", [403, 404, 422, 502])
def test_a_failure_to_write_it_raises_nothing(bench: Bench, status: int) -> None:
    bench.gh.fault(Fault("POST", "*/check-runs", status))
    shown(bench)
    assert bench.repo.check_runs == {}


def test_a_rate_limit_is_no_refusal_for_good(bench: Bench) -> None:
    bench.gh.fault(secondary_limit("POST", "*/check-runs"))
    pull = shown(bench)
    shown(bench, pull=pull)
    assert len(bench.repo.check_runs) == 1


def test_without_the_permission_there_is_no_report_and_it_is_said_once(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.gh.install("acme", permissions=dict(PAGE_PERMISSIONS))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            shown(bench, pull=bench.bump(f"b{len(bench.gh.requests)}"))
    assert (bench.repo.check_runs, [one.message for one in caplog.records if "gets no reports" in one.message][1:]) == (
        {},
        [],
    )
    assert "`checks: write`" in caplog.text


def test_the_comment_says_that_the_permission_is_missing(bench: Bench) -> None:
    bench.gh.install("acme", permissions=dict(PAGE_PERMISSIONS))
    pull = shown(bench)
    page = bench.page(pull)
    page.get()
    page.publish(publication())
    assert f"judged at abc <sub>· {NO_REPORT}</sub>" in pull.comments[0].body


def test_what_was_refused_is_asked_for_again_after_a_minute(bench: Bench) -> None:
    now = [0.0]
    reports = CheckRuns(bench.gh.app.id, now=lambda: now[0])
    office = bench.forge._office
    bench.forge._office = replace(office, reports=reports)
    bench.gh.install("acme", permissions=dict(PAGE_PERMISSIONS))
    pull = shown(bench)
    bench.gh.installation("acme").permissions["checks"] = "write"
    shown(bench, pull=pull)
    before, now[0] = len(bench.repo.check_runs), 61.0
    shown(bench, pull=pull)
    assert (before, len(bench.repo.check_runs), reports.lacks(bench.gh.installation("acme").id)) == (0, 1, False)


def test_the_other_writes_need_no_permission_for_reports(bench: Bench) -> None:
    bench.gh.install("acme", permissions=dict(PAGE_PERMISSIONS))
    pull = bench.bump()
    page = bench.page(pull)
    page.get()
    page.publish(publication())
    page.report(REPORT)
    assert [one.state for one in bench.gh.statuses(bench.repo, pull.head_sha)] == ["success"]


def test_a_permission_that_was_missing_is_not_asked_for_each_time(bench: Bench) -> None:
    bench.gh.install("acme", permissions=dict(PAGE_PERMISSIONS))
    pull = shown(bench)
    before = len(bench.gh.calls("POST", "*/access_tokens"))
    shown(bench, pull=pull)
    assert len(bench.gh.calls("POST", "*/access_tokens")) == before


def test_at_199_no_secret_is_shown(bench: Bench) -> None:
    secret = "ghs_" + "a1B2" * 10
    told = Annotation("app.yaml", 1, Level.NOTICE, secret, secret)
    shown(bench, Report(secret, secret, secret, secret, fine=True, annotations=(told,)))
    assert secret not in str(only(bench).values) + str(only(bench).annotations)


def test_what_is_too_long_is_cut_and_says_so(bench: Bench) -> None:
    shown(bench, replace(REPORT, title="t" * 999, summary="ä" * 60_000, text="x" * 99_999))
    found = output(only(bench))
    assert (len(found["title"]), len(found["text"].encode())) == (255, 65_535)
    assert found["summary"].endswith("too long for GitHub.*\n\njudged at noon")


def test_details_lead_to_the_page_of_what_was_judged(bench: Bench) -> None:
    app = App(bench.gh.app.id, bench.gh.private_key_pem, b"k", slug="assay", pages="https://assay.example.org")
    connection = Connection.to(bench.gh.url)
    bench.forge = GitHubForge(connection, app, INTEREST)
    pull = shown(bench)
    connection.close()
    path = f"/repositories/{bench.repo.id}/pulls/{pull.number}/{pull.head_sha}"
    assert only(bench).values["details_url"] == f"https://assay.example.org{path}"


# What is given up


def test_a_pending_of_ours_can_be_given_up(bench: Bench) -> None:
    pull = bench.bump()
    page = bench.page(pull)
    page.announce_on(pull.head_sha, [status(StatusState.PENDING)])
    assert page.give_up(pull.head_sha, status(StatusState.ERROR))
    assert [one.state for one in bench.gh.statuses(bench.repo, pull.head_sha)] == ["pending", "error"]


@pytest.mark.parametrize("state", [StatusState.SUCCESS, StatusState.FAILURE, StatusState.ERROR])
def test_a_verdict_is_not_given_up(bench: Bench, state: StatusState) -> None:
    pull = bench.bump()
    page = bench.page(pull)
    page.announce_on(pull.head_sha, [status(state)])
    assert not page.give_up(pull.head_sha, status(StatusState.ERROR, "another"))
    assert len(bench.gh.statuses(bench.repo, pull.head_sha)) == 1


def test_a_pending_of_somebody_else_is_not_ours_to_give_up(bench: Bench) -> None:
    pull = bench.bump()
    bench.repo.set_status(pull.head_sha, IMAGES, "pending", by="mona")
    assert not bench.page(pull).give_up(pull.head_sha, status(StatusState.ERROR))


# Where nothing is judged any more


def test_a_suspended_installation_is_gone(bench: Bench) -> None:
    pull = bench.bump()
    bench.gh.suspend("acme")
    with pytest.raises(Gone, match="suspended"):
        bench.page(pull).get()


def test_an_installation_that_ended_is_gone(bench: Bench) -> None:
    pull = bench.bump()
    page = bench.page(pull)
    bench.gh.uninstall("acme")
    with pytest.raises(Gone, match="not installed there"):
        page.get()


def test_a_repository_that_the_app_was_taken_from_is_gone(bench: Bench) -> None:
    pull = bench.bump()
    bench.gh.installation("acme").repositories = set()
    with pytest.raises(Gone, match="this repository"):
        bench.page(pull).get()


def test_an_archived_repository_is_gone(bench: Bench) -> None:
    pull = bench.bump()
    bench.repo.archived = True
    with pytest.raises(Gone, match="archived"):
        bench.page(pull).get()


def test_a_repository_that_is_archived_meanwhile_is_gone(bench: Bench) -> None:
    pull = bench.bump()
    page = bench.page(pull)
    page.get()
    bench.repo.archived = True
    with pytest.raises(Gone, match="archived"):
        page.publish(publication())


def test_an_installation_that_is_suspended_meanwhile_is_gone(bench: Bench) -> None:
    pull = bench.bump()
    page = bench.page(pull)
    page.get()
    bench.gh.suspend("acme")
    with pytest.raises(Gone, match="suspended"):
        page.publish(publication())


def test_a_missing_permission_is_not_gone(bench: Bench) -> None:
    bench.gh.install("acme", permissions={"contents": "read", "pull_requests": "read", "statuses": "write"})
    pull = bench.bump()
    with pytest.raises(Unavailable) as failure:
        bench.page(pull).get()
    assert not isinstance(failure.value, Gone)


def test_waiting_does_not_help_what_is_gone() -> None:
    assert Gone("x").permanent
