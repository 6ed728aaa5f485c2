"""What pages say, whatever documents hold: all of others is text, all is there, or named as left out."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from app.core.assessment import Assessment, DemandState, PastChange, WhatIf
from app.core.attestation import RootState, Word
from app.core.gate import Gate, Wired
from app.core.posture import Better, Measure
from app.core.verdict import Outcome, Waived
from app.render import document
from tests.fakes.github import Fault
from tests.fakes.lobby import Browser, Lobby
from tests.render import samples
from tests.web.markup import Page, faults

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "</title></code></pre></table><h1>OK</h1>",
    "{{ config }}{% include 'operator.html' %}",
    "&lt;b&gt;&#60;script&#62;",
    "`</code><svg onload=alert(1)>`",
    "\u202eevil\u2066\x00\x1b[2J\r\n<!-- -->",
    "]]></svg><style>*{}</style>",
)
ENDS = datetime(2027, 1, 1, tzinfo=UTC)


def full() -> Assessment:
    """An assessment that has something of everything."""
    blocked, policy = samples.blocked(), samples.policy_change()
    key = blocked.changes[0].change.key
    waiver = Waived("waivers/api.yml", "2027-01-01", ENDS, "@acme/security", "no fix upstream", "SEC-42")
    passed = samples.finding(Outcome.OK, key, "3 critical, at most 0 are allowed", waived=(waiver,))
    return dataclasses.replace(
        blocked,
        edits=policy.edits,
        demands=(*policy.demands, samples.demand(DemandState.ERROR)),
        findings=(*blocked.findings, passed),
        unreadable=samples.cannot_read().unreadable,
        notices=("a waiver ends within a week",),
        proposed=(".github/assay.yml:3: no such key",),
        gate=Gate((("assay/images: main", Wired.OURS), ("assay/review: main", Wired.NOT)), "classic rules are hidden"),
        roots=(RootState("default", 14, timedelta(hours=30), ""), RootState("own", 1, None, "not fresh")),
        recheck_at=ENDS,
        what_if=WhatIf(
            20,
            18,
            20,
            1,
            0,
            2,
            (PastChange("c" * 40, key, "OK", "REVIEW", stricter=True, sentence="it is not pinned"),),
        ),
    )


@pytest.fixture(scope="module")
def whole() -> tuple[str, str]:
    """What the pages of `full` and of its first image say."""
    with Lobby() as lobby:
        path, alice = lobby.record(lobby.repository(), full()), lobby.visitor()
        return Page.of(alice.get(path).text).text, Page.of(alice.get(f"{path}/changes/0").text).text


def _written(assessment: Assessment) -> dict[str, object]:
    found: dict[str, object] = json.loads(document.text(document.check(assessment)))
    return found


def _poisoned(value: object, attack: str) -> object:
    """Put an attack into every text, and every key of an object whose keys others choose."""
    if isinstance(value, dict):
        return {
            (attack if key in {"source", "labels"} else key): (one if key == "schema" else _poisoned(one, attack))
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [_poisoned(one, attack) for one in value]
    return attack if isinstance(value, str) else value


def _pages(browser: Browser, path: str) -> list[str]:
    repository = path.partition("/pulls")[0]
    parts = ["", "/changes/0", "/changes/0/uses", "/changes/0/found", "/changes/0/packages", "/changes/2"]
    return [browser.get(f"{path}{part}").text for part in parts] + [browser.get(repository).text]


@pytest.mark.parametrize("sample", [full, samples.hostile, samples.many, samples.broken, samples.incomplete])
def test_every_page_is_sound_and_can_be_read_without_seeing_it(lobby: Lobby, sample: Callable[[], Assessment]) -> None:
    path, alice = lobby.record(lobby.repository(), sample()), lobby.visitor()
    assert [faults(text, lobby.paging_now.site) for text in _pages(alice, path)] == [[]] * 7


@pytest.mark.parametrize("attack", ATTACKS)
def test_at_191_at_194_at_198_text_of_others_is_never_markup_picture_or_link(lobby: Lobby, attack: str) -> None:
    poisoned = json.dumps(_poisoned(_written(full()), attack))
    path, alice = lobby.record(lobby.repository(), poisoned), lobby.visitor()
    assert [faults(text, lobby.paging_now.site) for text in _pages(alice, path)] == [[]] * 7


def test_at_197_hidden_characters_are_written_out(lobby: Lobby) -> None:
    path, alice = lobby.record(lobby.repository(), samples.hostile()), lobby.visitor()
    text = alice.get(f"{path}/changes/0").text
    assert ("\\u{202E}" in text, "\u202e" in text) == (True, False)


@pytest.mark.parametrize(
    "shown",
    [
        "BLOCKED",
        "ghcr.io/payments/api",
        "a81f3c2" + "0" * 33,
        ".github/assay.yml",
        "policies/require-signature.yaml",
        "violations will be logged, not blocked",
        "Enforce",
        "Audit",
        "waits for 2 approvals from @acme/policy-owners",
        "bob wrote a commit in this pull request",
        "does not count",
        "a template, not YAML",
        "apps/web/values.yaml:12",
        "no fix upstream",
        "Waived until 2027-01-01",
        "not required",
        "classic rules are hidden",
        "TUF version 14, 30 hours old then",
        "a waiver ends within a week",
        "no such key",
        "may change by itself on 2027-01-01",
        "Of the last 20 merged changes 18 could be judged",
        "it is not pinned",
        "Judged by",
        "Who may bypass the rules GitHub did not show",
    ],
)
def test_the_assessment_says_it(whole: tuple[str, str], shown: str) -> None:
    assert shown in whole[0]


@pytest.mark.parametrize(
    "shown",
    [
        "sha256:" + "b" * 64,
        "it signs another manifest",
        "digest-mismatch",
        "cosign signature layer",
        "did not answer in time",
        "https://slsa.dev/provenance/v1",
        "CVE-high-0",
        "high vulnerabilities",
        "scanner trivy",
        "better",
        "apps/b.yaml:17",
        "https://token.actions.githubusercontent.com",
        "assay verify --any-signer",
    ],
)
def test_the_page_of_an_image_says_it(whole: tuple[str, str], shown: str) -> None:
    assert shown in whole[1]


def test_the_newest_is_shown_without_a_head(lobby: Lobby) -> None:
    repository = lobby.repository()
    lobby.record(repository, samples.blocked())
    lobby.record(repository, samples.all_clear())
    assert "OK" in Page.of(lobby.visitor().get(f"/repositories/{repository.id}/pulls/7").text).all("h1")[0].text


def test_an_older_head_says_that_there_is_a_newer(lobby: Lobby) -> None:
    repository = lobby.repository()
    old = lobby.record(repository, dataclasses.replace(samples.blocked(), head="a" * 40))
    new = lobby.record(repository, dataclasses.replace(samples.blocked(), head="b" * 40))
    links = [one.attributes["href"] for one in Page.of(lobby.visitor().get(old).text).all("a")]
    assert new in links


def test_a_merge_group_has_its_page(lobby: Lobby) -> None:
    path = lobby.record(lobby.repository(), samples.blocked(), number=0)
    assert "Merge group of acme/gitops" in Page.of(lobby.visitor().get(path).text).all("h1")[0].text


def test_what_a_pull_request_says_of_a_merge_group_leads_to_it(lobby: Lobby) -> None:
    path = lobby.record(lobby.repository(), samples.blocked(), number=0)
    answer = lobby.visitor().get(path.replace("/pulls/0/", "/pulls/12/"))
    assert "Merge group of acme/gitops" in Page.of(answer.text).all("h1")[0].text


def test_the_document_is_handed_out_as_it_was_recorded(lobby: Lobby) -> None:
    path, alice = lobby.record(lobby.repository(), full()), lobby.visitor()
    answer = alice.get(f"{path}/assessment.json")
    assert (answer.json, answer.headers["Content-Type"], answer.headers["Content-Disposition"]) == (
        _written(full()),
        "application/json",
        'attachment; filename="assay-7-4be1d9000000.json"',
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "deleted with age"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("9" * 10_000, "is not JSON"),
        ("null", "no form that this version knows"),
        ("[]", "no form that this version knows"),
        ('{"schema": 3}', "of the form 3"),
        ('{"schema": "assay.check/v0"}', "of the form assay.check/v0"),
        ('{"schema": "<script>"}', "of the form <script>"),
    ],
)
def test_a_document_that_cannot_be_shown_is_said_to_be_none(lobby: Lobby, text: str, said: str) -> None:
    path, alice = lobby.record(lobby.repository(), text), lobby.visitor()
    shown = alice.get(path).text
    assert (said in Page.of(shown).text, faults(shown, lobby.paging_now.site)) == (True, [])


@pytest.mark.parametrize("text", ["{", '{"schema": "assay.check/v0"}'])
def test_its_bytes_can_be_had_all_the_same(lobby: Lobby, text: str) -> None:
    path, alice = lobby.record(lobby.repository(), text), lobby.visitor()
    assert alice.get(f"{path}/assessment.json").text == text


@pytest.mark.parametrize("value", [None, 3, "x", [], {}, [None], [3], ["x"], [[]], [{}], True, 1e400, -1])
def test_a_document_with_anything_anywhere_is_shown(lobby: Lobby, value: object) -> None:
    whole = _written(full())
    twisted = {key: one if key == "schema" else value for key, one in whole.items()}
    inner = dict(whole, changes=[dict.fromkeys(whole["changes"][0], value)])  # type: ignore[index]  # a list of objects
    alice, repository = lobby.visitor(), lobby.repository()
    for found in (twisted, inner):
        path = lobby.record(repository, json.dumps(found))
        answers = [alice.get(path), alice.get(f"/repositories/{repository.id}"), alice.get(f"{path}/changes/0")]
        assert {one.status_code for one in answers} <= {200, 404}


def _of_many(listed: int) -> str:
    """A document with a list as long as that, of one image."""
    found = _written(full())
    one: dict[str, object] = {
        "id": "CVE-1",
        "package": "p",
        "version": "1",
        "fix": None,
        "severity": "high",
        "note": "n" * 60,
        "vex": [],
    }
    change = found["changes"][0]  # type: ignore[index]  # a list of objects
    change["vulnerabilities"]["found"] = {"count": listed, "listed": [dict(one, id=f"CVE-{n}") for n in range(listed)]}
    return json.dumps(found)


def test_a_list_is_shown_a_thousand_a_page(lobby: Lobby) -> None:
    path, alice = lobby.record(lobby.repository(), _of_many(2500)), lobby.visitor()
    pages = [Page.of(alice.get(f"{path}/changes/0/found?page={page}").text) for page in (1, 2, 3)]
    assert [len(page.all("tr")) - 1 for page in pages] == [1000, 1000, 500]


def test_the_page_of_an_image_shows_the_beginning_of_a_list(lobby: Lobby) -> None:
    path, alice = lobby.record(lobby.repository(), _of_many(2500)), lobby.visitor()
    assert "See all 2500" in alice.get(f"{path}/changes/0").text


def test_what_was_counted_and_not_kept_is_said(lobby: Lobby) -> None:
    found = json.loads(_of_many(5))
    found["changes"][0]["vulnerabilities"]["found"]["count"] = 12
    path, alice = lobby.record(lobby.repository(), json.dumps(found)), lobby.visitor()
    assert "7 more were counted and not kept one by one" in alice.get(f"{path}/changes/0").text


def test_a_document_of_ten_megabytes_is_shown_in_light_pages(lobby: Lobby) -> None:
    text = _of_many(66_000)
    assert len(text) > 10_000_000
    path, alice = lobby.record(lobby.repository(), text), lobby.visitor()
    weights = [len(alice.get(f"{path}{part}").data) for part in ("", "/changes/0", "/changes/0/found?page=66")]
    assert max(weights) < 400_000


def test_a_document_beyond_what_is_shown_can_be_had(lobby: Lobby) -> None:
    text = _of_many(100) + " " * 16_000_000
    path, alice = lobby.record(lobby.repository(), text), lobby.visitor()
    assert ("too large to show" in alice.get(path).text, len(alice.get(f"{path}/assessment.json").data)) == (
        True,
        len(text),
    )


def test_many_of_everything_keep_a_page_bounded(lobby: Lobby) -> None:
    found = _written(full())
    for key in ("changes", "policies", "findings", "reviews", "unreadable", "notices"):
        found[key] = found[key] * 1200  # type: ignore[operator]  # lists
    path, alice = lobby.record(lobby.repository(), json.dumps(found)), lobby.visitor()
    assert len(alice.get(path).data) < 4_000_000


@pytest.mark.parametrize(("part", "most"), [("", 20_000), ("/changes/0", 30_000), ("/changes/0/uses", 5_000)])
def test_an_ordinary_page_is_light(lobby: Lobby, part: str, most: int) -> None:
    path, alice = lobby.record(lobby.repository(), full()), lobby.visitor()
    assert len(alice.get(f"{path}{part}").data) < most


def test_the_style_sheet_is_light(lobby: Lobby) -> None:
    with lobby.stranger().get("/static/style.css") as answer:
        assert len(answer.data) < 10_000


def test_packages_are_compared_where_both_sides_are_known(lobby: Lobby) -> None:
    moved = samples.blocked().changes[0].change

    def with_packages(*names: str) -> dict[str, Measure]:
        return {"packages": Measure("packages", "packages", frozenset(names), Better.NEITHER, "spdx", "alice")}

    change = samples.assessed(
        moved,
        samples.image(moved, Word.VERIFIED, with_packages("a@1", "b@1", "gone"), old=True),
        samples.image(moved, Word.VERIFIED, with_packages("a@2", "b@1", "come@3")),
    )
    path = lobby.record(lobby.repository(), dataclasses.replace(samples.EMPTY, changes=(change,)))
    rows = Page.of(lobby.visitor().get(f"{path}/changes/0/packages").text).all("tr")[1:]
    assert [row.text.split() for row in rows] == [
        ["a", "1", "2"],
        ["come", "not", "there", "3"],
        ["gone", "in", "it", "not", "there"],
    ]


def test_a_repository_shows_what_was_judged_last_of_each_pull_request(lobby: Lobby) -> None:
    repository = lobby.repository()
    lobby.record(repository, samples.blocked(), number=7)
    lobby.record(repository, samples.all_clear(), number=7)
    lobby.record(repository, samples.incomplete(), number=8)
    table = Page.of(lobby.visitor().get(f"/repositories/{repository.id}").text).all("tbody")[0]
    assert [word for word in table.text.split() if word in {"#7", "#8", "OK", "INCOMPLETE"}] == [
        *("#8", "INCOMPLETE"),
        *("#7", "OK"),
    ]


def test_counts_are_plotted_over_time(lobby: Lobby) -> None:
    repository = lobby.repository()
    for number in range(3):
        lobby.record(repository, samples.blocked(), number=number + 1, at=samples.NOON + timedelta(days=number))
    page = Page.of(lobby.visitor().get(f"/repositories/{repository.id}").text)
    titles = [one.text for one in page.all("title") if one.inside[-1:] == ("svg",)]
    assert "ghcr.io/payments/api" in titles


WAIVER = """\
version: 1
owner: acme/security
reason: {reason}
ticket: SEC-42
expires: {until}
scope:
  images: ["ghcr.io/payments/**"]
  vulnerabilities: [CVE-2026-1234]
