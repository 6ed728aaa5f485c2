"""Time and peak memory of the main job on huge pull requests, in a worker process of its own.

    python bench/huge_pull_requests.py [files] [large] [documents]

`files`: 4,000 changed manifests, beyond GitHub's lists, so git fetches them. `large`: one of 50 MB among 3,001 files.
`documents`: a file of 100,000 pods, above the size limit, and one of 14,000. `small-documents`: 100,000 below it.
GitHub, git server and registry are simulated in this process; what is measured is the worker's.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.adapters.work_queue import Work  # noqa: E402 - the path comes first
from app.core.pull_request import PullRequestRef  # noqa: E402
from tests.fakes.github.gitobjects import Content  # noqa: E402
from tests.fakes.stage import Stage  # noqa: E402

POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: n{0}\nspec:\n  containers:\n    - name: c\n      image: {1}\n"
POLICY = "version: 1\nunmatched: allow\n"


def peak() -> int:
    """Return the most memory that this process ever held, in MiB (not `ru_maxrss`, which a child begins with)."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def worker(argument: str) -> None:
    """Judge one pull request and print what it took."""
    from app.bootstrap.records import make_ledger  # noqa: PLC0415 - loads what only the worker needs
    from app.bootstrap.working import worker_program  # noqa: PLC0415
    from app.settings import read  # noqa: PLC0415

    fields = json.loads(argument)
    settings = read(os.environ)
    make_ledger(settings)
    program = worker_program(settings)
    idle = peak()
    began, cpu = time.perf_counter(), time.process_time()
    program.handle(Work(PullRequestRef(**fields), "bench", "bench"))
    took = {
        "seconds": round(time.perf_counter() - began, 2),
        "cpu": round(time.process_time() - cpu, 2),
        "MiB before": idle,
        "MiB peak": peak(),
    }
    program.close()
    print(json.dumps(took))


def four_thousand(image: str) -> tuple[dict[str, Content], dict[str, Content]]:
    paths = [f"apps/{number // 50}/{number}.yaml" for number in range(4_000)]
    every = {f"apps/{number // 50}/{number}.yaml": POD.format(number, f"{image}:1.0") for number in range(20_000)}
    return dict(every), {path: POD.format(number, f"{image}:1.1") for number, path in enumerate(paths)}


def large(image: str) -> tuple[dict[str, Content], dict[str, Content]]:
    noise = random.Random(1).randbytes(25_000_000).hex().encode()
    notes: dict[str, Content] = {f"notes/{number}.txt": str(number) for number in range(3_001)}
    return {"app.yaml": POD.format(1, f"{image}:1.0")}, {
        "app.yaml": POD.format(1, f"{image}:1.1"),
        "zzz.yaml": noise,
    } | notes


def documents(image: str) -> tuple[dict[str, Content], dict[str, Content]]:
    def many(count: int, tag: str) -> str:
        return "---\n".join(f"kind: Pod\nspec: {{containers: [{{image: '{image}:{tag}'}}]}}\n" for _ in range(count))

    before: dict[str, Content] = {"within.yaml": many(14_000, "1.0"), "over.yaml": many(100_000, "1.0")}
    return before, {"within.yaml": many(14_000, "1.1"), "over.yaml": many(100_000, "1.1")}


def hundred_thousand(_: str) -> tuple[dict[str, Content], dict[str, Content]]:
    """100,000 documents that fit into the size limit: as small as a document can be."""
    return {"many.yaml": "--- a\n" * 100_000}, {"many.yaml": "--- b\n" * 100_000}


CASES: dict[str, Callable[[str], tuple[dict[str, Content], dict[str, Content]]]] = {
    "files": four_thousand,
    "large": large,
    "documents": documents,
    "small-documents": hundred_thousand,
}


def measure(name: str) -> None:
    stage = Stage()
    stage.github.start()
    stage.registry.start()
    try:
        (stage.folder / "app.pem").write_text(stage.github.private_key_pem, encoding="utf-8")
        (stage.folder / "trusted_root.json").write_bytes(stage.sigstore.trusted_root_json())
        stage.github.organization("acme")
        stage.github.repository("acme/.github")
        repository = stage.github.repository("acme/gitops")
        for tag in ("1.0", "1.1"):
            stage.registry.put_image("acme/api", tag, seed=tag)
        before, after = CASES[name](f"{stage.registry.host}/acme/api")
        repository.commit("main", {".github/assay.yml": POLICY, **before}, author="owner")
        repository.commit("bump", after, author="dana", parents=["main"])
        pull = repository.open_pull_request("bump", author="dana")
        fields = {
            "installation": stage.github.installation("acme").id,
            "repository_id": repository.id,
            "owner": "acme",
            "name": "gitops",
            "number": pull.number,
            "base_ref": "main",
            "head": pull.head_sha,
        }
        command = [sys.executable, __file__, "--worker", json.dumps(fields)]
        done = subprocess.run(command, env=stage.environment, cwd=ROOT, capture_output=True, check=False)
        states = {one.context: (one.state, one.description) for one in repository.latest_statuses(pull.head_sha)}
        print(name, done.stdout.decode().strip() or done.stderr.decode()[-1500:], states, flush=True)
    finally:
        stage.stop()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        worker(sys.argv[2])
    else:
        for case in sys.argv[1:] or CASES:
            measure(case)
