"""Score the Verifier on real signed data and measure its rate.

    python bench/sigstore_cases.py [--all] [--seconds 2]

Reads the cases in the folder of real data beside the checkout (expected verdicts are upstream's own where upstream
states one) and prints: accepted and refused as expected, for the Verifier and for sigstore-python alone; every place
where the two or the expectation disagree, with the reason; `--all` prints every case. Then the rate of whole
verifications beside the rate of raw ECDSA P-256 checks in the same process, one thread. Exit code 1 when the Verifier
disagrees with an expectation.
"""

from __future__ import annotations

import argparse
import pathlib
import sys
import time
from collections.abc import Callable

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
from app.core.attestation import Form, Rejection  # noqa: E402
from app.core.oci import Digest  # noqa: E402
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
    sigstore = PrivateSigstore()
    image = Digest.of(b"image")
    signer = sigstore.signer("https://github.com/acme/api/.github/workflows/release.yml@refs/heads/main")
    verifier = SigstoreVerifier(sigstore.trusted_root_json(), now)
    key = sigstore.key()
    made = {
        "bundle, log 1, with second opinion": sigstore.attest("x", image, "https://slsa.dev/provenance/v1", {}, signer),
        "bundle, log 2 and stamp, with second opinion": sigstore.attest(
            "x", image, "https://slsa.dev/provenance/v1", {}, signer, rekor=2
        ),
        "legacy .sig layer, keyless": sigstore.sign(image, "x", signer, form=Form.LEGACY_SIGNATURE),
        "legacy .sig layer, key and log": sigstore.sign(image, "x", key, form=Form.LEGACY_SIGNATURE),
    }
    private = ec.generate_private_key(ec.SECP256R1())
    public, signature = private.public_key(), private.sign(b"x", ec.ECDSA(hashes.SHA256()))
    raw = rate(lambda: public.verify(signature, b"x", ec.ECDSA(hashes.SHA256())), seconds)
    print(f"\nraw ECDSA P-256 checks: {raw:,.0f}/s")
    for name, bundle in made.items():
        found = rate(lambda bundle=bundle: verifier.verify(bundle, (image,), (key.public(),)), seconds)
        print(f"{name}: {found:,.0f}/s, {1000 / found:.2f} ms each, raw checks take {raw / found:.0f} times less")


def rate(work: Callable[[], object], seconds: float) -> float:
    done, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds:
        work()
        done += 1
    return done / spent


if __name__ == "__main__":
    sys.exit(main())