"""


def _with_waivers(lobby: Lobby, **files: str) -> str:
    """Put waivers on the default branch; return what the repository's page says."""
    repository = lobby.repository()
    repository.commit(
        "main", {f".github/assay/waivers/{name}.yml": text for name, text in files.items()}, author="dana"
    )
    lobby.record(repository, full())
    answer = lobby.visitor().get(f"/repositories/{repository.id}").text
    assert faults(answer, lobby.paging_now.site) == []
    return Page.of(answer).text


def test_an_open_waiver_is_shown_with_its_end(lobby: Lobby) -> None:
    text = _with_waivers(lobby, api=WAIVER.format(reason="not <b>reachable</b>", until="2099-01-01"))
    assert ("not <b>reachable</b>" in text, "2099-01-01" in text, "nothing" in text) == (True, True, True)


def test_a_waiver_that_ended_is_said_not_to_hold(lobby: Lobby) -> None:
    text = _with_waivers(lobby, api=WAIVER.format(reason="late", until="2020-01-01"))
    assert ("1 that do not hold" in text, "ended on 2020-01-01" in text) == (True, True)


def test_a_waiver_with_a_fault_is_said_to_waive_nothing(lobby: Lobby) -> None:
    assert "waives nothing" in _with_waivers(lobby, api="owner: 3\n")


