"""`assay check`: exit codes, formats, and the same assessment as the webhook's."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from app.core.oci import Digest
from app.core.pull_request import PullRequestRef
from app.render import document
from tests.cli.conftest import IDENTITY, ISSUER, Desktop, manifest, read
from tests.fakes.desk import Desk
from tests.fakes.registry import Fault

Case = Callable[[Desktop], None]


def ok(desktop: Desktop) -> None:
    """A signed image."""
    desktop.bump(desktop.image())


def review(desktop: Desktop) -> None:
    """An image outside of every scope."""
    desktop.bump(desktop.image("other/tool"))


def blocked(desktop: Desktop) -> None:
    """An image without a signature."""
    desktop.bump(desktop.image(signed=False))


def incomplete(desktop: Desktop) -> None:
    """An image whose registry does not answer."""
    desktop.bump(desktop.image("acme/down"))
    desktop.registry.fail(Fault("/v2/acme/down/", status=503))


def observed(desktop: Desktop) -> None:
    """An image without a signature under a policy that only observes."""
    desktop.bump(desktop.image(signed=False), desktop.policy(first="mode: observe\n"))


def forged(desktop: Desktop) -> None:
    """A signed image, and an evidence file that its author wrote."""
    desktop.bump(desktop.image())
    desktop.git("checkout", "-q", "bump")
    text = '{"schema": "assay.evidence-file/v1", "argocd": "", "policy": {}, "images": []}'
    desktop.commit({"app.yaml.assay.json": text})
    desktop.git("checkout", "-q", "main")


@pytest.mark.parametrize(
    ("case", "word", "code"),
    [
        (ok, "OK", 0),
        (review, "REVIEW", 0),
        (forged, "REVIEW", 0),
        (blocked, "BLOCKED", 1),
        (incomplete, "INCOMPLETE", 3),
    ],
)
def test_each_verdict_leads_the_text_and_has_its_exit_code(desktop: Desktop, case: Case, word: str, code: int) -> None:
    case(desktop)
    result = desktop.check()
    assert (result.stdout.split(":")[0], result.exit_code) == (word, code)


@pytest.mark.parametrize(("case", "code"), [(ok, 0), (review, 1), (blocked, 1), (incomplete, 3)])
def test_strict_fails_what_needs_people(desktop: Desktop, case: Case, code: int) -> None:
    case(desktop)
    assert desktop.check("--strict").exit_code == code


def test_observe_changes_no_exit_code(desktop: Desktop) -> None:
    observed(desktop)
    result = desktop.check()
    assert (result.stdout.split(":")[0], result.exit_code) == ("BLOCKED (observe", 1)


def test_where_it_could_not_be_found_out_is_named(desktop: Desktop) -> None:
    incomplete(desktop)
    assert re.search(rf"signature unknown.*{desktop.registry.host}", desktop.check().stdout) is not None


def test_the_policy_comes_from_the_base_also_when_the_head_brings_another(desktop: Desktop) -> None:
    desktop.bump(desktop.image(signed=False))
    desktop.git("checkout", "-q", "bump")
    desktop.commit({".github/assay.yml": "version: 1\nunmatched: allow\n"})
    assert desktop.check().exit_code == 1


def test_only_what_the_head_changed_since_the_fork_is_judged(desktop: Desktop) -> None:
    ok(desktop)
    desktop.commit({"other.yaml": manifest(desktop.image(signed=False))})
    assert desktop.check().exit_code == 0


def test_without_a_policy_nothing_is_asked(desktop: Desktop) -> None:
    desktop.bump(desktop.image(signed=False))
    desktop.commit({".github/assay.yml": None})
    result = desktop.check()
    assert (result.stdout.splitlines()[0], result.exit_code) == (
        "OK: no policy in force, nothing was asked",
        0,
    )


def test_a_broken_policy_is_2_with_its_line(desktop: Desktop) -> None:
    desktop.bump(desktop.image(), "version: 1\nmode: perhaps\n")
    result = desktop.check()
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("assay: .github/assay.yml:2: ")


def test_who_would_be_needed_is_listed(desktop: Desktop) -> None:
    review(desktop)
    assert re.search(r"^review waiting: .*permission write", desktop.check().stdout, re.MULTILINE) is not None


def test_a_key_file_is_read_from_the_base(desktop: Desktop) -> None:
    key = desktop.sigstore.key("release")
    policy = (
        "version: 1\nsigners:\n  release:\n    key: keys/release.pub\n"
        f'images:\n  - match: ["{desktop.registry.host}/**"]\n    signature: [release]\n'
    )
    desktop.commit({"keys/release.pub": key.pem.decode()})
    image = desktop.image(signed=False)
    digest = Digest.parse(image.partition("@")[2])
    desktop.registry.attach(desktop.sigstore.sign(digest, image, key), "acme/api")
    desktop.bump(image, policy)
    assert desktop.check().exit_code == 0


@pytest.mark.parametrize("case", [ok, review, blocked, incomplete, observed])
def test_the_json_has_its_published_shape(desktop: Desktop, case: Case) -> None:
    case(desktop)
    assert read(desktop.check("--format", "json"))["schema"] == "assay.check/v1"


def test_the_sarif_has_its_version_and_points_at_the_line_of_the_image(desktop: Desktop) -> None:
    blocked(desktop)
    sarif = json.loads(desktop.check("--format", "sarif").stdout)
    (run,) = sarif["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert (sarif["version"], place["artifactLocation"]["uri"], place["region"]["startLine"]) == (
        "2.1.0",
        "app.yaml",
        7,
    )


def test_the_markdown_is_the_comment(desktop: Desktop) -> None:
    blocked(desktop)
    assert desktop.check("--format", "markdown").stdout.startswith("### ❌ BLOCKED")


def test_the_markdown_of_nothing_to_say_says_so(desktop: Desktop) -> None:
    desktop.bump(desktop.image())
    result = desktop.assay("check", "--repo", str(desktop.folder), "--format", "markdown", "main", "main")
    assert result.stdout.startswith("### ✅ OK")


def _without_people(found: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what only GitHub knows (branch, approvals, what it requires) and the time."""
    kept = {key: value for key, value in found.items() if key not in {"assessed_at", "base_ref", "gate", "reviews"}}
    return {**kept, "reviews": [(one["rule"], one["paths"]) for one in found["reviews"]]}


