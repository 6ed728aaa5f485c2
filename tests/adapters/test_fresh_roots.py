"""The verifier whose trusted roots are replaced while it is used."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.adapters.fresh_roots import FreshRoots, Refreshment, RootFiles, TufSite, open_roots, read_root
from app.adapters.kept_roots import TufSource
from app.adapters.sigstore_verifier import NamedRoot, UnusableTrustedRoot, check_root
from app.adapters.tuf_refresh import TufRefresh
from app.core.attestation import Rejection, RootState
from app.core.oci import Digest
from tests.fakes.sigstore import PrivateSigstore
from tests.fakes.tuf import TufRepository

IMAGE = Digest.of(b"image")
OLD, NEW = PrivateSigstore("old"), PrivateSigstore("new")
NOW = OLD.now + timedelta(hours=1)
ROOTS = (NamedRoot("own", OLD.trusted_root_json()), NamedRoot("other", PrivateSigstore("other").trusted_root_json()))
BUNDLE = NEW.sign(IMAGE, "x", NEW.signer("https://github.com/acme/x/.github/workflows/a.yml@refs/heads/main"))


class Clock:
    """A time that is set."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def repository() -> Iterator[TufRepository]:
    with TufRepository(NEW.trusted_root_json()) as made:
        yield made


def fresh(repository: TufRepository, folder: Path, clock: Clock | None = None) -> FreshRoots:
    clock = clock or Clock()
    source = TufSource("own", repository.url, repository.bootstrap)
    return FreshRoots(ROOTS, clock, Refreshment((source,), TufRefresh(folder, clock, check_root)))


def accepts(roots: FreshRoots) -> bool:
    return not isinstance(roots.verify(BUNDLE, (IMAGE,), ()), Rejection)


def test_a_refreshed_root_is_used_from_then_on(repository: TufRepository, tmp_path: Path) -> None:
    roots = fresh(repository, tmp_path)
    assert (accepts(roots), roots.refresh(), accepts(roots)) == (False, True, True)


def test_a_root_keeps_its_place_and_name(repository: TufRepository, tmp_path: Path) -> None:
    roots = fresh(repository, tmp_path)
    roots.refresh()
    found = roots.verify(BUNDLE, (IMAGE,), ())
    assert not isinstance(found, Rejection)
    assert (found.root, found.default_root) == ("own", True)


def test_opening_and_verifying_ask_nobody(repository: TufRepository, tmp_path: Path) -> None:
    accepts(fresh(repository, tmp_path))
    assert repository.answers.seen == []


def test_what_was_kept_is_used_after_a_restart_without_a_request(repository: TufRepository, tmp_path: Path) -> None:
    fresh(repository, tmp_path).refresh()
    repository.answers.seen.clear()
    assert (accepts(fresh(repository, tmp_path)), repository.answers.seen) == (True, [])


def test_version_and_age_are_said_and_the_age_grows(repository: TufRepository, tmp_path: Path) -> None:
    clock = Clock()
    roots = fresh(repository, tmp_path, clock)
    roots.refresh()
    clock.now = NOW + timedelta(days=3)
    assert roots.roots() == (RootState("own", 1, timedelta(days=3)), RootState("other"))


def test_at_030_a_refresh_that_fails_is_a_warning_and_no_verdict(repository: TufRepository, tmp_path: Path) -> None:
    roots = fresh(repository, tmp_path)
    roots.refresh()
    repository.publish(OLD.trusted_root_json(), expired="timestamp")
    assert (roots.refresh(), accepts(roots)) == (False, True)
    assert roots.roots()[0] == RootState("own", 1, timedelta(0), "the metadata of its source has expired")


def test_a_warning_ends_with_the_next_refresh(repository: TufRepository, tmp_path: Path) -> None:
    roots = fresh(repository, tmp_path)
    repository.answers.redirects["/timestamp.json"] = "http://127.0.0.1:9/"
    roots.refresh()
    repository.answers.redirects.clear()
    assert (roots.refresh(), roots.roots()[0].warning) == (True, "")


def test_a_refresh_that_never_succeeded_leaves_the_packaged_root(repository: TufRepository, tmp_path: Path) -> None:
    repository.answers.files.clear()
    roots = fresh(repository, tmp_path)
    roots.refresh()
    assert roots.roots()[0] == RootState("own", None, None, "its source does not answer as it should")


