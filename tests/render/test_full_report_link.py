"""The way from the comment to the whole report."""

from __future__ import annotations

import os

from app.render.comment import comment, linked
from tests.conftest import ROOT
from tests.render import samples

ADDRESS = f"https://assay.example.org/repositories/12/pulls/7/{'4be1d90' + '0' * 33}"
GOLDEN = ROOT / "tests/data/render/linked.md"


def test_the_footer_ends_with_the_link() -> None:
    written = comment(samples.all_clear())
    assert written is not None
    one = linked(written, ADDRESS)
    text = f"{one.body}\n\n{one.footer}\n"
    if os.environ.get("ASSAY_WRITE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_the_link_decides_no_edit() -> None:
    written = comment(samples.blocked())
    assert written is not None
    assert linked(written, ADDRESS).body == written.body
