"""One bump as metrics, traces and logs tell of it: what is said, where, and what is never said."""

from __future__ import annotations

import gzip
import json
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.e2e.conftest import policy
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.stage import Stage
from tests.serving import free_port

JOB_LOGGERS = ("app.jobs.pull_request", "assay.registry")


@dataclass
class Receiver:
    """Takes OTLP over HTTP."""

    bodies: list[bytes] = field(default_factory=list)

    @property
    def spans(self) -> list[Span]:
        requests = [ExportTraceServiceRequest.FromString(body) for body in list(self.bodies)]
        return [
            span
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@contextmanager
def receiving() -> Iterator[tuple[Receiver, str]]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.bodies.append(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield receiver, f"http://127.0.0.1:{server.server_address[1]}/v1/traces"
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Outside:
    """One pull request that was judged, seen from outside."""

    stage: Stage
    pull: PullRequest
    receiver: Receiver
    port: int

    def get(self, path: str, port: int | None = None) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port or self.port}{path}", timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""  # it does not listen yet

    @property
    def look(self) -> list[Span]:
        """The spans of a look that published, which are sent once it is over: the look's own is the last to end."""
        spans = self.receiver.spans
        published = {span.trace_id for span in spans if span.name == "publish"}
        ended = [span.trace_id for span in spans if span.name == "look" and span.trace_id in published]
        return [span for span in spans if span.trace_id in ended[:1]]


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    port = free_port()
    with receiving() as (receiver, url), Stage({"ASSAY_METRICS_LISTEN": f"127.0.0.1:{port}"}) as stage:
        stage.end()
        stage.set({"ASSAY_TRACES_URL": url})
        stage.run()
        stage.github.organization("acme", members=["dana"])
        stage.github.repository("acme/.github")
        repository = stage.github.repository("acme/gitops")
        digest = stage.registry.put_image("acme/api", seed="one")
        repository.commit("main", {".github/assay.yml": policy(stage.registry.host)}, author="dana")
        manifest = f"kind: Pod\nspec:\n  containers:\n    - image: {stage.registry.host}/acme/api@{digest}\n"
        repository.commit("bump", {"app.yaml": manifest}, author="dana", parents=["main"])
        pull = repository.open_pull_request("bump", author="dana")
        stage.wait(lambda: pull.comments, "it is judged")
        outside = Outside(stage, pull, receiver, port)
        stage.wait(lambda: outside.look, "its spans are sent")
        stage.wait(lambda: outside.get("/healthz")[0] == 200, "the worker says that it is alive")
        yield outside


def test_the_delivery_the_look_and_what_it_asked_are_counted(outside: Outside) -> None:
    _, text = outside.get("/metrics")
    assert 'assay_deliveries_total{event="pull_request",outcome="taken"} 1.0' in text
    assert re.search(r'assay_jobs_total\{kind="look",outcome="done"\} [1-9]', text)
    assert 'assay_github_requests_total{kind="write",status="2xx"}' in text
    assert "assay_registry_lookups_total" in text


def test_at_189_metrics_are_not_at_the_public_address(outside: Outside) -> None:
    public = int(outside.stage.url.rpartition(":")[2])
    assert outside.get("/metrics", public)[0] == 404


def test_at_190_no_metric_names_a_repository(outside: Outside) -> None:
    assert "gitops" not in outside.get("/metrics")[1]


def test_a_look_is_one_trace_with_a_part_for_each_thing_that_it_waits_for(outside: Outside) -> None:
    assert {span.name for span in outside.look} >= {"look", "github", "registry", "assess", "publish"}


def test_each_part_of_a_look_lies_within_another(outside: Outside) -> None:
    ids = {span.span_id for span in outside.look}
    roots = [span.name for span in outside.look if span.parent_span_id not in ids]
    assert roots == ["look"]


def test_every_line_of_a_look_names_its_delivery_and_repository(outside: Outside) -> None:
    lines = [json.loads(line) for line in outside.stage.log.splitlines()]
    of_jobs = [line for line in lines if line["logger"] in JOB_LOGGERS]
    assert of_jobs
    assert [line for line in of_jobs if not line.get("delivery") or line.get("repository") != "acme/gitops"] == []


def test_at_204_neither_metrics_nor_traces_nor_logs_hold_a_secret(outside: Outside) -> None:
    spans = b"".join(outside.receiver.bodies).decode("latin-1")
    everything = outside.get("/metrics")[1] + outside.stage.log + spans
    secrets = [outside.stage.github.hook.secret, "ghs_", "eyJ", "PRIVATE KEY", "Bearer"]
    assert [secret for secret in secrets if secret in everything] == []