def test_without_sources_nothing_is_refreshed() -> None:
    roots = FreshRoots(ROOTS, Clock())
    assert (roots.refresh(), [one.age for one in roots.roots()]) == (True, [None, None])


# What the operator chose


def names(chosen: RootFiles) -> list[str]:
    return [one.name for one in open_roots(chosen, lambda: datetime(2026, 11, 24, tzinfo=UTC)).roots()]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "root.json"
    path.write_bytes(OLD.trusted_root_json())
    return path


def test_the_public_good_root_is_the_default_and_github_s_beside_it() -> None:
    assert names(RootFiles()) == ["public-good", "github"]


def test_a_file_takes_the_place_of_the_default_alone(file: Path) -> None:
    assert names(RootFiles(file)) == ["default", "public-good", "github"]


def test_further_roots_stand_behind(file: Path) -> None:
    assert names(RootFiles(named={"own": file, "acme": file})) == ["public-good", "github", "acme", "own"]


def test_a_root_of_a_known_name_takes_its_place(file: Path) -> None:
    opened = open_roots(RootFiles(named={"public-good": file}), Clock())
    found = opened.verify(OLD.sign(IMAGE, "x", OLD.signer("a@example.com")), (IMAGE,), ())
    assert not isinstance(found, Rejection)
    assert (found.root, found.default_root) == ("public-good", True)


def test_a_root_that_cannot_be_used_is_named_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps({}), encoding="utf-8")
    with pytest.raises(UnusableTrustedRoot, match=str(path)):
        read_root("own", path)


def test_the_packaged_sources_can_be_opened_without_a_request(tmp_path: Path) -> None:
    assert names(RootFiles(folder=tmp_path / "tuf")) == ["public-good", "github"]


def test_a_root_of_the_operator_s_is_never_refreshed(file: Path, tmp_path: Path) -> None:
    chosen = RootFiles(named={"public-good": file, "github": file}, folder=tmp_path / "tuf")
    assert open_roots(chosen, Clock()).refresh()


@pytest.fixture
def first(repository: TufRepository, tmp_path: Path) -> Path:
    """The first root metadata of a repository of the operator's."""
    path = tmp_path / "1.root.json"
    path.write_bytes(repository.bootstrap)
    return path


@pytest.mark.parametrize("name", ["default", "own", "public-good"])
def test_a_root_with_a_site_of_the_operator_s_is_refreshed_from_there(
    *, repository: TufRepository, file: Path, first: Path, name: str, tmp_path: Path
) -> None:
    named = {"public-good": file, "github": file, "own": file}
    chosen = RootFiles(file, named, tmp_path / "tuf", {name: TufSite(repository.url, first)})
    roots = open_roots(chosen, Clock())
    assert (accepts(roots), roots.refresh(), accepts(roots)) == (False, True, True)


def test_what_a_site_gave_is_used_after_a_restart(
    repository: TufRepository, file: Path, first: Path, tmp_path: Path
) -> None:
    named = {"public-good": file, "github": file}
    chosen = RootFiles(file, named, tmp_path / "tuf", {"default": TufSite(repository.url, first)})
    open_roots(chosen, Clock()).refresh()
    assert accepts(open_roots(chosen, Clock()))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"signed": []}', b'{"signed": {"_type": "targets"}}', None])
def test_first_root_metadata_that_is_none_stops_the_start_and_is_named(
    file: Path, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "wrong.root.json"
    if content is not None:
        path.write_bytes(content)
    chosen = RootFiles(file, folder=tmp_path / "tuf", sites={"default": TufSite("https://tuf.test", path)})
    with pytest.raises(UnusableTrustedRoot, match=str(path)):
        open_roots(chosen, Clock())


def test_a_mirror_of_a_built_in_root_needs_no_file(repository: TufRepository, tmp_path: Path) -> None:
    sites = {name: TufSite(f"{repository.url}/{name}") for name in ("public-good", "github")}
    open_roots(RootFiles(folder=tmp_path / "tuf", sites=sites), Clock()).refresh()
    assert {seen.path.split("/")[1] for seen in repository.answers.seen} == {"public-good", "github"}
