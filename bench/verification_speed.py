"""How quick verification is, form by form: against this machine's raw checks, and against the real cosign.

    COSIGN_V2=… COSIGN_V3=… python -m bench.verification_speed [--rounds 7] [--seconds 1] [--only TEXT]

Needs cosign 2 or 3 (the variables, or `cosign` in PATH; the newer one is compared with) and Debian's docker-registry or
`--registry HOST:PORT` on loopback. Cosign signs each form with a private Sigstore on loopback; then both verify it.

**Rate.** `checks` are the signature checks in one verification, counted as they are made (see `checks.py`): the log's
promise and checkpoint, the certificate's chain and its log's word, the stamp with its chain, the signature; nearly all
of it twice where sigstore-python is asked too. The rate of verifications times their checks is then put over the rate
of P-256 checks by `openssl speed`, in two ways. `by cost` a check counts as many P-256 checks as this process does in
its time: 1 for P-256, about 4.7 for P-384, 5.7 for P-521, 1.4 for Ed25519, 0.3 for RSA of 2048 bits. `as one` every
check counts as one, whatever its kind. `at most` is what `as one` were if nothing but the checks took any time: every
keyless chain has two signatures on P-384, as Fulcio's has, and a stamp's chain one more, so that no program comes near
1 there. A timestamp's chain is checked by an OpenSSL inside rfc3161-client, whose P-384 takes 1.7 times as long as the
one that is counted with.

**Cosign.** How many times less than the whole cosign process, of the processor and by the clock. `proof` is the
verification with the evidence in hand (processor only). `remembered` is the job of `assay verify` in a process that
runs already and has asked the registry before, as the worker does when it looks again; in `job` the registry is asked,
in six or seven requests, for every place counts; cosign asks in one. `process` is the whole process. There Python
cannot keep up. Cosign is done before Python has loaded cryptography and an HTTP client, and about half of our start is
the making of our own types: some two hundred frozen dataclasses, for each of which Python 3.11 compiles six functions
anew. Sigstore-python comes on top for the bundles that it reads. It is measured so that it does not grow.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.adapters.evidence_cache import EvidenceCache
from app.bootstrap.registries import registries
from app.bootstrap.terminal import terminal_audience
from app.bootstrap.verifying import search, terminal_registry, verify_job
from app.cli import outcomes
from app.cli.cosign_types import predicate_type
from app.core.attestation import Bundle, PublicKey, Rejection, RootState, SignedStatement, Word
from app.core.oci import Digest, ImageReference
from app.jobs.ports import Registry, Verifier
from app.jobs.verify_image import VerifyJob, Wish
from bench.checks import counted, openssl_rate, rate, raw_rates
from bench.cosign_asking import How, assay_arguments, by_cosign, write
from bench.cosign_rows import Row, rows
from bench.cosign_tools import IDENTITY, ROOT, Tools, cosigns, prepare, registry
from bench.private_services import ISSUER, PrivateServices, present
from bench.signature_store import Store
from tests.fakes.sigstore import PrivateSigstore

FORMS = (
    ".sig, ecdsa-p256 key, no log",
    ".sig, ecdsa-p384 key, no log",
    ".sig, ecdsa-p521 key, no log",
    ".sig, rsa key, no log",
    ".sig, ecdsa-p256 key, log 1",
    ".sig, keyless, log 1",
    ".sig, keyless, log 1, stamp",
    ".att, key, log 1 (dsse)",
    ".att, keyless, log 1 (dsse)",
    ".att, keyless, log 1 (intoto)",
    "bundle, ecdsa-p256 key, no log",
    "bundle, key, log 1, stamp",
    "bundle, key, log 2, stamp",
    "bundle, keyless, log 1, no stamp",
    "bundle, keyless, log 1, stamp",
    "bundle, keyless, log 2, stamp",
    "bundle, keyless, stamp only",
)
_Ask = tuple[Bundle, Sequence[Digest], Sequence[PublicKey]]


@dataclass
class Listening:
    """A verifier that remembers what it was asked and accepted."""

    verifier: Verifier
    accepted: list[_Ask] = field(default_factory=list)

    def verify(
        self, bundle: Bundle, subjects: Sequence[Digest], keys: Sequence[PublicKey]
    ) -> SignedStatement | Rejection:
        """Ask the real one."""
        outcome = self.verifier.verify(bundle, subjects, keys)
        if isinstance(outcome, SignedStatement):
            self.accepted.append((bundle, subjects, keys))
        return outcome

    def roots(self) -> tuple[RootState, ...]:
        """Ask the real one."""
        return self.verifier.roots()


@dataclass(frozen=True, slots=True)
class Machine:
    """What it does of nothing but checks: of each kind in this process, and of P-256 by openssl."""

    raw: Mapping[str, float]
    openssl: float

    def cost(self, checks: Mapping[str, int]) -> float:
        """Return the seconds that the checks take by themselves."""
        return sum(number / self.raw[kind] for kind, number in checks.items())


@dataclass(frozen=True, slots=True)
class Works:
    """What is timed of one form; each says whether it accepted."""

    cosign: Callable[[], bool]
    proof: Callable[[], bool]
    remembered: Callable[[], bool]
    job: Callable[[], bool]
    process: Callable[[], bool]


def works(tools: Tools, row: Row, image: str) -> Works | None:
    """Prepare what is timed; `None` when Assay does not accept it."""
    settings = outcomes.settings()
    keys = {} if row.keyless else {f"{row.signer}.pub": (tools.folder / f"{row.signer}.pub").read_text()}
    who = {"identity": IDENTITY, "issuer": ISSUER} if row.keyless else {"keys": keys}
    wish = Wish(**who, types=(predicate_type(row.type),) if row.type else (), insecure_ignore_log=not row.logged)
    made = verify_job(wish, settings, tools.folder / "trusted_root.json")
    listening = Listening(made.verifier)
    reference, held = ImageReference.parse(image), terminal_registry(settings)

    remembering = EvidenceCache(registries(settings, terminal=True)).open(terminal_audience())

    def judged(job: VerifyJob, registry: Registry) -> bool:
        found = job.image(image, reference, search(job, registry, settings))
        return {one.word for one in found.asked} == {Word.VERIFIED}

    if not judged(VerifyJob(listening, wish), remembering) or len(listening.accepted) != 1:
        return None
    (asked,) = listening.accepted
    how = How(log=row.logged)
    command = [sys.executable, "-m", "app", *assay_arguments(tools, row, image, how)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return Works(
        cosign=lambda: by_cosign(tools, row, image, how)[0],
        proof=lambda: isinstance(made.verifier.verify(*asked), SignedStatement),
        remembered=lambda: judged(made, remembering),
        job=lambda: judged(made, held),
        process=lambda: subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0,
    )


def spent(work: Callable[[], bool]) -> tuple[float, float]:
    """Do it; return seconds of the processor for this process and its children, and by the clock."""
    start, used = time.perf_counter(), _processor()
    if not work():
        raise SystemExit("what is timed does not verify")
    return _processor() - used, time.perf_counter() - start


def _processor() -> float:
    each = (resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in each)


def times(timed: Works, rounds: int) -> dict[str, tuple[float, float]]:
    """Return the medians; in turns, so that whatever else the machine does slows all of them down."""
    each = {"cosign": timed.cosign, "remembered": timed.remembered, "job": timed.job, "process": timed.process}
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in each}
    for _ in range(rounds):
        for name, work in each.items():
            measured[name].append(spent(work))
    return {name: _medians(found) for name, found in measured.items()}


def _medians(found: Sequence[tuple[float, float]]) -> tuple[float, float]:
    used, waited = zip(*found, strict=True)
    return statistics.median(used), statistics.median(waited)


@dataclass(frozen=True, slots=True)
class Measured:
    """One form in a line, and what the targets are about: raw checks by cost, times less than cosign in process."""

    line: str
    by_cost: float
    remembered: float
    job: float


def measured(row: Row, timed: Works, machine: Machine, chosen: argparse.Namespace) -> Measured:
    """Measure one form."""
    checks = counted(timed.proof)
    done = rate(timed.proof, chosen.seconds)
    number, cost = sum(checks.values()), machine.cost(checks)
    as_one, at_most = done * number / machine.openssl, number / cost / machine.openssl
    by_cost = done * cost * machine.raw["P-256"] / machine.openssl
    took = times(timed, chosen.rounds)
    used, waited = took["cosign"]
    less = {name: (used / took[name][0], waited / took[name][1]) for name in took}
    ratios = " ".join(f"{less[name][0]:6.1f} {less[name][1]:6.1f}" for name in ("remembered", "job"))
    ratios += f" {less['process'][0]:6.2f} {less['process'][1]:6.2f}"
    kinds = " ".join(f"{kind}:{count}" for kind, count in sorted(checks.items()))
    milliseconds = " ".join(f"{took[name][0] * 1000:6.1f}" for name in ("cosign", "job", "process"))
    rates = f"{done:6,.0f} {by_cost:7.2f} {as_one:6.2f} {at_most:7.2f}"
    line = f"{row.name:33} {kinds:27} {rates}   {used * done:6.0f} {ratios}   {milliseconds}"
    return Measured(line, by_cost, less["remembered"][0], less["job"][0])


def _titles() -> Iterator[str]:
    over = f"{'':33} {'':27} {'':6} {'of raw P-256 checks':>22}   {'times less than cosign (cpu, clock)':48}"
    yield f"{over}   {'processor, ms':>15}"
    raw = f"{'by cost':>7} {'as one':>6} {'at most':>7}"
    ratios = f"{'proof':>6} {'remembered':>13} {'job':>13} {'process':>13}"
    yield (
        f"{'form, written by cosign':33} {'checks':27} {'a sec.':>6} {raw}   {ratios}   "
        f"{'cosign':>6} {'job':>6} {'process':>7}"
    )


def print_table(tools: Tools, chosen: argparse.Namespace) -> None:
    """Let cosign write each form, and measure both on it."""
    raw = raw_rates(chosen.seconds)
    listed = ", ".join(f"{kind} {found:,.0f}" for kind, found in raw.items())
    by_openssl = openssl_rate()
    said = (
        f"openssl speed: P-256 {by_openssl:,.0f}" if by_openssl else "openssl is not here: its rate is this process's"
    )
    print(f"raw checks a second, in this process: {listed}; {said}")
    machine = Machine(raw, by_openssl or raw["P-256"])
    for title in _titles():
        print(title)
    known = {row.name: row for row in rows(tools.version)}
    store, found = Store(tools.registry), []
    for number, name in enumerate(one for one in FORMS if one in known and chosen.only in one):
        digest = store.image(f"acme/speed{number}", f"{tools.version} {name}")
        image = f"{tools.registry}/acme/speed{number}@{digest}"
        made, why = write(tools, known[name], image)
        timed = works(tools, known[name], image) if made else None
        if timed is None:
            print(f"{name:33} not timed: {why}")
            continue
        found.append(measured(known[name], timed, machine, chosen))
        print(found[-1].line, flush=True)
    if found:
        by_cost, remembered = min(one.by_cost for one in found), min(one.remembered for one in found)
        job = min(one.job for one in found)
        print(f"lowest: {by_cost:.2f} of raw checks by cost (at least 0.3 is wanted)")
        print(
            f"in process, times less than cosign: {remembered:.1f} remembered (at least 5 are wanted), {job:.1f} asked"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--registry", help="a registry on loopback that accepts pushes")
    options.add_argument("--only", default="", help="only forms whose name holds this")
    options.add_argument("--rounds", type=int, default=7, help="how often each process is timed")
    options.add_argument("--seconds", type=float, default=1.0, help="how long each rate is measured")
    chosen = options.parse_args(arguments)
    programs = cosigns()
    if not programs:
        raise SystemExit("name cosign's programs in COSIGN_V2 and COSIGN_V3")
    version = max(programs)
    now = present()
    sigstore = PrivateSigstore("private", now)
    with (
        registry(chosen.registry) as host,
        PrivateServices(sigstore, now) as services,
        tempfile.TemporaryDirectory() as folder,
    ):
        os.environ["ASSAY_ALLOWED_PRIVATE_REGISTRIES"] = host
        tools = Tools(programs[version], version, Path(folder), host, services)
        prepare(tools, sigstore)
        print_table(tools, chosen)


if __name__ == "__main__":
    main()
