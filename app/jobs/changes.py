"""Two commits of a source → the image changes between them, and the changed files that could not be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from app import formats
from app.core.errors import Unreadable
from app.core.inventory import (
    ImageChange,
    ImageUse,
    UnreadablePlace,
    diff,
    newly_said,
    resolved,
    source_changes,
    unreadable_changes,
)
from app.core.tree import LEADS_ELSEWHERE, ChangedFile, File, mode_problem
from app.jobs.chart_values import unseen_values
from app.jobs.named_files import Named, named_files
from app.jobs.ports import Renderer, Source
from app.jobs.rendering import Rendered, render_changes, with_rendered
from app.jobs.takers import who_takes

MAX_IMAGE_CHANGES = 200
"""Image changes that one review looks at; more of them is a finding, never a silent cut."""

MAX_READ = 32 * 1024 * 1024
"""Characters of changed files that one review reads of either side."""

MAX_USES = 30_000
"""Images in the changed files of either side, all together."""

MAX_PLACES = 500
"""Places that cannot be judged and are told one by one."""

_AT_A_TIME = 60
_CONTENT = tuple(
    f".{ending}"
    for ending in (
        *("md", "txt", "rst", "adoc", "csv", "html", "css", "svg", "png", "jpg", "jpeg", "gif", "ico", "webp", "pdf"),
        *("sh", "bash", "py", "go", "js", "ts", "rb", "rs", "java", "lua", "ps1", "tf", "tfvars", "hcl", "rego", "cue"),
        *("toml", "ini", "cfg", "conf", "env", "properties", "lock", "sum", "mod", "xml", "sql", "pem", "pub", "crt"),
        *("asc", "sig", "gpg", "gz", "tgz", "zip", "tar", "woff", "woff2", "ttf", "drawio", "jsonnet", "libsonnet"),
    )
)
_TOO_MUCH = File("", None, f"not read: the change touches more than {MAX_READ // (1024 * 1024)} MiB of such files")
_TOO_MANY = f"the change touches files with more than {MAX_USES:,} images"
_GONE = File("", None, "it is named as changed, and is not found under this name")


@dataclass(frozen=True, slots=True)
class Changes:
    """What a reviewer has to look at: image changes and changed places that could not be read.

    `elsewhere` are changed links and submodules: what they lead to is not part of the change; and images that only a
    new comment names. `sources` are changed
    charts, remote bases and git revisions: they may bring images that no file here names. `takers` says who takes
    changed files, in sentences.
    """

    images: tuple[ImageChange, ...]
    unreadable: tuple[UnreadablePlace, ...]
    elsewhere: tuple[UnreadablePlace, ...] = ()
    sources: tuple[UnreadablePlace, ...] = ()
    takers: tuple[str, ...] = ()

    @property
    def unjudged(self) -> tuple[UnreadablePlace, ...]:
        """Every place in which an image may have changed unseen."""
        return (*self.unreadable, *self.elsewhere, *self.sources)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a changed place should be told although its image can be judged: how it is written, who takes it."""
        uses = {use for change in self.images if change.after is not None for use in change.uses if use.warning}
        written = sorted(f"`{use.path}:{use.line}`: {use.warning}" for use in uses)
        return (*written, *self.takers)


@dataclass(frozen=True, slots=True)
class _Side:
    uses: tuple[ImageUse, ...]
    unreadable: tuple[UnreadablePlace, ...]


def read_changes(
    source: Source, files: Sequence[ChangedFile], commits: tuple[str, str], renderer: Renderer | None = None
) -> Changes:
    """Find the images of every changed file at both `commits` (merge base, head) and pair them.

    A head file that cannot be read is in `unreadable`. An old file that cannot be read hides nothing: all images of
    its new form count as added, and as such of which nobody knows what stood there before. With a `renderer`, images
    that differ only after rendering join them.
    """
    read = read_images(source, files, commits)
    before, after, renames = read.before, read.after, read.renames
    made = Rendered() if renderer is None else render_changes(renderer, source, files, commits)
    images = with_rendered(read.images, made.images)
    places = set(read.unreadable)
    too_many = images[MAX_IMAGE_CHANGES:]
    places |= {
        UnreadablePlace(change.uses[0].path, change.uses[0].line, f"more than {MAX_IMAGE_CHANGES} image changes")
        for change in too_many
    }
    unseen = (place for place in unseen_values(source, files, commits, after) if not made.shows(place.path))
    sources = told({*source_changes(before, after, renames), *unseen})
    takers = (*who_takes(source, files, commits, images), *made.notes)
    elsewhere = told((*read.elsewhere, *read.said))
    return Changes(images[:MAX_IMAGE_CHANGES], told(places), elsewhere, sources, takers)


