"""What a review is held against: who pushed, what an earlier commit changes, what paths hold."""

from __future__ import annotations

import pytest

from app.adapters.github.review_requests import MAX_REMEMBERED, AskedOnce
from app.core.errors import Unavailable
from app.core.pull_request import Pushers, ReviewedCommit
from tests.adapters.github.conftest import POLICY, Bench
from tests.fakes.github import Fault, PullRequest, executable, symlink
from tests.fakes.github.faults import secondary_limit
from tests.fakes.github.state import Push

OWN = "GitHub does not show who pushed to its branch"


def pushers(bench: Bench, pull: PullRequest) -> Pushers:
    page = bench.page(pull)
    page.get()
    return page.pushers()


def logins(found: Pushers) -> set[str]:
    return {one.login for one in found.people}


# --- who pushed


def test_at_161_who_pushed_is_not_who_a_commit_names(bench: Bench) -> None:
    pull = bench.bump()
    pull.push({"app.yaml": "image: a:3\n"}, author="mona", pusher="lee")
    found = pushers(bench, pull)
    assert (logins(found), found.unknown) == ({"mona", "lee"}, "")


def test_who_pushed_what_is_no_longer_there_is_not_named(bench: Bench) -> None:
    pull = bench.bump()
    good = pull.head_sha
    pull.push({"app.yaml": "image: a:3\n"}, author="lee")
    pull.force_push(good, by="mona")
    assert logins(pushers(bench, pull)) == {"mona"}


def test_who_pushed_by_force_is_named_whatever_is_there_now(bench: Bench) -> None:
    pull = bench.bump()
    first = pull.head_sha
    bench.repo.commit("other", {"app.yaml": "image: a:3\n"}, author="mona")
    pull.force_push("other", by="lee")
    pull.force_push(first, by="mona")
    assert logins(pushers(bench, pull)) == {"mona", "lee"}


def test_who_pushed_to_another_branch_is_not_named(bench: Bench) -> None:
    pull = bench.bump()
    bench.repo.branch("copy", at=pull.head_sha, by="lee")
    assert logins(pushers(bench, pull)) == {"mona"}


def test_a_branch_is_named_whatever_stands_in_it(bench: Bench) -> None:
    pull = bench.bump("feature/a&ref=refs#1")
    found = pushers(bench, pull)
    assert (logins(found), found.unknown) == ({"mona"}, "")


def test_a_public_fork_tells_who_pushed(bench: Bench) -> None:
    bench.repo.private = False
    fork = bench.repo.fork("mona")
    fork.commit("bump", {"app.yaml": "image: a:2\n"}, author="mona", pusher="lee")
    pull = bench.repo.open_pull_request("bump", author="mona", repository=fork)
    assert logins(pushers(bench, pull)) == {"lee"}


def test_a_private_fork_does_not_and_that_is_said(bench: Bench) -> None:
    fork = bench.repo.fork("mona")
    fork.commit("bump", {"app.yaml": "image: a:2\n"}, author="mona")
    pull = bench.repo.open_pull_request("bump", author="mona", repository=fork)
    assert pushers(bench, pull) == Pushers((), OWN)


def test_at_174_a_fork_that_is_gone_does_not_and_that_is_said(bench: Bench) -> None:
    fork = bench.repo.fork("mona")
    fork.commit("bump", {"app.yaml": "image: a:2\n"}, author="mona")
    evil = fork.commit("evil", {"app.yaml": "image: evil\n"}, author="mona")
    pull = bench.repo.open_pull_request("bump", author="mona", repository=fork)
    pull.force_push(evil, by="lee")
    fork.delete()
    found = pushers(bench, pull)
    assert (logins(found), found.unknown) == ({"lee"}, "the fork that it comes from is gone")


def test_a_push_that_github_does_not_list_yet_is_said(bench: Bench) -> None:
    pull = bench.bump()
    bench.repo.pushes.pop()
    assert pushers(bench, pull) == Pushers((), "GitHub does not list the push of its head")


def test_more_pushes_than_a_page_are_all_read(bench: Bench) -> None:
    pull = bench.bump()
    first = bench.repo.pushes.pop()
    bench.repo.pushes.extend([first, *(replaced(bench, number) for number in range(120))])
    bench.repo.pushes.extend([bench.repo.pushes[0]])
    found = pushers(bench, pull)
    assert (logins(found), found.unknown) == ({"mona"}, "")
    assert len(bench.gh.calls("GET", "*/activity")) == 2


def test_more_pushes_than_are_read_is_said(bench: Bench) -> None:
    pull = bench.bump()
    bench.repo.pushes.extend([replaced(bench, number) for number in range(301)])
    assert pushers(bench, pull).unknown == "its branch was pushed to more often than is read"


def replaced(bench: Bench, number: int) -> Push:
    """Make a push to the branch of which nothing is left."""
    actor = bench.gh.user("passer-by")
    return Push(90_000 + number, "refs/heads/bump", "0" * 40, f"{number:040x}", actor, "push", "2026-01-01T00:00:00Z")


def test_a_limit_is_no_refusal(bench: Bench) -> None:
    pull = bench.bump()
    bench.gh.fault(secondary_limit("GET", "*/activity"))
    with pytest.raises(Unavailable):
        pushers(bench, pull)


