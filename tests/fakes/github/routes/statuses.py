"""Commit statuses, check runs and what a branch requires of them."""

from __future__ import annotations

from typing import Any, Final

from tests.fakes.github import wire
from tests.fakes.github.access import R
from tests.fakes.github.app import at_least
from tests.fakes.github.contracts import Shape
from tests.fakes.github.exchange import Exchange, Refused, Reply, invalid, not_found
from tests.fakes.github.repository import RuleBroken
from tests.fakes.github.routes.code import found_commit
from tests.fakes.github.state import CheckRun

ANNOTATION_LIMIT: Final = 50
OUTPUT_LIMIT: Final = 65_535


def create(x: Exchange) -> Reply:
    """POST a status; it belongs to a commit, whatever branch holds that."""
    sha = x.params["sha"]
    if x.repo.git.commit(sha) is None:
        raise Refused(422, f"No commit found for SHA: {sha}")
    values = {"description": x.body.get("description"), "target_url": x.body.get("target_url")}
    try:
        context = x.body.get("context") or "default"
        status = x.repo.set_status(sha, context, x.body["state"], by=x.app.bot, app=x.app.id, **values)
    except RuleBroken as broken:
        raise Refused(422, "Validation Failed", [broken.error]) from broken
    return Reply(wire.status(x.repo, sha, status), 201)


def combined(x: Exchange) -> Reply:
    """GET the newest status of each context and what they say together."""
    sha = found_commit(x, x.params["ref"]).sha
    shown = [wire.status(x.repo, sha, one) for one in x.repo.latest_statuses(sha)]
    for one in shown:
        del one["creator"]
    whole = {"state": x.repo.combined_state(sha), "sha": sha, "repository": wire.repository(x.repo)}
    return x.page(shown, "statuses", **whole)


def listed(x: Exchange) -> Reply:
    """GET every status of a commit, newest first."""
    sha = found_commit(x, x.params["ref"]).sha
    return x.page([wire.status(x.repo, sha, one) for one in reversed(x.repo.statuses.get(sha, []))])


def check_run_values(x: Exchange) -> dict[str, Any]:
    """Return what the body says of a check run, or raise GitHub's answer."""
    values = dict(x.body)
    output = values.get("output") or {}
    if len(output.get("annotations", ())) > ANNOTATION_LIMIT:
        raise invalid("CheckRun", "annotations", "No more than 50 items are allowed.")
    if any(len((output.get(key) or "").encode()) > OUTPUT_LIMIT for key in ("summary", "text")):
        raise invalid("CheckRun", "summary", "summary exceeds a maximum bytesize of 65535")
    if "conclusion" in values:
        values["status"] = "completed"
    elif values.get("status") == "completed":  # lost in the description, still a rule
        raise invalid("CheckRun", "conclusion", "conclusion is required when status is completed", "missing_field")
    return values


def create_check(x: Exchange) -> Reply:
    """POST a check run."""
    values = check_run_values(x)
    found_commit(x, values["head_sha"])
    run = CheckRun(x.world.new_id(), values["head_sha"], values["name"], x.app.id, values)
    run.annotations = list(values.get("output", {}).get("annotations", ()))
    x.repo.check_runs[run.id] = run
    return Reply(wire.check_run(x.repo, run), 201)


def found_check(x: Exchange) -> CheckRun:
    """Return the check run in the path."""
    run = x.repo.check_runs.get(int(x.params["check_run_id"])) if x.params["check_run_id"].isdigit() else None
    if run is None:
        raise not_found()
    return run


def update_check(x: Exchange) -> Reply:
    """PATCH a check run; annotations are added to those that are there."""
    run, values = found_check(x), check_run_values(x)
    if run.app != x.app.id:
        raise Refused(
            403,
            "Invalid app_id `"
            + str(x.app.id)
            + "` - check run can only be modified by the GitHub App that created it.",
        )
    run.values = {**run.values, **values}
    run.annotations += values.get("output", {}).get("annotations", ())
    return Reply(wire.check_run(x.repo, run))


