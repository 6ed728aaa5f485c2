"""What a job spent its time on, as OpenTelemetry spans; loaded only where the operator asks for it.

The tracing library is known here only, and need not be installed. A span says what was done, never what was answered:
no text of an exception, no address with a query, no name of a stranger's choosing but the repository's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.core.errors import Error

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor


class NotInstalled(Error):
    """Traces are wanted, and the library for them is not there."""


class Traces:
    """Makes spans and sends them in the background; nothing waits for them, and what cannot be sent is dropped."""

    def __init__(self, url: str, processor: SpanProcessor | None = None) -> None:
        """Send to `url` (OTLP over HTTP), or give spans to `processor`; raises `NotInstalled`."""
        try:
            from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an extra that need not be there
            from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - likewise
        except ImportError as error:
            raise NotInstalled("install the extra that sends traces: pip install 'assay[traces]'.") from error
        self._provider = TracerProvider(resource=Resource({"service.name": "assay"}), shutdown_on_exit=False)
        self._provider.add_span_processor(processor or _sending(url))
        self._tracer = self._provider.get_tracer("assay")

    @contextmanager
    def span(self, name: str, **attributes: str | int) -> Iterator[None]:
        """Measure what is done inside, as a part of what this thread is doing; an error is named by its kind alone."""
        opened = self._tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        )
        with opened as span:
            try:
                yield
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                raise

    def close(self) -> None:
        """Send what is left, for a few seconds at most."""
        self._provider.shutdown()


def _sending(url: str) -> SpanProcessor:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - likewise
    except ImportError as error:
        raise NotInstalled("install the extra that sends traces: pip install 'assay[traces]'.") from error
    return BatchSpanProcessor(OTLPSpanExporter(endpoint=url, timeout=5))
