"""A child that cannot start with what it is given ends the whole program; any other is started again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
WAITS = "import threading; threading.Event().wait()"


def supervised(code: str) -> subprocess.CompletedProcess[str]:
    """Supervise a child that waits, and one that runs some code; the second ends the test by what it does."""
    program = (
        "import sys; from app.worker import supervise\n"
        f"me = [sys.executable, '-c']\n"
        f"sys.exit(supervise({{'a': [*me, {WAITS!r}], 'b': [*me, {code!r}]}}, refusal=2))"
    )
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=False, capture_output=True, text=True, timeout=60
    )


def test_a_child_that_refuses_to_start_ends_all_with_its_code() -> None:
    assert supervised("raise SystemExit(2)").returncode == 2


def test_a_child_that_refuses_later_is_started_again(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    code = (
        f"import os, signal; p = {str(runs)!r}; open(p, 'a').write('x'); n = os.path.getsize(p)\n"
        "n < 3 or os.kill(os.getppid(), signal.SIGTERM)\n"
        "raise SystemExit(1 if n == 1 else 2)"
    )
    assert (supervised(code).returncode, len(runs.read_text())) == (0, 3)
