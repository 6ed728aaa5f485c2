"""Records of merges as git notes of the merge commits: written over HTTP, read by git itself from a clone."""

from __future__ import annotations

import base64
import json
import logging
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from app.adapters.dsse_key import SigningKey
from app.adapters.github.notes import GitHubNotes
from app.adapters.ledger import DatabaseChain
from app.adapters.pacing import Limits, WriteBudget
from app.bootstrap import ledgers
from app.core.errors import NotYet, Unavailable
from app.core.merge_record import Copied, Entry, Link, Merge, MergeRecord, Occupied, payload
from app.core.merge_record.notes import FLAT, envelopes
from app.core.pull_request import PullRequestRef
from tests.e2e.conftest import World
from tests.e2e.test_merge_records import BRANCH, KEY, grant, merged
from tests.fakes.github import DROPPED, Fault, Identity

NOTES = "refs/notes/assay"
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
SIGNING = SigningKey(PEM)
CLEAN = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
WHO = {f"GIT_{role}_{name}": "someone@example.org" for role in ("AUTHOR", "COMMITTER") for name in ("NAME", "EMAIL")}


@pytest.fixture
def noted(world: World) -> World:
    """Give the program a key, the right to write, and notes for copies."""
    folder = world.desk.folder
    (folder / "ledger.pem").write_bytes(PEM)
    (folder / "ledger.pub").write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    grant(world)
    copying(world, "notes:assay")
    return world


def copying(world: World, where: str) -> None:
    """Start the program with a place for copies."""
    key = {"ASSAY_LEDGER_KEY_FILE": str(world.desk.folder / "ledger.pem")}
    world.desk.open({**key, "ASSAY_LEDGER_COPY": where})


def git(folder: Path, *arguments: str, stdin: str = "") -> str:
    """Run git as a person does."""
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, env={**CLEAN, **WHO})
    assert done.returncode == 0, done.stderr
    return done.stdout


def cloned(world: World, *refs: str) -> Path:
    """Clone the repository with git, and fetch the notes as the documentation says."""
    folder = world.desk.folder / f"clone-{len(list(world.desk.folder.iterdir()))}"
    git(world.desk.folder, "clone", "-q", str(world.repository.git.path), folder.name)
    git(folder, "fetch", "-q", "origin", *(f"{ref}:{ref}" for ref in refs or (NOTES,)))
    return folder


def verified(world: World, folder: Path) -> list[str]:
    """Return what `assay ledger verify --notes` finds amiss."""
    found = ledgers.checked(ledgers.of_notes(str(folder), NOTES), [str(world.desk.folder / "ledger.pub")], None)
    return [fault.sentence for fault in found.checked.faults] or ([] if found.is_whole else ["nothing"])


def place(world: World) -> PullRequestRef:
    return PullRequestRef(world.desk.github.installation("acme").id, world.repository.id, "acme", "gitops", 1)


def copies(world: World) -> GitHubNotes:
    """Return the adapter as the program has it."""
    merges = world.desk.program.merges
    assert merges is not None
    assert isinstance(merges.copies, GitHubNotes)
    return merges.copies


def records(world: World, *commits: str, start: int = 1) -> list[Entry]:
    """Sign a chain of records, one a commit."""
    entries: list[Entry] = []
    link = Link(start)
    for sequence, commit in enumerate(commits, start=start):
        ref = PullRequestRef(1, world.repository.id, "acme", "gitops", sequence)
        record = MergeRecord(Merge(ref, "main", "a" * 40, commit, world.desk.now), None, (), world.desk.now)
        entries.append(Entry(ref.repository_id, sequence, sequence, SIGNING.sign(payload(record, link))))
        link = Link(sequence + 1, entries[-1].digest)
    return entries


def put(world: World, *entries: Entry) -> list[bool]:
    before: list[Entry | None] = [None, *entries]
    return [
        copies(world).put(place(world), one, earlier).follows for one, earlier in zip(entries, before, strict=False)
    ]


