"""A pull request is read as it is now, in two reads, and whatever could not be read is said."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

import pytest

from app.adapters.github import App, Connection, GitHubForge
from app.core.errors import Unavailable
from app.core.pull_request import PullRequestRef, PullRequestState, Review, ReviewState
from app.core.tree import FileStatus
from tests.adapters.github.conftest import IMAGES, INTEREST, POLICY, Bench, publication
from tests.fakes.github import Fault, GitHub, submodule, symlink


def git_id(text: str) -> str:
    data = text.encode()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def test_a_one_file_pull_request_costs_two_reads(bench: Bench) -> None:
    page = bench.page(bench.bump())
    bench.gh.requests.clear()
    pull = page.get()
    page.read(pull.base_tip, [POLICY, "CODEOWNERS"])
    page.read(pull.merge_base, ["app.yaml"])
    page.read(pull.head, ["app.yaml"])
    assert bench.reads() == [f"GET …/compare/main...{pull.head}", "POST /graphql"]


def test_without_hints_it_costs_a_read_more(bench: Bench) -> None:
    page = bench.page(bench.bump(), hints=False)
    bench.gh.requests.clear()
    page.get()
    assert len(bench.reads()) == 3


def test_the_files_are_those_of_both_sides(bench: Bench) -> None:
    page = bench.page(bench.bump())
    pull = page.get()
    old, new = page.read(pull.merge_base, ["app.yaml"]), page.read(pull.head, ["app.yaml"])
    assert (old["app.yaml"].text, new["app.yaml"].text) == ("image: a:1\n", "image: a:2\n")


def test_blob_ids_of_both_sides_are_told(bench: Bench) -> None:
    (file,) = bench.page(bench.bump()).get().files
    assert (file.path, file.status) == ("app.yaml", FileStatus.MODIFIED)
    assert (file.before, file.after) == (git_id("image: a:1\n"), git_id("image: a:2\n"))


def test_at_141_the_policy_is_that_of_the_base_tip(bench: Bench) -> None:
    pull = bench.bump(app__yaml="image: evil\n", **{"__github/assay__yml": "version: 1\nmode: observe\n"})
    page = bench.page(pull)
    read = page.get()
    assert page.read(read.base_tip, [POLICY])[POLICY].text == "version: 1\n"


def test_at_141_the_policy_is_that_of_the_base_tip_now_and_not_of_the_merge_base(bench: Bench) -> None:
    pull = bench.bump()
    tip = bench.repo.commit("main", {POLICY: "version: 1\nmode: enforce\n"}, author="olga")
    page = bench.page(pull)
    read = page.get()
    assert (read.base_tip, read.base_tip == read.merge_base) == (tip, False)
    assert page.read(read.base_tip, [POLICY])[POLICY].text == "version: 1\nmode: enforce\n"


def test_a_file_that_is_not_there_is_not_in_the_answer(bench: Bench) -> None:
    page = bench.page(bench.bump())
    pull = page.get()
    assert page.read(pull.base_tip, ["CODEOWNERS", "none", "app.yaml/x"]) == {}


def test_a_commit_that_cannot_be_seen_is_not_an_empty_one(bench: Bench) -> None:
    page = bench.page(bench.bump())
    with pytest.raises(Unavailable):
        page.read("f" * 40, ["app.yaml"])


def test_at_145_a_rename_touches_both_paths(bench: Bench) -> None:
    bench.repo.commit("move", {"app.yaml": None, "docs/app.txt": "image: a:1\n"}, author="mona")
    (file,) = bench.page(bench.repo.open_pull_request("move", author="mona")).get().files
    assert (file.status, file.paths) == (FileStatus.RENAMED, ("app.yaml", "docs/app.txt"))


def test_at_145_a_removed_file_is_told_with_its_old_id(bench: Bench) -> None:
    bench.repo.commit("gone", {"app.yaml": None}, author="mona")
    (file,) = bench.page(bench.repo.open_pull_request("gone", author="mona")).get().files
    assert (file.status, file.before, file.after) == (FileStatus.REMOVED, git_id("image: a:1\n"), None)


def test_at_146_more_files_than_a_comparison_lists_are_all_found(bench: Bench) -> None:
    bench.repo.commit("many", {f"d/{n:04}.txt": f"{n}\n" for n in range(450)}, author="mona")
    pull = bench.page(bench.repo.open_pull_request("many", author="mona")).get()
    assert (len(pull.files), pull.incomplete) == (450, ())


def test_at_146_three_hundred_files_are_all_found(bench: Bench) -> None:
    bench.repo.commit("many", {f"d/{n:04}.txt": f"{n}\n" for n in range(300)}, author="mona")
    pull = bench.page(bench.repo.open_pull_request("many", author="mona")).get()
    assert (len(pull.files), pull.incomplete) == (300, ())


@pytest.mark.parametrize("count", [2_999, 3_000, 3_001])
def test_at_146_from_three_thousand_files_on_the_list_is_said_to_be_incomplete(bench: Bench, count: int) -> None:
    bench.repo.commit("many", {f"d/{n:04}.txt": f"{n}\n" for n in range(count)}, author="mona")
    pull = bench.page(bench.repo.open_pull_request("many", author="mona")).get()
    assert bool(pull.incomplete) == (count >= 3_000)


def test_at_147_a_file_too_long_for_a_patch_is_read_by_its_blob(bench: Bench) -> None:
    long = "a: 1\n" * 30_000
    page = bench.page(bench.bump(app__yaml=long))
    pull = page.get()
    assert page.read(pull.head, ["app.yaml"])["app.yaml"].text == long


def test_a_text_that_graphql_cuts_is_read_whole(bench: Bench) -> None:
    long = "b: 2\n" * 120_000
    page = bench.page(bench.bump(app__yaml=long))
    pull = page.get()
    assert page.read(pull.head, ["app.yaml"])["app.yaml"].text == long


def test_a_file_over_the_bound_is_named_and_not_fetched(bench: Bench) -> None:
    page = bench.page(bench.bump(app__yaml="c: 3\n" * 300_000))
    bench.gh.requests.clear()
    pull = page.get()
    assert page.read(pull.head, ["app.yaml"])["app.yaml"].problem == "larger than 1 MiB"
    assert len(bench.reads()) == 2


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (symlink("README.md"), "a symbolic link"),
        (submodule("a" * 40), "a submodule"),
        (b"a\0b", "a NUL"),
        (b"\xff\xfe\xfd", "not UTF-8"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:a\nsize 1\n", "LFS"),
    ],
    ids=["symlink", "submodule", "nul", "latin", "lfs"],
)
def test_a_file_that_cannot_be_read_says_why(bench: Bench, content: object, problem: str) -> None:
    bench.repo.commit("odd", {"odd.yaml": content}, author="mona")  # type: ignore[dict-item] # all are contents
    page = bench.page(bench.repo.open_pull_request("odd", author="mona"))
    pull = page.get()
    assert problem in (page.read(pull.head, ["odd.yaml"])["odd.yaml"].problem or "")


def test_a_folder_is_no_file(bench: Bench) -> None:
    page = bench.page(bench.bump())
    assert page.read(page.get().head, [".github"])[".github"].problem == "a directory, not a file"


def test_many_files_are_read_in_few_queries(bench: Bench) -> None:
    bench.repo.commit("many", {f"{n}.yaml": f"a: {n}\n" for n in range(150)}, author="mona")
    page = bench.page(bench.repo.open_pull_request("many", author="mona"))
    bench.gh.requests.clear()
    pull = page.get()
    read = page.read(pull.head, [f"{n}.yaml" for n in range(150)])
    assert ([read[f"{n}.yaml"].text for n in range(150)], len(bench.reads())) == ([f"a: {n}\n" for n in range(150)], 4)


def test_a_query_that_takes_github_too_long_is_asked_in_pieces(bench: Bench) -> None:
    bench.repo.commit("many", {f"{n}.yaml": f"a: {n}\n" for n in range(40)}, author="mona")
    page = bench.page(bench.repo.open_pull_request("many", author="mona"))
    bench.gh.fault(Fault("POST", "/graphql", 502, times=3))
    pull = page.get()
    bench.gh.fault(Fault("POST", "/graphql", 502, times=3))
    read = page.read(pull.head, [f"{n}.yaml" for n in range(40)])
    assert [read[f"{n}.yaml"].text for n in range(40)] == [f"a: {n}\n" for n in range(40)]


def test_a_head_that_moved_since_the_delivery_is_read_where_it_is_now(bench: Bench) -> None:
    pull = bench.bump()
    page = bench.page(pull)
    head = pull.push({"app.yaml": "image: a:3\n"}, author="mona")
    read = page.get()
    assert (read.head, page.read(head, ["app.yaml"])["app.yaml"].text) == (head, "image: a:3\n")


def test_a_base_that_changed_since_the_delivery_is_read_where_it_is_now(bench: Bench) -> None:
    bench.repo.branch("release")
    pull = bench.bump()
    page = bench.page(pull)
    pull.retarget("release")
    assert page.get().base_ref == "release"


def test_a_delivery_with_a_branch_that_is_gone_is_read_anyway(bench: Bench) -> None:
    ref = replace(bench.ref(bench.bump()), base_ref="gone")
    assert bench.forge.open(ref).get().base_ref == "main"


def test_a_pull_request_into_a_branch_that_is_gone_is_refused(bench: Bench) -> None:
    bench.repo.branch("release")
    bench.repo.commit("bump", {"app.yaml": "image: a:2\n"}, author="mona")
    pull = bench.repo.open_pull_request("bump", base="release", author="mona")
    bench.repo.delete_branch("release")
    with pytest.raises(Unavailable, match="base branch") as failure:
        bench.page(pull).get()
    assert failure.value.permanent


def test_a_pull_request_that_is_not_there_is_refused(bench: Bench) -> None:
    with pytest.raises(Unavailable):
        bench.forge.open(replace(bench.ref(bench.bump(), hints=False), number=99)).get()


def test_a_name_that_another_repository_took_is_refused(bench: Bench) -> None:
    ref = bench.ref(bench.bump())
    bench.repo.rename("elsewhere")
    other = bench.gh.repository("acme/gitops")
    other.commit("x", {"a": "b"})
    other.open_pull_request("x")
    with pytest.raises(Unavailable):
        bench.forge.open(ref).get()


def test_at_171_branch_names_are_data(bench: Bench) -> None:
    name = "feat/%0a$(x)&#--upload-pack=y"
    bench.repo.branch(name)
    bench.repo.commit("bump", {"app.yaml": "image: a:2\n"}, author="mona")
    assert bench.page(bench.repo.open_pull_request("bump", base=name, author="mona")).get().base_ref == name


def test_a_fork_is_read_through_the_base_repository(bench: Bench) -> None:
    fork = bench.repo.fork("mona")
    fork.commit("bump", {"app.yaml": "image: a:2\n"}, author="mona")
    page = bench.page(bench.repo.open_pull_request("bump", author="mona", repository=fork))
    pull = page.get()
    assert (pull.from_fork, page.read(pull.head, ["app.yaml"])["app.yaml"].text) == (True, "image: a:2\n")


def test_at_174_a_deleted_fork_is_read_through_the_base_repository(bench: Bench) -> None:
    fork = bench.repo.fork("mona")
    fork.commit("bump", {"app.yaml": "image: a:2\n"}, author="mona")
    page = bench.page(bench.repo.open_pull_request("bump", author="mona", repository=fork))
    fork.delete()
    pull = page.get()
    assert (pull.head_repository_id, pull.from_fork) == (None, True)
    assert page.read(pull.head, ["app.yaml"])["app.yaml"].text == "image: a:2\n"


def test_state_draft_author_and_privacy_are_read(bench: Bench) -> None:
    bench.repo.commit("bump", {"app.yaml": "image: a:2\n"}, author="mona")
    pull = bench.page(bench.repo.open_pull_request("bump", author="mona", title="Bump", draft=True)).get()
    assert pull.author is not None
    assert (pull.state, pull.draft, pull.title, pull.author.login, pull.author.bot, pull.private) == (
        PullRequestState.OPEN,
        True,
        "Bump",
        "mona",
        False,
        True,
    )


def test_a_bot_is_known_as_one_by_the_login_that_people_write(bench: Bench) -> None:
    bench.repo.commit("bump", {"app.yaml": "image: a:2\n"}, author="renovate[bot]")
    pull = bench.page(bench.repo.open_pull_request("bump", author="renovate[bot]")).get()
    assert pull.author is not None
    assert [(one.login, one.bot) for one in (pull.author, *pull.commits[0].people)] == [("renovate[bot]", True)] * 2


def test_a_deleted_author_is_nobody(bench: Bench) -> None:
    pull = bench.bump()
    bench.gh.delete_user("mona")
    read = bench.page(pull).get()
    assert (read.author, read.commits[0].unattributed) == (None, True)


@pytest.mark.parametrize("end", ["close", "merge"])
def test_a_finished_pull_request_says_so(bench: Bench, end: str) -> None:
    pull = bench.bump()
    page = bench.page(pull)
    pull.close() if end == "close" else pull.merge("olga")
    read = page.get()
    assert read.state == (PullRequestState.CLOSED if end == "close" else PullRequestState.MERGED)


def test_at_161_everybody_in_a_commit_is_named(bench: Bench) -> None:
    bench.repo.commit("bump", {"app.yaml": "image: a:2\n"}, author="mona", committer="hubert", co_authors=["lee"])
    pull = bench.page(bench.repo.open_pull_request("bump", author="mona")).get()
    assert {one.login for one in pull.commits[0].people} == {"mona", "hubert", "lee"}


def test_at_165_commits_of_every_parent_are_listed(bench: Bench) -> None:
    bench.repo.commit("side", {"side.txt": "x"}, author="lee")
    bench.repo.commit("bump", {"app.yaml": "image: a:2\n"}, author="mona")
    bench.repo.commit("bump", {"more.txt": "y"}, author="mona", parents=["bump", "side"])
    pull = bench.page(bench.repo.open_pull_request("bump", author="mona")).get()
    assert {one.login for commit in pull.commits for one in commit.people} == {"mona", "lee"}


def test_at_146_more_commits_than_a_page_are_all_listed(bench: Bench) -> None:
    for number in range(120):
        bench.repo.commit("bump", {"app.yaml": f"image: a:{number}\n"}, author="mona")
    pull = bench.page(bench.repo.open_pull_request("bump", author="mona")).get()
    assert (len(pull.commits), pull.incomplete) == (120, ())


def test_at_146_more_commits_than_github_lists_are_said_to_be_missing(bench: Bench) -> None:
    for number in range(251):
        bench.repo.commit("bump", {"app.yaml": f"image: a:{number}\n"}, author="mona")
    pull = bench.page(bench.repo.open_pull_request("bump", author="mona")).get()
    assert any("commits" in sentence for sentence in pull.incomplete)


def test_at_157_a_review_names_the_commit_it_was_given_on(bench: Bench) -> None:
    pull = bench.bump()
    bench.repo.grant("lee", "write")
    first = pull.head_sha
    pull.review("lee", "APPROVED")
    pull.push({"app.yaml": "image: evil\n"}, author="mona")
    read = bench.page(pull).get()
    assert [(one.state, one.commit, one.can_push) for one in read.reviews] == [(ReviewState.APPROVED, first, True)]
    assert read.reviews[0].commit != read.head


def test_at_158_a_review_that_is_older_than_the_base_branch_s_change_says_so(bench: Bench) -> None:
    bench.repo.branch("other", at="main")
    pull = bench.bump()
    pull.review("lee", "APPROVED")
    bench.gh.advance(5)
    pull.retarget("other")
    pull.review("olga", "APPROVED")  # in the same second: which came first cannot be told
    bench.gh.advance(5)
    pull.review("lee", "APPROVED")
    assert [one.other_base for one in bench.page(pull).get().reviews] == [True, True, False]


def test_at_169_reviews_stand_in_the_order_they_were_given(bench: Bench) -> None:
    pull = bench.bump()
    for state in ("APPROVED", "CHANGES_REQUESTED", "COMMENTED", "PENDING"):
        pull.review("lee", state)
    assert [one.state.value for one in bench.page(pull).get().reviews] == ["APPROVED", "CHANGES_REQUESTED", "COMMENTED"]


def test_a_reader_s_review_is_known_as_one(bench: Bench) -> None:
    pull = bench.bump()
    bench.repo.grant("reader", "read")
    pull.review("reader", "APPROVED")
    assert not bench.page(pull).get().reviews[0].can_push


def test_a_review_of_a_deleted_account_is_nobodys(bench: Bench) -> None:
    pull = bench.bump()
    pull.review("lee", "APPROVED")
    bench.gh.delete_user("lee")
    assert bench.page(pull).get().reviews == (Review(None, ReviewState.APPROVED, pull.head_sha, can_push=False),)


def test_more_reviews_than_a_page_are_all_read(bench: Bench) -> None:
    pull = bench.bump()
    for _ in range(205):
        pull.review("lee", "COMMENTED")
    pull.review("lee", "APPROVED")
    read = bench.page(pull).get()
    assert (len(read.reviews), read.reviews[-1].state, read.incomplete) == (206, ReviewState.APPROVED, ())


def test_at_153_only_our_own_statuses_are_believed(bench: Bench) -> None:
    pull = bench.bump()
    bench.repo.set_status(pull.head_sha, IMAGES, "success", by="mona")
    bench.repo.set_status(pull.head_sha, "assay/review: main", "success", by=bench.gh.app.bot, app=bench.gh.app.id)
    assert [one.context for one in bench.page(pull).get().statuses] == ["assay/review: main"]


def test_at_153_a_status_that_was_overwritten_is_no_longer_ours(bench: Bench) -> None:
    pull = bench.bump()
    bench.repo.set_status(pull.head_sha, IMAGES, "failure", by=bench.gh.app.bot, app=bench.gh.app.id)
    bench.gh.advance(5)
    bench.repo.set_status(pull.head_sha, IMAGES.upper(), "success", by="mona")
    assert bench.page(pull).get().statuses == ()


def test_at_153_another_app_s_status_is_not_ours(bench: Bench) -> None:
    pull = bench.bump()
    bench.repo.set_status(pull.head_sha, IMAGES, "success", by="github-actions[bot]", app=1)
    assert bench.page(pull).get().statuses == ()


def test_siblings_are_open_pull_requests_with_the_same_head_and_base(bench: Bench) -> None:
    pull = bench.bump()
    bench.repo.branch("copy", pull.head_sha)
    twin = bench.repo.open_pull_request("copy", author="mona")
    bench.repo.branch("release")
    bench.repo.open_pull_request("copy", base="release", author="mona")
    bench.repo.branch("closed", pull.head_sha)
    bench.repo.open_pull_request("closed", author="mona").close()
    assert bench.page(pull).get().siblings == (twin.number,)


def test_whether_another_pull_request_was_merged_is_asked(bench: Bench) -> None:
    merged, open_one = bench.bump("one"), bench.bump("two", other__yaml="a: 1\n")
    merged.merge("olga")
    page = bench.page(open_one)
    found = [page.merged_at(number) for number in (merged.number, open_one.number, 99)]
    assert found == [datetime.fromisoformat(merged.closed_at or ""), None, None]


def test_at_204_a_read_that_fails_for_good_says_so_without_a_secret(bench: Bench) -> None:
    page = bench.page(bench.bump())
    bench.gh.fault(Fault("POST", "/graphql", 502, times=None))
    with pytest.raises(Unavailable) as failure:
        page.get()
    assert (failure.value.permanent, "ghs_" in str(failure.value)) == (False, False)


def test_at_181_an_installation_that_is_not_ours_is_refused(bench: Bench) -> None:
    ref = replace(bench.ref(bench.bump()), installation=999_999)
    with pytest.raises(Unavailable) as failure:
        bench.forge.open(ref).get()
    assert failure.value.permanent


def test_at_181_a_repository_of_another_installation_is_refused(bench: Bench) -> None:
    bench.gh.organization("other")
    foreign = bench.gh.repository("other/app", private=True)
    with pytest.raises(Unavailable) as failure:
        bench.forge.open(replace(bench.ref(bench.bump()), repository_id=foreign.id)).get()
    assert failure.value.permanent


def test_a_suspended_installation_is_refused(bench: Bench) -> None:
    page = bench.page(bench.bump())
    bench.gh.suspend("acme")
    with pytest.raises(Unavailable) as failure:
        page.get()
    assert failure.value.permanent


def test_a_revoked_token_is_replaced_on_the_way(bench: Bench) -> None:
    page = bench.page(bench.bump())
    page.get()
    bench.gh.revoke_tokens()
    assert page.get().base_ref == "main"


def test_at_210_each_token_is_for_one_repository_and_its_task(bench: Bench) -> None:
    page = bench.page(bench.bump())
    page.get()
    page.floor()
    asked = [call.body for call in bench.gh.calls("POST", "/app/installations/*/access_tokens")]
    assert asked == [
        {
            "repository_ids": [bench.repo.id],
            "permissions": {"contents": "read", "metadata": "read", "pull_requests": "write", "statuses": "write"},
        },
        {"repositories": [".github"], "permissions": {"contents": "read", "metadata": "read"}},
    ]


def test_an_enterprise_server_is_read_and_written_alike() -> None:
    with GitHub(enterprise=True) as gh:
        repo = gh.repository("acme/gitops")
        repo.commit("bump", {"app.yaml": "image: a:2\n"}, author="mona")
        pull = repo.open_pull_request("bump", author="mona")
        connection = Connection.to(gh.url)
        forge = GitHubForge(connection, App(gh.app.id, gh.private_key_pem, b"key"), INTEREST)
        page = forge.open(PullRequestRef(gh.installation("acme").id, repo.id, "acme", "gitops", pull.number))
        assert page.get().head == pull.head_sha
        assert page.publish(publication()) == pull.comments[0].id
        connection.close()
        assert gh.violations == []


def test_the_slug_is_asked_once_when_nobody_told_it(bench: Bench) -> None:
    bench.forge._slug = None
    pull = bench.bump()
    bench.page(pull).get()
    bench.page(pull).get()
    assert len(bench.gh.calls("GET", "/app")) == 1
