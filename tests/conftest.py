"""What holds for every test: the real public data, no skip that hides in CI, and logs that are left as they were."""

from __future__ import annotations

import logging
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
_ALLOWED = frozenset(
    line.strip()
    for line in (ROOT / "tests" / "allowed_skips.txt").read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what reads the real public data where that folder is absent, with the reason."""
    if not DATA.is_dir():
        for item in items:
            if item.get_closest_marker("needs_data"):
                item.add_marker(pytest.mark.skip(reason="the folder of real public data is not beside this checkout"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure when the run says so and no line of tests/allowed_skips.txt names the test."""
    report = yield
    name = item.nodeid.partition("[")[0]
    if os.environ.get("ASSAY_TESTS_NO_SKIP") and report.skipped and name not in _ALLOWED:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {reason}"
    return report


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real public data; tests that ask for it are marked needs_data."""
    return DATA


@pytest.fixture(autouse=True)
def logs_of_the_process() -> Iterator[None]:
    """Put the process's logs back: a command that a test runs in this process sets them up for its own."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