def commits(world: World, count: int) -> list[str]:
    return [world.repository.commit("side", {"n": f"{number}\n"}, author="dana") for number in range(count)]


def note(world: World, commit: str) -> bytes:
    """Return a note as git shows it."""
    return world.repository.git.git("notes", f"--ref={NOTES}", "show", commit)


def tip(world: World) -> str | None:
    return world.repository.git.tip(NOTES)


def test_a_merge_becomes_a_note_that_git_shows(noted: World) -> None:
    noted.under_policy()
    pull = merged(noted)
    clone = cloned(noted)
    (shown,) = git(clone, "notes", "--ref=assay", "show", pull.merge_commit or "").splitlines()
    statement = json.loads(base64.b64decode(json.loads(shown)["payload"]))
    assert statement["subject"][0]["digest"] == {"gitCommit": pull.merge_commit}
    assert shown in git(clone, "log", "-1", "--notes=assay", pull.merge_commit or "")


def test_notes_of_a_clone_are_verified_offline(noted: World) -> None:
    noted.under_policy()
    for name in ("one", "two", "three"):
        merged(noted, name)
    clone = cloned(noted)
    git(clone, "remote", "set-url", "origin", "http://127.0.0.1:9/none")
    assert verified(noted, clone) == []


def test_the_terminal_verifies_and_exports_notes(noted: World) -> None:
    noted.under_policy()
    merged(noted)
    clone = cloned(noted)
    where = ("--notes", "assay", "--repo", str(clone))
    key, against = ("--key", str(noted.desk.folder / "ledger.pub")), ("--against", "origin/main")
    root = Path(__file__).parents[2]
    name = f"{noted.repository.full_name} ({noted.repository.id})"
    ledger = ["./assay", "ledger"]
    done = subprocess.run(
        [*ledger, "verify", *where, *key, *against], capture_output=True, text=True, check=False, cwd=root
    )
    assert (done.returncode, done.stdout) == (0, f"WHOLE: 1 record proved of 1 repository: {name}\n")
    done = subprocess.run([*ledger, "export", *where], capture_output=True, text=True, check=False, cwd=root)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1)


LOOKED = [("GET", "git/ref/notes/assay"), ("POST", "/graphql")]
MADE = [("POST", "git/blobs"), ("POST", "git/trees"), ("POST", "git/commits")]


def asked(world: World, entry: Entry, before: Entry | None) -> list[tuple[str, str]]:
    """Return what GitHub is asked to copy a record."""
    seen = len(world.desk.github.calls())
    merges = world.desk.program.merges
    assert merges is not None
    assert merges.copies is not None
    merges.copies.put(place(world), entry, before)
    calls = [(call.method, call.path.rpartition("gitops/")[2]) for call in world.desk.github.calls()[seen:]]
    return [call for call in calls if not call[1].endswith("access_tokens")]


def test_a_record_costs_six_requests_and_the_first_one_five(noted: World) -> None:
    one, two = records(noted, *commits(noted, 2))
    assert asked(noted, one, None) == [LOOKED[0], *MADE, ("POST", "git/refs")]
    assert asked(noted, two, one) == [*LOOKED, *MADE, ("PATCH", "git/refs/notes/assay")]


def test_one_more_to_read_a_note_that_holds_another_record(noted: World) -> None:
    (commit,) = commits(noted, 1)
    one, two = records(noted, commit, commit)
    put(noted, one)
    calls = asked(noted, two, one)
    assert (len(calls), sum(path.startswith("git/blobs/") for _, path in calls)) == (7, 1)


def test_a_note_for_which_there_is_no_room_is_not_begun_and_one_that_is_begun_is_ended(noted: World) -> None:
    desk = noted.desk
    desk._budget = WriteBudget(f"sqlite:///{desk.folder / 'assay.db'}", Limits(80, 40))
    desk.open()
    entries = records(noted, *commits(noted, 6))
    seen = len(desk.github.calls())
    with pytest.raises(NotYet):
        put(noted, *entries)
    wrote = [
        call.path for call in desk.github.calls()[seen:] if call.method in {"POST", "PATCH"} and "/git/" in call.path
    ]
    # Five records, where a sixth would be a write past 45 hundredths.
    assert (len(wrote), len(wrote) % 4) == (20, 0)


