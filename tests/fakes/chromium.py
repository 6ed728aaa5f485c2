"""A real browser without a window, over the DevTools protocol on a pair of pipes: no port, no further package."""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

PROGRAM: Final = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE: Final = 30.0
_READ: Final = 1 << 20


class Chromium:
    """Use as a context. What went wrong in a page is in `problems`: exceptions, refusals by the policy, lost loads."""

    def __init__(self) -> None:
        assert PROGRAM is not None
        self._program = PROGRAM
        self._folder = tempfile.TemporaryDirectory(prefix="assay-chromium-", ignore_cleanup_errors=True)
        self._numbers = itertools.count(1)
        self._rest = b""
        self._loaded = 0
        self.problems: list[str] = []

    def __enter__(self) -> Self:
        theirs, self._to = os.pipe()
        self._from, ours = os.pipe()
        options = [
            *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--hide-scrollbars"),
            f"--user-data-dir={self._folder.name}",
            "--remote-debugging-pipe",
        ]
        # The protocol wants descriptors 3 and 4: a shell puts them there.
        plumbing = f'exec 3<&{theirs} 4>&{ours}; exec "$0" "$@"'
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", plumbing, self._program, *options, "about:blank"],
            pass_fds=(theirs, ours),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs)
        os.close(ours)
        os.set_blocking(self._from, False)
        pages = [one for one in self._ask("Target.getTargets")["targetInfos"] if one["type"] == "page"]
        self._session = self._ask("Target.attachToTarget", targetId=pages[0]["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._do(f"{domain}.enable")
        self._do("Emulation.setFocusEmulationEnabled", enabled=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)
        os.close(self._to)
        os.close(self._from)
        self._folder.cleanup()

    def load(self, address: str) -> str:
        """Load a page, wherever its redirects lead; return its text."""
        before = self._loaded
        self._do("Page.navigate", url=address)
        self._arrive(before)
        return str(self.value("document.body.innerText"))

    def press(self, element: str) -> None:
        """Press what an expression names, and wait for the page that it leads to."""
        before = self._loaded
        self.value(f"{element}.click()")
        self._arrive(before)

    def tab(self) -> None:
        """Press the key that moves the focus on."""
        for kind in ("keyDown", "keyUp"):
            self._do("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)

    def _arrive(self, before: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while self._loaded == before:
            self._take(deadline)

    def value(self, expression: str) -> Any:  # noqa: ANN401 - any JSON
        """Return what an expression is in the page."""
        return self._do("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def look(self, *, dark: bool = False, width: int = 1100, height: int = 900) -> None:
        """Choose what somebody prefers, and how large their window is."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._do("Emulation.setEmulatedMedia", features=[scheme])
        self._do("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def photograph(self, file: Path) -> None:
        """Keep a picture of the whole page."""
        shot = self._do("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def _do(self, method: str, **parameters: object) -> dict[str, Any]:
        return self._ask(method, self._session, **parameters)

    def _ask(self, method: str, session: str | None = None, /, **parameters: object) -> dict[str, Any]:
        number = next(self._numbers)
        message: dict[str, object] = {"id": number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + PATIENCE
        while True:
            for told in self._take(deadline):
                if told.get("id") == number:
                    assert "error" not in told, told
                    result: dict[str, Any] = told["result"]
                    return result

    def _take(self, deadline: float) -> list[dict[str, Any]]:
        """Take what the browser told meanwhile."""
        while b"\0" not in self._rest:
            assert time.monotonic() < deadline, "the browser is silent"
            try:
                self._rest += os.read(self._from, _READ)
            except BlockingIOError:
                time.sleep(0.01)
        *whole, self._rest = self._rest.split(b"\0")
        told = [json.loads(one) for one in whole]
        for one in told:
            self._note(one)
        return told

    def _note(self, told: dict[str, Any]) -> None:
        match told.get("method"):
            case "Page.loadEventFired":
                self._loaded += 1
            case "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Network.loadingFailed":
                self.problems.append(json.dumps(told["params"])[:400])
            case "Log.entryAdded":
                entry = told["params"]["entry"]
                self.problems.append(f"{entry['level']}: {entry['text']} {entry.get('url', '')}".strip())
