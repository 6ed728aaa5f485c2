"""What is counted: labels come from lists of ours, whoever speaks; and whether a worker is alive."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest

from app.adapters.metrics import Metrics
from app.adapters.metrics.serving import Health, door, health

NOW = 1_800_000_000.0


def shown(metrics: Metrics) -> list[str]:
    text = generate_latest(metrics.registry).decode()
    return [line for line in text.splitlines() if not line.startswith("#") and "_created" not in line]


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"assay_{name}", labels)


def test_a_delivery_is_counted_by_event_and_outcome() -> None:
    metrics = Metrics()
    metrics.delivery("pull_request", "taken")
    assert value(metrics, "deliveries_total", event="pull_request", outcome="taken") == 1


@given(st.text(max_size=40), st.text(max_size=40))
@settings(max_examples=50, deadline=None)
def test_at_190_no_stranger_makes_a_series(event: str, host: str) -> None:
    metrics = Metrics()
    before = len(shown(metrics))
    for said in (event, host, f"{event}{host}", "x"):
        metrics.delivery(f"not {said}", f"not {said}")
        metrics.lookup(f"not {said}", "failed", f"not {said}")
        metrics.github(f"not {said}", f"not {said}")
        metrics.verification(f"not {said}")
    assert len(shown(metrics)) - before == 5


def test_at_190_a_registry_that_the_operator_did_not_name_is_one_of_the_others() -> None:
    metrics = Metrics(["registry.acme.example"])
    for host in ("registry.acme.example", "ghcr.io", "evil.example"):
        metrics.lookup(host, "failed", "timeout")
    hosts = ("registry.acme.example", "ghcr.io", "other")
    assert [value(metrics, "registry_errors_total", host=host, code="timeout") for host in hosts] == [1, 1, 1]


def test_at_190_no_configuration_makes_more_than_sixty_hosts() -> None:
    metrics = Metrics(f"registry-{number}.example" for number in range(1000))
    for number in range(1000):
        metrics.lookup(f"registry-{number}.example", "found", "")
    assert sum(line.startswith("assay_registry_lookups_total") for line in shown(metrics)) == 51


def test_an_answer_that_is_no_failure_is_no_error() -> None:
    metrics = Metrics()
    metrics.lookup("ghcr.io", "not there", "")
    assert value(metrics, "registry_errors_total", host="ghcr.io", code="") is None


def test_a_job_counts_as_running_between_its_begin_and_its_end() -> None:
    metrics = Metrics()
    metrics.began(2.0)
    assert value(metrics, "jobs_running") == 1
    metrics.ended("look", "done", 1.5)
    assert (value(metrics, "jobs_running"), value(metrics, "wait_seconds_sum")) == (0, 2.0)


@pytest.mark.parametrize(("outcome", "moment"), [("done", NOW), ("again", NOW), ("later", 0), ("unavailable", 0)])
def test_only_a_look_with_a_verdict_moves_the_time_of_the_last_one(outcome: str, moment: float) -> None:
    metrics = Metrics(clock=lambda: NOW)
    metrics.began(None)
    metrics.ended("look", outcome, 1.5)
    assert value(metrics, "last_verdict_timestamp_seconds") == moment


def test_the_worst_budget_is_shown() -> None:
    metrics = Metrics(clock=lambda: NOW)
    for whose, ratio in ((1, 0.9), (2, 0.2), (3, 0.7)):
        metrics.requests_left(whose, ratio, NOW + 60)
    assert value(metrics, "github_budget_left_ratio") == 0.2


def test_a_budget_that_was_filled_again_is_no_longer_the_worst() -> None:
    moments = [NOW]
    metrics = Metrics(clock=lambda: moments[-1])
    metrics.requests_left(1, 0.1, NOW + 60)
    moments.append(NOW + 61)
    metrics.requests_left(2, 0.8, NOW + 120)
    assert value(metrics, "github_budget_left_ratio") == 0.8


def test_at_190_budgets_of_installations_are_not_kept_without_end() -> None:
    metrics = Metrics(clock=lambda: NOW)
    for number in range(10_050):
        metrics._worst(metrics._writes, (number, 0.5, NOW + 60))
    assert len(metrics._writes) <= 10_001


def test_what_the_queue_holds_is_a_sign_of_life() -> None:
    metrics = Metrics(clock=lambda: NOW)
    metrics.queue({"ready": 3, "given up": 1}, 12.0)
    assert health(metrics.registry) == Health(NOW, 0.0, 12.0)


def test_nothing_told_is_no_life() -> None:
    assert health(CollectorRegistry()).problem(NOW) == "no worker has begun"


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        (Health(NOW - 59, NOW, 0), ""),
        (Health(NOW - 61, NOW, 0), "the worker does not see its queue"),
        (Health(NOW, NOW - 4000, 1900), "work waits and none comes to its end"),
        (Health(NOW, NOW - 4000, 100), ""),
        (Health(NOW, NOW - 100, 1900), ""),
    ],
    ids=["fresh", "silent", "stuck", "idle", "busy"],
)
def test_health_says_what_is_wrong(told: Health, problem: str) -> None:
    assert told.problem(NOW) == problem


@contextmanager
def served(registry: CollectorRegistry, host: str = "127.0.0.1") -> Iterator[int]:
    server = door((host, 0), lambda: registry)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def asked(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_metrics_are_served_as_prometheus_reads_them() -> None:
    metrics = Metrics()
    metrics.delivery("push", "taken")
    with served(metrics.registry) as port:
        status, text = asked(port, "/metrics")
    assert status == 200
    assert 'assay_deliveries_total{event="push",outcome="taken"} 1.0' in text


def test_health_is_503_where_no_worker_is_alive() -> None:
    with served(CollectorRegistry()) as port:
        assert asked(port, "/healthz") == (503, "no worker has begun\n")


def test_health_is_200_while_a_worker_sees_its_queue() -> None:
    metrics = Metrics()
    metrics.queue({}, 0.0)
    with served(metrics.registry) as port:
        assert asked(port, "/healthz") == (200, "alive\n")


def test_at_189_nothing_else_is_served_there() -> None:
    with served(CollectorRegistry()) as port:
        assert asked(port, "/") == (404, "not found\n")


def test_what_cannot_be_counted_harms_nothing(caplog: pytest.LogCaptureFixture) -> None:
    metrics = Metrics(clock=full)
    metrics.queue({}, 0.0)
    assert "could not be counted: OSError" in caplog.text


def full() -> float:
    raise OSError(28, "No space left on device")
