"""Build files whose reading would take a time out of proportion to their length."""

from __future__ import annotations

import time

import pytest

from app.formats import find_images

HOSTILE = {
    "here-documents that never end": "FROM a\n" + "\n".join(f"RUN <<X{number}" for number in range(60_000)),
    "a long argument many times": f"ARG a={'x' * 500_000}\n" + "FROM $a$a$a$a$a\n" * 9_000,
    "an argument many times in a line": f"ARG a={'x' * 500_000}\nFROM {'$a' * 200_000}",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_build_file_costs_little(text: str) -> None:
    began = time.process_time()
    uses = find_images("Dockerfile", text)
    assert (time.process_time() - began < 5, all(use.problem or use.name for use in uses)) == (True, True)
