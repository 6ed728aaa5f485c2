"""Turn what goes wrong with GitHub into the core's `Unavailable`, in one plain sentence without any secret."""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import parsedate_to_datetime

import httpx
from githubkit.exception import GitHubException, RequestError, RequestFailed, RequestTimeout

from app.adapters.github.connection import API_VERSION
from app.adapters.github.operations import Operation
from app.adapters.github.shapes import words
from app.core.errors import Gone, Unavailable

SECONDARY_WAIT = 60.0  # GitHub asks for at least a minute when it names no time
SERVER_ERROR = 500


class Refused(Unavailable):
    """GitHub answered, and said no; `status` and `body` are its answer."""

    def __init__(self, failure: Unavailable, status: int, body: object) -> None:
        """Keep the sentence of `failure` and the answer behind it."""
        super().__init__(failure.sentence, retry_after=failure.retry_after, permanent=failure.permanent)
        self.status = status
        self.body = body


class NotGranted(Unavailable):
    """The installation did not grant the permissions that were asked for, or is not on the repository."""

    def __init__(self, sentence: str, *, permissions: bool) -> None:
        """Keep the sentence; `permissions` are what is missing, else it is the repository."""
        super().__init__(sentence, permanent=True)
        self.permissions = permissions


def explain(error: GitHubException, operation: Operation) -> Unavailable:
    """Say what an exception of the client means; the exception itself is not kept: it holds the request's headers."""
    if isinstance(error, RequestTimeout):
        return Unavailable("GitHub did not answer in time.")
    if isinstance(error, RequestFailed):
        answer = error.response.raw_response
        return _ended(answer) or refusal(answer, operation)
    if isinstance(error, RequestError) and isinstance(error.exc, Unavailable):
        return error.exc  # the token for this very request could not be had
    return Unavailable("GitHub cannot be reached.")


def _ended(response: httpx.Response) -> Gone | None:
    """Return what it means where GitHub says that there is nothing more to do."""
    if response.status_code != httpx.codes.FORBIDDEN:
        return None
    said = (words(_body(response), "message") or "").lower()
    if "suspended" in said:
        return Gone("The App is suspended there.")
    return Gone("The repository is archived: nothing can be written there.") if "archived" in said else None


def refusal(response: httpx.Response, operation: Operation) -> Refused:
    """Say what an answer with an error status means."""
    body = _body(response)
    return Refused(_sentence(response, body, operation), response.status_code, body)


def _body(response: httpx.Response) -> object:
    try:
        body: object = response.json()
    except (ValueError, RecursionError):
        body = None
    return body


def _sentence(response: httpx.Response, body: object, operation: Operation) -> Unavailable:
    status = response.status_code
    wait = limited(response, words(body, "message") or "")
    if wait is not None:
        return Unavailable("GitHub limits how fast the App may ask.", retry_after=wait)
    if status >= SERVER_ERROR:
        return Unavailable(f"GitHub answered with an error of its own ({status}).")
    if status == httpx.codes.BAD_REQUEST and "api version" in (words(body, "message") or "").lower():
        status = httpx.codes.GONE
    hint = permission_hint(operation.needs)
    reasons = {
        401: "GitHub refuses the App's credentials. Check the App's id and private key.",
        403: f"GitHub does not let the App {operation.does}.{hint}",
        404: f"GitHub does not let the App {operation.does}: not there, or not visible to the App.{hint}",
        410: f"This GitHub does not serve version {API_VERSION} of its API. Assay must be updated.",
        422: f"GitHub does not accept the request to {operation.does}.",
    }
    fallback = f"GitHub does not let the App {operation.does} ({status})."
    return Unavailable(reasons.get(status, fallback), permanent=True)


def permission_hint(needs: Iterable[tuple[str, str]]) -> str:
    """Return the sentence that names the permissions which may be missing, with a space before; empty for none."""
    missing = ", ".join(f"`{name}: {level}`" for name, level in needs)
    return f" A permission may be missing or not approved yet ({missing})." if missing else ""


def limited(response: httpx.Response, message: str) -> float | None:
    """Return for how many seconds a rate limit asks us to wait, `None` when the answer is no rate limit."""
    if response.status_code not in {403, 429}:
        return None
    if "retry-after" in response.headers:
        return seconds(response.headers["retry-after"])
    if used_up(response):
        return until_reset(response)
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS or "secondary rate limit" in message.lower():
        return SECONDARY_WAIT
    return None


def used_up(response: httpx.Response) -> bool:
    """Say whether nothing more may be asked until the rate limit is reset."""
    remaining: str | None = response.headers.get("x-ratelimit-remaining")
    return remaining == "0"


def until_reset(response: httpx.Response) -> float:
    """Return the seconds until the rate limit is reset, by GitHub's own clock."""
    from_reset = seconds(response.headers.get("x-ratelimit-reset", ""), fallback=0.0)
    now = server_time(response)
    return max(from_reset - now, 1.0) if from_reset and now is not None else SECONDARY_WAIT


def server_time(response: httpx.Response) -> float | None:
    """Return the time that the answer's `Date` tells, in seconds since 1970; `None` when it tells none."""
    try:
        return parsedate_to_datetime(response.headers.get("date", "")).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def seconds(text: str, *, fallback: float = SECONDARY_WAIT) -> float:
    """Read a header that should be a number of seconds."""
    return float(text) if text.isascii() and text.isdigit() and len(text) <= len("9999999999") else fallback
