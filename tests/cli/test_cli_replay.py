"""`assay replay`: what another policy would have said to past image changes."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app import settings
from app.bootstrap.replaying import ProposedPolicy, replay_job
from app.core.oci import Digest
from app.jobs.replay import Wanted
from tests.cli.conftest import Desktop, manifest, read
from tests.fakes.registry import Fault

POLICY = ".github/assay.yml"
LOOSE = "version: 1\nunmatched: allow\n"
WAIVER = """\
version: 1
owner: acme/platform
reason: known
ticket: SEC-1
expires: 2999-12-31
scope:
  images: ["{host}/acme/**"]
  rules: [signature]
"""


def _replay(desktop: Desktop, *arguments: str) -> tuple[int, list[str], str]:
    result = desktop.assay("replay", "--repo", str(desktop.folder), *arguments)
    return result.exit_code, result.stdout.splitlines(), result.stderr


def _document(desktop: Desktop, *arguments: str) -> dict[str, Any]:
    return read(desktop.assay("replay", "--repo", str(desktop.folder), "--format", "json", *arguments))


def _write(desktop: Desktop, text: str, path: str = POLICY) -> str:
    """Write a file into the working tree only."""
    file = desktop.folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return str(file)


def _history(desktop: Desktop, policy: str, *images: str) -> list[str]:
    """Commit a policy, then each image in its turn."""
    desktop.commit({POLICY: policy, "app.yaml": manifest(desktop.image(tag="1.0"))})
    return [desktop.commit({"app.yaml": manifest(image)}) for image in images]


def test_a_stricter_policy_is_1_and_names_commit_subject_words_and_finding(desktop: Desktop) -> None:
    commit, _ = _history(desktop, LOOSE, desktop.image(signed=False), desktop.image())
    _write(desktop, desktop.policy())
    code, lines, _ = _replay(desktop)
    told = re.fullmatch(r"([0-9a-f]{12})  (\S+) .*: (.*)", lines[0])
    assert told is not None
    assert (code, told.groups(), lines[1].split(": ")[0:2]) == (
        1,
        (commit[:12], f"{desktop.registry.host}/acme/api", "OK -> BLOCKED"),
        ["  BLOCKED (ours", "signature)"],
    )


def test_a_looser_policy_is_1_and_names_what_no_longer_fails(desktop: Desktop) -> None:
    _history(desktop, desktop.policy(), desktop.image(signed=False))
    _write(desktop, LOOSE)
    code, lines, _ = _replay(desktop)
    assert (
        code,
        lines[0].endswith(": BLOCKED -> OK"),
        lines[1].startswith("  no longer BLOCKED (ours: signature): "),
    ) == (
        1,
        True,
        True,
    )


def test_the_same_policy_is_0_and_says_that_nothing_can_differ(desktop: Desktop) -> None:
    _history(desktop, desktop.policy(), desktop.image(signed=False))
    code, lines, _ = _replay(desktop)
    assert (code, lines[0], lines[2]) == (
        0,
        "0 differences in 1 judged change",
        "note: both policies are the same, so nothing can differ",
    )


def test_it_says_that_evidence_is_todays_and_reviews_are_not_replayed(desktop: Desktop) -> None:
    _history(desktop, desktop.policy(), desktop.image())
    _, lines, _ = _replay(desktop)
    assert (
        lines[-2].startswith("note: evidence is what registries tell today"),
        lines[-1].startswith("note: reviews"),
    ) == (
        True,
        True,
    )


def test_observe_in_place_of_enforce_is_a_difference(desktop: Desktop) -> None:
    _history(desktop, desktop.policy(), desktop.image(signed=False))
    _write(desktop, desktop.policy(first="mode: observe\n"))
    code, lines, _ = _replay(desktop)
    assert (code, lines[0].endswith(": BLOCKED -> BLOCKED (observe)")) == (1, True)


def test_a_registry_that_does_not_answer_is_3(desktop: Desktop) -> None:
    _history(desktop, LOOSE, desktop.image())
    desktop.registry.fail(Fault("/v2/acme/api/", status=503))
    _write(desktop, desktop.policy())
    code, lines, _ = _replay(desktop)
    assert (code, lines[0].endswith(": OK -> INCOMPLETE, not known for sure")) == (3, True)


def test_a_failure_is_not_known_for_sure_while_a_place_does_not_answer_that_may_hold_more(desktop: Desktop) -> None:
    image = desktop.image(signed=False)
    desktop.sign("acme/api", Digest.parse(image.partition("@")[2]), "https://github.com/acme/else@refs/heads/main")
    _history(desktop, LOOSE, image)
    _write(desktop, desktop.policy(more=f"    signatures-in: {desktop.registry.host}/acme/more\n"))
    desktop.registry.fail(Fault("/v2/acme/more/", status=503))
    code, lines, _ = _replay(desktop)
    assert (code, lines[0].rpartition("-> ")[2].endswith(", not known for sure")) == (3, True)


def test_what_no_registry_could_change_is_1_also_when_none_answers(desktop: Desktop) -> None:
    _history(desktop, LOOSE, desktop.image())
    desktop.registry.fail(Fault("/v2/acme/api/", status=503))
    _write(desktop, "version: 1\nunmatched: block\n")
    code, lines, _ = _replay(desktop)
    assert (code, lines[0].endswith(": OK -> BLOCKED")) == (1, True)


def test_each_question_is_asked_once_for_both_policies(desktop: Desktop) -> None:
    _history(desktop, desktop.policy(), desktop.image(), desktop.image())
    _write(desktop, desktop.policy(more="    pinned: true\n"))
    desktop.registry.requests.clear()
    _replay(desktop)
    asked = Counter(one.target for one in desktop.registry.requests if "/manifests/" in one.target)
    assert (asked != {}, max(asked.values())) == (True, 1)


def test_a_key_has_another_name_in_each_policy(desktop: Desktop) -> None:
    key = desktop.sigstore.key("release")
    text = 'version: 1\nsigners:\n  {0}:\n    key: k.pub\nimages:\n  - match: ["**"]\n    signature: [{0}]\n'
    image = desktop.image(signed=False)
    digest = Digest.parse(image.partition("@")[2])
    desktop.registry.attach(desktop.sigstore.sign(digest, image, key), "acme/api")
    desktop.commit({"k.pub": key.pem.decode(), POLICY: text.format("old"), "README.md": "x"})
    desktop.commit({"app.yaml": manifest(image)})
    _write(desktop, text.format("new"))
    code, lines, _ = _replay(desktop)
    assert (code, lines[0]) == (0, "0 differences in 1 judged change")


def test_keys_and_waivers_come_from_the_working_tree(desktop: Desktop) -> None:
    _history(desktop, desktop.policy(), desktop.image(signed=False))
    _write(desktop, WAIVER.format(host=desktop.registry.host), ".github/assay/waivers/api.yml")
    code, lines, _ = _replay(desktop)
    assert (
        code,
        lines[0].endswith(": BLOCKED -> OK"),
        lines[2].startswith("  waived until 2999-12-31 by acme/platform"),
    ) == (
        1,
        True,
        True,
    )


def test_a_policy_file_of_any_name_has_its_keys_in_the_working_tree(desktop: Desktop, tmp_path: Path) -> None:
    _history(desktop, LOOSE, desktop.image())
    key = 'version: 1\nsigners:\n  k:\n    key: k.pub\nimages:\n  - match: ["**"]\n    signature: [k]\n'
    (tmp_path / "new.yml").write_text(key, encoding="utf-8")
    missing = _replay(desktop, str(tmp_path / "new.yml"))
    _write(desktop, desktop.sigstore.key("k").pem.decode(), "k.pub")
    assert (missing[0], "`k.pub` is not there" in missing[2], _replay(desktop, str(tmp_path / "new.yml"))[0]) == (
        2,
        True,
        1,
    )


def test_a_policy_file_in_another_checkout_has_its_keys_beside_it(desktop: Desktop, tmp_path: Path) -> None:
    _history(desktop, LOOSE, desktop.image())
    policy = 'version: 1\nsigners:\n  k:\n    key: k.pub\nimages:\n  - match: ["**"]\n    signature: [k]\n'
    (tmp_path / "else/.github").mkdir(parents=True)
    (tmp_path / "else" / POLICY).write_text(policy, encoding="utf-8")
    (tmp_path / "else/k.pub").write_bytes(desktop.sigstore.key("k").pem)
    assert _replay(desktop, str(tmp_path / "else" / POLICY))[0] == 1


def test_every_error_of_a_broken_policy_is_named_with_its_line_and_is_2(desktop: Desktop) -> None:
    _history(desktop, LOOSE, desktop.image())
    file = _write(desktop, "version: 1\nmode: perhaps\nimagez: []\n", "new.yml")
    _write(desktop, "version: 1\n", ".github/assay/waivers/api.yml")
    code, lines, told = _replay(desktop, file)
    places = [line.split(": ")[1] for line in told.splitlines()]
    assert (code, lines, places[:2], places[-1]) == (
        2,
        [],
        [f"{file}:2", f"{file}:3"],
        ".github/assay/waivers/api.yml:1",
    )


def test_a_policy_that_is_broken_at_the_tip_is_2_and_said_to_be_there(desktop: Desktop) -> None:
    _history(desktop, "version: 1\nmode: perhaps\nimagez: []\n", desktop.image())
    _write(desktop, LOOSE)
    code, _, told = _replay(desktop, "--branch", "main")
    assert (code, [line.split(": ")[1] for line in told.splitlines()]) == (2, [f"main:{POLICY}:2", f"main:{POLICY}:3"])


@pytest.mark.parametrize("arguments", [(), ("nowhere.yml",)])
def test_a_policy_file_that_is_not_there_is_2(desktop: Desktop, arguments: tuple[str, ...]) -> None:
    desktop.commit({"README.md": "x"})
    code, _, told = _replay(desktop, *arguments)
    assert (code, "there is no such file" in told) == (2, True)


def test_a_policy_file_that_is_no_text_is_2(desktop: Desktop) -> None:
    _history(desktop, LOOSE, desktop.image())
    (desktop.folder / POLICY).write_bytes(b"\xff")
    code, _, told = _replay(desktop)
    assert (code, told) == (2, f"assay: {POLICY}: the file cannot be read: not UTF-8\n")


def test_without_a_policy_at_the_tip_everything_was_ok_before(desktop: Desktop) -> None:
    desktop.commit({"app.yaml": manifest(desktop.image(tag="1.0"))})
    desktop.commit({"app.yaml": manifest(desktop.image(signed=False))})
    _write(desktop, desktop.policy())
    code, lines, _ = _replay(desktop)
    assert (code, lines[0].endswith(": OK -> BLOCKED"), "note: no policy is in force at the tip" in lines[4]) == (
        1,
        True,
        True,
    )


def test_an_empty_repository_is_2(desktop: Desktop) -> None:
    _write(desktop, LOOSE)
    code, _, told = _replay(desktop)
    assert (code, told.startswith("assay: no commit 'HEAD' in this repository")) == (2, True)


def test_one_commit_alone_has_nothing_to_be_compared_with(desktop: Desktop) -> None:
    _history(desktop, LOOSE)
    assert _replay(desktop)[:2][0] == 0
    assert _document(desktop)["looked_at"] == 0


def test_no_image_change_is_0_and_says_so(desktop: Desktop) -> None:
    desktop.commit({POLICY: LOOSE})
    desktop.commit({"README.md": "hello"})
    _write(desktop, desktop.policy())
    code, lines, _ = _replay(desktop)
    assert (code, lines[0]) == (0, "no difference: no commit changed an image, nothing was judged")


def test_only_the_last_commits_with_image_changes_are_judged(desktop: Desktop) -> None:
    images = [desktop.image() for _ in range(3)]
    commits = _history(desktop, LOOSE, *images)
    desktop.commit({"README.md": "hello"})
    found = _document(desktop, "--last", "2")
    assert ([one["commit"] for one in found["commits"]], found["looked_at"]) == ([commits[2], commits[1]], 3)


def test_a_merge_is_judged_once_against_its_first_parent(desktop: Desktop) -> None:
    desktop.bump(desktop.image(signed=False), LOOSE)
    desktop.commit({"README.md": "hello"})
    desktop.git("merge", "-q", "--no-ff", "-m", "merge", "bump")
    merge, parent = desktop.git("rev-parse", "HEAD"), desktop.git("rev-parse", "HEAD^1")
    found = _document(desktop)
    assert [(one["commit"], one["parent"]) for one in found["commits"]] == [(merge, parent)]


def test_another_branch_is_judged_by_its_own_policy(desktop: Desktop) -> None:
    desktop.bump(desktop.image(signed=False), LOOSE)
    file = _write(desktop, desktop.policy(), "new.yml")
    assert (_replay(desktop, "--branch", "main", file)[0], _replay(desktop, "--branch", "bump", file)[0]) == (0, 1)


def test_a_place_that_cannot_be_read_is_3(desktop: Desktop) -> None:
    _history(desktop, desktop.policy(), desktop.image())
    desktop.commit({"app.yaml": "apiVersion: v1\nkind: Pod\nspec: [\n"})
    _write(desktop, desktop.policy(more="    pinned: true\n"))
    code, lines, _ = _replay(desktop)
    assert (code, "  app.yaml: INCOMPLETE, not known for sure" in lines[0]) == (3, True)


@pytest.mark.parametrize(("most", "cut"), [(1, True), (2, False)])
def test_a_past_that_is_longer_than_what_is_looked_at_is_cut_and_said(
    desktop: Desktop, most: int, *, cut: bool
) -> None:
    _history(desktop, LOOSE, desktop.image(), desktop.image())
    job = replay_job(str(desktop.folder), ProposedPolicy.of(None, str(desktop.folder)), settings.read(desktop.settings))
    found = replace(job, most_looked_at=most).run(Wanted("HEAD", 9, POLICY))
    assert (found.looked, len(found.commits), found.cut) == (most, most, cut)


def test_without_more_places_only_registries_are_asked(desktop: Desktop) -> None:
    _history(desktop, desktop.policy(), desktop.image())
    job = replay_job(str(desktop.folder), ProposedPolicy.of(None, str(desktop.folder)), settings.read(desktop.settings))
    alone = replace(job, assessor=replace(job.assessor, beyond=None))
    assert [str(one.after) for one in alone.run(Wanted("HEAD", 9, POLICY)).compared] == ["OK"]


@pytest.mark.parametrize("last", ["0", "501", "-1", "many"])
def test_a_number_out_of_bounds_is_2(desktop: Desktop, last: str) -> None:
    assert _replay(desktop, "--last", last)[0] == 2


def test_the_json_has_its_published_shape_and_counts(desktop: Desktop) -> None:
    _history(desktop, LOOSE, desktop.image(signed=False), desktop.image())
    _write(desktop, desktop.policy())
    found = _document(desktop)
    # The signed image that follows the unsigned one is no worse: only the first is judged differently.
    assert (found["summary"]["different"], found["commits"][1]["changes"][0]["after"]["finding"]["rule"]) == (
        1,
        "ours: signature",
    )


def test_the_operator_s_floor_holds_besides_both_policies(desktop: Desktop) -> None:
    _history(desktop, LOOSE, desktop.image(signed=False))
    _write(desktop, f"{LOOSE}# other words\n")
    floor = desktop.folder.parent / "floor.yml"
    floor.write_text(f"{desktop.policy()}unmatched: block\n", encoding="utf-8")
    settings = {**desktop.settings, "ASSAY_FLOOR_FILE": str(floor)}
    document = read(desktop.assay("replay", "--repo", str(desktop.folder), "--format", "json", settings=settings))
    words = [one["before"]["verdict"] for commit in document["commits"] for one in commit["changes"]]
    assert ("BLOCKED" in words, document["summary"]["different"]) == (True, 0)
