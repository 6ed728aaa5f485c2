"""`assay images`: what changed, and 3 when a changed file could not be read."""

from __future__ import annotations

from tests.cli.conftest import Desktop, manifest, read

DIGEST = "sha256:" + "a" * 64


def _changed(desktop: Desktop, files: dict[str, str | None]) -> None:
    desktop.commit({"app.yaml": manifest("ghcr.io/acme/api:1"), "gone.yaml": manifest("nginx:1")})
    desktop.git("checkout", "-q", "-b", "bump")
    desktop.commit(files)


def _images(desktop: Desktop, *arguments: str) -> tuple[int, str]:
    result = desktop.assay("images", "--repo", str(desktop.folder), *arguments, "main", "bump")
    return result.exit_code, result.stdout


def test_each_change_is_named_with_its_place(desktop: Desktop) -> None:
    _changed(desktop, {"app.yaml": manifest(f"ghcr.io/acme/api:2@{DIGEST}")})
    assert _images(desktop) == (
        0,
        f"ghcr.io/acme/api: 1 -> 2@{DIGEST}\n  app.yaml:7 kubernetes spec.containers[0].image\n",
    )


def test_no_change_says_so(desktop: Desktop) -> None:
    _changed(desktop, {"README.md": "hello"})
    assert _images(desktop) == (0, "no image changed\n")


def test_a_changed_file_that_cannot_be_read_is_3_and_named(desktop: Desktop) -> None:
    _changed(desktop, {"app.yaml": "a: [\n"})
    code, text = _images(desktop)
    assert (code, "cannot be read: app.yaml" in text) == (3, True)


def test_the_json_has_its_published_shape(desktop: Desktop) -> None:
    _changed(desktop, {"app.yaml": manifest("ghcr.io/acme/other:2"), "gone.yaml": None, "new.yaml": "a: [\n"})
    result = desktop.assay("images", "--repo", str(desktop.folder), "--format", "json", "main", "bump")
    found = read(result)
    named = [(one["repository"], one.get("repository_before"), one["after"]) for one in found["changes"]]
    assert named == [
        ("docker.io/library/nginx", None, None),
        ("ghcr.io/acme/other", "ghcr.io/acme/api", {"tag": "2", "digest": None}),
    ]
    assert [one["path"] for one in found["unreadable"]] == ["new.yaml"]


def test_base_is_the_commit_that_was_compared_with(desktop: Desktop) -> None:
    _changed(desktop, {"app.yaml": manifest("ghcr.io/acme/api:2")})
    fork = desktop.git("rev-parse", "main")
    desktop.git("checkout", "-q", "main")
    desktop.commit({"later.yaml": manifest("nginx:2")})
    result = desktop.assay("images", "--repo", str(desktop.folder), "--format", "json", "main", "bump")
    assert (read(result)["base"], len(read(result)["changes"])) == (fork, 1)


def test_an_unknown_revision_is_2(desktop: Desktop) -> None:
    _changed(desktop, {"x": "y"})
    assert desktop.assay("images", "--repo", str(desktop.folder), "main", "v9").exit_code == 2
