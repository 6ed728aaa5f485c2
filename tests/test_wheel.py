"""The wheel holds all that the program reads, and runs without the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ASK = "import app.cli, app.bootstrap.setting_up as s; print(app.cli.__file__); print(s.manifest()['redirect_url'])"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build it from a copy, with what is installed and without a network."""
    copy = tmp_path_factory.mktemp("source")
    shutil.copytree(ROOT / "app", copy / "app", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("app.yml", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    subprocess.run(command, cwd=copy, check=True, capture_output=True, env={"PATH": os.environ["PATH"]})
    (found,) = (copy / "dist").glob("assay-*.whl")
    return found


@pytest.fixture(scope="module")
def names(wheel: Path) -> frozenset[str]:
    return frozenset(zipfile.ZipFile(wheel).namelist())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = tmp_path_factory.mktemp("site")
    zipfile.ZipFile(wheel).extractall(site)
    return site


def run(site: Path, *arguments: str, cwd: Path) -> str:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(site)}
    command = [sys.executable, "-P", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, check=True, capture_output=True, text=True).stdout


def test_every_file_of_the_package_is_inside(names: frozenset[str]) -> None:
    files = {str(one.relative_to(ROOT)) for one in (ROOT / "app").rglob("*") if one.is_file()}
    assert {one for one in files if "__pycache__" not in one} - names == set()


@pytest.mark.parametrize(
    "name",
    [
        "app/app.yml",
        "app/adapters/sigstore_verifier/roots/github.json",
        "app/web/templates/layout.html",
        "app/web/templates/setup_code.html",
        "app/web/static/style.css",
    ],
)
def test_what_is_no_code_comes_along(names: frozenset[str], name: str) -> None:
    assert name in names


def test_neither_tests_nor_settings_come_along(names: frozenset[str]) -> None:
    tops = sorted(name.split("/")[0] for name in names)
    assert (tops[0], len(set(tops)), tops[-1].endswith(".dist-info")) == ("app", 2, True)


def test_the_command_is_the_programs_own(installed: Path) -> None:
    (entries,) = installed.glob("assay-*.dist-info/entry_points.txt")
    assert entries.read_text(encoding="utf-8") == "[console_scripts]\nassay = app.cli:main\n"


def test_the_manifest_of_the_wheel_is_the_checkouts(installed: Path) -> None:
    assert (installed / "app" / "app.yml").read_bytes() == (ROOT / "app.yml").read_bytes()


def test_it_runs_without_the_checkout(installed: Path, tmp_path: Path) -> None:
    where, redirect = run(installed, "-c", ASK, cwd=tmp_path).split()
    assert (Path(where).is_relative_to(installed), redirect) == (True, "https://assay.example.org/setup/callback")


def test_its_help_names_the_commands(installed: Path, tmp_path: Path) -> None:
    assert "serve" in run(installed, "-m", "app", "--help", cwd=tmp_path)