@dataclass(frozen=True, slots=True)
class ImagesRead:
    """The images of changed files on both sides, how they differ, and the changed places that could not be read.

    None is left out, however many there are. `elsewhere` are changed links and submodules, `said` images that only a
    new comment names.
    """

    before: tuple[ImageUse, ...]
    after: tuple[ImageUse, ...]
    renames: Mapping[str, str]
    images: tuple[ImageChange, ...]
    unreadable: tuple[UnreadablePlace, ...]
    elsewhere: tuple[UnreadablePlace, ...]
    said: tuple[UnreadablePlace, ...]


def find_uses(path: str, text: str, taken: bool) -> tuple[ImageUse, ...]:  # noqa: FBT001 - the shape of `Find`
    """Return the images of a file, `taken` when a kustomization or chart takes it; raises `Unreadable`."""
    return formats.find_taken(path, text) if taken else formats.find_images(path, text)


Find = Callable[[str, str, bool], tuple[ImageUse, ...]]
"""`find_uses`, or something that answers as it does and remembers."""


def read_images(
    source: Source, files: Sequence[ChangedFile], commits: tuple[str, str], find: Find = find_uses
) -> ImagesRead:
    """Find and compare the images of changed files, as the files themselves tell them."""
    base, head = commits
    named = _named(source, files, commits)
    before = _side(source, base, [file.base_path for file in files], _Finding(find, named.before, named.data))
    after = _side(source, head, [file.head_path for file in files], _Finding(find, named.after, named.data))
    renames = {file.path: file.previous_path for file in files if file.previous_path is not None}
    unnamed = [file for file in files if file.base_path not in named.before and file.head_path not in named.after]
    others = _moved(source, unnamed, commits)
    images = diff(
        (*before.uses, *others.before), (*after.uses, *others.after), renames, {one.path for one in before.unreadable}
    )
    places = {*after.unreadable, *others.unread, *unreadable_changes(before.uses, after.uses, renames)}
    said = newly_said(before.uses, after.uses, renames)
    elsewhere = _elsewhere(source, head, files, others.heads)
    return ImagesRead(before.uses, after.uses, renames, images, tuple(sorted(places)), elsewhere, tuple(said))


def told(places: Iterable[UnreadablePlace]) -> tuple[UnreadablePlace, ...]:
    """Return places in their order, at most `MAX_PLACES`, and one more that stands for all the rest."""
    found = sorted(places)
    rest = found[MAX_PLACES:]
    if not rest:
        return tuple(found)
    return (*found[:MAX_PLACES], replace(rest[0], reason=f"this and {len(rest) - 1:,} more places"))


def _named(source: Source, files: Iterable[ChangedFile], commits: tuple[str, str]) -> Named:
    """Find what only a kustomization or chart tells to be a manifest, whatever else its name says that it is."""
    sides: tuple[list[str | None], list[str | None]] = ([], [])
    for file in files:
        for side, path in zip(sides, (file.base_path, file.head_path), strict=True):
            if path is not None and not formats.is_document(path):
                side.append(path)
    return named_files(source, sides, commits)


def _read_paths(paths: Iterable[str | None], named: frozenset[str]) -> tuple[str, ...]:
    """Return what is read, manifests first: the bound on what is read must not be spent on programs."""
    wanted = {path for path in paths if path is not None and (path in named or formats.reads(path))}
    return tuple(sorted(wanted, key=lambda path: (path not in named and not formats.deploys(path), path)))


@dataclass(frozen=True, slots=True)
class _Moved:
    """What moved in files of no known format, and why heads of such files could not be read (`None` when they were)."""

    before: tuple[ImageUse, ...]
    after: tuple[ImageUse, ...]
    heads: Mapping[str, str | None]
    unread: tuple[UnreadablePlace, ...] = ()


