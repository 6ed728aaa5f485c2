"""Reads `reviews`: governed paths and who must approve."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.core import yaml
from app.core.globs import InvalidGlob, PathGlob
from app.core.pull_request import Permission
from app.policy.document import GovernedPaths, Reviewers
from app.policy.reading.nodes import Faults, shown

MAX_COUNT = 20
MAX_WHOM = 50
PERMISSIONS: Mapping[str, Permission] = {
    "write": Permission.WRITE,
    "maintain": Permission.MAINTAIN,
    "admin": Permission.ADMIN,
}
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?")
_TEAM = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?/[A-Za-z0-9_-]{1,100}")


def read_reviews(node: yaml.Node, faults: Faults) -> tuple[GovernedPaths, ...]:
    """Read all entries."""
    return tuple(_entry(item, faults) for item in faults.items(node, "reviews"))


def _entry(node: yaml.Node, faults: Faults) -> GovernedPaths:
    fields = faults.mapping(node, "an entry of reviews", ("name", "paths", "teams", "users", "permission", "count"))
    if fields is None:
        return GovernedPaths("", (), Reviewers())
    if "paths" not in fields:
        faults.add(node.line, 'an entry of reviews needs paths (paths: ["/policies/**"])')
    paths = _paths(fields["paths"], faults) if "paths" in fields else ()
    name = faults.text(fields["name"], "name of an entry of reviews") if "name" in fields else None
    reviewers = _reviewers(node, fields, faults)
    count = faults.number(fields["count"], "count", low=1, high=MAX_COUNT) if "count" in fields else 1
    only_users = not reviewers.teams and reviewers.permission is None
    if count is not None and reviewers.users and only_users and count > len(reviewers.users):
        faults.add(node.line, f"count asks for {count} approvals, but only {len(reviewers.users)} users are named")
    return GovernedPaths(name or (paths[0].pattern if paths else ""), paths, reviewers, count or 1)


def _paths(node: yaml.Node, faults: Faults) -> tuple[PathGlob, ...]:
    found = []
    for text, line in faults.texts(node, "paths"):
        try:
            found.append(PathGlob(text))
        except InvalidGlob as error:
            faults.add(line, f"paths: {shown(text)} is no pattern: {error}")
    return tuple(found)


def _reviewers(node: yaml.Node, fields: Mapping[str, yaml.Node], faults: Faults) -> Reviewers:
    if not fields.keys() & {"teams", "users", "permission"}:
        faults.add(node.line, "an entry of reviews needs teams, users or permission: nobody could approve")
    teams = _whom(fields, "teams", _TEAM, faults)
    users = _whom(fields, "users", _LOGIN, faults)
    permission = faults.choice(fields["permission"], "permission", PERMISSIONS) if "permission" in fields else None
    return Reviewers(teams, users, permission)


def _whom(fields: Mapping[str, yaml.Node], key: str, form: re.Pattern[str], faults: Faults) -> tuple[str, ...]:
    if key not in fields:
        return ()
    wanted = "owner/team-slug (acme/security)" if key == "teams" else "a login without @ (alice); bots never count"
    found: list[str] = []
    for text, line in faults.texts(fields[key], key):
        if not form.fullmatch(text):
            faults.add(line, f"{key}: {shown(text)} must be {wanted}")
        elif text.lower() in found:
            faults.add(line, f"{key} names {shown(text)} twice")
        else:
            found.append(text.lower())
    if len(found) > MAX_WHOM:
        faults.add(fields[key].line, f"{key} names more than {MAX_WHOM}")
    return tuple(found)
