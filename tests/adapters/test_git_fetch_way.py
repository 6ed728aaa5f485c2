"""git on the way out: the operator's proxy and authorities, and nothing of the machine's."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.adapters.git_fetch import GitFetch
from app.adapters.git_fetch.values import Wish
from app.core.errors import Unavailable
from app.core.network import WayOut
from tests.fakes.proxy import FakeProxy

COMMIT = "a" * 40


def wish(url: str) -> Wish:
    return Wish(url=url, token="token", base=COMMIT, head="b" * 40, reads=lambda _: True)


def test_git_goes_through_the_proxy(tmp_path: Path) -> None:
    with FakeProxy() as proxy:
        fetching = GitFetch(tmp_path, seconds=20.0, way=WayOut(None, proxy.url))
        with pytest.raises(Unavailable):
            fetching.fetch(wish("https://github.example/acme/gitops.git"))
        assert proxy.asked[0] == "CONNECT github.example:443"


def test_git_goes_around_it_where_the_host_is_direct(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeProxy() as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        fetching = GitFetch(tmp_path, seconds=20.0, way=WayOut(None, proxy.url, frozenset({"127.0.0.2"})))
        with pytest.raises(Unavailable):
            fetching.fetch(wish("https://127.0.0.2:9/acme/gitops.git"))
        assert proxy.asked == []