def test_a_merge_does_not_come_back_for_a_copy_whose_turn_is_later(noted: World) -> None:
    noted.under_policy()
    merged(noted, "one")
    pull = noted.bump(noted.image()[0], branch="two")
    noted.desk.work()
    pull.merge(by="owner")
    noted.desk.skip()
    merges = noted.desk.program.merges
    assert merges is not None
    later = replace(merges, copies=Later())
    assert later.run(replace(place(noted), number=pull.number))
    assert len(list(ledgers.of_notes(str(cloned(noted)), NOTES))) == 1
    noted.desk.sweep()
    assert len(list(ledgers.of_notes(str(cloned(noted)), NOTES))) == 2


class Later:
    """A copy whose turn comes later."""

    def put(self, _ref: PullRequestRef, _entry: Entry, _before: Entry | None) -> Copied:
        """Put nothing."""
        raise NotYet("later", retry_after=60.0)


def test_a_record_on_a_branch_costs_two(noted: World) -> None:
    noted.repository.commit(BRANCH, {"README.md": "Records of merges\n"}, author="owner", parents=[])
    copying(noted, f"branch:{BRANCH}")
    assert asked(noted, records(noted, "b" * 40)[0], None) == [("POST", "/graphql"), ("POST", "/graphql")]


def test_notes_that_others_folded_into_folders_stay_so(noted: World) -> None:
    store, (mine, other) = noted.repository.git, commits(noted, 2)
    blob = store.keep(b"a word of somebody else\n")
    tree = store.plant(None, [("100644", blob, f"{one[:2]}/{one[2:]}") for one in (other, mine[:2] + "f" * 38)])
    store.move(NOTES, store.crown(tree, (), noted.desk.github.world.identity("dana", 1), "Notes"))
    (entry,) = records(noted, mine)
    put(noted, entry)
    assert (note(noted, mine), note(noted, other)) == (entry.envelope, b"a word of somebody else\n")
    assert f"{mine[:2]}/{mine[2:]}" in store.git("ls-tree", "-r", "--name-only", NOTES).decode()


def test_notes_that_git_itself_folded_are_read_and_added_to(noted: World) -> None:
    first, second = commits(noted, 2)
    entries = records(noted, first, second)
    put(noted, entries[0])
    # So many that git makes folders of its own accord.
    made = "".join(
        f"commit refs/heads/many\nmark :{mark}\ncommitter a <a@b> {mark} +0000\ndata 0\n\n" for mark in range(1, 600)
    )
    added = "".join(f"N inline :{mark}\ndata 2\nx\n" for mark in range(1, 600))
    more = f"commit {NOTES}\ncommitter a <a@b> 700 +0000\ndata 0\nfrom {NOTES}^0\n{added}\n"
    noted.repository.git.git("fast-import", "--quiet", stdin=(made + more).encode())
    assert f"{first[:2]}/{first[2:]}" in noted.repository.git.git("ls-tree", "-r", "--name-only", NOTES).decode()
    assert put(noted, *entries) == [True, True]
    assert note(noted, second) == entries[1].envelope
    assert second not in noted.repository.git.git("ls-tree", "--name-only", NOTES).decode()


def test_many_notes_are_folded_as_they_are_written(noted: World) -> None:
    late, later = commits(noted, 2)
    entries = records(noted, late, later, start=FLAT)
    put(noted, *entries)
    listed = noted.repository.git.git("ls-tree", "-r", "--name-only", NOTES).decode().split()
    assert sorted(listed) == sorted([late, f"{later[:2]}/{later[2:]}"])
    assert note(noted, later) == entries[1].envelope


