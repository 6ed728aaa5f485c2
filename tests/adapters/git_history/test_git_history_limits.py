"""One commit or file that is too much of something costs what it tells itself, and nothing of the others."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from app.adapters.git_history import GitHistory, Limits
from app.adapters.git_history.commits import MAX_COMMIT, MAX_MESSAGE
from app.core.history import Gap, Signature, Step
from tests.adapters.git_history.conftest import Bounded
from tests.fakes.past import Past

ANN = Signature("Ann", "ann@example.org")


def _told(history: GitHistory, end: str = "main") -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return the paths that each commit changed, and the gaps by commit."""
    found = list(history.steps(tuple(history.line(history.resolve(end)))))
    steps = {one.stored.commit: [file.path for file in one.files] for one in found if isinstance(one, Step)}
    return steps, {one.commit: one.sentence for one in found if isinstance(one, Gap)}


def _alike(side: str) -> bytes:
    """Write a commit that has nothing but so many files that are alike, in a stream for `fast-import`."""
    who = b"committer Ann <ann@example.org> 1767225600 +0000\n"
    parts = [b"commit refs/heads/main\n", who, b"data 1\nx\nfrom refs/heads/main^0\ndeleteall\n"]
    for number in range(1_900):
        lines = (hashlib.sha256(f"{side} {number} {line}".encode()).hexdigest()[:6] for line in range(300))
        text = "\n".join(lines).encode()
        parts.append(f"M 100644 inline {side}/{number}.yaml\ndata {len(text)}\n".encode() + text + b"\n")
    return b"".join(parts)


def test_a_comparison_that_takes_too_long_is_a_gap_of_its_commit(past: Past, bounded: Bounded) -> None:
    first = past.commit({"a.yaml": "1"})
    for side in ("old", "new"):
        past.git("fast-import", "--quiet", stdin=_alike(side))
    slow = past.tip()
    last = past.commit({"a.yaml": "2"})
    steps, gaps = _told(bounded(past.folder, Limits(seconds=5.0)))
    assert (gaps, steps[first], len(steps[last])) == (
        {slow: "what the commit changed is not known: git did not answer within 5 seconds"},
        ["a.yaml"],
        1_901,
    )


def test_a_comparison_that_says_too_much_is_a_gap_of_its_commit(past: Past, bounded: Bounded) -> None:
    first = past.commit({"a.yaml": "1"})
    large = past.commit({f"{number}.yaml": "1" for number in range(100)})
    small = past.commit({**{f"{number}.yaml": "1" for number in range(100)}, "b.yaml": "1"})
    steps, gaps = _told(bounded(past.folder, Limits(answer=4_000)))
    assert (gaps, steps) == (
        {large: "what the commit changed is not known: git's answer is longer than 4,000 bytes"},
        {first: ["a.yaml"], large: [], small: ["b.yaml"]},
    )


def test_many_commits_that_say_too_much_together_are_told_one_by_one(past: Past, bounded: Bounded) -> None:
    commits = [past.commit({f"{number}.yaml": str(at) for number in range(20)}) for at in range(4)]
    steps, gaps = _told(bounded(past.folder, Limits(answer=4_000)))
    assert (gaps, {commit: len(paths) for commit, paths in steps.items()}) == ({}, dict.fromkeys(commits, 20))


def test_a_missing_file_among_too_many_is_a_gap(past: Past, bounded: Bounded) -> None:
    text = "".join(f"{line}\n" for line in range(50))
    past.commit({f"{number}.yaml": f"{text}{number}" for number in range(100)})
    moved = past.commit({f"d/{number}.yaml": f"{text}{number}\nmore" for number in range(100)})
    past.object_file(past.git("rev-parse", "HEAD:d/0.yaml")).unlink()
    _, gaps = _told(bounded(past.folder, Limits(answer=4_000)), moved)
    assert gaps[moved] == "what the commit changed is not known: git's answer is longer than 4,000 bytes"


def test_two_huge_files_that_are_alike_are_not_held(past: Past, bounded: Bounded) -> None:
    content = b"".join(hashlib.sha512(str(number).encode()).digest() for number in range(500_000))
    past.commit({"a.bin": content, "a.yaml": "1"})
    moved = past.commit({"b.bin": content + b"more", "a.yaml": "2"})
    steps, gaps = _told(bounded(past.folder, Limits(memory=40_000_000)))
    assert (steps[moved], gaps) == (["a.bin", "a.yaml", "b.bin"], {})


def test_a_commit_that_is_no_commit_is_a_gap_and_the_others_are_told(past: Past, bounded: Bounded) -> None:
    first = past.commit({"a.yaml": "1"})
    bogus = past.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=b"tree of nothing\n\nx\n")
    after = past.commit({"a.yaml": "2"}, parents=(bogus,))
    last = past.commit({"a.yaml": "3"})
    steps, gaps = _told(bounded(past.folder, Limits()))
    assert "missing or broken" in gaps[bogus]
    assert first not in steps
    assert (steps[last], after in steps) == (["a.yaml"], True)


