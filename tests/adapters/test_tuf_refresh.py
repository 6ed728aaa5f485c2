"""Fresh trusted roots over TUF: proved or refused, never taken from anybody else, and the last good one stays."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.adapters.kept_roots import KeptRoot, KeptRoots, TufSource
from app.adapters.tuf_refresh import TufRefresh
from app.core.errors import Error, Unavailable
from tests.fakes.tuf import PAST, TufRepository

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
FIRST, SECOND = b'{"first": 1}', b'{"second": 2}'


def usable(content: bytes) -> None:
    if b"unusable" in content:
        raise Error("no trusted root")


@pytest.fixture
def repository() -> Iterator[TufRepository]:
    with TufRepository(FIRST) as made:
        yield made


@pytest.fixture
def store(tmp_path: Path) -> TufRefresh:
    return TufRefresh(tmp_path / "tuf", lambda: NOON, usable)


def source(repository: TufRepository, name: str = "own") -> TufSource:
    return TufSource(name, repository.url, repository.bootstrap)


def kept_at(tmp_path: Path, of: TufSource) -> Path:
    return KeptRoots(tmp_path / "tuf", usable).place(of) / "last_good.json"


def refused(store: TufRefresh, of: TufSource) -> str:
    with pytest.raises(Unavailable) as raised:
        store.refresh(of)
    return raised.value.sentence


def test_what_the_repository_signs_is_returned_with_version_and_time(
    repository: TufRepository, store: TufRefresh
) -> None:
    assert store.refresh(source(repository)) == KeptRoot(FIRST, 1, NOON)


def test_another_address_under_the_same_name_inherits_nothing(repository: TufRepository, store: TufRefresh) -> None:
    store.refresh(source(repository))
    moved = TufSource("own", f"{repository.url}/moved", repository.bootstrap)
    assert (store.last_good(moved), store.last_good(source(repository)) is not None) == (None, True)


def test_what_was_fetched_is_kept_for_another_process(repository: TufRepository, store: TufRefresh) -> None:
    fetched = store.refresh(source(repository))
    assert store.last_good(source(repository)) == fetched


def test_nothing_is_kept_before_the_first_refresh(repository: TufRepository, store: TufRefresh) -> None:
    assert store.last_good(source(repository)) is None


def test_a_newer_version_takes_the_place(repository: TufRepository, store: TufRefresh) -> None:
    store.refresh(source(repository))
    repository.publish(SECOND)
    assert store.refresh(source(repository)).content == SECOND


def test_a_rotated_root_is_followed_and_its_version_said(repository: TufRepository, store: TufRefresh) -> None:
    repository.rotate()
    repository.rotate()
    assert store.refresh(source(repository)).version == 3


def test_an_expired_root_between_is_followed(repository: TufRepository, store: TufRefresh) -> None:
    repository.rotate(expires=PAST)
    repository.rotate()
    assert store.refresh(source(repository)).version == 3


Break = Callable[[TufRepository], object]


def older_timestamp(repository: TufRepository) -> None:
    repository.publish(SECOND, version=1)


def missing_target(repository: TufRepository) -> None:
    repository.target = "other.json"
    repository.publish(SECOND)


def other_content(repository: TufRepository) -> None:
    repository.publish(SECOND)
    for path in repository.answers.files:
        if path.startswith("/targets/"):
            repository.answers.files[path] = b'{"secunda": 2}'[: len(SECOND)]


def no_json(repository: TufRepository) -> None:
    repository.answers.files["/timestamp.json"] = b"\xff no"


def unanswered(repository: TufRepository) -> None:
    repository.answers.files.clear()


def endless(repository: TufRepository) -> None:
    repository.answers.files["/timestamp.json"] = b"{" * 1_000_000


REFUSED = "what its source serves was refused"
SILENT = "its source does not answer as it should"
EXPIRED = "the metadata of its source has expired"
BROKEN: dict[str, tuple[Break, str]] = {
    "older version (AT-030)": (older_timestamp, REFUSED),
    "root below its threshold (AT-030)": (lambda one: one.rotate(signed=False), REFUSED),
    "timestamp of another key": (lambda one: one.publish(SECOND, signed_by="targets"), REFUSED),
    "expired root": (lambda one: one.rotate(expires=PAST), EXPIRED),
    "expired timestamp": (lambda one: one.publish(SECOND, expired="timestamp"), EXPIRED),
    "expired snapshot": (lambda one: one.publish(SECOND, expired="snapshot"), EXPIRED),
    "expired targets": (lambda one: one.publish(SECOND, expired="targets"), EXPIRED),
    "no such target": (missing_target, REFUSED),
    "other content": (other_content, REFUSED),
    "a root that cannot be used": (lambda one: one.publish(b"unusable"), REFUSED),
    "no JSON": (no_json, REFUSED),
    "nothing there": (unanswered, SILENT),
    "more than is read": (endless, SILENT),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_at_030_what_is_older_expired_or_not_signed_so_is_refused_and_the_last_good_root_stays(
    repository: TufRepository, store: TufRefresh, broken: str
) -> None:
    repository.publish(FIRST)
    before = store.refresh(source(repository))
    change, expected = BROKEN[broken]
    change(repository)
    assert (refused(store, source(repository)), store.last_good(source(repository))) == (expected, before)


def test_at_030_what_was_refused_once_does_not_stand_in_the_way_later(
    repository: TufRepository, store: TufRefresh
) -> None:
    store.refresh(source(repository))
    repository.publish(SECOND, signed_by="targets", version=2)
    refused(store, source(repository))
    repository.publish(SECOND, version=2)
    assert store.refresh(source(repository)).content == SECOND


def test_at_030_another_repository_is_not_taken_for_this_one(repository: TufRepository, store: TufRefresh) -> None:
    with TufRepository(SECOND) as other:
        twisted = TufSource("own", other.url, repository.bootstrap)
        assert refused(store, twisted) == REFUSED


def everything(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("target", ["../../trusted_root.json", "/etc/trusted_root.json", "x/../../trusted_root.json"])
def test_at_031_no_name_of_the_metadata_becomes_a_path(tmp_path: Path, store: TufRefresh, target: str) -> None:
    with TufRepository(FIRST, target) as repository:
        refused(store, source(repository))
    assert {path.split("/")[0] for path in everything(tmp_path)} == {"tuf"}
    assert {path.split("/")[1].partition("-")[0] for path in everything(tmp_path)} == {"own"}


@pytest.mark.parametrize("name", ["../own", "a/b", "", ".", "..", "Own", "a\x00b", "%2e%2e"])
def test_at_031_a_source_s_name_is_no_path(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(name)}$"):
        TufSource(name, "https://tuf.example", b"")


@pytest.mark.parametrize("url", ["http://tuf.example", "ftp://127.0.0.1", "file:///etc", "tuf.example"])
def test_a_source_is_reached_over_tls(url: str) -> None:
    with pytest.raises(ValueError, match="own"):
        TufSource("own", url, b"")


@pytest.mark.parametrize("path", ["/timestamp.json", "/1.targets.json", "/2.root.json", "the target"])
def test_at_089_a_redirect_is_not_followed(repository: TufRepository, store: TufRefresh, path: str) -> None:
    with TufRepository(SECOND) as elsewhere:
        fetched = path if path.startswith("/") else next(one for one in repository.answers.files if "/targets/" in one)
        repository.answers.redirects[fetched] = f"{elsewhere.url}/timestamp.json"
        assert (refused(store, source(repository)), elsewhere.answers.seen) == (SILENT, [])


def test_at_091_no_request_carries_a_credential(
    repository: TufRepository, store: TufRefresh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://me:secret@127.0.0.1:9")
    store.refresh(source(repository))
    names = {name for one in repository.answers.seen for name in one.headers}
    assert names <= {"host", "user-agent", "accept-encoding", "accept", "connection"}


def test_a_refresh_that_takes_too_long_is_given_up(repository: TufRepository, tmp_path: Path) -> None:
    hurried = TufRefresh(tmp_path, lambda: NOON, usable)
    hurried.seconds = -1.0
    assert refused(hurried, source(repository)) == SILENT


def test_two_processes_do_not_write_at_once(repository: TufRepository, store: TufRefresh, tmp_path: Path) -> None:
    said: list[str] = []

    def meanwhile(_content: bytes) -> None:
        said.append(refused(store, source(repository)))

    TufRefresh(tmp_path / "tuf", lambda: NOON, meanwhile).refresh(source(repository))
    assert said == ["another process is refreshing it"]


def test_a_folder_that_cannot_be_made_is_said(repository: TufRepository, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert refused(TufRefresh(tmp_path / "file", lambda: NOON, usable), source(repository)) == (
        "its folder cannot be written to"
    )


def test_bootstrap_metadata_that_is_none_is_refused(repository: TufRepository, store: TufRefresh) -> None:
    assert refused(store, TufSource("own", repository.url, b"no")) == REFUSED


@pytest.mark.parametrize(
    "changed",
    [{"trusted_root": "*"}, {"version": "x"}, {"refreshed_at": "x"}, {"trusted_root": "dW51c2FibGU="}, {"version": []}],
)
def test_a_kept_file_that_is_broken_is_not_used(
    repository: TufRepository, store: TufRefresh, tmp_path: Path, changed: dict[str, object]
) -> None:
    store.refresh(source(repository))
    path = kept_at(tmp_path, source(repository))
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changed), encoding="utf-8")
    assert store.last_good(source(repository)) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", "[" * 100_000])
def test_a_kept_file_that_is_none_is_not_used(
    repository: TufRepository, store: TufRefresh, tmp_path: Path, content: str
) -> None:
    path = kept_at(tmp_path, source(repository))
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="utf-8")
    assert store.last_good(source(repository)) is None
