"""Repositories and their code: contents, blobs, trees, commits, refs, comparison. All answers come from git."""

from __future__ import annotations

import base64
import textwrap
from typing import Final

from tests.fakes.github import wire, wire_git
from tests.fakes.github.access import R
from tests.fakes.github.contracts import Shape
from tests.fakes.github.exchange import Exchange, Refused, Reply, not_found
from tests.fakes.github.gitobjects import GitCommit, TreeItem
from tests.fakes.github.repository import Repository

INLINE_LIMIT: Final = 1 << 20
CONTENTS_LIMIT: Final = 100 * INLINE_LIMIT
DIRECTORY_LIMIT: Final = 1000
COMPARED_FILES: Final = 300
COMPARED_COMMITS: Final = 250
RAW: Final = "raw"


def get_repository(x: Exchange) -> Reply:
    """GET a repository."""
    return Reply(wire.repository(x.repo))


def encoded(data: bytes) -> str:
    """Return base64 in GitHub's lines of 60."""
    return "".join(line + "\n" for line in textwrap.wrap(base64.b64encode(data).decode(), 60))


def wants_raw(x: Exchange) -> bool:
    """Say whether the raw media type is asked for."""
    return RAW in x.headers.get("accept", "")


def entry(repo: Repository, path: str, item: TreeItem, size: int) -> Shape:
    """What contents answers say of any kind of entry."""
    kind = {"120000": "symlink", "160000": "submodule", "40000": "dir"}.get(item.mode, "file")
    url = f"{repo.world.api_url}/repos/{repo.full_name}/contents/{path}"
    name = path.rsplit("/", 1)[-1]
    return {"type": kind, "name": name, "path": path, "sha": item.sha, "size": size, "url": url}


def get_content(x: Exchange) -> Reply:
    """GET what a path holds at a ref: a file, a directory, a symbolic link or a submodule."""
    path = x.params["path"].strip("/")
    commit = x.repo.resolve(x.query.get("ref", ""))
    item = x.repo.git.find(commit, path) if commit else None
    if item is None:
        raise (
            Refused(404, f"No commit found for the ref {x.query['ref']}")
            if not commit and "ref" in x.query
            else not_found()
        )
    if item.kind == "tree":
        return directory(x, path, item)
    if item.kind == "commit":
        return Reply(
            entry(x.repo, path, item, 0) | {"submodule_git_url": "https://github.com/octocat/library.git"},
            schema="content-submodule",
        )
    return blob_content(x, path, item)


def directory(x: Exchange, path: str, item: TreeItem) -> Reply:
    """A directory's listing; a submodule is called a file there, as GitHub does for compatibility."""
    shown = []
    for child in x.repo.git.tree(item.sha)[:DIRECTORY_LIMIT]:
        found = x.repo.git.read(child.sha) if child.kind == "blob" else None
        name = "/".join(part for part in (path, child.name.decode(errors="replace")) if part)
        one = entry(x.repo, name, child, len(found[2]) if found else 0)
        shown.append({**one, "type": "file"} if child.kind == "commit" else one)
    return Reply(shown, schema="content-directory")


def blob_content(x: Exchange, path: str, item: TreeItem) -> Reply:
    """A file as far as the media type allows: base64 up to 1 MB, raw up to 100 MB."""
    found = x.repo.git.read(item.sha)
    assert found
    data = found[2]
    if len(data) > CONTENTS_LIMIT:
        raise Refused(403, "This API returns blobs up to 100 MB in size.")
    if wants_raw(x):
        return Reply(raw=data, headers={"Content-Type": "application/vnd.github.raw+json; charset=utf-8"})
    values = entry(x.repo, path, item, len(data))
    if item.mode == "120000":
        return Reply({**values, "target": data.decode(errors="replace")}, schema="content-symlink")
    large = len(data) > INLINE_LIMIT
    body = {"encoding": "none", "content": ""} if large else {"encoding": "base64", "content": encoded(data)}
    return Reply({**values, **body}, schema="content-file")


def get_blob(x: Exchange) -> Reply:
    """GET a blob by its id; blobs of forks are found through their base."""
    found = x.repo.git.read(x.params["file_sha"]) if len(x.params["file_sha"]) == 40 else None
    if found is None or found[1] != "blob":
        raise not_found()
    if wants_raw(x):
        return Reply(raw=found[2], headers={"Content-Type": "application/vnd.github.raw; charset=utf-8"})
    body = {"content": encoded(found[2]), "encoding": "base64", "size": len(found[2]), "sha": found[0]}
    return Reply({**body, "url": f"{x.world.api_url}{x.path}", "node_id": wire.node("B", found[0])})


def get_tree(x: Exchange) -> Reply:
    """GET a tree, by tree id, commit or branch; recursive when asked, truncated when large."""
    name = x.params["tree_sha"]
    found = x.repo.git.read(x.repo.resolve(name) or name)
    if found is None or found[1] not in ("commit", "tree"):
        raise not_found()
    commit = x.repo.git.commit(found[0]) if found[1] == "commit" else None
    sha = commit.tree if commit else found[0]
    items = walk(x.repo, sha, "", deep="recursive" in x.query)
    limit = x.world.tree_limit
    return Reply(
        {"sha": sha, "url": f"{x.world.api_url}{x.path}", "tree": items[:limit], "truncated": len(items) > limit}
    )