def test_a_waiver_in_use_leads_to_where_it_lets_something_pass(lobby: Lobby) -> None:
    heeded = Waived(
        ".github/assay/waivers/api.yml", "2099-01-01", datetime(2099, 1, 2, tzinfo=UTC), "acme/security", "why", ""
    )
    key = samples.blocked().changes[0].change.key
    passed = samples.finding(Outcome.OK, key, "passes", waived=(heeded,))
    repository = lobby.repository()
    files = {heeded.path: WAIVER.format(reason="why", until="2099-01-01")}
    repository.commit("main", files, author="dana")
    lobby.record(repository, dataclasses.replace(samples.blocked(), findings=(passed,)), number=31)
    page = Page.of(lobby.visitor().get(f"/repositories/{repository.id}").text)
    links = [one.attributes["href"] for one in page.all("a") if "tbody" in one.inside]
    assert links.count(f"/repositories/{repository.id}/pulls/31") == 1


def test_a_policy_that_allows_no_waivers_is_said_to(lobby: Lobby) -> None:
    repository = lobby.repository()
    repository.commit("main", {".github/assay.yml": "version: 1\nwaivers: {allow: false}\n"}, author="dana")
    lobby.record(repository, full())
    assert "allows none" in Page.of(lobby.visitor().get(f"/repositories/{repository.id}").text).text


