"""Settings of metrics, traces and the budget of writes."""

from __future__ import annotations

import pytest

from app.settings import SettingsError, read


@pytest.mark.parametrize(
    ("text", "limits"),
    [("", (80, 500)), ("80/500", (80, 500)), ("200/2000", (200, 2000)), ("off", None), ("Off", None)],
)
def test_limits_of_writes_are_read(text: str, limits: tuple[int, int] | None) -> None:
    assert read({"ASSAY_GITHUB_WRITES": text}).write_limits == limits


@pytest.mark.parametrize("text", ["80", "0/500", "80/0", "a/b", "-1/5", "80/500/1", "1e3/5"])
def test_other_limits_are_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="ASSAY_GITHUB_WRITES"):
        read({"ASSAY_GITHUB_WRITES": text})


@pytest.mark.parametrize(
    ("text", "listen"), [("127.0.0.1:9464", ("127.0.0.1", 9464)), ("[::1]:9464", ("::1", 9464)), ("", None)]
)
def test_where_metrics_are_served_is_read(text: str, listen: tuple[str, int] | None) -> None:
    assert read({"ASSAY_METRICS_LISTEN": text}).metrics_listen == listen


@pytest.mark.parametrize("text", ["9464", ":9464", "host:", "host:99999", "host:x", "a b:1"])
def test_what_is_no_address_for_metrics_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="ASSAY_METRICS_LISTEN"):
        read({"ASSAY_METRICS_LISTEN": text})


def test_at_189_metrics_are_never_served_at_the_public_address() -> None:
    with pytest.raises(SettingsError, match="ASSAY_METRICS_LISTEN"):
        read({"ASSAY_METRICS_LISTEN": "0.0.0.0:8000", "ASSAY_LISTEN": "0.0.0.0:8000"})


def test_where_traces_go_is_read() -> None:
    assert read({"ASSAY_TRACES_URL": "http://127.0.0.1:4318/v1/traces"}).traces_url == "http://127.0.0.1:4318/v1/traces"


@pytest.mark.parametrize(
    "text", ["127.0.0.1:4318", "ftp://host/", "http://user:secret@host/", "http://host:x/", "http://"]
)
def test_what_is_no_address_for_traces_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="ASSAY_TRACES_URL") as raised:
        read({"ASSAY_TRACES_URL": text})
    assert "secret" not in str(raised.value)