def test_two_records_of_one_commit_are_two_lines_of_its_note(noted: World) -> None:
    (commit,) = commits(noted, 1)
    entries = records(noted, commit, commit, commit)
    assert put(noted, *entries) == [True, True, True]
    assert envelopes(note(noted, commit)) == tuple(entry.envelope for entry in entries)
    assert verified(noted, cloned(noted)) == []


def test_a_record_that_is_there_is_left(noted: World) -> None:
    one, two = commits(noted, 2)
    entries = [*records(noted, one, one), *records(noted, two)]
    put(noted, *entries[:2])
    before = tip(noted)
    put(noted, *entries[:2])
    assert tip(noted) == before


def test_another_record_of_its_number_stays_and_both_stand_there(
    noted: World, caplog: pytest.LogCaptureFixture
) -> None:
    (commit,) = commits(noted, 1)
    (entry,) = records(noted, commit)
    put(noted, entry)
    other = Entry(entry.repository_id, 9, 1, SIGNING.sign(payload(_record(noted, 9, commit), Link(1))))
    put(noted, other)
    assert note(noted, commit) == entry.envelope + other.envelope
    assert f"The note of {commit} in refs/notes/assay of acme/gitops holds another record of number 1" in caplog.text
    assert verified(noted, cloned(noted)) == ["it is record 1, and stands where record 2 belongs"]


def _record(world: World, number: int, commit: str) -> MergeRecord:
    ref = PullRequestRef(1, world.repository.id, "acme", "gitops", number)
    return MergeRecord(Merge(ref, "main", "a" * 40, commit, world.desk.now), None, (), world.desk.now)


