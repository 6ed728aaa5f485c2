"""Tokens are narrow, bought once, thrown away when refused, and never shown."""

from __future__ import annotations

import base64
import itertools
import json
import logging
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from app.adapters.github.broker import Grant
from app.adapters.github.operations import COMPARE, STATUS
from app.core.errors import Unavailable
from tests.adapters.github.scripted import GRANT, KEY, NOW, PEM, Scripted, body, is_mint, token

CALL = COMPARE.at(owner="acme", repo="gitops", basehead="main...abc")
WRITE = STATUS.at(owner="acme", repo="gitops", sha="a" * 40).saying({"state": "pending"})
OTHER_GRANT = Grant(5, 9, (("members", "read"),))


def ok(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={})


def unauthorized(**headers: str) -> httpx.Response:
    return httpx.Response(401, json={"message": "Bad credentials"}, headers=headers)


def claims(request: httpx.Request) -> tuple[dict[str, object], dict[str, object]]:
    """Prove a request's signature with the public key; return header and claims."""
    jwt = request.headers["authorization"].removeprefix("Bearer ")
    head, payload, signature = jwt.split(".")
    KEY.public_key().verify(pad(signature), f"{head}.{payload}".encode(), padding.PKCS1v15(), hashes.SHA256())
    return json.loads(pad(head)), json.loads(pad(payload))