def _moved(source: Source, files: Iterable[ChangedFile], commits: tuple[str, str]) -> _Moved:
    """Compare both sides of changed files that no format knows; what cannot be read there is no image."""
    pairs = {
        file.base_path: file.head_path
        for file in files
        if file.base_path is not None
        and file.head_path is not None
        and formats.may_move(file.head_path)
        and not formats.reads(file.base_path)
        and not (file.mode and mode_problem(file.mode))
    }
    before: list[ImageUse] = []
    after: list[ImageUse] = []
    heads: dict[str, str | None] = {}
    olds, news = _read(source, commits[0], list(pairs)), _read(source, commits[1], list(pairs.values()))
    for (old_path, old), (new_path, new) in zip(olds, news, strict=True):
        heads[new_path] = new.problem
        if len(after) > MAX_USES:
            # As many as this are one change when they are alike: the next file must not hide behind them.
            return _Moved(tuple(before), tuple(after), heads, (UnreadablePlace(new_path, 0, _TOO_MANY),))
        if old.text is None or new.text is None:
            continue
        left, right = formats.find_moved(new_path, old.text, new.text)
        before += (replace(use, path=old_path) for use in left)
        after += right
    return _Moved(tuple(before), tuple(after), heads)


def _elsewhere(
    source: Source, head: str, files: Iterable[ChangedFile], known: Mapping[str, str | None]
) -> tuple[UnreadablePlace, ...]:
    """Find changed links and submodules of any name: one may stand for a whole folder of manifests (AT-134, AT-135)."""
    heads = {file.head_path: file.mode for file in files if file.head_path is not None}
    others = {path: mode for path, mode in heads.items() if not formats.reads(path)}
    told = {path: problem for path, mode in others.items() if mode and (problem := mode_problem(mode))}
    # Where the source does not tell what a path is, looking costs a call for each file, so names that say that they
    # are a text or a picture are passed over.
    wanted = sorted(path for path, mode in others.items() if not mode and not path.lower().endswith(_CONTENT))
    problems = {path: known[path] for path in wanted if path in known}
    rest = [path for path in wanted if path not in known]
    problems |= {path: file.problem for path, file in _read(source, head, rest)}
    leads = {_TOO_MUCH.problem, *LEADS_ELSEWHERE}
    looked = {path: problem for path, problem in problems.items() if problem is not None and problem in leads}
    places = sorted({**told, **looked}.items())
    return tuple(UnreadablePlace(path, 0, problem, elsewhere=True) for path, problem in places)


def _read(source: Source, commit: str, paths: Sequence[str]) -> Iterator[tuple[str, File]]:
    """Read files, a few at a time: what is over `MAX_READ` in all has a problem, like what is not there."""
    left = MAX_READ
    for start in range(0, len(paths), _AT_A_TIME):
        some = paths[start : start + _AT_A_TIME]
        files = source.read(commit, some) if left > 0 else dict.fromkeys(some, _TOO_MUCH)
        for path in some:
            # The comparison names it: what cannot be had at this path hides its images (a name that is not UTF-8).
            file = files.get(path, _GONE)
            left -= len(file.text or "")
            yield path, file


@dataclass(frozen=True, slots=True)
class _Finding:
    """How images are found: `taken` are the files that something takes, `data` those among them that are only data."""

    find: Find
    taken: frozenset[str]
    data: frozenset[str]


def _side(source: Source, commit: str, paths: Iterable[str | None], finding: _Finding) -> _Side:
    taken, data = finding.taken, finding.data
    uses: list[ImageUse] = []
    unreadable: list[UnreadablePlace] = []
    for path, file in _read(source, commit, _read_paths(paths, taken)):
        try:
            found = finding.find(path, _text(file), path in taken)
        except Unreadable as error:
            told = path not in data if path in taken else formats.deploys(path)
            if not told and file.problem not in LEADS_ELSEWHERE:
                continue
            unreadable.append(UnreadablePlace(path, error.line or 0, error.reason))
            continue
        if len(uses) + len(found) > MAX_USES:
            unreadable.append(UnreadablePlace(path, 0, _TOO_MANY))
        else:
            uses += found
    return _Side(resolved(uses), tuple(unreadable))


def _text(file: File) -> str:
    if file.text is None:
        raise Unreadable(file.problem or "it could not be read")
    return file.text
