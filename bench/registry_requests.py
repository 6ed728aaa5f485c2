"""Requests for one image, and how many of them wait for one another: `python -m bench.registry_requests`.

Each request to the loopback registry takes the same while, far longer than the work between requests; the longest
chain is then the time of the fetch in units of that while. It is measured with the client's own limits (two requests
at a time to a host) and without (what the protocol itself makes wait).

Then what more is asked, after that: of another repository that a policy names, which holds a signature, or holds none
(and must show that it can be read), and for what nobody signed. The first is asked whenever a policy names it, as a
mirror's upstream is while something is missing; the last only while something is missing.

*cold*: nothing is known of the registry. *warm*: an earlier job asked the same registry. *remembered*: the same image
was fetched before, and the answer is still good.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from app.adapters.evidence_cache import EvidenceCache
from app.adapters.oci_registry import Limits, OciRegistries, OciRegistry, RegistrySettings
from app.core.attestation import Bundle, Form
from app.core.oci import ANONYMOUS, Digest, ImageName, ImageReference
from tests.fakes.registry import Auth, FakeRegistry, Fault

REPOSITORY, HOLDING, ELSEWHERE = "acme/api", "acme/signatures", "acme/others"
WHILE = 0.04
FORMS = {
    "nothing attached": (),
    "bundle": (Form.BUNDLE,),
    ".sig": (Form.LEGACY_SIGNATURE,),
    ".att": (Form.LEGACY_ATTESTATION,),
    "all three": (Form.BUNDLE, Form.LEGACY_SIGNATURE, Form.LEGACY_ATTESTATION),
}
REGISTRIES: dict[str, Callable[[], FakeRegistry]] = {
    "referrers API": FakeRegistry,
    "fallback tag": lambda: FakeRegistry(referrers=False),
    "referrers API, token": lambda: FakeRegistry(auth=Auth(anonymous=True)),
    "fallback tag, token": lambda: FakeRegistry(referrers=False, auth=Auth(anonymous=True)),
}
FREE = replace(Limits(), at_a_time=64, at_a_time_per_host=64)


def filled(registry: FakeRegistry, forms: tuple[Form, ...], *, index: bool) -> Digest:
    digest = registry.put_index(REPOSITORY)[0] if index else registry.put_image(REPOSITORY)
    for form in forms:
        registry.attach(Bundle(form, b'{"payloadType":"","signatures":[]}', digest, ""), REPOSITORY)
    return digest


def measured(registry: OciRegistry, image: ImageReference) -> str:
    began = time.monotonic()
    fetched = registry.fetch(image)
    chain = (time.monotonic() - began) / WHILE
    if any(lookup.code for lookup in fetched.lookups):
        raise SystemExit(f"the fetch failed: {fetched.lookups}")
    return f"{len(registry.spans):>3} / {int(chain):<3}"


def row(registry: FakeRegistry, digest: Digest) -> str:
    image = ImageReference.parse(f"{registry.host}/{REPOSITORY}").pinned(digest)
    cells = []
    for limits in (Limits(), FREE):
        registries = OciRegistries(RegistrySettings(allowed=(registry.host,), limits=limits))
        cells += [measured(registries.open(ANONYMOUS), image) for _ in ("cold", "warm")]
        registries.close()
    return "   ".join(f"{cell:<10}" for cell in cells)


def beyond(registry: FakeRegistry, digest: Digest) -> str:
    """Return requests and longest chain of each thing that may be asked besides, on a registry that is known."""
    registry.put_image(ELSEWHERE, seed="shows that the repository is there")
    registry.attach(Bundle(Form.BUNDLE, b"{}", digest, ""), HOLDING)
    image = ImageReference.parse(f"{registry.host}/{REPOSITORY}").pinned(digest)
    registries = OciRegistries(RegistrySettings(allowed=(registry.host,)))
    known = registries.open(ANONYMOUS)
    fetched = known.fetch(image)
    known.attached(ImageName.parse(f"{registry.host}/{HOLDING}"), fetched)
    asks: tuple[Callable[[], object], ...] = (
        lambda: known.attached(ImageName.parse(f"{registry.host}/{HOLDING}"), fetched),
        lambda: known.attached(ImageName.parse(f"{registry.host}/{ELSEWHERE}"), fetched),
        lambda: known.claims(fetched),
    )
    cells = []
    for ask in asks:
        before, began = len(known.spans), time.monotonic()
        ask()
        cells.append(f"{len(known.spans) - before:>3} / {int((time.monotonic() - began) / WHILE):<3}")
    registries.close()
    return "   ".join(f"{cell:<12}" for cell in cells)


def remembered(registry: FakeRegistry, digest: Digest) -> int:
    image = ImageReference.parse(f"{registry.host}/{REPOSITORY}").pinned(digest)
    registries = OciRegistries(RegistrySettings(allowed=(registry.host,)))
    cache = EvidenceCache(registries)
    cache.open(ANONYMOUS).fetch(image)
    before = len(registry.requests)
    cache.open(ANONYMOUS).fetch(image)
    registries.close()
    return len(registry.requests) - before


def main() -> None:
    print("requests / longest chain of requests that wait for one another, one image given by its digest\n")
    print(f"{'registry':<22} {'image':<8} {'attached':<18} {'cold':<12} {'warm':<12} {'cold, free':<12} warm, free")
    again = 0
    for name, make in REGISTRIES.items():
        for kind in ("single", "index"):
            for forms, held in FORMS.items():
                with make() as registry:
                    digest = filled(registry, held, index=kind == "index")
                    registry.fail(Fault("GET", delay=WHILE))
                    print(f"{name:<22} {kind:<8} {forms:<18} {row(registry, digest)}")
                    registry.heal()
                    again = max(again, remembered(registry, digest))
    print(f"\nbesides\n\n{'registry':<22} {'image':<8} {'elsewhere, held':<14} {'elsewhere, none':<14} unsigned claims")
    for name, make in REGISTRIES.items():
        for kind in ("single", "index"):
            with make() as registry:
                digest = filled(registry, (), index=kind == "index")
                registry.fail(Fault("GET", delay=WHILE))
                print(f"{name:<22} {kind:<8} {beyond(registry, digest)}")
    print(f"\nremembered: {again} requests, whatever was attached")


if __name__ == "__main__":
    main()
