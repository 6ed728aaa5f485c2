"""`assay history`: partial clones that are filled, environments, floors, and repositories of every kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.cli.conftest import Desktop, manifest, read
from tests.fakes.past import Past

OLD, NEW = "ghcr.io/acme/api:1.0", "ghcr.io/acme/api:1.1"
FLOOR = "version: 1\nimages:\n  - match: ['**']\n    pinned: true\n"


def _of(desktop: Desktop, folder: Path, *arguments: str) -> Result:
    return desktop.assay("history", "--repo", str(folder), "--no-cache", *arguments)


def _history(desktop: Desktop, *arguments: str) -> Result:
    return _of(desktop, desktop.folder, *arguments)


def _events(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def _today(desktop: Desktop, *arguments: str) -> dict[str, Any]:
    return next(
        one["evidence_today"]
        for one in reversed(_events(_history(desktop, "--with-evidence", *arguments)))
        if one["type"] == "image_update"
    )


@pytest.fixture
def partial(desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a clone without contents of a history with an update, a move, and what it is judged by."""
    monkeypatch.setenv("HOME", str(tmp_path))
    text = manifest(OLD)
    desktop.commit({"apps/live/api.yaml": text, ".github/assay.yml": 'version: 1\nenvironments: {blue: ["/apps/"]}\n'})
    desktop.commit({"apps/live/api.yaml": manifest(NEW)})
    desktop.git("mv", "apps/live/api.yaml", "api.yaml")
    desktop.commit({"api.yaml": manifest("ghcr.io/acme/api:1.2")})
    desktop.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "partial"
    desktop.git("clone", "-q", "--bare", "--filter=blob:none", f"file://{desktop.folder}", str(clone))
    return clone


def test_without_being_asked_a_partial_clone_stays_as_it_is(desktop: Desktop, partial: Path) -> None:
    result = _of(desktop, partial)
    assert (result.exit_code, "missing in this clone" in result.stderr) == (3, True)


def test_a_partial_clone_that_is_filled_tells_what_a_whole_one_tells(desktop: Desktop, partial: Path) -> None:
    result = _of(desktop, partial, "--fetch")
    assert (result.exit_code, result.stdout) == (0, _history(desktop).stdout)


def test_what_a_partial_clone_held_at_a_time_is_fetched_too(desktop: Desktop, partial: Path) -> None:
    result = _of(desktop, partial, "--fetch", "--at", "HEAD~1", "--format", "json")
    assert (result.exit_code, [one["tag"] for one in read(result)["images"]]) == (0, ["1.1"])


def test_the_environments_of_a_partial_clone_are_fetched_first(desktop: Desktop, partial: Path) -> None:
    result = _of(desktop, partial, "--fetch", "--environment", "blue")
    assert (result.exit_code, result.stdout) == (0, _history(desktop, "--environment", "blue").stdout)


def test_what_the_policy_calls_an_environment_is_one_and_what_leaves_it_is_told(
    desktop: Desktop, partial: Path
) -> None:
    assert partial.exists()
    told = [
        (one["after"]["tag"], one["uses"][0]["path"], one["uses"][0].get("path_before"))
        for one in _events(_history(desktop, "--environment", "blue"))
    ]
    assert told == [
        ("1.0", "apps/live/api.yaml", None),
        ("1.1", "apps/live/api.yaml", None),
        ("1.2", "api.yaml", "apps/live/api.yaml"),
    ]


def test_a_policy_of_which_the_names_cannot_be_read_is_said(desktop: Desktop, partial: Path) -> None:
    said = _of(desktop, partial, "--environment", "blue").stderr
    assert "what it calls 'blue' is not known" in said


def test_a_whole_clone_has_nothing_to_fetch_and_that_is_said(desktop: Desktop) -> None:
    desktop.commit({"a.yaml": manifest(OLD)})
    result = _history(desktop, "--fetch")
    assert (result.exit_code, "nothing is fetched" in result.stderr) == (0, True)


