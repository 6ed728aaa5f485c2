"""The settings about trusted roots."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import SettingsError, read


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "root.json"
    path.write_text("{}", encoding="utf-8")
    return path


def refused(environment: dict[str, str]) -> tuple[str, str]:
    with pytest.raises(SettingsError) as error:
        read(environment)
    return error.value.variable, str(error.value)


def test_no_root_is_set_and_none_refreshed_by_default() -> None:
    assert (read({}).trusted_roots, read({}).tuf) == ({}, None)


@pytest.mark.parametrize("between", [";", "\n", " ;\n ; "])
def test_roots_have_names(file: Path, between: str) -> None:
    written = f"own={file}{between}acme-2 = {file}"
    assert read({"ASSAY_TRUSTED_ROOTS": written}).trusted_roots == {"own": file, "acme-2": file}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("own", "entry 1 is no NAME=FILE"),
        ("own={file};=x", "entry 2 is no NAME=FILE"),
        ("own=", "entry 1 is no NAME=FILE"),
        ("Own={file}", "entry 1 is no NAME=FILE"),
        ("../own={file}", "entry 1 is no NAME=FILE"),
        ("default={file}", "set by ASSAY_TRUSTED_ROOT"),
        ("own={file};own={file}", "own stands there twice"),
        ("own={file}.not", "cannot be read"),
        (";".join(f"r{number}={{file}}" for number in range(6)), "more than 5 roots"),
    ],
)
def test_a_wrong_entry_is_named(file: Path, written: str, said: str) -> None:
    variable, sentence = refused({"ASSAY_TRUSTED_ROOTS": written.replace("{file}", str(file))})
    assert (variable, said in sentence) == ("ASSAY_TRUSTED_ROOTS", True)


@pytest.mark.parametrize(
    ("database", "folder", "expected"),
    [
        ("sqlite:///var/assay.db", "", "var/tuf"),
        ("sqlite:////srv/assay/assay.db", "", "/srv/assay/tuf"),
        ("postgresql://u:p@db/assay", "", "var/tuf"),
        ("postgresql://u:p@db/assay", "/srv/tuf", "/srv/tuf"),
    ],
)
def test_fresh_roots_lie_beside_the_database_or_where_it_is_said(database: str, folder: str, expected: str) -> None:
    settings = read({"ASSAY_TUF": "On", "ASSAY_DATABASE_URL": database, "ASSAY_TUF_DIR": folder})
    assert settings.tuf == Path(expected)


def test_a_folder_alone_switches_nothing_on() -> None:
    assert read({"ASSAY_TUF_DIR": "/srv/tuf"}).tuf is None


def test_a_switch_is_on_or_off() -> None:
    assert refused({"ASSAY_TUF": "daily"})[0] == "ASSAY_TUF"


TUF = {"ASSAY_TUF": "on"}


def test_a_root_of_the_operator_s_has_its_own_tuf_repository(file: Path) -> None:
    sources = (
        f"own=https://tuf.test/own {file}\ndefault = https://tuf.test:8443  {file} ; public-good=http://127.0.0.1:1"
    )
    environment = {"ASSAY_TRUSTED_ROOT": str(file), "ASSAY_TRUSTED_ROOTS": f"own={file}", "ASSAY_TUF_SOURCES": sources}
    assert read(TUF | environment).tuf_sites == {
        "own": ("https://tuf.test/own", file),
        "default": ("https://tuf.test:8443", file),
        "public-good": ("http://127.0.0.1:1", None),
    }


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("own", "entry 1 is no NAME=URL FILE"),
        ("own=tuf.test {file}", "entry 1 is no NAME=URL FILE"),
        ("github=https://a.test;own=http://tuf.test {file}", "entry 2 is no NAME=URL FILE"),
        ("own=https://u:hunter2@tuf.test {file}", "entry 1 is no NAME=URL FILE"),
        ("own=https://tuf.test/?a {file}", "entry 1 is no NAME=URL FILE"),
        ("own=https://tuf.test/#a {file}", "entry 1 is no NAME=URL FILE"),
        ("own=https://tuf.test:x {file}", "entry 1 is no NAME=URL FILE"),
        ("own=https:// {file}", "entry 1 is no NAME=URL FILE"),
        ("own=https://a.test {file};own=https://a.test {file}", "own stands there twice"),
        ("own=https://a.test", "no file for own"),
        ("own=https://a.test {file}.not", "cannot be read"),
        ("other=https://a.test {file}", "other has no file in ASSAY_TRUSTED_ROOTS"),
        ("default=https://a.test {file}", "default has no file in ASSAY_TRUSTED_ROOT;"),
    ],
)
def test_a_wrong_source_is_named(file: Path, written: str, said: str) -> None:
    environment = {"ASSAY_TRUSTED_ROOTS": f"own={file}", "ASSAY_TUF_SOURCES": written.replace("{file}", str(file))}
    variable, sentence = refused(TUF | environment)
    assert (variable, said in sentence, "hunter2" in sentence) == ("ASSAY_TUF_SOURCES", True, False)


def test_sources_while_nothing_is_refreshed_are_refused() -> None:
    variable, sentence = refused({"ASSAY_TUF_SOURCES": "github=https://tuf.test"})
    assert (variable, "ASSAY_TUF is off" in sentence) == ("ASSAY_TUF_SOURCES", True)
