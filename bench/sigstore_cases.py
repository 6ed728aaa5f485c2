"""Score the Verifier on real signed data and measure its rate.

    python bench/sigstore_cases.py [--all] [--seconds 2]

Reads the cases in the folder of real data beside the checkout (expected verdicts are upstream's own where upstream
states one) and prints: accepted and refused as expected, for the Verifier and for sigstore-python alone; every place
where the two or the expectation disagree, with the reason; `--all` prints every case. Then the rate of whole
verifications and of the ECDSA checks in them, beside the rate of raw checks in the same process, per second of
processor time. Exit code 1 when the Verifier disagrees with an expectation.
"""

from __future__ import annotations

import argparse
import pathlib
import sys
import time
from collections.abc import Callable, Iterator

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from cryptography.hazmat.primitives import hashes  # noqa: E402 - the program runs from anywhere
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402

from app.adapters.sigstore_verifier import SigstoreVerifier  # noqa: E402
from app.adapters.sigstore_verifier.bundle import read_bundle  # noqa: E402
from app.adapters.sigstore_verifier.keys import Digested  # noqa: E402
from app.adapters.sigstore_verifier.known_refusals import KNOWN_WRONG_REFUSALS  # noqa: E402
from app.adapters.sigstore_verifier.material import Artifact  # noqa: E402
from app.adapters.sigstore_verifier.oracle import Oracle  # noqa: E402
from app.adapters.sigstore_verifier.reasons import Refused  # noqa: E402
from app.core.attestation import Bundle, Form, PublicKey, Rejection  # noqa: E402
from app.core.oci import Digest  # noqa: E402
from bench.own_steps import own_steps  # noqa: E402
from tests.adapters.sigstore_verifier.cases import Case, cases, now  # noqa: E402
from tests.fakes.sigstore import PrivateSigstore  # noqa: E402