def test_old_and_new_are_proved_today(desktop: Desktop) -> None:
    signed, unsigned = desktop.image(), desktop.image(signed=False)
    desktop.commit({".github/assay.yml": desktop.policy(), "a.yaml": manifest(unsigned)})
    desktop.commit({"a.yaml": manifest(signed)})
    today = _today(desktop)
    assert (today["signature"], today["before"]["signature"]) == ("verified", "absent")


def test_a_floor_asks_for_more(desktop: Desktop, tmp_path: Path) -> None:
    (tmp_path / "floor.yml").write_text(FLOOR, encoding="utf-8")
    image = desktop.image().partition("@")[0]
    desktop.commit({".github/assay.yml": "version: 1\n", "a.yaml": manifest(image)})
    without, floored = _today(desktop), _today(desktop, "--floor", str(tmp_path / "floor.yml"))
    assert (without["verdict"], floored["verdict"]) == ("REVIEW", "BLOCKED")


@pytest.mark.parametrize("with_floor", [True, False])
def test_whether_the_floor_was_read_is_said(desktop: Desktop, tmp_path: Path, with_floor: bool) -> None:  # noqa: FBT001 - a parameter
    (tmp_path / "floor.yml").write_text(FLOOR, encoding="utf-8")
    desktop.commit({"a.yaml": manifest(desktop.image())})
    floor = ("--floor", str(tmp_path / "floor.yml")) if with_floor else ()
    limits = " ".join(read(_history(desktop, "--with-evidence", "--format", "json", *floor))["limits"])
    assert ("with the owner's floor" in limits, "was not read" in limits) == (with_floor, not with_floor)


@pytest.mark.parametrize(
    ("floor", "said"), [("version: 9\n", "floor.yml:1: "), ("\xff", ""), ("x" * 1_100_000, "larger than 1 MiB")]
)
def test_a_floor_that_is_wrong_is_2(desktop: Desktop, tmp_path: Path, floor: str, said: str) -> None:
    (tmp_path / "floor.yml").write_text(floor, encoding="latin-1")
    desktop.commit({"a.yaml": manifest(OLD)})
    result = _history(desktop, "--with-evidence", "--floor", str(tmp_path / "floor.yml"))
    assert (result.exit_code, said in result.stderr) == (2, True)


def test_a_floor_alone_is_2(desktop: Desktop, tmp_path: Path) -> None:
    (tmp_path / "floor.yml").write_text(FLOOR, encoding="utf-8")
    desktop.commit({"a.yaml": manifest(OLD)})
    assert _history(desktop, "--floor", str(tmp_path / "floor.yml")).exit_code == 2


def test_what_was_in_force_is_narrowed_and_that_is_said(desktop: Desktop) -> None:
    desktop.commit({"prod/a.yaml": manifest(OLD), "dev/a.yaml": manifest(NEW)})
    document = read(_history(desktop, "--at", "HEAD", "--environment", "prod", "--format", "json"))
    assert ([one["tag"] for one in document["images"]], document["filters"]) == (
        ["1.0"],
        ["in the environment `prod`"],
    )


def test_at_a_time_a_range_is_refused(desktop: Desktop) -> None:
    desktop.commit({"a.yaml": manifest(OLD)})
    result = _history(desktop, "--at", "2999-01-01", "HEAD..HEAD")
    assert (result.exit_code, "is a range" in result.stderr) == (2, True)


def test_a_date_in_the_future_is_told(desktop: Desktop) -> None:
    Past(desktop.folder).commit({"a.yaml": manifest(OLD)}, at=4_000_000_000)
    assert [one["skewed"] for one in _events(_history(desktop))] == [True]


