"""How many small faults in the pure packages the tests notice, by a random sample.

    python bench/mutation_sample.py [--number N] [--seed N] [--packages core,policy,admission] [--minutes N]

Each fault changes one comparison, condition, constant or returned value in one module of a copy of the checkout; the
tests of its package run until one fails. Prints the share that was noticed, and every fault that was not with its
line, to be read: many change nothing that can be seen.
"""

from __future__ import annotations

import argparse
import ast
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[1]
_COMPARED = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One change of a module: what stands from `start` to `end` (offsets) becomes `text`."""

    module: str
    line: int
    start: int
    end: int
    text: str


def faults(path: pathlib.Path) -> Iterator[Fault]:
    """Return every fault that is known how to make in a module."""
    source = path.read_text(encoding="utf-8")
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    module = path.relative_to(ROOT).as_posix()

    def offset(line: int, column: int) -> int:
        text = source[starts[line - 1] : starts[line]]
        return starts[line - 1] + len(text.encode()[:column].decode())

    def of(node: ast.expr, text: str) -> Fault:
        end = offset(node.end_lineno or 0, node.end_col_offset or 0)
        return Fault(module, node.lineno, offset(node.lineno, node.col_offset), end, text)

    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARED:
            left, right = ast.unparse(node.left), ast.unparse(node.comparators[0])
            yield of(node, f"({left}) {_COMPARED[type(node.ops[0])]} ({right})")
        elif isinstance(node, ast.BoolOp):
            word = " or " if isinstance(node.op, ast.And) else " and "
            yield of(node, "(" + word.join(f"({ast.unparse(value)})" for value in node.values) + ")")
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield of(node, f"bool({ast.unparse(node.operand)})")
        elif isinstance(node, ast.IfExp):
            parts = (ast.unparse(part) for part in (node.orelse, node.test, node.body))
            yield of(node, "(({}) if ({}) else ({}))".format(*parts))
        elif (
            isinstance(node, ast.Return) and isinstance(node.value, ast.Constant) and node.value.value in (True, False)
        ):
            yield of(node.value, str(not node.value.value))


def noticed(fault: Fault, copy: pathlib.Path) -> bool:
    """Say whether the tests of the fault's package fail with it."""
    path = copy / fault.module
    source = path.read_text(encoding="utf-8")
    path.write_text(source[: fault.start] + fault.text + source[fault.end :], encoding="utf-8")
    package = fault.module.split("/")[1]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", f"tests/{package}"],
            cwd=copy,
            capture_output=True,
            timeout=600,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return True
    finally:
        path.write_text(source, encoding="utf-8")
    return done.returncode != 0


def main() -> int:
    """Sample, run, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--number", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--packages", default="core,policy,admission")
    parser.add_argument("--minutes", type=float, default=60.0, help="no fault is begun after this time")
    options = parser.parse_args()
    modules = [path for name in options.packages.split(",") for path in sorted((ROOT / "app" / name).rglob("*.py"))]
    every = [fault for path in modules for fault in faults(path)]
    chosen = random.Random(options.seed).sample(every, min(options.number, len(every)))
    until = time.monotonic() + options.minutes * 60
    with tempfile.TemporaryDirectory() as folder:
        copies = [pathlib.Path(folder) / f"{number}" / "main" for number in range(2)]
        for copy in copies:
            shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", ".*_cache", "var"))
            (copy.parent / "shared").symlink_to(ROOT.parent / "shared")

        def run(number: int) -> list[tuple[Fault, bool]]:
            return [(fault, noticed(fault, copies[number])) for fault in chosen[number::2] if time.monotonic() < until]

        with ThreadPoolExecutor(2) as pool:
            results = [result for part in pool.map(run, range(2)) for result in part]
    found = sum(was for _, was in results)
    print(f"{len(every)} possible faults, {len(results)} tried, {found} noticed ({found / max(len(results), 1):.1%})")
    for fault in sorted((fault for fault, was in results if not was), key=lambda one: (one.module, one.line)):
        print(f"  not noticed: {fault.module}:{fault.line}: {fault.text[:100]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
