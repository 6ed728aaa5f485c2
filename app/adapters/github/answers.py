"""Answers to comments: a comment of ours, once for each that asks, and a reaction to it."""

from __future__ import annotations

import hashlib
from urllib.parse import quote, urlencode

from app.adapters.github.client import Client
from app.adapters.github.failures import Refused
from app.adapters.github.huge import address
from app.adapters.github.operations import COMMENT, LOOK, REACT
from app.adapters.github.publishing import MAX_COMMENT, safe
from app.adapters.github.queries import ADD_REACTION, LAST_COMMENTS
from app.adapters.github.reading import our_comments, pull_request
from app.adapters.github.shapes import rows, words
from app.core.command import Reaction
from app.core.errors import Unavailable
from app.core.pull_request import PullRequestRef

_CONTENT = {Reaction.DONE: "THUMBS_UP", Reaction.NO: "THUMBS_DOWN"}


def react(client: Client, comment: str, reaction: Reaction) -> None:
    """React to a comment, given by its node id; never raises: nothing hangs on it."""
    try:
        client.ask(REACT, ADD_REACTION, {"comment": comment, "content": _CONTENT[reaction]})
    except Unavailable:
        return  # the comment may be gone, or the conversation locked


def answer(client: Client, ref: PullRequestRef, asked: tuple[str, str], slug: str) -> None:
    """Write an answer, given as the node id of the comment that asks and the text, unless it stands there already.

    Anyone can paste the mark by which that is seen, so only comments of ours count. A locked conversation stays silent.
    """
    comment, text = asked
    mark = f"<!-- assay answer {hashlib.sha256(comment.encode()).hexdigest()[:32]} -->"
    names = {"owner": ref.owner, "name": ref.name, "number": ref.number}
    pull = pull_request(client.ask(LOOK, LAST_COMMENTS, names).data, ref)
    if any(mark in (words(row, "body") or "") for row in our_comments(rows(pull, "comments", "nodes"), slug)):
        return
    body = f"{safe(text)[: MAX_COMMENT - len(mark)]}\n\n{mark}"
    try:
        client.send(COMMENT.at(owner=ref.owner, repo=ref.name, issue_number=ref.number).saying({"body": body}))
    except Refused as refused:
        if not refused.permanent:
            raise


def new_file_link(api: str, ref: PullRequestRef, base_ref: str, file: tuple[str, str]) -> str:
    """Return where GitHub offers a file, given as path and text, to be proposed for a branch."""
    path, text = file
    query = urlencode({"filename": path, "value": text})
    return f"{address(api, ref).removesuffix('.git')}/new/{quote(base_ref, errors='replace')}?{query}"