def test_a_merged_commit_that_is_broken_is_named_at_the_merge(past: Past, bounded: Bounded) -> None:
    first = past.commit({"a.yaml": "1"})
    topic = past.commit({"a.yaml": "1", "b.yaml": "1"}, branch="topic", parents=(first,))
    merge = past.commit({"a.yaml": "1", "b.yaml": "1"}, parents=(first, topic))
    last = past.commit({"a.yaml": "2", "b.yaml": "1"})
    broken = past.object_file(topic)
    broken.chmod(0o600)
    broken.write_bytes(b"nothing that unpacks")
    steps, gaps = _told(bounded(past.folder, Limits()))
    assert (steps[merge], steps[last]) == (["b.yaml"], ["a.yaml"])
    assert gaps == {merge: f"1 commits that it brings are missing or broken ({topic})"}


def test_a_parent_that_git_does_not_take_for_one_is_none(past: Past, bounded: Bounded) -> None:
    other = past.commit({"a.yaml": "1"}, branch="other")
    first = past.commit({"b.yaml": "1"}, headers=f"parent {other}")
    steps, _ = _told(bounded(past.folder, Limits()))
    assert steps == {first: ["b.yaml"]}


def test_an_enormous_message_hides_nothing_of_what_its_commit_changed(past: Past, bounded: Bounded) -> None:
    past.commit({"a.yaml": "1"})
    wordy = past.commit({"a.yaml": "2"}, message=b"word " * MAX_COMMIT)
    steps, gaps = _told(bounded(past.folder, Limits()))
    assert steps[wordy] == ["a.yaml"]
    assert gaps == {wordy: f"a message is longer than 256 KiB ({wordy}): who else it names is not told"}


def test_a_head_that_is_enormous_is_a_gap(past: Past, bounded: Bounded) -> None:
    first = past.commit({"a.yaml": "1"})
    head = past.commit({"a.yaml": "2"}, headers="gpgsig " + "x" * MAX_COMMIT)
    last = past.commit({"a.yaml": "3"})
    steps, gaps = _told(bounded(past.folder, Limits()))
    assert (list(steps), list(gaps)) == ([first, last], [head])


def test_who_is_named_at_the_end_of_a_long_message_is_read(past: Past, bounded: Bounded) -> None:
    commit = past.commit(
        {"a.yaml": "1"}, message=b"word " * MAX_MESSAGE + b"\n\nCo-authored-by: Bob <bob@example.org>\n"
    )
    assert bounded(past.folder, Limits()).commit(commit).message.endswith("Co-authored-by: Bob <bob@example.org>")


def test_a_commit_of_a_hundred_thousand_files_is_told(past: Past, bounded: Bounded) -> None:
    blob = past.git("hash-object", "-w", "--stdin", stdin=b"1")
    past.git("read-tree", "--empty")
    entries = "".join(f"100644 {blob}\tapps/{number}.yaml\n" for number in range(100_000))
    past.git("update-index", "--index-info", stdin=entries.encode())
    large = past.commit(past.git("write-tree"))
    steps, gaps = _told(bounded(past.folder, Limits()))
    assert (len(steps[large]), gaps) == (100_000, {})


def test_the_newest_commits_come_first(past: Past, bounded: Bounded) -> None:
    commits = [past.commit({"a.yaml": str(number)}, at=number) for number in (3, 1, 2)]
    found = list(bounded(past.folder, Limits()).newest_first(past.tip()))
    assert [(one.commit, one.committed_at) for one in found] == [
        (commit, datetime.fromtimestamp(at, UTC)) for commit, at in zip(reversed(commits), (2, 1, 3), strict=True)
    ]


def test_newest_first_leaves_out_what_merges_brought(past: Past, bounded: Bounded) -> None:
    base = past.commit({"a.yaml": "1"})
    topic = past.commit({"a.yaml": "1", "b.yaml": "1"}, branch="topic", parents=(base,))
    merge = past.commit({"a.yaml": "1", "b.yaml": "1"}, parents=(base, topic))
    assert [one.commit for one in bounded(past.folder, Limits()).newest_first(merge)] == [merge, base]


def test_newest_first_ends_where_a_commit_is_missing(past: Past, bounded: Bounded) -> None:
    _, missing, after, last = (past.commit({"a.yaml": str(number)}) for number in range(4))
    past.object_file(missing).unlink()
    assert [one.commit for one in bounded(past.folder, Limits()).newest_first(last)] == [last, after]


def test_newest_first_ends_where_the_newest_is_missing(past: Past, bounded: Bounded) -> None:
    commit = past.commit({"a.yaml": "1"})
    opened = bounded(past.folder, Limits())
    past.object_file(commit).unlink()
    assert list(opened.newest_first(commit)) == []
