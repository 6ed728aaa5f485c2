"""Git's objects and refs as they are made one by one: blobs, trees, commits, refs."""

from __future__ import annotations

import base64
import re
from typing import Final

from tests.fakes.github import wire, wire_git
from tests.fakes.github.access import R
from tests.fakes.github.contracts import Shape
from tests.fakes.github.exchange import Exchange, Refused, Reply

NAMED: Final = re.compile(r"refs/[^/]+/.+")


def create_blob(x: Exchange) -> Reply:
    """POST a blob: text, or base64."""
    text = x.body["content"]
    data = base64.b64decode(text, validate=True) if x.body.get("encoding") == "base64" else text.encode()
    sha = x.repo.git.keep(data)
    return Reply({"sha": sha, "url": f"{x.world.api_url}{x.path}/{sha}"}, 201)


def create_tree(x: Exchange) -> Reply:
    """POST a tree: what is named, on top of another tree."""
    base = x.body.get("base_tree")
    if base is not None and not is_kind(x, base, "tree", "commit"):
        raise Refused(422, "base_tree is not a valid tree oid")
    entries = [
        (one["mode"], one.get("sha") or x.repo.git.keep(one["content"].encode()), one["path"]) for one in x.body["tree"]
    ]
    if not all(is_kind(x, sha, "blob", "tree") for _, sha, _ in entries):
        raise Refused(422, "tree.sha is not a valid blob or tree")
    sha = x.repo.git.plant(base, entries)
    url = f"{x.world.api_url}{x.path}/{sha}"
    items = [
        {
            "path": item.name.decode(),
            "mode": item.mode.zfill(6),
            "type": item.kind,
            "sha": item.sha,
            "size": 0,
            "url": url,
        }
        for item in x.repo.git.tree(sha)
    ]
    return Reply({"sha": sha, "url": url, "truncated": False, "tree": items}, 201)


def create_commit(x: Exchange) -> Reply:
    """POST a commit, by the App; it is on no branch yet."""
    if not is_kind(x, x.body["tree"], "tree"):
        raise Refused(422, "Tree SHA does not exist")
    parents = tuple(x.body.get("parents", ()))
    if not all(is_kind(x, parent, "commit") for parent in parents):
        raise Refused(422, "Parent SHA does not exist or is not a commit object")
    who = x.world.identity(x.app.bot, x.world.git_time())
    sha = x.repo.git.crown(x.body["tree"], parents, who, x.body["message"])
    commit = x.repo.git.commit(sha)
    assert commit
    body = wire_git.commit(x.repo, commit)
    inner = {key: body["commit"][key] for key in ("message", "author", "committer", "tree")}
    return Reply({**inner, "sha": sha, "parents": body["parents"], "url": f"{x.world.api_url}{x.path}/{sha}"}, 201)


def create_ref(x: Exchange) -> Reply:
    """POST a new ref."""
    name, sha = x.body["ref"], x.body["sha"]
    if not NAMED.fullmatch(name):
        raise Refused(422, "Reference name must start with refs/ and contain at least two slashes.")
    if not is_kind(x, sha, "commit", "tag"):
        raise Refused(422, "Object does not exist")
    if x.repo.git.tip(name) is not None:
        raise Refused(422, "Reference already exists")
    x.repo.git.move(name, sha)
    return Reply(shown(x, name, sha), 201)


def update_ref(x: Exchange) -> Reply:
    """PATCH where a ref points; without force only to what comes after it."""
    name, sha = f"refs/{x.params['ref']}", x.body["sha"]
    tip = x.repo.git.tip(name)
    if tip is None:
        raise Refused(422, "Reference does not exist")
    if not is_kind(x, sha, "commit", "tag"):
        raise Refused(422, "Object does not exist")
    if not x.body.get("force") and x.repo.git.merge_base(tip, sha) != tip:
        raise Refused(422, "Update is not a fast forward")
    x.repo.git.move(name, sha)
    return Reply(shown(x, name, sha))


def shown(x: Exchange, name: str, sha: str) -> Shape:
    """Return a ref."""
    url = f"{x.world.api_url}/repos/{x.repo.full_name}/git"
    target = {"sha": sha, "type": "commit", "url": f"{url}/commits/{sha}"}
    return {"ref": name, "node_id": wire.node("REF", name), "url": f"{url}/{name}", "object": target}


def is_kind(x: Exchange, sha: str, *kinds: str) -> bool:
    """Say whether an id is that of an object of one of these kinds."""
    found = x.repo.git.read(sha) if re.fullmatch(r"[0-9a-f]{40}", sha) else None
    return found is not None and found[1] in kinds


ROUTES: Final = {
    ("POST", f"{R}/git/blobs"): create_blob,
    ("POST", f"{R}/git/trees"): create_tree,
    ("POST", f"{R}/git/commits"): create_commit,
    ("POST", f"{R}/git/refs"): create_ref,
    ("PATCH", f"{R}/git/refs/{{ref}}"): update_ref,
}
