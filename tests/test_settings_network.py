"""How the world is reached, as settings say it: what is none is refused, and no password is repeated."""

from __future__ import annotations

import traceback

import pytest

from app.settings import SettingsError
from app.settings.network import direct, proxy


def test_a_proxy_with_a_password_is_read_and_not_shown() -> None:
    found = proxy("http://user:hunter2@proxy.example:3128/")
    assert (found.reveal(), "hunter2" in repr(found)) == ("http://user:hunter2@proxy.example:3128", False)


@pytest.mark.parametrize(
    "text",
    [
        "https://user:hunter2@proxy.example:3128",
        "socks5://user:hunter2@proxy.example:3128",
        "http://user:hunter2@proxy.example",
        "http://user:hunter2/x@proxy.example:3128",
        "http://user:hunter2@[proxy.example:3128",
        "http://user:hunter2@proxy.example:3128/path",
        "user:hunter2@proxy.example:3128",
        "hunter2",
    ],
)
def test_what_is_no_proxy_is_refused_without_a_word_of_it(text: str) -> None:
    with pytest.raises(SettingsError) as refused:
        proxy(text)
    assert "hunter2" not in "".join(traceback.format_exception(refused.value))


def test_hosts_suffixes_and_addresses_are_direct() -> None:
    assert direct("GitHub.example.org, .inner.example\n10.0.0.1 fd00::1") == frozenset(
        {"github.example.org", ".inner.example", "10.0.0.1", "fd00::1"}
    )


@pytest.mark.parametrize(
    "text", ["github.example.org:8443", "10.0.0.0/8", "*.example.org", "*", "[::1]", ".", "a_b", "https://a", "host."]
)
def test_what_no_host_would_ever_be_held_against_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="is no host"):
        direct(text)
