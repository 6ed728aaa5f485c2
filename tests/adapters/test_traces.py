"""Spans: what belongs together, and what they never say."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from app.adapters.traces import Traces

ROOT = Path(__file__).parents[2]


@contextmanager
def traced() -> Iterator[tuple[Traces, InMemorySpanExporter]]:
    exporter = InMemorySpanExporter()
    traces = Traces("", SimpleSpanProcessor(exporter))
    yield traces, exporter
    traces.close()


def spans(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in exporter.get_finished_spans()}


def test_a_span_inside_another_is_its_part() -> None:
    with traced() as (traces, exporter):
        with traces.span("look"), traces.span("verify"):
            pass
        found = spans(exporter)
    look, verify = found["look"].context, found["verify"].parent
    assert look is not None
    assert verify is not None
    assert look.span_id == verify.span_id


def test_at_204_an_error_is_named_by_its_kind_alone() -> None:
    with traced() as (traces, exporter):
        with pytest.raises(ValueError, match="secret"), traces.span("look"):
            raise ValueError("Bearer ghs_secretsecretsecret")
        text = spans(exporter)["look"].to_json()
    assert json.loads(text)["attributes"] == {"error.type": "ValueError"}
    assert "secret" not in text


def test_where_the_library_is_not_installed_the_setting_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "from app.bootstrap.watching import open_watch\n"
        "from app.settings import SettingsError, read\n"
        "try:\n    open_watch(read({'ASSAY_TRACES_URL': 'http://127.0.0.1:4318/v1/traces'}))\n"
        "except SettingsError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == (
        "ASSAY_TRACES_URL: set, but install the extra that sends traces: pip install 'assay[traces]'.\n"
    )


def test_who_asks_for_no_traces_does_not_load_the_library() -> None:
    program = (
        "import sys, app.bootstrap.working\n"
        "print(sorted(name for name in sys.modules if name.startswith('opentelemetry.sdk')))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
