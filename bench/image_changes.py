"""Score the detection of image changes on real commits of update bots.

    python bench/image_changes.py [--out FILE] [scorer options: --need-line, --misses 100, …]

Reads both sides of every record in the folder of real data beside the checkout, compares them and hands the changes,
one entry a place, to the data's own scorer. Prints the time that reading and comparing took, too.
"""

from __future__ import annotations

import argparse
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

ROOT = pathlib.Path(__file__).resolve().parents[1]
DATA = ROOT / "../shared/data/images"
sys.path.insert(0, str(ROOT))

from app import formats  # noqa: E402 - the program runs from anywhere
from app.core.errors import Unreadable  # noqa: E402
from app.core.inventory import ImageUse, ImageVersion, diff, resolved  # noqa: E402

ITEMS = (
    "prow-job,k8s-workload,flux-helmrelease-values,dockerfile,helm-values,tekton,crd,yaml-other,script,gh-workflow,"
    "docker-compose,code-ts,terraform,other-conf,kustomize-images,helm-template,ci-config,argocd-application,dotenv,"
    "configmap-embedded,argo-workflow,kustomize-inline-patch"
)
"""Every place where the data has an image."""


def rows(name: str) -> Iterator[dict[str, object]]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


class Reader:
    """Reads each content once and remembers what could not be read."""

    def __init__(self) -> None:
        self.texts = {str(row["id"]): str(row["text"]) for row in rows("blobs.jsonl.gz")}
        self.unreadable: dict[tuple[str, str], str] = {}
        self.files = self.characters = 0

    def uses(self, path: str, blob: str | None) -> tuple[ImageUse, ...]:
        """Find the images of one side of a file; none where there is no such side."""
        if blob is None or not formats.reads(path):
            return ()
        self.files += 1
        self.characters += len(self.texts[blob])
        try:
            return formats.find_images(path, self.texts[blob])
        except Unreadable as error:
            self.unreadable[path, blob] = f"{error.reason} (line {error.line})"
            return ()

    def moved(self, file: dict[str, str]) -> tuple[tuple[ImageUse, ...], tuple[ImageUse, ...]]:
        """Find what moved in a file that no format knows."""
        old_path = file.get("old_path") or file["path"]
        sides = (self.texts.get(file["base"] or ""), self.texts.get(file["head"] or ""))
        if formats.reads(old_path) or not formats.may_move(file["path"]) or None in sides:
            return (), ()
        self.files += 2
        return formats.find_moved(file["path"], sides[0], sides[1])


def version(prefix: str, value: ImageVersion | None) -> dict[str, str | None]:
    digest = None if value is None or value.digest is None else str(value.digest)
    return {f"{prefix}_tag": None if value is None else value.tag, f"{prefix}_digest": digest}


def changes(record: dict, reader: Reader) -> list[dict[str, object]]:
    before: list[ImageUse] = []
    after: list[ImageUse] = []
    renames = {file["path"]: file["old_path"] for file in record["files"] if file.get("old_path")}
    for file in record["files"]:
        before += reader.uses(file.get("old_path") or file["path"], file["base"])
        after += reader.uses(file["path"], file["head"])
        old, new = reader.moved(file)
        before += (replace(use, path=file.get("old_path") or file["path"]) for use in old)
        after += new
    return [
        {
            "path": use.path,
            "line": use.line,
            "repository": None if change.name is None else str(change.name),
            **version("old", change.before),
            **version("new", change.after),
        }
        for change in diff(resolved(before), resolved(after), renames)
        for use in change.uses
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, help="keep the changes in this file")
    parser.add_argument("--all", action="store_true", help="do not ask for places by name: score whatever the data has")
    options, scorer = parser.parse_known_args()
    reader = Reader()
    started = time.perf_counter()
    found = [{"id": record["id"], "changes": changes(record, reader)} for record in rows("records.jsonl.gz")]
    seconds = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as folder:
        out = options.out or pathlib.Path(folder) / "changes.jsonl"
        out.write_text("".join(json.dumps(line) + "\n" for line in found), encoding="utf-8")
        places = [] if options.all else ["--formats", ITEMS]
        command = [sys.executable, DATA / "score.py", DATA / "records.jsonl.gz", out, *places, *scorer]
        code = subprocess.run(command, check=False).returncode
    megabytes = reader.characters / 1e6
    speed = f"{seconds:.1f} s ({megabytes / seconds:.2f} MB/s)"
    print(f"\n{reader.files} files, {megabytes:.1f} MB read and compared in {speed}")
    print(f"{len(reader.unreadable)} contents could not be read:")
    for reason, count in Counter(reader.unreadable.values()).most_common():
        print(f"  {count:4} {reason}: {next(path for (path, _), why in reader.unreadable.items() if why == reason)}")
    return code


if __name__ == "__main__":
    sys.exit(main())
