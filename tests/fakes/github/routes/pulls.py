"""Pull requests: state, files, commits, reviews, requested reviewers."""

from __future__ import annotations

from typing import Final

from tests.fakes.github import wire, wire_git
from tests.fakes.github.access import R
from tests.fakes.github.app import at_least
from tests.fakes.github.exchange import Exchange, Refused, Reply, not_found
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.github.routes.code import changed_files
from tests.fakes.github.state import Account, MergeRefused

FILE_LIMIT: Final = 3000
COMMIT_LIMIT: Final = 250
REVIEW_STATES: Final = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
P: Final = f"{R}/pulls/{{pull_number}}"


def found(x: Exchange, key: str = "pull_number") -> PullRequest:
    """Return the pull request in the path."""
    number = x.params[key]
    if not number.isdigit() or int(number) not in x.repo.pull_requests:
        raise not_found()
    return x.repo.pull_requests[int(number)]


def get(x: Exchange) -> Reply:
    """GET a pull request."""
    return Reply(wire.pull_request(found(x)))


def listed(x: Exchange) -> Reply:
    """GET pull requests, newest first, filtered by state, head (`owner:branch`) and base."""
    state, base, head = x.query.get("state", "open"), x.query.get("base"), x.query.get("head")
    chosen = [
        pull
        for pull in reversed(x.repo.pull_requests.values())
        if state in ("all", pull.state)
        and base in (None, pull.base_ref)
        and head in (None, f"{pull.head_owner.login}:{pull.head_ref}")
    ]
    chosen.sort(key=lambda pull: pull.number, reverse=x.query.get("direction", "desc") != "asc")
    return x.page([wire.pull_request(pull, whole=False) for pull in chosen])


def files(x: Exchange) -> Reply:
    """GET the changed files from the merge base, at most 3,000."""
    pull = found(x)
    base = x.repo.git.merge_base(pull.range_base, pull.head_sha)
    return x.page(changed_files(x.repo, base, pull.head_sha)[:FILE_LIMIT] if base else [])


def commits(x: Exchange) -> Reply:
    """GET the commits, oldest first, at most 250."""
    read = [x.repo.git.commit(sha) for sha in found(x).commits[:COMMIT_LIMIT]]
    return x.page([wire_git.commit(x.repo, commit) for commit in read if commit])


def of_commit(x: Exchange) -> Reply:
    """GET the pull requests that a commit is in: open ones with it, or merged ones that brought it."""
    sha = x.params["commit_sha"]
    pulls = [pull for pull in x.repo.pull_requests.values() if sha in pull.commits or sha == pull.merge_commit]
    return x.page([wire.pull_request(pull, whole=False) for pull in pulls])


def reviews(x: Exchange) -> Reply:
    """GET reviews in the order they were given; a pending one only its author sees."""
    pull = found(x)
    return x.page([wire.review(pull, one) for one in pull.reviews if one.state != "PENDING" or one.author is x.app.bot])


def add_review(x: Exchange) -> Reply:
    """POST a review as the App."""
    pull, event = found(x), x.body.get("event")
    if event in ("REQUEST_CHANGES", "COMMENT") and not x.body.get("body"):
        raise Refused(422, "Unprocessable Entity", ["Could not create review: body can't be blank"])
    try:
        state = REVIEW_STATES.get(event or "", "PENDING")
        review = pull.review(x.app.bot, state, x.body.get("body", ""), x.body.get("commit_id"))
    except MergeRefused as refused:
        raise Refused(422, "Unprocessable Entity", [str(refused)]) from refused
    return Reply(wire.review(pull, review))


def dismiss(x: Exchange) -> Reply:
    """PUT a dismissal; only decisions can be dismissed."""
    pull = found(x)
    review = next((one for one in pull.reviews if str(one.id) == x.params["review_id"]), None)
    if review is None:
        raise not_found()
    if review.state not in ("APPROVED", "CHANGES_REQUESTED"):
        raise Refused(422, "Can not dismiss a commented pull request review")
    pull.dismiss(review, x.app.bot.login)
    return Reply(wire.review(pull, review))


def requested(x: Exchange) -> Reply:
    """GET who is asked for a review and has not given one."""
    body = wire.pull_request(found(x), whole=False)
    return Reply({"users": body["requested_reviewers"], "teams": body["requested_teams"]})


def request(x: Exchange) -> Reply:
    """POST requests for review; one name that cannot be asked fails them all."""
    pull = found(x)
    users = [askable(x, pull, login) for login in x.body.get("reviewers", ())]
    owner = x.repo.owner.login.lower()
    teams = list(x.body.get("team_reviewers", ()))
    token = x.caller.token
    if teams and (token is None or not at_least(token.permissions, "members", "read")):
        raise Refused(422, "Validation Failed", ["Could not resolve to a node with the global id of 'T_kwDOA'."])
    if any((owner, slug) not in x.world.teams or slug not in x.repo.team_grants for slug in teams):
        raise not_collaborator(x)
    pull.request(users, teams, x.app.bot)
    return Reply(wire.pull_request(pull, whole=False), 201)


def askable(x: Exchange, pull: PullRequest, login: str) -> Account:
    """Return a person who may be asked, or raise GitHub's answer."""
    account = x.world.known(login)
    if account is pull.author:
        raise Refused(422, "Review cannot be requested from pull request author.")
    if account is None or not x.repo.is_collaborator(login):
        raise not_collaborator(x)
    return account


def not_collaborator(x: Exchange) -> Refused:
    """Return GitHub's answer for a name that cannot be asked."""
    what = "One or more of the users or teams you specified is not a collaborator of the"
    return Refused(422, f"Reviews may only be requested from collaborators. {what} {x.repo.full_name} repository.")


def unrequest(x: Exchange) -> Reply:
    """DELETE requests for review."""
    pull = found(x)
    logins = {login.lower() for login in x.body.get("reviewers", ())}
    pull.requested_users[:] = [user for user in pull.requested_users if user.login.lower() not in logins]
    pull.requested_teams[:] = [slug for slug in pull.requested_teams if slug not in x.body.get("team_reviewers", ())]
    return Reply(wire.pull_request(pull, whole=False))


ROUTES: Final = {
    ("GET", f"{R}/pulls"): listed,
    ("GET", P): get,
    ("GET", f"{P}/files"): files,
    ("GET", f"{P}/commits"): commits,
    ("GET", f"{R}/commits/{{commit_sha}}/pulls"): of_commit,
    ("GET", f"{P}/reviews"): reviews,
    ("POST", f"{P}/reviews"): add_review,
    ("PUT", f"{P}/reviews/{{review_id}}/dismissals"): dismiss,
    ("GET", f"{P}/requested_reviewers"): requested,
    ("POST", f"{P}/requested_reviewers"): request,
    ("DELETE", f"{P}/requested_reviewers"): unrequest,
}
