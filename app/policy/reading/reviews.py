"""Reads `reviews`: what is governed and who must approve, and `environments`, the names for groups of paths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from app.core import yaml
from app.core.globs import InvalidGlob, PathGlob
from app.core.policy_edit import Effect
from app.core.pull_request import Permission
from app.policy.document import GovernedPaths, Joined, Quorum, Reviewers
from app.policy.reading.nodes import Faults, shown, suggestion

MAX_COUNT = 20
MAX_WHOM = 50
MAX_DEPTH = 3
PERMISSIONS: Mapping[str, Permission] = {
    "write": Permission.WRITE,
    "maintain": Permission.MAINTAIN,
    "admin": Permission.ADMIN,
}
EFFECTS: Mapping[str, Effect] = {effect.value.replace(" ", "-"): effect for effect in Effect}
Environments = Mapping[str, tuple[PathGlob, ...]]

_GOVERNED = ("paths", "environments", "effects")
_WHO = ("teams", "users", "permission")
_JOINED = ("any-of", "all-of")
_QUORUM = (*_WHO, "count", *_JOINED)
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?")
_TEAM = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?/[A-Za-z0-9_-]{1,100}")
_NOBODY = Quorum(Reviewers())


def read_environments(node: yaml.Node, faults: Faults) -> Environments:
    """Read the named groups of paths."""
    return {
        entry.key.text: read_paths(entry.value, f"environment {shown(entry.key.text)}", faults)
        for entry in faults.entries(node, "environments")
    }


def read_reviews(node: yaml.Node, environments: Environments, faults: Faults) -> tuple[GovernedPaths, ...]:
    """Read all entries."""
    return tuple(_entry(item, environments, faults) for item in faults.items(node, "reviews"))


def _entry(node: yaml.Node, environments: Environments, faults: Faults) -> GovernedPaths:
    fields = faults.mapping(node, "an entry of reviews", ("name", *_GOVERNED, *_QUORUM))
    if fields is None:
        return GovernedPaths("", (), Reviewers())
    if not fields.keys() & set(_GOVERNED):
        what = 'an entry of reviews needs paths (paths: ["/policies/**"]), environments or effects'
        faults.add(node.line, what)
    paths = read_paths(fields["paths"], "paths", faults) if "paths" in fields else ()
    within = _within(fields["environments"], environments, faults) if "environments" in fields else ()
    effects = _effects(fields["effects"], faults) if "effects" in fields else frozenset()
    name = faults.text(fields["name"], "name of an entry of reviews") if "name" in fields else None
    quorum = _quorum(node, fields, 0, faults)
    joined = quorum if isinstance(quorum, Joined) else None
    flat = quorum if isinstance(quorum, Quorum) else _NOBODY
    label = name or _label(fields, paths)
    return GovernedPaths(label, paths, flat.reviewers, flat.count, within=within, effects=effects, joined=joined)


def _label(fields: Mapping[str, yaml.Node], paths: Iterable[PathGlob]) -> str:
    """Call an entry without a name by what it governs."""
    for path in paths:
        return path.pattern
    words = [key for key in ("environments", "effects") if key in fields]
    nodes = [item for key in words for item in getattr(fields[key], "items", ())]
    return " ".join(item.text for item in nodes if isinstance(item, yaml.Scalar))


def read_paths(node: yaml.Node, what: str, faults: Faults) -> tuple[PathGlob, ...]:
    """Read a list of patterns for paths."""
    found = []
    for text, line in faults.texts(node, what):
        try:
            found.append(PathGlob(text))
        except InvalidGlob as error:
            faults.add(line, f"{what}: {shown(text)} is no pattern: {error}")
    return tuple(found)


def _within(node: yaml.Node, environments: Environments, faults: Faults) -> tuple[PathGlob, ...]:
    found: list[PathGlob] = []
    for name, line in faults.texts(node, "environments"):
        if name in environments:
            found += environments[name]
        else:
            hint = suggestion(name, environments) or ": none is named at the top of the file"
            faults.add(line, f"environments names {shown(name)}, which is no environment{hint}")
    return tuple(found)


def _effects(node: yaml.Node, faults: Faults) -> frozenset[Effect]:
    found = set()
    for name, line in faults.texts(node, "effects"):
        if name in EFFECTS:
            found.add(EFFECTS[name])
        else:
            faults.add(line, f"effects: {shown(name)} is no effect{suggestion(name, EFFECTS)}")
    return frozenset(found)


def _quorum(node: yaml.Node, fields: Mapping[str, yaml.Node], depth: int, faults: Faults) -> Quorum | Joined:
    """Read who must approve: reviewers with a count, or several such of which any or all must."""
    words = [word for word in _JOINED if word in fields]
    if not words:
        return _flat(node, fields, faults)
    if len(words) > 1 or fields.keys() & {*_WHO, "count"}:
        faults.add(node.line, f"{words[0]} stands alone: what else is asked belongs into its list")
        return _NOBODY
    word = words[0]
    if depth == MAX_DEPTH:
        faults.add(fields[word].line, f"{word} is nested more than {MAX_DEPTH} deep")
        return _NOBODY
    parts = tuple(_part(item, word, depth + 1, faults) for item in faults.items(fields[word], word))
    return Joined(word == "all-of", parts or (_NOBODY,))


def _part(node: yaml.Node, word: str, depth: int, faults: Faults) -> Quorum | Joined:
    fields = faults.mapping(node, f"an item of {word}", _QUORUM)
    return _NOBODY if fields is None else _quorum(node, fields, depth, faults)


def _flat(node: yaml.Node, fields: Mapping[str, yaml.Node], faults: Faults) -> Quorum:
    if not fields.keys() & set(_WHO):
        what = "an entry of reviews needs teams, users or permission (or any-of, all-of): nobody could approve"
        faults.add(node.line, what)
    teams = _whom(fields, "teams", _TEAM, faults)
    users = _whom(fields, "users", _LOGIN, faults)
    permission = faults.choice(fields["permission"], "permission", PERMISSIONS) if "permission" in fields else None
    count = faults.number(fields["count"], "count", low=1, high=MAX_COUNT) if "count" in fields else 1
    only_users = not teams and permission is None
    if count is not None and users and only_users and count > len(users):
        faults.add(node.line, f"count asks for {count} approvals, but only {len(users)} users are named")
    return Quorum(Reviewers(teams, users, permission), count or 1)


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
