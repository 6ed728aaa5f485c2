"""The import contracts hold, and a few rules that no import can show."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
APP = sorted((ROOT / "app").rglob("*.py"))


def test_the_import_contracts_hold() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_trusted_statements_are_made_in_one_place() -> None:
    calls = [
        f"{path.relative_to(ROOT)}"
        for path in APP
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "TrustedStatement"
    ]
    assert len(calls) == 1
    assert calls[0].startswith("app/policy/")


def test_at_015_no_policy_that_accepts_anything_is_imported() -> None:
    assert not [path for path in APP if "UnsafeNoOp" in path.read_text(encoding="utf-8")]


def test_at_071_no_registry_library_that_follows_any_realm_is_imported() -> None:
    assert not [path for path in APP if "import oras" in path.read_text(encoding="utf-8")]


def test_at_087_no_code_switches_tls_verification_off() -> None:
    offences = [
        f"{path}:{node.lineno}"
        for path in APP
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.keyword)
        and node.arg in {"verify", "ssl_verify"}
        and isinstance(node.value, ast.Constant)
        and node.value.value is False
    ]
    assert offences == []


def test_no_branch_of_the_program_knows_of_the_demo_or_the_tests() -> None:
    assert not [path for path in APP if "demo" in path.read_text(encoding="utf-8").lower()]
