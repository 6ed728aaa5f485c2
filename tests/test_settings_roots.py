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
