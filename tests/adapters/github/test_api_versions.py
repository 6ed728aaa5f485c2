"""The version of GitHub's API is asked for with every request, also of GitHub Enterprise Server."""

from __future__ import annotations

import httpx
import pytest

from app.adapters.github.connection import API_VERSION
from app.adapters.github.operations import COMPARE, LOOK
from app.core.errors import Unavailable
from tests.adapters.github.scripted import Scripted, after_token

CALL = COMPARE.at(owner="acme", repo="gitops", basehead="main...abc")


def test_every_request_asks_for_the_version_that_older_servers_know() -> None:
    github = Scripted(after_token(lambda _: httpx.Response(200, json={"data": {}})))
    client = github.client()
    client.send(CALL)
    client.ask(LOOK, "{ viewer { login } }", {})
    assert {one.url.host for one in github.requests} == {"github.example"}
    assert {one.headers["x-github-api-version"] for one in github.requests} == {API_VERSION} == {"2022-11-28"}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(410, json={"message": "This version of the API is no longer supported."}),
        httpx.Response(400, json={"message": "Unsupported API version: 2022-11-28"}),
    ],
    ids=["retired", "unknown"],
)
def test_a_version_that_is_not_served_is_said_and_not_tried_again(answer: httpx.Response) -> None:
    github = Scripted(after_token(lambda _: answer))
    with pytest.raises(Unavailable, match="does not serve version 2022-11-28 of its API") as failure:
        github.client().send(CALL)
    assert (failure.value.permanent, len(github.requests)) == (True, 2)
