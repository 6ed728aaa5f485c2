"""How many processes serve the web."""

from __future__ import annotations

import pytest

from app.settings import SettingsError, read


@pytest.mark.parametrize(("text", "count"), [("", 1), ("1", 1), ("4", 4), ("64", 64)])
def test_a_number_of_web_processes_is_taken(text: str, count: int) -> None:
    assert read({"ASSAY_WEB_PROCESSES": text}).web_processes == count


@pytest.mark.parametrize("text", ["0", "65", "-1", "four", "1.5", "٣", "000000000001", "1 "])
def test_what_is_no_number_of_web_processes_is_refused_by_name(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^ASSAY_WEB_PROCESSES: give how many"):
        read({"ASSAY_WEB_PROCESSES": text})
