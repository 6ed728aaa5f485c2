"""What one image costs both tools: by the clock and of the processor."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from app.bootstrap.verifying import search, terminal_registry, verify_job
from app.cli import outcomes
from app.cli.cosign_types import predicate_type
from app.core.attestation import Word
from app.core.oci import ImageReference
from app.jobs.ports import Registry
from app.jobs.verify_image import VerifyJob, Wish
from bench.cosign_asking import assay_arguments, by_assay, by_cosign, write
from bench.cosign_rows import Row, rows
from bench.cosign_tools import IDENTITY, ROOT, Tools
from bench.private_services import ISSUER
from bench.signature_store import Store


def print_times(tools: Tools, rounds: int) -> None:
    """Time both on one image with one attestation, as processes and, of Assay, in process."""
    store, row = (
        Store(tools.registry),
        next(one for one in rows(tools.version) if one.name == ".att, keyless, log 1 (dsse)"),
    )
    digest = store.image("acme/timed", f"timed {tools.version}")
    image = f"{tools.registry}/acme/timed@{digest}"
    made, said = write(tools, row, image)
    if not made:
        print(f"  not timed: {said}")
        return
    arguments = assay_arguments(tools, row, image)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def process() -> bool:
        command = [sys.executable, "-m", "app", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0

    job, settings = _job(tools, row), outcomes.settings()
    reference, held = ImageReference.parse(image), terminal_registry(settings)

    def judged(registry: Registry) -> bool:
        found = job.image(image, reference, search(job, registry, settings))
        return {one.word for one in found.asked} == {Word.VERIFIED}

    timed = {
        "cosign verify-attestation, process": lambda: by_cosign(tools, row, image)[0],
        "assay verify, process": process,
        "the command in process, everything anew": lambda: by_assay(tools, row, image)[0],
        "the job in process, nothing known of the registry": lambda: judged(terminal_registry(settings)),
        "the job in process, connections kept": lambda: judged(held),
    }
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in timed}
    for name, work in timed.items():
        if not work():
            print(f"  not timed: {name} refuses")
            return
    # In turns, so that whatever else the machine does slows all of them down; processor time is no other program's.
    for _ in range(rounds):
        for name, work in timed.items():
            spent[name].append(_spent(work))
    print(f"  median of {rounds}, in milliseconds                    waited  processor   times less than cosign")
    medians = {name: [statistics.median(one) for one in zip(*each, strict=True)] for name, each in spent.items()}
    cosign = medians["cosign verify-attestation, process"]
    for name, (waited, used) in medians.items():
        less = f"{cosign[0] / waited:6.1f} {cosign[1] / used:6.1f}"
        print(f"  {name:50} {waited * 1000:7,.1f} {used * 1000:10,.1f}   {less}")


def _job(tools: Tools, row: Row) -> VerifyJob:
    wish = Wish(identity=IDENTITY, issuer=ISSUER, types=(predicate_type(row.type),))
    return verify_job(wish, outcomes.settings(), tools.folder / "trusted_root.json")


def _spent(work: Callable[[], object]) -> tuple[float, float]:
    """Do it; return seconds by the clock, and of the processor for this process and its children."""
    start, used = time.perf_counter(), _processor()
    work()
    return time.perf_counter() - start, _processor() - used


def _processor() -> float:
    each = (resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in each)