def get_check(x: Exchange) -> Reply:
    """GET a check run."""
    return Reply(wire.check_run(x.repo, found_check(x)))


def checks_of(x: Exchange) -> Reply:
    """GET the check runs of a commit."""
    sha = found_commit(x, x.params["ref"]).sha
    name, app = x.query.get("check_name"), x.query.get("app_id")
    found = [
        one
        for one in x.repo.check_runs.values()
        if one.head_sha == sha and name in (None, one.name) and app in (None, str(one.app))
    ]
    if x.query.get("filter", "latest") == "latest":
        found = list({(one.app, one.name): one for one in found}.values())
    return x.page([wire.check_run(x.repo, one) for one in reversed(found)], "check_runs")


def rules(x: Exchange) -> Reply:
    """GET the rules in force on a branch, whoever asks."""
    branch = x.params["branch"]
    protection = x.repo.protections.get(branch)
    if protection is None or protection.classic:
        return Reply([])
    number = list(x.repo.protections).index(branch) + 1
    source: Shape = {"ruleset_source_type": "Repository", "ruleset_source": x.repo.full_name, "ruleset_id": number}
    checks = [{"context": name, **integration(app)} for name, app in protection.apps.items()]
    parameters = {"required_status_checks": checks, "strict_required_status_checks_policy": False}
    found: list[Shape] = [{"type": "required_status_checks", "parameters": parameters, **source}]
    if protection.approvals:
        asked = {
            "required_approving_review_count": protection.approvals,
            "dismiss_stale_reviews_on_push": protection.dismiss_stale,
            "require_code_owner_review": False,
            "require_last_push_approval": False,
            "required_review_thread_resolution": False,
        }
        found.append({"type": "pull_request", "parameters": asked, **source})
    return Reply(found)


def ruleset(x: Exchange) -> Reply:
    """GET a ruleset; who may bypass it is shown only to who may change it."""
    branches, number = list(x.repo.protections), int(x.params["ruleset_id"])
    if not 0 < number <= len(branches) or x.repo.protections[branches[number - 1]].classic:
        raise Refused(404, "Not Found")
    protection = x.repo.protections[branches[number - 1]]
    shown: Shape = {
        "id": number,
        "name": branches[number - 1],
        "target": "branch",
        "source_type": "Repository",
        "source": x.repo.full_name,
        "enforcement": "active",
        "current_user_can_bypass": "never",
    }
    token = x.caller.token
    if token is not None and at_least(token.permissions, "administration", "write"):
        shown["bypass_actors"] = [dict(actor) for actor in protection.bypass]
    return Reply(shown)


def integration(app: int | None) -> Shape:
    """Name the App that must have written a status, if one must."""
    return {} if app is None else {"integration_id": app}


def protection_of(x: Exchange) -> Reply:
    """GET a branch's protection; asks for administration permission."""
    protection = x.repo.protections.get(x.params["branch"])
    if protection is None:
        raise Refused(404, "Branch not protected")
    checks = [{"context": name, "app_id": app} for name, app in protection.apps.items()]
    required = {"strict": False, "contexts": list(protection.contexts), "checks": checks}
    return Reply({"required_status_checks": required, "enforce_admins": {"enabled": protection.admins_too}})


ROUTES: Final = {
    ("POST", f"{R}/statuses/{{sha}}"): create,
    ("GET", f"{R}/commits/{{ref}}/status"): combined,
    ("GET", f"{R}/commits/{{ref}}/statuses"): listed,
    ("POST", f"{R}/check-runs"): create_check,
    ("GET", f"{R}/check-runs/{{check_run_id}}"): get_check,
    ("PATCH", f"{R}/check-runs/{{check_run_id}}"): update_check,
    ("GET", f"{R}/commits/{{ref}}/check-runs"): checks_of,
    ("GET", f"{R}/rules/branches/{{branch}}"): rules,
    ("GET", f"{R}/rulesets/{{ruleset_id}}"): ruleset,
    ("GET", f"{R}/branches/{{branch}}/protection"): protection_of,
}
