"""What an earlier commit of a pull request changes, and what paths hold there: to compare it with what is there now."""

from __future__ import annotations

from collections.abc import Iterable

from app.adapters.github.changes import compare
from app.adapters.github.client import Client
from app.adapters.github.failures import Refused
from app.adapters.github.files import MAX_ALIASES, octal, refuse_errors
from app.adapters.github.operations import LOOK
from app.adapters.github.queries import read_objects, wanted
from app.adapters.github.reading import repository
from app.adapters.github.shapes import dig, needed_whole, needed_words, words
from app.core.pull_request import Objects, Place, PullRequestRef, ReviewedCommit

_NOT_SHOWN = frozenset({404, 422})


def changed_at(client: Client, ref: PullRequestRef, base_tip: str, commit: str) -> ReviewedCommit:
    """Compare a commit with the base's tip; a force push may have left it behind, and then it may be gone."""
    try:
        found = compare(client, ref, f"{base_tip}...{commit}")
    except Refused as refused:
        if refused.status not in _NOT_SHOWN:
            raise
        return ReviewedCommit(commit, problem="which GitHub does not show any more")
    if not found.whole:
        return ReviewedCommit(commit, problem="which changes more files than GitHub compares")
    paths = frozenset(path for file in found.files for path in file.paths)
    return ReviewedCommit(commit, found.merge_base, paths)


def objects(client: Client, ref: PullRequestRef, places: Iterable[Place]) -> Objects:
    """Read mode and git id of paths at commits, many in one query; those of a commit that is not shown are left out."""
    asked = tuple(dict.fromkeys(places))
    found: dict[Place, str | None] = {}
    for start in range(0, len(asked), MAX_ALIASES):
        files = wanted(asked[start : start + MAX_ALIASES])
        names = {"owner": ref.owner, "name": ref.name}
        graph = client.ask(LOOK, read_objects(files), names | files.variables)
        refuse_errors(graph, files)
        data = repository(graph.data, ref)
        for (commit_alias, file_alias), place in files.aliases.items():
            if words(data, commit_alias, "oid") == place[0]:
                found[place] = _object(dig(data, commit_alias, file_alias))
    return found


def _object(node: object) -> str | None:
    return None if node is None else f"{octal(needed_whole(node, 'mode')):06o} {needed_words(node, 'oid')}"