def pad(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_at_207_the_app_signs_with_rs256_for_ten_minutes_from_a_minute_ago() -> None:
    github = Scripted(lambda _: token())
    github.broker().token(GRANT)
    head, told = claims(github.requests[0])
    assert (head["alg"], told) == ("RS256", {"iss": "4711", "iat": int(NOW) - 60, "exp": int(NOW) + 540})


def test_at_210_a_token_is_asked_for_one_repository_and_the_permissions_needed() -> None:
    github = Scripted(lambda _: token())
    github.broker().token(GRANT)
    assert body(github.requests[0]) == {"repository_ids": [9], "permissions": {"contents": "read"}}


def test_a_repository_of_which_only_the_name_is_known_is_asked_for_by_name() -> None:
    assert Grant(5, ".github", ()).body() == {"repositories": [".github"], "permissions": {}}


def test_a_token_is_bought_once() -> None:
    github = Scripted(lambda _: token())
    broker = github.broker()
    assert broker.token(GRANT) is broker.token(GRANT)


def test_other_permissions_are_another_token() -> None:
    github = Scripted(lambda _: token())
    broker = github.broker()
    broker.token(GRANT)
    broker.token(OTHER_GRANT)
    assert len(github.requests) == 2


def test_sixteen_cold_threads_buy_one_token() -> None:
    started = threading.Barrier(16)
    github = Scripted(lambda _: token())
    broker = github.broker()

    def one(_: int) -> str:
        started.wait()
        return broker.token(GRANT).text

    with ThreadPoolExecutor(16) as threads:
        assert set(threads.map(one, range(16))) == {"ghs_one"}
    assert len(github.requests) == 1


def test_a_token_near_its_end_is_replaced() -> None:
    numbers = itertools.count()
    github = Scripted(lambda _: token(f"ghs_{next(numbers)}"))
    broker = github.broker()
    broker.token(GRANT)
    github.now += 3600 - 119
    assert broker.token(GRANT).text == "ghs_1"


@pytest.mark.parametrize("ends", ["2027-01-15T09:00:00.123Z", "2027-01-15T09:00:00+00:00", "2027-01-15T09:00:00"])
def test_the_end_of_a_token_is_read_in_every_form(ends: str) -> None:
    github = Scripted(lambda _: token(ends=ends))
    assert int(github.broker().token(GRANT).ends) == int(NOW) + 3600


def test_a_token_whose_end_cannot_be_read_is_used_once() -> None:
    github = Scripted(lambda _: token(ends="soon"))
    broker = github.broker()
    broker.token(GRANT)
    broker.token(GRANT)
    assert len(github.requests) == 2


def test_a_revoked_token_is_replaced_and_the_write_is_carried_out_once() -> None:
    tokens = itertools.count()
    carried_out: list[str] = []

    def script(request: httpx.Request) -> httpx.Response:
        if is_mint(request):
            return token(f"ghs_{next(tokens)}")
        if request.headers["authorization"] == "Bearer ghs_0":
            return unauthorized()
        carried_out.append(request.method)
        return httpx.Response(201, json={})

    Scripted(script).client().send(WRITE)
    assert carried_out == ["POST"]


def test_a_token_that_is_refused_twice_is_not_bought_a_third_time() -> None:
    github = Scripted(lambda request: token() if is_mint(request) else unauthorized())
    with pytest.raises(Unavailable) as failure:
        github.client().send(CALL)
    assert (failure.value.permanent, len(github.asked("/access_tokens"))) == (True, 2)


def test_a_refused_token_that_another_thread_replaced_is_left_alone() -> None:
    numbers = itertools.count()
    github = Scripted(lambda _: token(f"ghs_{next(numbers)}"))
    broker = github.broker()
    first = broker.token(GRANT)
    broker.evict(GRANT, first)
    second = broker.token(GRANT)
    broker.evict(GRANT, first)
    assert broker.token(GRANT) is second


def test_two_server_errors_while_a_token_is_bought_are_got_over() -> None:
    answers = iter([httpx.Response(502), httpx.Response(502), token()])
    github = Scripted(lambda _: next(answers))
    assert github.broker().token(GRANT).text == "ghs_one"


def test_a_wrong_clock_is_corrected_by_githubs() -> None:
    answers = iter([unauthorized(date="Fri, 15 Jan 2027 09:00:00 GMT"), token(ends="2027-01-15T10:00:00Z")])
    github = Scripted(lambda _: next(answers))
    github.broker().token(GRANT)
    assert claims(github.requests[1])[1]["iat"] == int(NOW) + 3600 - 60


def test_a_refused_app_is_said_to_be_refused() -> None:
    github = Scripted(lambda _: unauthorized())
    with pytest.raises(Unavailable, match="private key") as failure:
        github.broker().token(GRANT)
    assert failure.value.permanent


@pytest.mark.parametrize("status", [401, 403, 404, 422, 500])
def test_at_204_no_token_is_in_an_error_or_a_log(status: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    github = Scripted(lambda _: httpx.Response(status, json={"message": "no"}))
    with pytest.raises(Unavailable) as failure:
        github.client().send(CALL)
    jwts = [request.headers["authorization"].removeprefix("Bearer ") for request in github.requests]
    told = "".join(traceback.format_exception(failure.value)) + caplog.text + repr(failure.value.__context__)
    assert [jwt for jwt in jwts if jwt in told] == []


@pytest.mark.parametrize(
    "key", ["", "canary", PEM.replace("M", "N"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
)
def test_at_204_a_key_that_is_none_is_not_shown(key: str) -> None:
    github = Scripted(lambda _: token())
    with pytest.raises(Unavailable) as failure:
        github.broker(key).token(GRANT)
    told = "".join(traceback.format_exception(failure.value))
    assert (failure.value.permanent, "canary" in told, "AAAA" in told) == (True, False, False)


def test_a_token_and_an_app_do_not_show_their_secrets() -> None:
    github = Scripted(lambda _: token())
    assert "ghs_one" not in repr(github.broker().token(GRANT))


def test_tokens_of_two_hosts_are_never_mixed() -> None:
    one, other = Scripted(lambda _: token("ghs_here")), Scripted(lambda _: token("ghs_there"))
    assert (one.broker().token(GRANT).text, other.broker().token(GRANT).text) == ("ghs_here", "ghs_there")


def test_the_slug_is_asked_of_github() -> None:
    github = Scripted(lambda _: httpx.Response(200, json={"slug": "assay"}))
    assert github.broker().slug() == "assay"