# --- what an earlier commit changes


def test_a_commit_is_compared_with_the_base_as_it_is_now(bench: Bench) -> None:
    pull = bench.bump()
    fork_point = bench.repo.tip("main")
    first = pull.head_sha
    bench.repo.commit("main", {"other.txt": "x"}, author="olga")
    pull.push({"b.txt": "y"}, author="mona")
    page = bench.page(pull)
    page.get()
    assert page.changed_at(first) == ReviewedCommit(first, fork_point or "", frozenset({"app.yaml"}))


def test_at_145_both_names_of_a_rename_are_told(bench: Bench) -> None:
    bench.repo.commit("bump", {"app.yaml": None, "moved.yaml": "image: a:1\n"}, author="mona")
    pull = bench.repo.open_pull_request("bump", author="mona")
    page = bench.page(pull)
    page.get()
    assert page.changed_at(pull.head_sha).paths == {"app.yaml", "moved.yaml"}


def test_a_commit_that_was_left_behind_is_found_by_its_id(bench: Bench) -> None:
    pull = bench.bump()
    left = pull.head_sha
    bench.repo.commit("other", {"app.yaml": "image: a:3\n"}, author="mona")
    pull.force_push("other")
    page = bench.page(pull)
    page.get()
    assert page.changed_at(left).paths == {"app.yaml"}


@pytest.mark.parametrize("commit", ["f" * 40, "forgotten"])
def test_a_commit_that_is_not_shown_says_so(bench: Bench, commit: str) -> None:
    pull = bench.bump()
    if commit == "forgotten":
        commit = bench.repo.commit("gone", {"app.yaml": "image: a:3\n"}, author="mona")
        bench.repo.forget(commit)
    page = bench.page(pull)
    page.get()
    assert page.changed_at(commit) == ReviewedCommit(commit, problem="which GitHub does not show any more")


def test_at_146_a_comparison_that_may_be_cut_says_so(bench: Bench) -> None:
    pull = bench.bump()
    many = bench.repo.commit("many", {f"{number}.txt": "x" for number in range(300)}, author="mona")
    page = bench.page(pull)
    page.get()
    assert page.changed_at(many).problem == "which changes more files than GitHub compares"


def test_a_comparison_that_is_refused_is_no_lost_commit(bench: Bench) -> None:
    pull = bench.bump()
    page = bench.page(pull)
    page.get()
    bench.gh.fault(Fault("GET", "*/compare/*", 403))
    with pytest.raises(Unavailable):
        page.changed_at("f" * 40)


# --- what paths hold


def test_objects_are_told_by_mode_and_id(bench: Bench) -> None:
    one = bench.repo.commit("one", {"a": "x", "b": executable("x"), "c": symlink("x"), "d/e": "x"}, author="mona")
    page = bench.page(bench.bump())
    found = page.objects([(one, path) for path in ("a", "b", "c", "d", "nothing")])
    blob = (found[one, "a"] or "").partition(" ")[2]
    assert [found[one, path] for path in ("a", "b", "c")] == [f"100644 {blob}", f"100755 {blob}", f"120000 {blob}"]
    assert ((found[one, "d"] or "")[:7], found[one, "nothing"]) == ("040000 ", None)


def test_a_commit_that_is_not_shown_is_not_one_without_files(bench: Bench) -> None:
    page = bench.page(bench.bump())
    tip = bench.repo.tip("main") or ""
    assert set(page.objects([("f" * 40, "a"), (tip, "a")])) == {(tip, "a")}


def test_many_objects_are_told_in_few_queries(bench: Bench) -> None:
    page = bench.page(bench.bump())
    tip = bench.repo.tip("main") or ""
    found = page.objects([(tip, f"{number}.txt") for number in range(119)] + [(tip, POLICY)] * 2)
    assert (len(found), len(bench.gh.calls("POST", "/graphql"))) == (120, 2)


def test_nothing_asked_for_costs_nothing(bench: Bench) -> None:
    page = bench.page(bench.bump())
    assert (page.objects([]), bench.gh.calls("POST", "/graphql")) == ({}, [])


# --- asking for reviews


def test_long_timelines_ask_nobody(bench: Bench) -> None:
    pull = bench.bump()
    account = bench.gh.user("lee")
    pull.requests.extend([("2026-01-01T00:00:00Z", account, account)] * 501)
    bench.page(pull).request_reviewers(["sam"])
    assert (pull.requested_users, len(bench.gh.calls("GET", "*/timeline"))) == ([], 5)


@pytest.mark.parametrize("name", ["other/security", "acme/", "/security", "a b", "acme/sec/urity", ""])
def test_what_cannot_be_asked_costs_nothing(bench: Bench, name: str) -> None:
    bench.page(bench.bump()).request_reviewers([name])
    assert bench.reads() == []


def test_who_was_asked_is_forgotten_when_it_grows_too_much(bench: Bench) -> None:
    once = AskedOnce({str(number): frozenset() for number in range(MAX_REMEMBERED + 1)})
    ref = bench.ref(bench.bump())
    once.keep(ref, ["lee"])
    assert (len(once.names), once.new(ref, ["lee", "sam", "sam"])) == (1, ("sam",))
