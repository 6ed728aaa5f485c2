"""The doctor's page: what of the installation is right, for operators alone."""

from __future__ import annotations

import time
from typing import Final

from flask import Response

from app.core.diagnosis import Diagnosis, worst
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
        found: list[Diagnosis] = []
        end, complete = time.monotonic() + _SECONDS, True
        with self._front.visitors.waiting():
            for one in self._front.paging.diagnose():
                found.append(one)
                if time.monotonic() > end:
                    complete = False
                    break
        return self._front.page(
            "doctor.html", found=found, whole=worst(found).value, complete=complete, now=self._front.paging.clock()
        )
