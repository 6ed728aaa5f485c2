"""Every accepted form as a fixture."""

from __future__ import annotations

import pytest

from tests.adapters.sigstore_verifier.making import ACCEPTED, Accepted


@pytest.fixture(params=ACCEPTED, ids=lambda form: form.name)
def accepted(request: pytest.FixtureRequest) -> Accepted:
    return request.param
