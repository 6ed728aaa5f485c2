"""What an evidence file is called, and what forbids to write one."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.assessment import AssessedChange, AssessedImage, Assessment, PolicyIdentity, Standing
from app.core.attestation import Answer, Conclusion, Evidence, Lookup, Word
from app.core.evidence_file import (
    LARGEST_COMMIT,
    MOST_COMMITS,
    HeadBranch,
    beside,
    forbids,
    is_blob,
    is_evidence_file,
    is_settled,
    obstacle,
    occupied,
    too_much,
    unfit,
)
from app.core.inventory import ImageChange, ImageVersion
from app.core.oci import Digest, ImageName, ImageReference
from app.core.posture import Posture
from app.core.pull_request import (
    Commit,
    Person,
    PullRequest,
    PullRequestRef,
    PullRequestState,
    Pushers,
    Review,
    ReviewState,
)
from app.core.verdict import Finding, Outcome

BOT = Person(7, "renovate[bot]", bot=True)
US = Person(9, "assay[bot]", bot=True)
DANA = Person(3, "dana")
WEB = Person(4, "web-flow")


def commit(sha: str, *people: Person, unattributed: bool = False) -> Commit:
    return Commit(sha, people, unattributed)


PULL = PullRequest(
    ref=PullRequestRef(1, 2, "acme", "gitops", 5),
    title="",
    author=BOT,
    state=PullRequestState.OPEN,
    draft=False,
    base_ref="main",
    base_tip="b" * 40,
    merge_base="b" * 40,
    head="a" * 40,
    head_repository_id=2,
    private=True,
    files=(),
    commits=(commit("a" * 40, BOT, WEB),),
    reviews=(),
)
BRANCH = HeadBranch("bump", "a" * 40, "", Pushers((BOT,)), 0, "assay[bot]")


@given(st.lists(st.text(alphabet="ab./-y", min_size=1, max_size=12), min_size=2, max_size=2, unique=True))
@settings(max_examples=100, deadline=None)
def test_no_two_manifests_have_the_same_file(paths: list[str]) -> None:
    assert beside(paths[0]) != beside(paths[1])
    assert all(is_evidence_file(beside(path)) for path in paths)


@pytest.mark.parametrize("path", ["a.assay.json", "x/A.Assay.JSON", "ÉE/a.yaml.assay.json"])
def test_the_case_of_letters_does_not_hide_a_file(path: str) -> None:
    assert is_evidence_file(path)


def test_another_name_is_none() -> None:
    assert not is_evidence_file("a.assay.json.yaml")


@pytest.mark.parametrize(
    ("oid", "same"),
    [
        ("9e26dfeeb6e641a33dae4961196235bdb965b21b", True),
        ("a" * 40, False),
        ("1fcc4ff0dac12c2ed2f26a9ea1d36d5f4ee0ee45e9b0ce8ee8ff1b0f2a1b5b5a", False),
        (None, False),
    ],
)
def test_a_file_is_known_by_git_s_id(oid: str | None, *, same: bool) -> None:
    assert is_blob(oid, "{}") is same


def test_a_file_is_known_by_git_s_other_id_too() -> None:
    assert is_blob(hashlib.sha256(b"blob 2" + bytes(1) + b"{}").hexdigest(), "{}")


@pytest.mark.parametrize(
    "path",
    [
        "../a.yaml.assay.json",
        "a/../b.assay.json",
        "./a.assay.json",
        "/a.assay.json",
        "a//b.assay.json",
        "a\\b.assay.json",
        "a\nb.assay.json",
        "a\udc80.assay.json",
        "a\u202eb.assay.json",
        ".git/a.assay.json",
        ".github/a.assay.json",
        "x/.GitHub/workflows/a.assay.json",
        "x" * 250 + ".assay.json",
    ],
)
def test_a_hostile_path_is_not_written_to(path: str) -> None:
    assert unfit(path)


@pytest.mark.parametrize("path", ["a.yaml.assay.json", "x y/ü.yaml.assay.json", ".gitops/a.yaml.assay.json"])
def test_a_plain_path_may_be_written_to(path: str) -> None:
    assert unfit(path) == ""


@pytest.mark.parametrize("mode", ["120000", "160000", "040000", "100755"])
def test_only_a_plain_file_is_written_over(mode: str) -> None:
    assert occupied("a.assay.json", f"{mode} {'c' * 40}", ()) == "what stands there is no plain file"


@pytest.mark.parametrize("listed", ["A.assay.json", "a.ASSAY.json/x", "a.assay.json/x"])
def test_a_name_that_differs_in_case_only_stands_in_the_way(listed: str) -> None:
    assert listed in occupied("a.assay.json", None, ("b.yaml", listed))


@pytest.mark.parametrize("standing", [None, f"100644 {'c' * 40}"])
def test_over_nothing_and_over_a_plain_file_is_written(standing: str | None) -> None:
    assert occupied("a.assay.json", standing, ("a.assay.json", "a.assay.jsonx", "b.yaml")) == ""


def test_a_pull_request_of_which_its_author_did_everything_may_be_committed_to() -> None:
    assert (forbids(PULL), obstacle(PULL, BRANCH)) == ("", "")


@pytest.mark.parametrize(
    ("pull", "why"),
    [
        (replace(PULL, state=PullRequestState.MERGED), "it is not open"),
        (replace(PULL, head_repository_id=8), "it comes from a fork"),
        (replace(PULL, head_repository_id=None), "it comes from a fork"),
        (replace(PULL, draft=True), "it is a draft"),
        (replace(PULL, incomplete=("x",)), "it could not be read whole"),
        (
            replace(PULL, reviews=(Review(DANA, ReviewState.APPROVED, "c" * 40, can_push=True),)),
            "somebody approved it",
        ),
    ],
)
def test_some_pull_requests_are_left_alone(pull: PullRequest, why: str) -> None:
    assert forbids(pull) == why


@pytest.mark.parametrize("login", ["dependabot[bot]", "Dependabot", "copilot-swe-agent[bot]", "github-actions[bot]"])
def test_an_author_whose_workflows_run_without_secrets_gets_no_push_of_ours_on_top(login: str) -> None:
    assert "keeps its author's workflows apart" in forbids(replace(PULL, author=Person(5, login, bot=True)))


@pytest.mark.parametrize(
    ("texts", "fits"),
    [
        (("x" * LARGEST_COMMIT,), True),
        (("é" * (LARGEST_COMMIT // 2), "x"), False),
    ],
    ids=["as large", "a byte more"],
)
def test_so_much_is_written_at_once_and_no_more(texts: tuple[str, ...], *, fits: bool) -> None:
    assert (too_much(texts) == "") is fits


def test_a_mere_comment_does_not_stand_in_the_way() -> None:
    assert forbids(replace(PULL, reviews=(Review(DANA, ReviewState.COMMENTED, None, can_push=True),))) == ""


@pytest.mark.parametrize(
    ("pull", "branch", "why"),
    [
        (PULL, replace(BRANCH, tip="d" * 40), "moved"),
        (PULL, replace(BRANCH, tip=None), "gone"),
        (PULL, replace(BRANCH, guarded="it is guarded"), "it is guarded"),
        (replace(PULL, author=None), BRANCH, "not known who wrote"),
        (replace(PULL, commits=(commit("a" * 40, BOT, unattributed=True),)), BRANCH, "not known who wrote"),
        (PULL, replace(BRANCH, pushers=Pushers((BOT,), "a secret")), "not known who pushed all of it: a secret"),
        (replace(PULL, commits=(commit("a" * 40, BOT), commit("e" * 40, DANA))), BRANCH, "dana has a part"),
        (PULL, replace(BRANCH, pushers=Pushers((BOT, DANA))), "dana has a part"),
        (PULL, replace(BRANCH, pushers=Pushers((BOT, Person(6, "other[bot]", bot=True)))), "other[bot] has a part"),
        # A person cannot have such a login; should somebody, it is not us.
        (PULL, replace(BRANCH, pushers=Pushers((BOT, Person(6, "assay[bot]")))), "assay[bot] has a part"),
        (PULL, replace(BRANCH, ours=MOST_COMMITS), "enough commits of ours"),
        (replace(PULL, commits=(commit("a" * 40, US, WEB),) * MOST_COMMITS), BRANCH, "enough commits of ours"),
    ],
)
def test_what_forbids_a_commit_is_said(pull: PullRequest, branch: HeadBranch, why: str) -> None:
    assert why in obstacle(pull, branch)


def test_our_own_commits_and_pushes_are_nobody_s_part() -> None:
    ours = replace(PULL, commits=(*PULL.commits, commit("e" * 40, US, WEB)))
    branch = replace(BRANCH, pushers=Pushers((BOT, replace(US, login="Assay[bot]"))), ours=MOST_COMMITS - 1)
    assert obstacle(ours, branch) == ""


DIGEST = Digest("1" * 64)
NAME = ImageName.parse("ghcr.io/acme/api")
FAILED = Lookup("referrers", "ghcr.io", Answer.FAILED)


def image(*lookups: Lookup, digest: Digest | None = DIGEST) -> AssessedImage:
    evidence = Evidence(ImageReference(NAME, "1", None), digest, (), (), (), lookups)
    return AssessedImage(evidence, (), Posture(), Conclusion("signature", Word.VERIFIED, ""))


def assessment(after: AssessedImage | None, outcome: Outcome = Outcome.OK, *, removed: bool = False) -> Assessment:
    version = None if removed else ImageVersion("1", None)
    changed = AssessedChange(ImageChange(NAME, ImageVersion("0", None), version, ()), image(), after, ())
    return Assessment(
        base_ref="main",
        base_tip="b" * 40,
        merge_base="b" * 40,
        head="a" * 40,
        standing=Standing.IN_FORCE,
        policy=PolicyIdentity("b" * 40, ".github/assay.yml"),
        changes=(changed,),
        edits=(),
        findings=(Finding(outcome, "", "rule", ""),),
        demands=(),
        unreadable=(),
        assessed_at=datetime(2026, 11, 24, tzinfo=UTC),
    )


@pytest.mark.parametrize("outcome", [Outcome.OK, Outcome.REVIEW])
def test_what_may_be_merged_and_is_wholly_known_is_settled(outcome: Outcome) -> None:
    assert is_settled(assessment(image(), outcome))


def test_an_image_that_is_removed_leaves_nothing_to_know() -> None:
    assert is_settled(assessment(None, removed=True))


@pytest.mark.parametrize(
    "judged",
    [
        assessment(image(), Outcome.INCOMPLETE),
        assessment(image(), Outcome.BLOCKED),
        assessment(None),
        assessment(image(digest=None)),
        assessment(image(FAILED)),
        replace(assessment(image()), standing=Standing.PROPOSED),
        replace(assessment(image()), broken="a sentence"),
    ],
)
def test_nothing_is_settled_that_may_come_out_otherwise(judged: Assessment) -> None:
    assert not is_settled(judged)