def walk(repo: Repository, sha: str, prefix: str, *, deep: bool) -> list[Shape]:
    """Return a tree's entries in git's order."""
    items: list[Shape] = []
    for item in repo.git.tree(sha):
        path = prefix + item.name.decode(errors="replace")
        found = repo.git.read(item.sha) if item.kind == "blob" else None
        size = {"size": len(found[2])} if found else {}
        items.append({"path": path, "mode": item.mode.zfill(6), "type": item.kind, "sha": item.sha, **size})
        if deep and item.kind == "tree":
            items += walk(repo, item.sha, path + "/", deep=True)
    return items


def get_git_commit(x: Exchange) -> Reply:
    """GET a commit object."""
    commit = x.repo.git.commit(x.params["commit_sha"])
    if commit is None:
        raise not_found()
    body = wire_git.commit(x.repo, commit)
    inner = {key: body["commit"][key] for key in ("message", "author", "committer", "tree")}
    return Reply({**inner, "sha": commit.sha, "parents": body["parents"], "url": f"{x.world.api_url}{x.path}"})


def get_ref(x: Exchange) -> Reply:
    """GET where a ref points."""
    sha = x.repo.git.tip(f"refs/{x.params['ref']}")
    if sha is None:
        raise not_found()
    target = {"sha": sha, "type": "commit", "url": f"{x.world.api_url}/repos/{x.repo.full_name}/git/commits/{sha}"}
    return Reply({"ref": f"refs/{x.params['ref']}", "object": target})


def found_commit(x: Exchange, revision: str) -> GitCommit:
    """Return the commit that a revision names, or raise GitHub's answer."""
    sha = x.repo.resolve(revision)
    commit = x.repo.git.commit(sha) if sha else None
    if commit is None:
        raise Refused(422, f"No commit found for SHA: {revision}")
    return commit


def get_commit(x: Exchange) -> Reply:
    """GET a commit with what it changed against its first parent."""
    commit = found_commit(x, x.params["ref"])
    files = changed_files(x.repo, commit.parents[0], commit.sha) if commit.parents else []
    return Reply({**wire_git.commit(x.repo, commit), "files": files[:COMPARED_FILES]})


def changed_files(repo: Repository, before: str, after: str) -> list[Shape]:
    """Return the files that differ between two commits."""
    found, patches = repo.git.differences(before, after), repo.git.patches(before, after)
    return [wire_git.file(repo, one, patch) for one, patch in zip(found, patches, strict=True)]


def side(x: Exchange, name: str) -> str:
    """Return the commit of one side of a comparison: a revision here, `owner:branch` or `owner:repo:branch`."""
    owner, _, rest = name.rpartition(":")
    repo: Repository | None = x.repo
    if owner:
        login, _, repo_name = owner.partition(":")
        network = [r for r in x.world.repositories.values() if r.git.objects == x.repo.git.objects and not r.deleted]
        mine = [r for r in network if r.owner.login.lower() == login.lower()]
        repo = next((r for r in mine if not repo_name or r.name.lower() == repo_name.lower()), None)
    sha = repo.resolve(rest) if repo else None
    if sha is None:
        raise not_found()
    return sha


def compare(x: Exchange) -> Reply:
    """GET the comparison of two commits from their merge base, with at most 300 files, all on the first page."""
    base_name, dots, head_name = x.params["basehead"].partition("...")
    if not dots:
        raise not_found()
    base, head = side(x, base_name), side(x, head_name)
    merge_base = x.repo.git.merge_base(base, head)
    if merge_base is None:
        raise Refused(404, f"No common ancestor between {base_name} and {head_name}.")
    ahead, behind = x.repo.git.between(base, head), x.repo.git.between(head, base)
    word = "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "identical"
    size, page = int(x.query.get("per_page", COMPARED_COMMITS)), int(x.query.get("page", "1"))
    ends = {"base_commit": base, "merge_base_commit": merge_base}
    url = f"{x.world.api_url}{x.path}"
    return Reply(
        {
            **{key: wire_git.commit(x.repo, found_commit(x, sha)) for key, sha in ends.items()},
            "status": word,
            "ahead_by": len(ahead),
            "behind_by": len(behind),
            "total_commits": len(ahead),
            "commits": [
                wire_git.commit(x.repo, found_commit(x, sha)) for sha in ahead[(page - 1) * size : page * size]
            ],
            "files": changed_files(x.repo, merge_base, head)[:COMPARED_FILES] if page == 1 else [],
            "url": url,
        }
    )


ROUTES: Final = {
    ("GET", R): get_repository,
    ("GET", f"{R}/contents/{{path}}"): get_content,
    ("GET", f"{R}/git/blobs/{{file_sha}}"): get_blob,
    ("GET", f"{R}/git/trees/{{tree_sha}}"): get_tree,
    ("GET", f"{R}/git/commits/{{commit_sha}}"): get_git_commit,
    ("GET", f"{R}/git/ref/{{ref}}"): get_ref,
    ("GET", f"{R}/commits/{{ref}}"): get_commit,
    ("GET", f"{R}/compare/{{basehead}}"): compare,
}
