"""Comments, labels, the timeline and Markdown."""

from __future__ import annotations

import html
from typing import Final

from tests.fakes.github import wire
from tests.fakes.github.access import R
from tests.fakes.github.exchange import Exchange, Refused, Reply, invalid, not_found
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.github.routes.pulls import found
from tests.fakes.github.state import Comment

BODY_LIMIT: Final = 65_536


def listed(x: Exchange) -> Reply:
    """GET comments, ascending by id."""
    pull = found(x, "issue_number")
    since = x.query.get("since", "")
    return x.page([wire.comment(pull, one) for one in pull.comments if one.updated >= since])


def checked(body: str) -> str:
    """Return a comment's text, or raise GitHub's answer for one that is empty or too long."""
    if not body.strip():
        raise invalid("IssueComment", "body", "body can't be blank", "missing_field")
    if len(body) > BODY_LIMIT:
        raise invalid("IssueComment", "data", "Body is too long (maximum is 65536 characters)", "unprocessable")
    return body


def create(x: Exchange) -> Reply:
    """POST a comment as the App."""
    pull = found(x, "issue_number")
    comment = pull.comment(x.app.bot, checked(x.body["body"]), x.app.id)
    headers = {"Location": f"{x.world.api_url}/repos/{x.repo.full_name}/issues/comments/{comment.id}"}
    return Reply(wire.comment(pull, comment), 201, headers)


def own(x: Exchange) -> tuple[PullRequest, Comment]:
    """Return the comment in the path; this App may touch only its own."""
    for pull in x.repo.pull_requests.values():
        for comment in pull.comments:
            if str(comment.id) == x.params["comment_id"]:
                if comment.author is not x.app.bot:
                    raise Refused(403, "Resource not accessible by integration")
                return pull, comment
    raise not_found()


def update(x: Exchange) -> Reply:
    """PATCH a comment."""
    pull, comment = own(x)
    pull.edit_comment(comment, checked(x.body["body"]), x.app.bot)
    return Reply(wire.comment(pull, comment))


def delete(x: Exchange) -> Reply:
    """DELETE a comment."""
    pull, comment = own(x)
    pull.delete_comment(comment, x.app.bot)
    return Reply(status=204)


def timeline(x: Exchange) -> Reply:
    """GET the timeline, of which only requests for review are modelled."""
    pull = found(x, "issue_number")
    return x.page([wire.review_requested(pull, place) for place in range(len(pull.requests))])


def add_labels(x: Exchange) -> Reply:
    """POST labels."""
    pull = found(x, "issue_number")
    kept = x.repo.labels.setdefault(pull.number, [])
    kept += [name for name in x.body.get("labels", ()) if name not in kept]
    return Reply([wire.label(name) for name in kept])


def markdown(x: Exchange) -> Reply:
    """POST Markdown; the answer is the text in one paragraph."""
    text = f"<p>{html.escape(x.body['text'])}</p>"
    return Reply(raw=text.encode(), headers={"Content-Type": "text/html;charset=utf-8"})


ROUTES: Final = {
    ("GET", f"{R}/issues/{{issue_number}}/comments"): listed,
    ("POST", f"{R}/issues/{{issue_number}}/comments"): create,
    ("PATCH", f"{R}/issues/comments/{{comment_id}}"): update,
    ("DELETE", f"{R}/issues/comments/{{comment_id}}"): delete,
    ("GET", f"{R}/issues/{{issue_number}}/timeline"): timeline,
    ("POST", f"{R}/issues/{{issue_number}}/labels"): add_labels,
    ("POST", "/markdown"): markdown,
}