def main() -> int:
    """Print the table and the rates."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--all", action="store_true", help="print every case")
    options.add_argument("--seconds", type=float, default=2.0, help="how long each rate is measured")
    chosen = options.parse_args()
    wrong = print_agreement(every=chosen.all)
    print_rates(chosen.seconds)
    return 1 if wrong else 0


def print_agreement(*, every: bool) -> int:
    rows = [(case, *judged(case)) for case in cases()]
    if not rows:
        print("the folder of real data is not beside this checkout")
        return 0
    for title, chosen in (
        ("all cases", rows),
        ("conformance", [row for row in rows if row[0].conformance]),
        ("legacy layers", [row for row in rows if row[0].layer is not None]),
        ("other bundles", [row for row in rows if not row[0].conformance and row[0].layer is None]),
    ):
        print(f"{title}: {len(chosen)}")
        for expected in (True, False):
            part = [row for row in chosen if row[0].accepted is expected]
            ours = sum((row[1] == "accept") is expected for row in part)
            theirs = sum((row[2] == "accept") is expected for row in part)
            word = "accepted" if expected else "refused"
            print(f"  {word:8} as expected: Assay {ours}/{len(part)}, sigstore-python alone {theirs}/{len(part)}")
    print("\ndisagreements (expected | Assay | sigstore-python)")
    for case, ours, theirs in rows:
        expected = "accept" if case.accepted else "refuse"
        if every or not expected == ours.partition(":")[0] == theirs.partition(":")[0]:
            print(f"  {case.id}\n    {expected} | {ours} | {theirs[:140]}")
            if ours == "accept" != theirs:
                print(f"    why: {reason_to_accept(case, theirs.partition(': ')[2])}")
    return sum((ours == "accept") is not case.accepted for case, ours, _ in rows)


def judged(case: Case) -> tuple[str, str]:
    result = case.verify()
    ours = f"refuse: {result.code}" if isinstance(result, Rejection) else "accept"
    if case.layer is not None:
        return ours, "refuse: cannot express a legacy layer"
    oracle = Oracle.load(case.root)
    if oracle is None:
        return ours, "refuse: cannot load the trusted root"
    refusal = oracle.refusal(case.content, signed_file(case))
    return ours, "accept" if refusal is None else f"refuse: {' '.join(refusal.split())}"


def reason_to_accept(case: Case, refusal: str) -> str:
    if case.layer is not None:
        return "a legacy layer holds a promise and no inclusion proof; our own steps alone"
    material = read_bundle(case.content)
    if material.certificate is None:
        return "signed with a key, which sigstore-python does not read (sigstore-python#1244); our own steps alone"
    if material.entry is None:
        return "an instance without a log, whose root sigstore-python cannot load; our own steps alone"
    if material.entry.proof is None:
        return "bundle 0.1 asks for a promise, not for a proof; our own steps alone"
    sources = [known.source for known in KNOWN_WRONG_REFUSALS if known.reason.fullmatch(refusal)]
    return f"known wrong refusal: {'; '.join(sources)}"


def signed_file(case: Case) -> Digested | None:
    try:
        signs_file = isinstance(read_bundle(case.content).signed, Artifact)
    except Refused:
        signs_file = b"messageSignature" in case.content
    return Digested("sha256", bytes.fromhex(Digest.parse(case.artifact).hex)) if signs_file else None


def print_rates(seconds: float) -> None:
    """Print whole verifications a second, and the ECDSA checks in them against raw checks of the same machine.

    Each check is counted on its own curve: `of raw` is the time that the same checks take when nothing else is done,
    as a part of the time of the verification. `P-256 alone` counts every check as one of P-256, which one of P-384
    (both of the chain's, as Fulcio's are) is several times as dear as.
    """
    raw = {curve.name: raw_rate(curve, seconds) for curve in (ec.SECP256R1(), ec.SECP384R1())}
    listed = ", ".join(f"{name} {found:,.0f}/s" for name, found in raw.items())
    print(f"\nraw ECDSA checks in this process: {listed}")
    print(f"{'':48} {'a second':>8} {'checks':>8} {'of raw':>7} {'P-256 alone':>11}")
    for name, work, p256, p384 in verifications():
        found = rate(work, seconds)
        of_raw = found * (p256 / raw["secp256r1"] + p384 / raw["secp384r1"])
        print(
            f"{name:48} {found:8,.0f} {p256:4}+{p384:<3} {of_raw:7.2f} {found * (p256 + p384) / raw['secp256r1']:11.2f}"
        )


def raw_rate(curve: ec.EllipticCurve, seconds: float) -> float:
    private = ec.generate_private_key(curve)
    public, signature = private.public_key(), private.sign(b"x", ec.ECDSA(hashes.SHA256()))
    return rate(lambda: public.verify(signature, b"x", ec.ECDSA(hashes.SHA256())), seconds)


def verifications() -> Iterator[tuple[str, Callable[[], object], int, int]]:
    """Yield what is verified, with how many checks on P-256 and on P-384."""
    sigstore = PrivateSigstore()
    image = Digest.of(b"image")
    signer = sigstore.signer("https://github.com/acme/api/.github/workflows/release.yml@refs/heads/main")
    root, key = sigstore.trusted_root_json(), sigstore.key()
    both, own = SigstoreVerifier(root, now), own_steps(root, now)
    one = sigstore.attest("x", image, "https://slsa.dev/provenance/v1", {}, signer)
    two = sigstore.attest("x", image, "https://slsa.dev/provenance/v1", {}, signer, rekor=2)
    # Log 1: promise, checkpoint, SCT, signature, and the chain's two. Log 2: checkpoint is Ed25519; the stamp and its
    # chain (P-384, two) instead of promise.
    yield from (
        ("bundle, log 1, with second opinion", _asking(both, one, image), 8, 4),
        ("bundle, log 1, own steps", _asking(own, one, image), 4, 2),
        ("bundle, log 2 and stamp, with second opinion", _asking(both, two, image), 4, 8),
        ("bundle, log 2 and stamp, own steps", _asking(own, two, image), 2, 4),
        (
            "legacy .sig layer, keyless",
            _asking(own, sigstore.sign(image, "x", signer, form=Form.LEGACY_SIGNATURE), image),
            3,
            2,
        ),
    )
    layer = sigstore.sign(image, "x", key, form=Form.LEGACY_SIGNATURE)
    yield "legacy .sig layer, key and log", _asking(own, layer, image, key.public()), 2, 0


def _asking(verifier: SigstoreVerifier, bundle: Bundle, image: Digest, *keys: PublicKey) -> Callable[[], object]:
    if isinstance(verifier.verify(bundle, (image,), keys), Rejection):
        raise SystemExit("what is to be timed does not verify")
    return lambda: verifier.verify(bundle, (image,), keys)


def rate(work: Callable[[], object], seconds: float) -> float:
    """Return how often it is done in a second of processor time, which no other program takes away."""
    done, start = 0, time.process_time()
    while (spent := time.process_time() - start) < seconds:
        for _ in range(10):
            work()
        done += 10
    return done / spent


if __name__ == "__main__":
    sys.exit(main())
