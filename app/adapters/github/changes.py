"""What a pull request changes: GitHub's comparison, and the longer list where that one ends."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from app.adapters.github.client import Client
from app.adapters.github.operations import COMPARE, FILES
from app.adapters.github.reading import changed_file
from app.adapters.github.shapes import needed_words, rows, whole, words
from app.core.errors import Unavailable
from app.core.pull_request import PullRequestRef
from app.core.tree import ChangedFile

COMPARE_FILES = 300
COMPARE_COMMITS = 250
MAX_FILES = 3_000
PER_PAGE = 100
HOLD_STILL = 10.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """GitHub's comparison of base and head: from their merge base to the head."""

    base_tip: str
    merge_base: str
    files: tuple[ChangedFile, ...]
    commits: tuple[object, ...]
    total_commits: int

    @property
    def whole(self) -> bool:
        """Whether the list of files cannot have been cut: GitHub cuts it at 300 without a word."""
        return len(self.files) < COMPARE_FILES


def compare(client: Client, ref: PullRequestRef, basehead: str) -> Comparison:
    """Compare `base...head`; both may be written by strangers and are escaped as one segment."""
    answer = client.send(COMPARE.at(owner=ref.owner, repo=ref.name, basehead=basehead)).json()
    commits = rows(answer, "commits")
    return Comparison(
        base_tip=needed_words(answer, "base_commit", "sha"),
        merge_base=needed_words(answer, "merge_base_commit", "sha"),
        files=tuple(changed_file(row) for row in rows(answer, "files")),
        commits=commits,
        total_commits=whole(answer, "total_commits") or len(commits),
    )


@dataclass(frozen=True, slots=True)
class FileList:
    """Changed files, and what is missing from them in words; nothing is missing when `incomplete` is empty."""

    files: tuple[ChangedFile, ...]
    incomplete: tuple[str, ...] = ()


def all_files(client: Client, ref: PullRequestRef, found: Comparison, at: tuple[str, int]) -> FileList:
    """Return every changed file; `at` is the head and the number of files that GitHub says the pull request changes.

    The comparison's list is used when it was not cut. When GitHub counts otherwise, its paged list is read too, and
    both together are taken: one path too many is harmless, one too few is not.
    """
    head, count = at
    if found.whole and len(found.files) == count:
        return FileList(_sorted(found.files))
    listed = _pages(client, ref, head)
    files = {file.path: file for file in listed} | {file.path: file for file in found.files}
    if len({file.path for file in listed}) != count or len(listed) >= MAX_FILES:
        sentence = f"GitHub lists {len(files)} of {count} changed files (at most {MAX_FILES:,})"
        return FileList(_sorted(tuple(files.values())), (sentence,))
    return FileList(_sorted(tuple(files.values())))


def _sorted(files: tuple[ChangedFile, ...]) -> tuple[ChangedFile, ...]:
    return tuple(sorted(files, key=lambda file: file.path))


def _pages(client: Client, ref: PullRequestRef, head: str) -> tuple[ChangedFile, ...]:
    found: list[ChangedFile] = []
    for page in range(1, MAX_FILES // PER_PAGE + 1):
        call = FILES.at(owner=ref.owner, repo=ref.name, pull_number=ref.number)
        listed = rows(client.send(call.asking(per_page=PER_PAGE, page=page)).json())
        if any(_other_head(row, head) for row in listed):
            raise Unavailable("The pull request's head moved while its files were listed.", retry_after=HOLD_STILL)
        found += [changed_file(row) for row in listed]
        if len(listed) < PER_PAGE:
            break
    return tuple(found)


def _other_head(row: object, head: str) -> bool:
    """Say whether an entry is of another head than ours: the list names no commit, but its links do."""
    if words(row, "status") == "removed":
        return False
    link = words(row, "contents_url")
    refs = parse_qs(urlsplit(link or "").query).get("ref", [head])
    return refs != [head]