@pytest.mark.parametrize("words", [b"Reviewed\n", b"no end of line", b"\n\nTwo\n\nparts\n", b"\xff\x00\n"])
def test_what_somebody_else_wrote_stays_and_the_record_comes_after_it(
    noted: World, words: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (commit,) = commits(noted, 1)
    _stand(noted, ("100644", noted.repository.git.keep(words), commit))
    (entry,) = records(noted, commit)
    assert put(noted, entry, entry) == [True, True]
    found = note(noted, commit)
    assert (found.startswith(words), found.endswith(entry.envelope), found.count(entry.envelope)) == (True, True, 1)
    assert f"The note of {commit} in refs/notes/assay of acme/gitops holds what is no record" in caplog.text


def test_words_of_somebody_else_are_told_and_the_record_beside_them_is_proved(noted: World) -> None:
    one, two = commits(noted, 2)
    _stand(noted, ("100644", noted.repository.git.keep(b"Reviewed\n"), one))
    put(noted, *records(noted, one, two))
    assert verified(noted, cloned(noted)) == ["is no envelope"]


def _stand(world: World, *entries: tuple[str, str, str]) -> None:
    """Have somebody else make notes: mode, object and path of each."""
    store = world.repository.git
    made = store.crown(store.plant(None, list(entries)), (), world.desk.github.world.identity("dana", 1), "Notes")
    store.move(NOTES, made)


@pytest.mark.parametrize("lines", [100, 101])
def test_a_note_of_more_lines_than_are_checked_is_not_added_to(noted: World, lines: int) -> None:
    (commit,) = commits(noted, 1)
    _stand(noted, ("100644", noted.repository.git.keep(b"x\n" * lines), commit))
    with pytest.raises(Occupied, match="too large for one more record"):
        put(noted, *records(noted, commit))


def test_a_place_that_is_taken_holds_up_no_other_record(noted: World, caplog: pytest.LogCaptureFixture) -> None:
    copying(noted, "")
    noted.under_policy()
    taken = merged(noted, "one").merge_commit
    assert taken is not None
    _stand(noted, ("100644", noted.repository.git.keep(b"x\n" * 101), taken))
    copying(noted, "notes:assay")
    merged(noted, "two")
    assert "1 records of merges in acme/gitops are not copied: The note of" in caplog.text
    assert verified(noted, cloned(noted)) == [
        "holds more than 100 lines, and is not read",
        "record 1 before it is missing, or cannot be proved",
    ]


def test_records_of_a_database_that_was_put_back_are_told_when_the_next_is_copied(
    noted: World, caplog: pytest.LogCaptureFixture
) -> None:
    noted.under_policy()
    merged(noted, "one")
    store, other = noted.repository.git, f"Record\n\nAssay-Record: 7 sha256:{'a' * 64}\n"
    at = tip(noted)
    assert at is not None
    tree = store.git("rev-parse", f"{at}^{{tree}}").decode().strip()
    store.move(NOTES, store.crown(tree, (at,), noted.desk.github.world.identity("dana", 1), other))
    with caplog.at_level(logging.ERROR):
        merged(noted, "two")
    said = "the copy of acme/gitops says that its newest record is a number 7 that this database does not have, before"
    assert f"{said} number 2 was added" in caplog.text
    assert verified(noted, cloned(noted)) == []


@pytest.mark.parametrize("mode", ["120000", "160000", "40000"])
def test_what_is_no_file_in_a_notes_place_is_left(noted: World, mode: str) -> None:
    store, (commit,) = noted.repository.git, commits(noted, 1)
    blob = store.keep(b"elsewhere")
    what = {"160000": commit, "120000": blob}.get(mode)
    entry = ("100644", blob, f"{commit}/file") if what is None else (mode, what, commit)
    store.move(NOTES, store.crown(store.plant(None, [entry]), (), noted.desk.github.world.identity("dana", 1), "Notes"))
    with pytest.raises(Occupied, match="is no file"):
        put(noted, *records(noted, commit))


@pytest.mark.parametrize("mode", ["120000", "160000", "100644"])
def test_what_is_no_folder_where_one_could_be_is_left(noted: World, mode: str) -> None:
    store, (commit,) = noted.repository.git, commits(noted, 1)
    what = commit if mode == "160000" else store.keep(b"elsewhere")
    tree = store.plant(None, [(mode, what, commit[:2])])
    store.move(NOTES, store.crown(tree, (), noted.desk.github.world.identity("dana", 1), "Notes"))
    (entry,) = records(noted, commit)
    put(noted, entry)
    listed = store.git("ls-tree", NOTES).decode().splitlines()
    assert [line.split()[0::3] for line in listed] == [[mode, commit[:2]], ["100644", commit]]
    assert note(noted, commit) == entry.envelope


def test_what_is_no_record_becomes_no_note(noted: World) -> None:
    (entry,) = records(noted, *commits(noted, 1))
    for wrong in (b"{}\n", entry.envelope.replace(b",", b",\n")):
        with pytest.raises(Unavailable, match=r"Record 1 ") as told:
            put(noted, replace(entry, envelope=wrong))
        assert told.value.permanent
    assert tip(noted) is None


def test_a_write_of_somebody_else_in_between_loses_nothing(noted: World) -> None:
    one, two, three = commits(noted, 3)
    entries = records(noted, one, two)
    put(noted, entries[0])

    def write() -> None:
        noted.repository.git.git("notes", f"--ref={NOTES}", "add", "-m", "Reviewed", three, environment=WHO)

    noted.desk.github.fault(Fault("PATCH", "*/git/refs/*", None, act=write))
    assert copies(noted).put(place(noted), entries[1], entries[0])
    assert [note(noted, commit) for commit in (one, two, three)] == [*(e.envelope for e in entries), b"Reviewed\n"]


def test_notes_that_somebody_else_makes_in_between_lose_nothing(noted: World) -> None:
    one, two = commits(noted, 2)

    def write() -> None:
        noted.repository.git.git("notes", f"--ref={NOTES}", "add", "-m", "Reviewed", two, environment=WHO)

    noted.desk.github.fault(Fault("POST", "*/git/refs", None, act=write))
    (entry,) = records(noted, one)
    put(noted, entry)
    assert (note(noted, one), note(noted, two)) == (entry.envelope, b"Reviewed\n")


def test_several_that_write_at_once_lose_nothing(noted: World) -> None:
    entries = records(noted, *commits(noted, 3))
    put(noted, entries[0])
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda entry: copies(noted).put(place(noted), entry, entries[0]), entries[1:]))
    assert verified(noted, cloned(noted)) == []


