"""Score the Verifier on real signed data.

    python bench/sigstore_cases.py [--all]

Reads the cases in the folder of real data beside the checkout (expected verdicts are upstream's own where upstream
states one) and prints: accepted and refused as expected, for the Verifier and for sigstore-python alone; every place
where the two or the expectation disagree, with the reason; `--all` prints every case. Exit code 1 when the Verifier
disagrees with an expectation. How quick it is, `verification_speed.py` says.
"""

from __future__ import annotations

import argparse
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.adapters.sigstore_verifier.bundle import read_bundle  # noqa: E402
from app.adapters.sigstore_verifier.keys import Digested  # noqa: E402
from app.adapters.sigstore_verifier.known_refusals import KNOWN_WRONG_REFUSALS  # noqa: E402
from app.adapters.sigstore_verifier.material import Artifact  # noqa: E402
from app.adapters.sigstore_verifier.oracle import Oracle  # noqa: E402
from app.adapters.sigstore_verifier.reasons import Refused  # noqa: E402
from app.core.attestation import Rejection  # noqa: E402
from app.core.oci import Digest  # noqa: E402
from tests.adapters.sigstore_verifier.cases import Case, cases  # noqa: E402


def main() -> int:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--all", action="store_true", help="print every case")
    chosen = options.parse_args()
    return 1 if print_agreement(every=chosen.all) else 0


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


if __name__ == "__main__":
    sys.exit(main())
