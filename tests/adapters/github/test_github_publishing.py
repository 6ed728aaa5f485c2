"""What is shown on a pull request: on the head that was judged, once, by us, and nothing that was not meant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.adapters.github import App, GitHubForge, GitHubPage
from app.adapters.github.publishing import FULL, MAX_COMMENT, NO_ROOM, SHORT
from app.core.errors import Moved, Unavailable
from app.core.pull_request import Comment, CommitStatus, Publication, StatusState
from tests.adapters.github.conftest import IMAGES, INTEREST, POLICY, Bench, publication, status
from tests.fakes.github import DROPPED, Fault, PullRequest, secondary_limit

PENDING, SUCCESS, FAILURE, ERROR = StatusState.PENDING, StatusState.SUCCESS, StatusState.FAILURE, StatusState.ERROR


def judged(bench: Bench, pull: PullRequest | None = None) -> tuple[PullRequest, GitHubPage]:
    """A pull request that has been read, and its page."""
    pull = pull or bench.bump()
    page = bench.page(pull)
    page.get()
    bench.gh.requests.clear()
    return pull, page


def shown(bench: Bench, pull: PullRequest) -> list[tuple[str, str, str | None]]:
    return [(one.context, one.state, one.description) for one in bench.gh.statuses(bench.repo, pull.head_sha)]


def test_publishing_costs_one_read_and_what_is_written(bench: Bench) -> None:
    pull, page = judged(bench)
    page.publish(publication())
    assert bench.reads() == [
        "POST /graphql",
        f"POST …/statuses/{pull.head_sha}",
        f"POST …/issues/{pull.number}/comments",
    ]


def test_the_comment_is_ours_and_its_id_is_returned(bench: Bench) -> None:
    pull, page = judged(bench)
    number = page.publish(publication())
    assert [(one.id, one.author.login) for one in pull.comments] == [(number, "assay[bot]")]


def test_the_comment_holds_body_and_footer(bench: Bench) -> None:
    pull, page = judged(bench)
    page.publish(publication("## OK"))
    assert pull.comments[0].body.startswith("## OK\n\njudged at abc\n\n<!-- assay v1 mac=")


def test_statuses_are_set_before_the_comment(bench: Bench) -> None:
    pull, page = judged(bench)
    bench.gh.fault(Fault("POST", "*/comments", 403, times=None))
    with pytest.raises(Unavailable):
        page.publish(publication())
    assert shown(bench, pull) == [(IMAGES, "success", "why")]


def test_at_154_a_status_that_says_the_same_is_not_set_again(bench: Bench) -> None:
    pull, page = judged(bench)
    for _ in range(3):
        page.publish(publication(None))
    assert len(shown(bench, pull)) == 1


def test_at_154_a_redelivery_sets_nothing_again(bench: Bench) -> None:
    pull = bench.bump()
    for _ in range(20):
        _, page = judged(bench, pull)
        page.announce([status(PENDING)]) if not shown(bench, pull) else None
        page.publish(publication())
    assert [one[1] for one in shown(bench, pull)] == ["pending", "success"]


def test_a_status_that_says_something_else_is_set(bench: Bench) -> None:
    pull, page = judged(bench)
    page.announce([status(PENDING)])
    page.publish(publication(None, None, FAILURE))
    assert [one[1] for one in shown(bench, pull)] == ["pending", "failure"]


def test_announcing_what_stands_there_already_costs_nothing(bench: Bench) -> None:
    pull, page = judged(bench)
    page.announce([status(PENDING)])
    _, again = judged(bench, pull)
    again.announce([status(PENDING)])
    assert bench.reads() == []


def test_at_153_a_forged_success_is_replaced_by_our_own_word(bench: Bench) -> None:
    pull, page = judged(bench)
    page.publish(publication(None, None, FAILURE))
    bench.gh.advance(5)
    bench.repo.set_status(pull.head_sha, IMAGES, "success", by="mona", description="why")
    _, again = judged(bench, pull)
    again.publish(publication(None, None, FAILURE))
    assert [one[1] for one in shown(bench, pull)] == ["failure", "success", "failure"]


def test_at_153_a_forged_success_between_reading_and_publishing_is_replaced(bench: Bench) -> None:
    pull, page = judged(bench)
    page.announce([status(FAILURE)])
    bench.gh.advance(5)
    bench.repo.set_status(pull.head_sha, IMAGES, "success", by="mona", description="why")
    page.publish(publication(None, None, FAILURE))
    assert [one[1] for one in shown(bench, pull)] == ["failure", "success", "failure"]


def test_at_154_a_commit_that_is_nearly_full_takes_only_bad_news(bench: Bench) -> None:
    pull, page = judged(bench)
    for number in range(FULL):
        bench.repo.set_status(pull.head_sha, IMAGES, "pending", by="mona", description=str(number))
    for state in [PENDING, SUCCESS] * 24:
        page.announce([status(state)])
    page.announce([status(PENDING)])
    for state in (SUCCESS, PENDING, SUCCESS):
        page.announce([status(state)])
        assert shown(bench, pull)[-1][1:] == ("error", NO_ROOM)
    page.announce([status(FAILURE)])
    assert shown(bench, pull)[-1][1] == "failure"


def test_at_154_spam_leaves_no_success_that_cannot_be_taken_back(bench: Bench) -> None:
    pull, page = judged(bench)
    for _ in range(FULL):
        page.announce([status(PENDING)])
        page.announce([status(SUCCESS)])
    page.announce([status(FAILURE)])
    assert shown(bench, pull)[-1][1] == "failure"


def test_at_154_a_commit_that_is_full_is_said_to_be(bench: Bench) -> None:
    pull, page = judged(bench)
    for number in range(1000):
        bench.repo.set_status(pull.head_sha, IMAGES, "pending", by="mona", description=str(number))
    with pytest.raises(Unavailable) as failure:
        page.announce([status(FAILURE)])
    assert failure.value.permanent


def test_at_155_a_long_description_is_cut_by_code_points(bench: Bench) -> None:
    pull, page = judged(bench)
    page.announce([status(ERROR, "ä" * 200)])
    assert shown(bench, pull) == [(IMAGES, "error", "ä" * 140)]


def test_at_155_a_description_that_github_refuses_is_replaced_by_a_fixed_one(bench: Bench) -> None:
    pull, page = judged(bench)
    told = {
        "message": "Validation Failed",
        "errors": [{"resource": "Status", "code": "custom", "field": "description"}],
    }
    bench.gh.fault(Fault("POST", "*/statuses/*", 422, body=told))
    page.announce([status(FAILURE, "odd")])
    assert shown(bench, pull) == [(IMAGES, "failure", SHORT)]


def test_a_status_on_a_commit_that_only_a_delivery_named_is_set(bench: Bench) -> None:
    pull = bench.bump()
    bench.page(pull).announce_on(pull.head_sha, [status(ERROR)])
    assert shown(bench, pull) == [(IMAGES, "error", "why")]


def test_a_status_on_such_a_commit_is_not_set_twice(bench: Bench) -> None:
    pull = bench.bump()
    for _ in range(3):
        bench.page(pull).announce_on(pull.head_sha, [status(ERROR)])
    assert len(shown(bench, pull)) == 1


def test_at_153_a_forged_status_on_such_a_commit_is_replaced(bench: Bench) -> None:
    pull = bench.bump()
    bench.page(pull).announce_on(pull.head_sha, [status(ERROR)])
    bench.repo.set_status(pull.head_sha, IMAGES, "success", by="mona")
    bench.page(pull).announce_on(pull.head_sha, [status(ERROR)])
    assert [one[1] for one in shown(bench, pull)] == ["error", "success", "error"]


@pytest.mark.parametrize("head", ["", "main", "a" * 39, "../x", "A" * 40])
def test_at_171_a_status_is_set_on_a_commit_only(bench: Bench, head: str) -> None:
    page = bench.page(bench.bump())
    with pytest.raises(Unavailable):
        page.announce_on(head, [status(ERROR)])


def test_a_head_that_moved_gets_nothing(bench: Bench) -> None:
    pull, page = judged(bench)
    old = pull.head_sha
    pull.push({"app.yaml": "image: evil\n"}, author="mona")
    with pytest.raises(Moved):
        page.publish(publication())
    assert (bench.gh.statuses(bench.repo, old), shown(bench, pull), pull.comments) == ([], [], [])


def test_at_150_a_base_that_moved_gets_nothing(bench: Bench) -> None:
    pull, page = judged(bench)
    bench.repo.commit("main", {POLICY: "version: 1\nmode: enforce\n"}, author="olga")
    with pytest.raises(Moved):
        page.publish(publication())
    assert shown(bench, pull) == []


def test_at_158_a_base_that_was_changed_gets_nothing(bench: Bench) -> None:
    pull, page = judged(bench)
    bench.repo.branch("release")
    pull.retarget("release")
    with pytest.raises(Moved):
        page.publish(publication())
    assert shown(bench, pull) == []


def test_a_base_that_is_gone_gets_nothing(bench: Bench) -> None:
    bench.repo.branch("release")
    bench.repo.commit("bump", {"app.yaml": "image: a:2\n"}, author="mona")
    pull, page = judged(bench, bench.repo.open_pull_request("bump", base="release", author="mona"))
    bench.repo.delete_branch("release")
    with pytest.raises(Moved):
        page.publish(publication())
    assert shown(bench, pull) == []


def test_the_pending_of_a_moved_head_stays_on_the_head_that_was_read(bench: Bench) -> None:
    pull, page = judged(bench)
    old = pull.head_sha
    pull.push({"app.yaml": "image: a:3\n"}, author="mona")
    page.announce([status(PENDING)])
    assert ([one.state for one in bench.gh.statuses(bench.repo, old)], shown(bench, pull)) == (["pending"], [])


def test_a_comment_that_says_the_same_is_not_edited(bench: Bench) -> None:
    pull, page = judged(bench)
    number = page.publish(publication())
    _, again = judged(bench, pull)
    same = replace(publication(comment_id=number), comment=Comment("## BLOCKED", "judged at another time"))
    assert (again.publish(same), pull.comments[0].edits) == (number, 0)


def test_a_comment_that_says_something_else_is_edited_in_place(bench: Bench) -> None:
    pull, page = judged(bench)
    number = page.publish(publication())
    _, again = judged(bench, pull)
    assert again.publish(publication("## OK", number)) == number
    assert [one.body.startswith("## OK") for one in pull.comments] == [True]


def test_our_comment_is_found_by_its_marker_when_its_id_was_lost(bench: Bench) -> None:
    pull, page = judged(bench)
    number = page.publish(publication())
    _, again = judged(bench, pull)
    assert (again.publish(publication("## OK")), len(pull.comments)) == (number, 1)


def test_our_comment_is_found_in_a_long_thread(bench: Bench) -> None:
    pull, page = judged(bench)
    number = page.publish(publication())
    for _ in range(230):
        pull.comment("lee", "so be it")
    _, again = judged(bench, pull)
    assert (again.publish(publication("## OK", number)), len(pull.comments)) == (number, 231)


def test_at_195_a_marker_in_another_person_s_comment_is_ignored(bench: Bench) -> None:
    pull, page = judged(bench)
    number = page.publish(publication())
    forged = pull.comment("mona", pull.comments[0].body)
    _, again = judged(bench, pull)
    assert (again.publish(publication("## OK")), forged.body.startswith("## BLOCKED")) == (number, True)


def test_at_195_a_forged_marker_does_not_stop_the_first_comment(bench: Bench) -> None:
    other, page = judged(bench)
    page.publish(publication())
    pull = bench.bump("second", other__yaml="a: 1\n")
    pull.comment("mona", other.comments[0].body)
    _, second = judged(bench, pull)
    second.publish(publication())
    assert [one.author.login for one in pull.comments] == ["mona", "assay[bot]"]


def test_at_195_our_marker_of_another_pull_request_is_not_taken_for_this_one_s(bench: Bench) -> None:
    other, page = judged(bench)
    page.publish(publication())
    pull = bench.bump("second", other__yaml="a: 1\n")
    copied = pull.comment(bench.gh.app.bot, other.comments[0].body, app=bench.gh.app.id)
    _, second = judged(bench, pull)
    assert second.publish(publication()) != copied.id


def test_at_195_a_marker_made_with_another_key_is_not_ours(bench: Bench) -> None:
    pull, page = judged(bench)
    number = page.publish(publication())
    app = App(bench.gh.app.id, bench.gh.private_key_pem, b"another key", slug="assay")
    stranger = GitHubForge(bench.forge._connection, app, INTEREST).open(bench.ref(pull))
    stranger.get()
    assert stranger.publish(publication()) != number


def test_at_164_a_comment_that_somebody_edited_is_put_right(bench: Bench) -> None:
    pull, page = judged(bench)
    number = page.publish(publication())
    ours = pull.comments[0]
    pull.edit_comment(ours, ours.body.replace("BLOCKED", "APPROVED by @lee"), by="olga")
    _, again = judged(bench, pull)
    again.publish(publication(comment_id=number))
    assert ("APPROVED" in ours.body, "## BLOCKED" in ours.body) == (False, True)


def test_at_164_a_comment_whose_marker_somebody_took_out_is_put_right(bench: Bench) -> None:
    pull, page = judged(bench)
    number = page.publish(publication())
    pull.edit_comment(pull.comments[0], "all is well", by="olga")
    _, again = judged(bench, pull)
    assert (again.publish(publication(comment_id=number)), len(pull.comments)) == (number, 1)
    assert pull.comments[0].body.startswith("## BLOCKED")


def test_line_ends_that_github_changed_are_no_edit(bench: Bench) -> None:
    pull, page = judged(bench)
    number = page.publish(publication("## BLOCKED\n\na line"))
    ours = pull.comments[0]
    ours.body = ours.body.replace("\n", "\r\n")
    _, again = judged(bench, pull)
    again.publish(publication("## BLOCKED\n\na line", number))
    assert ours.edits == 0


def test_a_comment_that_somebody_deleted_stays_away_on_that_head(bench: Bench) -> None:
    pull, page = judged(bench)
    number = page.publish(publication())
    pull.delete_comment(pull.comments[0], by="mona")
    _, again = judged(bench, pull)
    assert (again.publish(publication("## OK", number)), pull.comments) == (number, [])


def test_a_comment_that_somebody_deleted_comes_back_once_for_a_new_head(bench: Bench) -> None:
    pull, page = judged(bench)
    number = page.publish(publication())
    pull.delete_comment(pull.comments[0], by="mona")
    pull.push({"app.yaml": "image: a:3\n"}, author="mona")
    _, again = judged(bench, pull)
    assert again.publish(publication(comment_id=number)) == pull.comments[0].id


def test_a_comment_that_is_deleted_while_it_is_edited_is_left_to_the_next_run(bench: Bench) -> None:
    pull, page = judged(bench)
    number = page.publish(publication())
    _, again = judged(bench, pull)
    bench.gh.fault(Fault("PATCH", "*/issues/comments/*", 404))
    with pytest.raises(Unavailable) as failure:
        again.publish(publication("## OK", number))
    assert not failure.value.permanent


def test_a_comment_that_may_not_be_edited_is_said_to_be(bench: Bench) -> None:
    pull, page = judged(bench)
    number = page.publish(publication())
    _, again = judged(bench, pull)
    bench.gh.fault(Fault("PATCH", "*/issues/comments/*", 403))
    with pytest.raises(Unavailable, match="pull_requests: write") as failure:
        again.publish(publication("## OK", number))
    assert (failure.value.permanent, len(pull.comments)) == (True, 1)


def test_a_comment_that_may_not_be_made_is_said_to_be(bench: Bench) -> None:
    _, page = judged(bench)
    bench.gh.fault(Fault("POST", "*/comments", 403))
    with pytest.raises(Unavailable, match="pull_requests: write"):
        page.publish(publication())


def test_a_status_that_may_not_be_set_is_said_to_be(bench: Bench) -> None:
    _, page = judged(bench)
    bench.gh.fault(Fault("POST", "*/statuses/*", 403))
    with pytest.raises(Unavailable, match="statuses: write"):
        page.announce([status(PENDING)])


def test_nothing_to_say_makes_no_comment(bench: Bench) -> None:
    pull, page = judged(bench)
    assert (page.publish(publication(None)), pull.comments) == (None, [])


def test_a_502_after_the_comment_was_made_gives_exactly_one_comment(bench: Bench) -> None:
    pull, page = judged(bench)
    bench.gh.fault(Fault("POST", "*/comments", 502, after=True))
    assert page.publish(publication()) == pull.comments[0].id
    assert len(pull.comments) == 1


def test_a_connection_lost_after_the_comment_was_made_gives_exactly_one_comment(bench: Bench) -> None:
    pull, page = judged(bench)
    bench.gh.fault(Fault("POST", "*/comments", DROPPED, after=True))
    assert page.publish(publication()) == pull.comments[0].id
    assert len(pull.comments) == 1


def test_a_502_before_the_comment_was_made_is_told_and_made_good_by_the_next_run(bench: Bench) -> None:
    pull, page = judged(bench)
    bench.gh.fault(Fault("POST", "*/comments", 502))
    with pytest.raises(Unavailable):
        page.publish(publication())
    _, again = judged(bench, pull)
    again.publish(publication())
    assert len(pull.comments) == 1


def test_a_502_after_a_status_was_set_is_told_and_not_set_again(bench: Bench) -> None:
    pull, page = judged(bench)
    bench.gh.fault(Fault("POST", "*/statuses/*", 502, after=True))
    with pytest.raises(Unavailable):
        page.announce([status(PENDING)])
    _, again = judged(bench, pull)
    again.announce([status(PENDING)])
    assert len(shown(bench, pull)) == 1


@pytest.mark.parametrize(("told", "wait"), [(7, 7.0), (None, 60.0)])
def test_a_secondary_limit_says_when_to_come_back(bench: Bench, told: int | None, wait: float) -> None:
    pull, page = judged(bench)
    bench.gh.fault(secondary_limit("POST", "*/comments", retry_after=told))
    with pytest.raises(Unavailable) as failure:
        page.publish(publication())
    assert (failure.value.retry_after, failure.value.permanent, bench.slept, pull.comments) == (wait, False, [], [])


def test_a_revoked_token_while_publishing_gives_exactly_one_comment(bench: Bench) -> None:
    pull, page = judged(bench)
    bench.gh.revoke_tokens()
    page.publish(publication())
    assert (len(pull.comments), len(shown(bench, pull))) == (1, 1)


def test_at_196_a_comment_over_the_bound_is_cut_and_says_so(bench: Bench) -> None:
    pull, page = judged(bench)
    page.publish(publication("ä" * 60_000))
    body = pull.comments[0].body
    assert (len(body.encode()) <= MAX_COMMENT, "cut off" in body) == (True, True)


def test_at_196_a_comment_that_was_cut_is_found_again(bench: Bench) -> None:
    pull, page = judged(bench)
    number = page.publish(publication("ä" * 60_000))
    _, again = judged(bench, pull)
    assert (again.publish(publication("ä" * 60_000)), pull.comments[0].edits) == (number, 0)


SECRETS = {
    "installation token": "ghs_" + "A1b2" * 9,
    "new installation token": "ghs_4242_eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiI0MjQyIn0.c2lnbmF0dXJlIGhlcmU",
    "personal token": "ghp_" + "A1b2" * 9,
    "fine-grained token": "github_pat_11ABCDEFG0_abcdef",
    "bearer": "Authorization: Bearer abcdefghijklmnopqrstuvwxyz",
    "jwt": "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiI0MjQyIn0.c2lnbmF0dXJlIGhlcmU",
    "key": "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
    "cut key": "-----BEGIN PRIVATE KEY-----\nMIIE",
}


@pytest.mark.parametrize("kind", SECRETS)
def test_at_199_what_looks_like_a_credential_is_never_shown(bench: Bench, kind: str) -> None:
    pull, page = judged(bench)
    page.announce([status(ERROR, f"why {SECRETS[kind]}")])
    page.publish(publication(f"why {SECRETS[kind]}", None, ERROR))
    secret = SECRETS[kind].removeprefix("Authorization: Bearer ").split("\n")[-1]
    assert [secret in text for text in (pull.comments[0].body, shown(bench, pull)[0][2] or "")] == [False, False]


def test_two_contexts_are_set_in_the_order_given(bench: Bench) -> None:
    pull, page = judged(bench)
    both = (status(SUCCESS), status(PENDING, "waits", "assay/review: main"))
    page.publish(Publication(both, None, None))
    assert [(context, state) for context, state, _ in shown(bench, pull)] == [
        (IMAGES, "success"),
        ("assay/review: main", "pending"),
    ]


def test_publishing_before_reading_is_a_mistake_of_ours(bench: Bench) -> None:
    page = bench.page(bench.bump())
    with pytest.raises(RuntimeError):
        page.publish(publication())


def test_a_status_description_is_shown_as_written(bench: Bench) -> None:
    pull, page = judged(bench)
    page.announce([CommitStatus(IMAGES, FAILURE, "1 of 3 images: critical 2 > 0")])
    assert shown(bench, pull) == [(IMAGES, "failure", "1 of 3 images: critical 2 > 0")]


def test_words_that_github_refused_are_not_tried_each_time(bench: Bench) -> None:
    pull, page = judged(bench)
    page.announce([CommitStatus(IMAGES, SUCCESS, SHORT)])
    bench.gh.requests.clear()
    page.announce([status(SUCCESS)])
    assert bench.reads() == []
    page.announce([status(FAILURE)])
    assert shown(bench, pull)[-1][1] == "failure"


def test_a_read_that_is_older_than_our_own_pending_does_not_leave_that_standing(bench: Bench) -> None:
    pull = bench.bump()
    bench.page(pull).announce_on(pull.head_sha, [status(SUCCESS)])
    page = bench.page(pull)
    page.get()
    page.announce([status(PENDING)])
    set_last = bench.repo.statuses[pull.head_sha].pop()  # GitHub tells for a moment what stood there before
    page.publish(publication(None))
    bench.repo.statuses[pull.head_sha].insert(1, set_last)
    assert [one.state for one in bench.gh.statuses(bench.repo, pull.head_sha)] == ["success", "pending", "success"]