def test_workers_that_record_merges_at_once_leave_whole_notes(noted: World) -> None:
    noted.under_policy()
    merged(noted, "first")
    refs = []
    for name in ("one", "two", "three"):
        noted.repository.commit(name, {f"{name}.yaml": noted.manifest(noted.image()[0])}, author="dana")
        pull = noted.repository.open_pull_request(name, author="dana")
        noted.desk.work()
        pull.merge(by="owner")
        refs.append(replace(place(noted), number=pull.number))
    noted.desk.skip()
    merges = noted.desk.program.merges
    assert merges is not None
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(merges.run, refs)) == [True] * 3
    noted.desk.sweep()
    found = list(ledgers.of_notes(str(cloned(noted)), NOTES))
    assert (len(found), verified(noted, cloned(noted))) == (4, [])


def test_a_ref_that_must_not_move_is_not_tried_for_ever(noted: World) -> None:
    entries = records(noted, *commits(noted, 2))
    put(noted, entries[0])
    rule = {"message": "Repository rule violations found", "documentation_url": "https://docs.github.com/rest"}
    fault = noted.desk.github.fault(Fault("PATCH", "*/git/refs/*", 422, None, body=rule))
    with pytest.raises(Unavailable, match="a rule forbids it"):
        copies(noted).put(place(noted), entries[1], entries[0])
    assert fault.hits == 1


def test_a_write_whose_answer_was_lost_is_found_by_the_next_try(noted: World) -> None:
    entries = records(noted, *commits(noted, 2))
    put(noted, entries[0])
    noted.desk.github.fault(Fault("PATCH", "*/git/refs/*", DROPPED, after=True))
    with pytest.raises(Unavailable):
        copies(noted).put(place(noted), entries[1], entries[0])
    before = tip(noted)
    assert copies(noted).put(place(noted), entries[1], entries[0])
    assert tip(noted) == before


def test_notes_that_are_no_commits_are_said(noted: World) -> None:
    store = noted.repository.git
    store.move(NOTES, store.keep(b"a blob"))
    with pytest.raises(Unavailable, match="points to no commit"):
        put(noted, *records(noted, *commits(noted, 1)))


def test_without_the_right_to_write_the_record_is_kept_and_that_is_said(noted: World) -> None:
    for installation in noted.desk.github.world.installations.values():
        installation.permissions = {**installation.permissions, "contents": "read"}
    noted.under_policy()
    with pytest.raises(Unavailable, match="contents: write"):
        merged(noted)
    chain = DatabaseChain(f"sqlite:///{noted.desk.folder / 'assay.db'}")
    assert (len(list(chain.all())), chain.uncopied_count()) == (1, 1)
    chain.close()


# A copy that lost what it held.


def test_notes_that_were_reset_are_written_again_and_that_is_said(
    noted: World, caplog: pytest.LogCaptureFixture
) -> None:
    noted.under_policy()
    merged(noted, "one")
    early = tip(noted)
    for name in ("two", "three"):
        merged(noted, name)
    noted.repository.git.move(NOTES, early or "")
    assert verified(noted, cloned(noted)) == []  # what was cut off at the end shows only against the branch
    with caplog.at_level(logging.ERROR):
        merged(noted, "four")
    assert [line.getMessage() for line in caplog.records if line.levelno >= logging.ERROR] == [
        "the copy of acme/gitops lost the records before number 4: they are copied again"
    ]
    assert verified(noted, cloned(noted)) == ["records 2 to 3 before it are missing, or cannot be proved"]
    noted.desk.sweep()
    assert verified(noted, cloned(noted)) == []


