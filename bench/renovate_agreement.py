"""Compare the images found at the head of repositories with what Renovate's managers extract.

    python bench/renovate_agreement.py RENOVATE_FOLDER REPOSITORY... [--show N]

RENOVATE_FOLDER is where `npm install renovate@34` was run (that release still offers its managers to other programs).
Both read the same files, each as a process of its own; a place is a file, a repository, a tag and a digest. Prints how
many places both found and what only one of them did, by format and kind of difference.
"""

from __future__ import annotations

import argparse
import io
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app import formats  # noqa: E402 - the program runs from anywhere
from app.core.errors import InvalidReference, Unreadable  # noqa: E402
from app.core.oci import ImageReference  # noqa: E402

Place = tuple[str, str, str, str]
"""File, normalised repository, tag, digest; empty text for what is not written."""


def ours(folder: str) -> Iterator[list[str]]:
    """Return the images in the files of a folder, in the form of the other extraction."""
    for path in sorted(pathlib.Path(folder).rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not path.is_file() or not formats.reads(name):
            continue
        try:
            uses = formats.find_images(name, path.read_text("utf-8-sig"))
        except (Unreadable, UnicodeDecodeError) as error:
            print(f"not read: {name}: {error}", file=sys.stderr)
            continue
        for use in uses:
            if use.name is not None and not use.problem:
                yield [name, use.format, str(use.name), use.tag or "", str(use.digest or "")]


def normal(name: str) -> str:
    """Return a repository as we write it; what is none stays as it is."""
    try:
        return str(ImageReference.parse(name.removeprefix("oci://").removeprefix("docker://")).name)
    except InvalidReference:
        return name


def run(command: list[str]) -> tuple[dict[Place, str], float]:
    """Return the places that a process prints with the format or manager of each, and the seconds that it took."""
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=True)
    took = time.perf_counter() - began
    found: dict[Place, str] = {}
    for line in done.stdout.decode("utf-8").splitlines():
        path, kind, name, tag, digest = json.loads(line)
        found.setdefault((path, normal(name), tag or "", digest or ""), kind)
    return found, took


def compare(renovate: str, repository: str, show: int) -> None:
    """Print the comparison of one repository's head."""
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(["git", "-C", repository, "archive", "HEAD"], capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(folder, filter="data")
        script = str(ROOT / "bench/renovate_extract.js")
        theirs, their_time = run(["node", script, renovate, folder])
        mine, my_time = run([sys.executable, __file__, "--ours", folder])
    both = theirs.keys() & mine.keys()
    print(f"{repository}: both {len(both)}, only Renovate {len(theirs) - len(both)}, only ours {len(mine) - len(both)}")
    print(f"  seconds: Renovate {their_time:.1f}, ours {my_time:.1f} ({their_time / my_time:.1f}x)")
    for title, some, others in (("only Renovate", theirs, mine), ("only ours", mine, theirs)):
        only = sorted(some.keys() - others.keys())
        why = {place: reason(place, others) for place in only}
        for (kind, cause), count in Counter((some[place], why[place]) for place in only).most_common():
            print(f"  {title}: {count} {kind}: {cause}")
        for place in only[:show]:
            print(f"    {some[place]} {why[place]}: {' '.join(place)}")


def reason(place: Place, others: dict[Place, str]) -> str:
    """Say how a place differs from the nearest that the other side has."""
    near = [other for other in others if other[0] == place[0]]
    if any(other[1] == place[1] for other in near):
        return "other version"
    if any(other[2:] == place[2:] and any(place[2:]) for other in near):
        return "other repository"
    return "not found in this file" if near else "nothing found in this file"


def main() -> int:
    """Compare every repository that is named."""
    if sys.argv[1:2] == ["--ours"]:
        for row in ours(sys.argv[2]):
            print(json.dumps(row))
        return 0
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("renovate")
    parser.add_argument("repositories", nargs="+")
    parser.add_argument("--show", type=int, default=0, help="differences of each side to print")
    options = parser.parse_args()
    for repository in options.repositories:
        compare(options.renovate, repository, options.show)
    return 0


if __name__ == "__main__":
    sys.exit(main())
