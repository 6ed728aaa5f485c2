"""List the files below a folder: the folder's tree by its id, in one answer."""

from __future__ import annotations

from app.adapters.github.files import Files
from app.adapters.github.operations import TREE
from app.adapters.github.shapes import flag, needed_words, rows, words
from app.core.errors import Unavailable
from app.core.tree import Listing

_FOLDER = "tree"


def below(files: Files, commit: str, folder: str) -> Listing:
    """Return every path below a folder at a commit; raises `Unavailable`.

    What lies at the folder's path is asked first (often it was read along already), for GitHub answers alike for a tree
    that is not there and for a repository that is not to be seen. GitHub cuts a long answer and says so (AT-148).
    """
    name = folder.strip("/")
    tree = _tree(files, commit, name) if name else commit
    if tree is None:
        return Listing((), whole=True)
    call = TREE.at(owner=files.ref.owner, repo=files.ref.name, tree_sha=tree).asking(recursive=1)
    answer = files.client.send(call).json()
    if name and words(answer, "sha") != tree:
        raise Unavailable(f"GitHub listed another folder than the one asked for ({tree[:12]}).")
    found = [needed_words(row, "path") for row in rows(answer, "tree") if words(row, "type") != _FOLDER]
    return Listing.of((f"{name}/{path}" if name else path for path in found), whole=flag(answer, "truncated") is False)


def _tree(files: Files, commit: str, folder: str) -> str | None:
    entry = files.at(commit, (folder,))[folder]
    return entry.oid if entry.folder else None