def test_a_branch_that_was_reset_is_written_again(noted: World, caplog: pytest.LogCaptureFixture) -> None:
    begun = noted.repository.commit(BRANCH, {"README.md": "Records of merges\n"}, author="owner", parents=[])
    copying(noted, f"branch:{BRANCH}")
    noted.under_policy()
    for name in ("one", "two"):
        merged(noted, name)
    noted.repository.branch(BRANCH, begun)
    with caplog.at_level(logging.ERROR):
        merged(noted, "three")
    assert "lost the records before number 3" in caplog.text
    folder, key = str(noted.repository.git.path), [str(noted.desk.folder / "ledger.pub")]
    cut = ledgers.checked(ledgers.of_branch(folder, BRANCH), key, None)
    assert [one.sentence for one in cut.checked.faults] == ["records 1 to 2 before it are missing, or cannot be proved"]
    noted.desk.sweep()
    assert ledgers.checked(ledgers.of_branch(folder, BRANCH), key, None).is_whole


def test_notes_that_are_new_get_what_was_copied_elsewhere_before(noted: World) -> None:
    copying(noted, f"folder:{noted.desk.folder / 'records'}")
    noted.under_policy()
    merged(noted, "one")
    copying(noted, "notes:assay")
    merged(noted, "two")
    noted.desk.sweep()
    assert verified(noted, cloned(noted)) == []


def test_a_folder_that_was_emptied_is_filled_again(noted: World) -> None:
    records_folder = noted.desk.folder / "records"
    copying(noted, f"folder:{records_folder}")
    noted.under_policy()
    merged(noted, "one")
    for file in records_folder.glob("*/*.json"):
        file.unlink()
    merged(noted, "two")
    noted.desk.sweep()
    assert len(list(records_folder.glob("*/*.json"))) == 2


# What somebody did to notes shows.


def test_a_note_that_was_removed_shows(noted: World) -> None:
    entries = records(noted, *commits(noted, 3))
    put(noted, *entries)
    clone = cloned(noted)
    second = json.loads(base64.b64decode(json.loads(entries[1].envelope)["payload"]))["subject"][0]["digest"][
        "gitCommit"
    ]
    git(clone, "notes", "--ref=assay", "remove", second)
    assert verified(noted, clone) == ["record 2 before it is missing, or cannot be proved"]


def test_a_note_that_was_moved_to_another_commit_shows(noted: World) -> None:
    one, two = commits(noted, 2)
    put(noted, *records(noted, one))
    clone = cloned(noted)
    git(clone, "notes", "--ref=assay", "copy", one, two)
    git(clone, "notes", "--ref=assay", "remove", one)
    assert verified(noted, clone) == [f"it speaks of commit {one}, and is a note of another"]


def test_a_note_that_was_changed_shows(noted: World) -> None:
    one, two = commits(noted, 2)
    put(noted, *records(noted, one, two))
    clone = cloned(noted)
    git(clone, "notes", "--ref=assay", "append", "-m", "and so on", one)
    assert verified(noted, clone) == ["is no envelope"]


def test_the_history_joins_what_the_notes_say(noted: World) -> None:
    noted.under_policy()
    # Git's time of the merge is that of GitHub's: a record that is later than its commit is none of it.
    dana = noted.desk.github.user("dana")
    by = Identity(dana.login, dana.email, int(noted.desk.github.world.seconds()))
    noted.repository.commit("bump", {"bump.yaml": noted.manifest(noted.image()[0])}, author=by)
    pull = noted.repository.open_pull_request("bump", author="dana")
    noted.desk.work()
    pull.merge(by="owner")
    noted.desk.work()
    clone, root = cloned(noted), Path(__file__).parents[2]
    ledger = ("--ledger", "notes:assay", "--ledger-key", str(noted.desk.folder / "ledger.pub"))
    command = ["./assay", "history", "--repo", str(clone), *ledger, "--no-cache", "origin/main"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    found = [one["recorded"] for one in events if one["commit"] == pull.merge_commit and one["recorded"]]
    assert [(one["joined"], one["verdict"], one["posture"]["signature"]) for one in found] == [
        ("record of the merge", "OK", "verified")
    ]