@pytest.mark.parametrize("case", [ok, review, forged, blocked, incomplete, observed])
def test_a_local_range_gets_the_assessment_that_the_webhook_gives(desktop: Desktop, case: Case) -> None:
    case(desktop)
    extra = {"ASSAY_ALLOWED_PRIVATE_REGISTRIES": desktop.registry.host}
    with Desk(extra, trusted_root=desktop.root.read_bytes()) as desk:
        desk.github.organization("acme", members=["dana"])
        desk.github.repository("acme/.github")
        repository = desk.github.repository("acme/gitops")
        desktop.git("push", "-q", "--force", str(repository.git.path), "main", "bump")
        pull = repository.open_pull_request("bump", author="dana")
        ref = PullRequestRef(desk.github.installation("acme").id, repository.id, "acme", "gitops", pull.number)
        assessment = desk.program.job.run(ref).assessment
    assert assessment is not None
    by_webhook = json.loads(document.text(document.check(assessment)))
    assert _without_people(read(desktop.check("--format", "json"))) == _without_people(by_webhook)


@pytest.mark.parametrize(
    ("base", "head", "sentence"),
    [
        ("nope", "main", "assay: no commit 'nope' in this repository: name a branch, tag or commit that it holds"),
        ("main", "--help=x", "assay: no commit '--help=x' in this repository"),
    ],
)
def test_a_revision_that_is_none_is_2_and_named(desktop: Desktop, base: str, head: str, sentence: str) -> None:
    ok(desktop)
    result = desktop.assay("check", "--repo", str(desktop.folder), "--", base, head)
    assert (result.exit_code, result.stderr.startswith(sentence)) == (2, True)


def test_a_folder_that_is_no_repository_is_2(desktop: Desktop) -> None:
    folder = str(desktop.root.parent)
    result = desktop.assay("check", "--repo", folder, "main", "HEAD")
    assert (result.exit_code, result.stderr) == (2, f"assay: '{folder}' is no git repository\n")


def test_branches_without_common_history_are_2(desktop: Desktop) -> None:
    ok(desktop)
    desktop.git("checkout", "-q", "--orphan", "else")
    desktop.commit({"x": "y"})
    result = desktop.assay("check", "--repo", str(desktop.folder), "main", "else")
    assert (result.exit_code, "share no history" in result.stderr) == (2, True)


FLOOR = """\
version: 1
signers:
  release:
    issuer: {issuer}
    identity: {identity}
images:
  - name: everything
    match: ["**"]
    signature: [release]
"""


def _floored(desktop: Desktop, text: str) -> dict[str, str]:
    file = desktop.folder.parent / "floor.yml"
    file.write_text(text, encoding="utf-8")
    return {**desktop.settings, "ASSAY_FLOOR_FILE": str(file)}


def test_the_operator_s_floor_holds_besides_the_policy_of_the_base(desktop: Desktop) -> None:
    desktop.commit({".github/assay.yml": "version: 1\nunmatched: allow\n", "app.yaml": manifest(desktop.image())})
    desktop.git("checkout", "-q", "-b", "bump")
    desktop.commit({"app.yaml": manifest(desktop.image(signed=False))})
    settings = _floored(desktop, FLOOR.format(issuer=ISSUER, identity=IDENTITY))
    arguments = ("check", "--repo", str(desktop.folder), "main", "bump")
    assert desktop.assay(*arguments).exit_code == 0
    assert desktop.assay(*arguments, settings=settings).exit_code == 1


def test_the_operator_s_floor_holds_where_the_base_has_no_policy(desktop: Desktop) -> None:
    desktop.commit({"app.yaml": manifest(desktop.image())})
    desktop.git("checkout", "-q", "-b", "bump")
    desktop.commit({"app.yaml": manifest(desktop.image(signed=False))})
    settings = _floored(desktop, FLOOR.format(issuer=ISSUER, identity=IDENTITY))
    assert desktop.assay("check", "--repo", str(desktop.folder), "main", "bump", settings=settings).exit_code == 1


def test_an_operator_s_floor_with_a_fault_judges_nothing(desktop: Desktop) -> None:
    desktop.commit({"app.yaml": manifest(desktop.image())})
    desktop.git("checkout", "-q", "-b", "bump")
    settings = _floored(desktop, "version: 9\n")
    result = desktop.assay("check", "--repo", str(desktop.folder), "main", "bump", settings=settings)
    assert (result.exit_code, "Nothing is judged until it is corrected" in result.stderr) == (2, True)


@pytest.mark.parametrize("path", [".github/assay.yml", "app.yaml"])
def test_what_a_clone_lacks_cannot_be_told_and_what_to_do_is_said(desktop: Desktop, path: str) -> None:
    ok(desktop)
    oid = desktop.git("rev-parse", f"bump:{path}")
    (desktop.folder / ".git" / "objects" / oid[:2] / oid[2:]).unlink()
    result = desktop.check()
    assert (result.exit_code, "git fetch --refetch --no-filter" in result.output) == (3, True)
