"""What kill -9 of worker and web in the middle of deliveries loses and doubles. Usage: python -m bench.killed [N].

The whole program under its supervisor. A delivery that met a web process that was not there was never acknowledged:
GitHub shows it as failed, and it is delivered again afterwards, as an operator would do from that list.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import policy
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.stage import Stage

IMAGES = "assay/images: main"
KILLS = {7: "worker", 15: "web", 23: "worker", 31: "web", 39: "worker"}


def kill(stage: Stage, name: str) -> None:
    found: list[str] = []
    stage.wait(lambda: found.extend(running(stage, name)) or found, f"there is a process {name} to kill")
    for one in found:
        os.kill(int(one), signal.SIGKILL)


def running(stage: Stage, name: str) -> list[str]:
    """Name the process and its own children, oldest first; empty when it does not run."""
    for process in children(str(stage.pid)):
        line = Path(f"/proc/{process}/cmdline").read_text(encoding="utf-8").replace("\0", " ")
        if f"app {name}" in line or f"assay-{name}" in line:
            return [process, *children(process)]
    return []


def children(process: str) -> list[str]:
    return subprocess.run(["pgrep", "-P", process], capture_output=True, text=True, check=False).stdout.split()


def judged(pull: PullRequest) -> bool:
    latest = {one.context: one.state for one in pull.repository.latest_statuses(pull.head_sha)}
    return latest.get(IMAGES) == "failure" and bool(pull.comments)


def main(count: int) -> None:
    with Stage() as stage:
        stage.github.organization("acme", members=["dana"])
        stage.github.repository("acme/.github")
        repository = stage.github.repository("acme/gitops")
        repository.commit("main", {".github/assay.yml": policy(stage.registry.host)})
        pulls = []
        for number in range(count):
            digest = stage.registry.put_image("acme/api", seed=str(number))
            text = f"kind: Pod\nspec:\n  containers:\n    - image: {stage.registry.host}/acme/api@{digest}\n"
            repository.commit(f"b{number}", {f"app-{number}.yaml": text}, parents=["main"])
            pulls.append(repository.open_pull_request(f"b{number}"))
            if number in KILLS:
                kill(stage, KILLS[number])
        stage.wait(stage._ready, "the web is back")  # noqa: SLF001 - the stage is ours
        opened = [one for one in stage.github.deliveries if one.event == "pull_request"]
        failed = [one for one in opened if not one.succeeded]
        for one in failed:
            stage.github.redeliver(one)
        stage.wait(lambda: all(judged(pull) for pull in pulls), "all are judged", 120)
        doubled = sum(len(pull.comments) - 1 for pull in pulls)
        lost = sum(not judged(pull) for pull in pulls)
    print(f"{count} deliveries; killed: {', '.join(KILLS[one] for one in sorted(KILLS) if one < count)}")
    print(f"acknowledged at once {len(opened) - len(failed)}, while the web was down (redelivered) {len(failed)}")
    print(f"lost {lost}, comments doubled {doubled}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
