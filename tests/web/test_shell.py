"""The frame of every page: names that nobody gave fail, text of others is escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from flask import Flask, render_template_string
from jinja2 import UndefinedError

from app.web.shell import shell

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def app() -> Iterator[Flask]:
    made = Flask("assay", static_folder=None)
    made.register_blueprint(shell())
    with made.test_request_context():
        yield made


@pytest.mark.parametrize(
    "text",
    ["{{ missing }}", "{% if missing %}{% endif %}", "{% for one in missing %}{% endfor %}", "{{ missing == 1 }}"],
)
@pytest.mark.usefixtures("app")
def test_a_name_that_no_view_gave_fails(text: str) -> None:
    with pytest.raises(UndefinedError):
        render_template_string(text)


@pytest.mark.usefixtures("app")
def test_one_may_ask_whether_there_is_a_name() -> None:
    assert render_template_string("{{ 'there' if missing is defined else 'not there' }}") == "not there"


@pytest.mark.usefixtures("app")
def test_text_of_others_is_escaped_and_visible() -> None:
    shown = render_template_string("{{ text|shown }}", text="<b>\u202e")
    assert shown == "&lt;b&gt;\\u{202E}"