def test_what_was_in_force_by_a_wrong_clock_says_so(desktop: Desktop) -> None:
    past = Past(desktop.folder)
    for at in (2_000_000, 1_000_000):
        past.commit({"a.yaml": manifest(OLD), "b.yaml": str(at)}, at=at)
    told = [_history(desktop, "--at", "1970-01-20", "--format", form).stdout for form in ("text", "markdown", "json")]
    assert ["a clock was wrong" in one for one in told[:2]] == [True, True]
    assert json.loads(told[2])["skewed"] is True


@pytest.mark.parametrize("form", ["jsonl", "json", "csv", "markdown", "html", "oscal"])
def test_a_history_of_nothing_is_a_whole_answer(desktop: Desktop, form: str) -> None:
    desktop.commit({"README.md": "hello"})
    assert _history(desktop, "--format", form).exit_code == 0


@pytest.mark.parametrize("revisions", ["HEAD..HEAD", "..", "HEAD.."])
def test_a_range_of_nothing_is_a_whole_answer(desktop: Desktop, revisions: str) -> None:
    desktop.commit({"a.yaml": manifest(OLD)})
    result = _history(desktop, revisions)
    assert (result.exit_code, result.stdout) == (0, "")


def test_histories_without_a_common_commit_are_told_from_the_beginning(desktop: Desktop) -> None:
    desktop.commit({"a.yaml": manifest(OLD)})
    desktop.git("checkout", "-q", "--orphan", "other")
    desktop.commit({"a.yaml": manifest(NEW)})
    (event,) = _events(_history(desktop, "main..other"))
    assert (event["before"], event["after"]["tag"]) == (None, "1.1")


def test_a_repository_without_commits_says_so(desktop: Desktop) -> None:
    result = _history(desktop)
    assert (result.exit_code, "the branch 'main' has no commit yet" in result.stderr) == (2, True)


def test_a_tag_of_a_file_says_what_it_is(desktop: Desktop) -> None:
    desktop.commit({"a.yaml": manifest(OLD)})
    desktop.git("tag", "file", "HEAD:a.yaml")
    result = _history(desktop, "file")
    assert (result.exit_code, "'file' names a blob, not a commit" in result.stderr) == (2, True)


def test_a_manifest_that_is_an_lfs_pointer_is_a_gap(desktop: Desktop) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'1' * 64}\nsize 123\n"
    desktop.commit({"deploy.yaml": pointer, "a.yaml": manifest(OLD)})
    result = _history(desktop)
    assert (result.exit_code, "deploy.yaml: a Git LFS pointer" in result.stderr) == (3, True)


def test_names_that_git_would_quote_are_told_as_they_are(desktop: Desktop) -> None:
    name = 'ünï "x"\t\\.yaml'
    desktop.commit({name: manifest(OLD)})
    (event,) = _events(_history(desktop))
    assert event["uses"][0]["path"] == name


def test_an_environment_to_which_nothing_belongs_is_said(desktop: Desktop) -> None:
    desktop.commit({"prod/a.yaml": manifest(OLD)})
    assert "belongs to the environment 'prdo'" in _history(desktop, "--environment", "prdo").stderr
    assert _history(desktop, "--environment", "prod").stderr == ""


def test_an_environment_of_a_clone_without_trees_is_no_error(desktop: Desktop, partial: Path, tmp_path: Path) -> None:
    assert partial.exists()
    clone = tmp_path / "treeless"
    desktop.git("clone", "-q", "--bare", "--filter=tree:0", f"file://{desktop.folder}", str(clone))
    lacking, filled = (_of(desktop, clone, "--environment", "blue", *more) for more in ((), ("--fetch",)))
    assert (lacking.exit_code, filled.exit_code, filled.stdout) == (
        3,
        0,
        _history(desktop, "--environment", "blue").stdout,
    )


def test_a_tip_that_is_missing_is_3(desktop: Desktop) -> None:
    commit = desktop.commit({"a.yaml": manifest(OLD)})
    Past(desktop.folder).object_file(commit).unlink()
    result = _history(desktop)
    assert (result.exit_code, "missing or broken" in result.stderr) == (3, True)
