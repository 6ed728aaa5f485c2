"""Attacks of the catalogue that are shut out by what the program does not hold at all."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TREES = {
    str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "app").rglob("*.py"))
}
LOCKED = re.compile(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==\S+.*--hash=sha256:", re.DOTALL)
LOCKS = ("requirements.txt", "requirements-dev.txt")
AT_THE_TERMINAL = {"app/adapters/git_history/process.py", "app/adapters/processes.py"}
STARTS_PROCESSES = {"app/adapters/bounded_process.py", "app/worker/supervising.py", *AT_THE_TERMINAL}
IN_BOUNDS = {
    "app/adapters/git_fetch/repository.py",
    "app/adapters/git_history/fetching.py",
    "app/adapters/renderer.py",
}
TEMPORARY = {
    "app/adapters/bounded_process.py",
    "app/adapters/git_fetch/folder.py",
    "app/adapters/git_history/__init__.py",
    "app/adapters/git_history/process.py",
    "app/bootstrap/metering.py",
    "app/adapters/renderer.py",
    "app/adapters/sigstore_verifier/oracle.py",
}


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield each module that is imported, and each name that is imported from one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))


def importing(*modules: str) -> set[str]:
    """Return the files that import any of these modules."""
    return {
        path
        for path, tree in TREES.items()
        if any(name == one or name.startswith(f"{one}.") for name in imported(tree) for one in modules)
    }


def called(*names: str) -> set[str]:
    """Return the files that call something of one of these names, with or without an object before it."""
    return {
        path
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in names
    }


def floor(name: str) -> tuple[int, ...]:
    """Return the locked version of a dependency."""
    locked = re.search(rf"^{name}==([0-9.]+)", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert locked
    return tuple(int(part) for part in locked[1].split("."))


def test_at_009_nothing_is_looked_up_in_a_log() -> None:
    assert importing("sigstore._internal.rekor", "sigstore.sign", "sigstore.rekor") == set()


def test_at_029_at_091_roots_of_trust_are_fetched_in_one_place_and_never_in_a_request() -> None:
    assert importing("tuf", "securesystemslib", "sigstore._internal.tuf") == {"app/adapters/tuf_refresh.py"}
    assert called("production", "staging", "from_tuf") == set()
    assert importing("app.adapters.tuf_refresh") == {"app/adapters/fresh_roots.py"}


def test_at_035_only_the_verifier_makes_a_signed_statement() -> None:
    assert called("SignedStatement") == {"app/adapters/sigstore_verifier/verifier.py"}


def test_at_105_no_certificate_is_read_by_pyasn1() -> None:
    assert importing("pyasn1", "pyasn1_modules", "asn1crypto") == set()


def test_at_106_at_207_tokens_are_only_made_never_read() -> None:
    known = {name for tree in TREES.values() for name in imported(tree) if name.partition(".")[0] in {"jwt", "jose"}}
    reads = {
        path
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node).startswith("jwt.") and node.attr.startswith("decode")
    }
    assert (known, reads) == ({"jwt"}, set())


def test_at_170_only_git_renderers_and_our_own_processes_are_ever_started() -> None:
    assert importing("subprocess", "multiprocessing", "pty") == STARTS_PROCESSES
    assert called("system", "popen", "execve", "execvp", "posix_spawn", "fork", "create_subprocess_exec") == set()
    # After an App was registered the very same program is started anew.
    assert called("execv") == {"app/web/setup/program.py"}


def test_at_170_at_205_all_but_the_persons_own_git_runs_in_bounds() -> None:
    assert importing("app.adapters.bounded_process") & set(TREES) >= IN_BOUNDS
    assert {path for path in importing("app.adapters.bounded_process") if "git_fetch" not in path} <= IN_BOUNDS


def test_at_170_nothing_that_is_read_is_executed() -> None:
    assert called("eval", "exec", "__import__", "import_module", "run_path", "run_module") == set()


def test_at_170_at_206_a_webhooks_job_knows_a_program_in_one_place_only() -> None:
    jobs = {
        path for path in TREES if path.startswith(("app/jobs/", "app/web/", "app/adapters/github/", "app/formats/"))
    }
    others = ("app.adapters.git_clone", "app.adapters.git_history", "app.adapters.processes")
    assert not jobs & importing("subprocess", "app.adapters.bounded_process", *others)
    assert jobs & importing("app.adapters.git_fetch") == {"app/adapters/github/huge.py", "app/adapters/github/past.py"}


def test_at_206_no_command_goes_through_a_shell() -> None:
    shells = {
        path
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "shell"
    }
    assert shells == set()


def test_at_213_no_file_has_a_predictable_temporary_name() -> None:
    assert importing("tempfile") == TEMPORARY
    assert called("mktemp", "NamedTemporaryFile", "gettempdir") == set()
    assert not [path for path in TREES if "/tmp" in (ROOT / path).read_text(encoding="utf-8")]  # noqa: S108 - looked for


def test_at_214_every_dependency_is_locked_by_hash() -> None:
    for lock in LOCKS:
        entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text(encoding="utf-8").strip())
        pins = [entry for entry in entries if not entry.startswith(("#", "--"))]
        assert [
            entry
            for entry in pins
            if not re.match(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==\S+.*--hash=sha256:", entry, re.DOTALL)
        ] == []


def test_at_214_the_locked_dependencies_are_installed_by_their_hashes() -> None:
    installs = re.findall(r"^.*\$\$pip install.*$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert installs
    assert [line for line in installs if "--require-hashes" not in line] == []


def test_at_215_the_library_that_brings_openssl_is_new_enough() -> None:
    assert floor("cryptography") >= (50,)
