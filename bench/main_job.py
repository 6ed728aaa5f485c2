"""What one image bump costs: calls, requests, and the time of each step. Usage: python -m bench.main_job [PULLS].

The whole program (`python -m app serve`, SQLite) against the simulated GitHub and a registry on loopback: pull requests
are opened one after the other, each moving one signed image to another, so that what is printed is latency, not
throughput. *cold* is the first, *warm* the median of the rest. Steps are the times between calls as GitHub saw them.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence

from tests.e2e.conftest import IDENTITY, ISSUER, policy
from tests.fakes.github.repository import Repository
from tests.fakes.github.state import Call
from tests.fakes.stage import Stage

CONTEXTS = {"assay/images: main", "assay/review: main"}


def image(stage: Stage, seed: int) -> str:
    digest = stage.registry.put_image("acme/api", seed=str(seed))
    signer = stage.sigstore.signer(IDENTITY, ISSUER)
    stage.registry.attach(stage.sigstore.sign(digest, f"{stage.registry.host}/acme/api", signer), "acme/api")
    return f"{stage.registry.host}/acme/api@{digest}"


def manifest(name: str) -> str:
    return f"kind: Pod\napiVersion: v1\nspec:\n  containers:\n    - name: api\n      image: {name}\n"


def measured(stage: Stage, repository: Repository, number: int) -> dict[str, float]:
    repository.commit(f"bump-{number}", {"app.yaml": manifest(image(stage, number + 1))}, parents=["main"])
    calls, requests = len(stage.github.requests), len(stage.registry.requests)
    began = time.monotonic()
    pull = repository.open_pull_request(f"bump-{number}")
    delivered = time.monotonic()

    def judged() -> bool:
        latest = {one.context: one.state for one in repository.latest_statuses(pull.head_sha)}
        return set(latest) >= CONTEXTS and set(latest.values()) == {"success"} and bool(pull.comments)

    stage.wait(judged, "it is judged")
    seen = stage.github.requests[calls:]
    return {
        "reads": sum(reading(call) for call in seen),
        "token requests": sum("access_tokens" in call.path for call in seen),
        "writes": sum(not reading(call) and "access_tokens" not in call.path for call in seen),
        "registry requests": len(stage.registry.requests) - requests,
        "acknowledged, ms": (delivered - began) * 1000,
        "first read after, ms": (seen[0].at - delivered) * 1000,
        "reads, ms": between(seen, first_write(seen)[:1], seen[:1]),
        "pending statuses after delivery, ms": (last_pending(seen).at - delivered) * 1000,
        "evidence, judging and second look, ms": between(seen, first_final(seen)[:1], [last_pending(seen)]),
        "last status after delivery, ms": (last_status(seen).at - delivered) * 1000,
        "comment after delivery, ms": (seen[-1].at - delivered) * 1000,
    }


def reading(call: Call) -> bool:
    return call.method == "GET" or call.path == "/graphql"


def writes(calls: Sequence[Call]) -> list[Call]:
    return [call for call in calls if "/statuses/" in call.path and call.method == "POST"]


def first_write(calls: Sequence[Call]) -> list[Call]:
    return writes(calls)


def last_pending(calls: Sequence[Call]) -> Call:
    return [call for call in writes(calls) if call.body["state"] == "pending"][-1]


def first_final(calls: Sequence[Call]) -> list[Call]:
    return [call for call in writes(calls) if call.body["state"] != "pending"]


def last_status(calls: Sequence[Call]) -> Call:
    return writes(calls)[-1]


def between(_calls: Sequence[Call], later: Sequence[Call], earlier: Sequence[Call]) -> float:
    return (later[0].at - earlier[0].at) * 1000


def main(count: int) -> None:
    with Stage() as stage:
        stage.github.organization("acme", members=["dana"])
        stage.github.repository("acme/.github")
        repository = stage.github.repository("acme/gitops")
        old = manifest(image(stage, 0))
        repository.commit("main", {".github/assay.yml": policy(stage.registry.host), "app.yaml": old})
        rows = [measured(stage, repository, number) for number in range(count)]
        for violation in stage.github.violations:
            print(f"broke GitHub's contract: {violation}")
    print(f"{'':40} {'cold':>8} {'warm':>8} {'worst':>8}")
    for name in rows[0]:
        warm = [row[name] for row in rows[1:]]
        print(f"{name:40} {rows[0][name]:8.1f} {statistics.median(warm):8.1f} {max(warm):8.1f}")
    chain = int(statistics.median(row["reads"] + row["writes"] for row in rows[1:]))
    print(f"calls to GitHub that wait for each other, warm: {chain}; the registry's chain: bench.registry_requests")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
