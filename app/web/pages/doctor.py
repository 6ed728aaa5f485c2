"""The doctor's page: what of the installation is right, for operators alone."""

from __future__ import annotations

import time
from typing import Final

from flask import Response

from app.core.diagnosis import until, worst
from app.web.pages.front import Front

_SECONDS: Final = 20.0


class DoctorPage:
    """Answers at `/operator/doctor`."""

    def __init__(self, front: Front) -> None:
        """Bind the front."""
        self._front = front

    def show(self) -> Response:
        """Look at the installation for as long as somebody waits for a page, and show what was found."""
        self._front.operator()
        end = time.monotonic() + _SECONDS
        with self._front.visitors.waiting():
            found = list(until(self._front.paging.diagnose(), lambda: time.monotonic() > end))
        return self._front.page("doctor.html", found=found, whole=worst(found).value, now=self._front.paging.clock())