def test_waivers_that_cannot_be_read_hide_nothing_else(lobby: Lobby) -> None:
    repository = lobby.repository()
    lobby.record(repository, full())
    alice = lobby.visitor()
    lobby.github.fault(Fault("POST", "/graphql", 502, None))
    text = Page.of(alice.get(f"/repositories/{repository.id}").text).text
    assert ("They could not be read now" in text, "BLOCKED" in text) == (True, True)


def test_at_210_waivers_are_read_with_a_token_that_may_only_read(lobby: Lobby) -> None:
    _with_waivers(lobby, api=WAIVER.format(reason="why", until="2099-01-01"))
    asked = [one.body["permissions"] for one in lobby.github.calls("POST", "/app/installations/*/access_tokens")]
    assert {level for permissions in asked for level in permissions.values()} == {"read"}


def test_a_repository_without_a_policy_file_is_told_so(lobby: Lobby) -> None:
    repository = lobby.repository()
    lobby.record(repository, samples.proposed())
    assert "No policy file judged here last" in lobby.visitor().get(f"/repositories/{repository.id}").text


def test_a_sweep_that_went_over_it_is_said(lobby: Lobby) -> None:
    repository = lobby.repository()
    lobby.record(repository, full())
    assert "Not within the last week" in lobby.visitor().get(f"/repositories/{repository.id}").text
