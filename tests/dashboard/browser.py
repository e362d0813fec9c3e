"""`papertide dashboard` as a process, and a headless Chromium, driven over its DevTools protocol."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

PAPERTIDE = str(Path(sys.executable).with_name("papertide"))
CHROMIUM = shutil.which("chromium")
PATIENCE = 60.0
END = "Published tables of"  # the last line of every page
_AT_WORK = "[data-test-script-state=running], [data-testid=stSkeleton]"


class Browser:
    """One page of a browser."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket, self.calls, self.dialogs = socket, 0, 0

    def call(self, method: str, **parameters: Any) -> Any:
        """Call a method of the protocol and wait for its answer; dialogs are counted and closed."""
        self.calls += 1
        number = self.calls
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            told = json.loads(self.socket.recv(timeout=PATIENCE))
            if told.get("method") == "Page.javascriptDialogOpening":
                self.dialogs += 1
                closing = {"id": -1, "method": "Page.handleJavaScriptDialog"}
                self.socket.send(json.dumps({**closing, "params": {"accept": False}}))
            if told.get("id") == number:
                if "error" in told:
                    raise AssertionError(f"{method}: {told['error']}")
                return told["result"]

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression in the page."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        return found["result"].get("value")

    def open(self, url: str, awaited: str) -> float:
        """Open an address, wait for a text in the page; the seconds that took."""
        begun = time.monotonic()
        self.call("Page.navigate", url=url)
        self.wait_for(awaited)
        return time.monotonic() - begun

    def wait_for(self, awaited: str) -> None:
        """Wait until the page shows a text and no longer works."""
        shown = f"document.body && document.body.innerText.includes({json.dumps(awaited)})"
        self.wait_until(f"!!({shown}) && !document.querySelector('{_AT_WORK}')")

    def wait_until(self, script: str) -> None:
        """Wait until a JavaScript expression is true."""
        deadline = time.monotonic() + PATIENCE
        while not self.run(script):
            assert time.monotonic() < deadline, f"not {script} in: {self.text()[:2000]}"
            time.sleep(0.02)

    def press(self, key: str, code: int, text: str = "") -> None:
        """Press a key and let it go; `code` is its virtual key code."""
        told = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.call(
            "Input.dispatchKeyEvent", type="keyDown", **told, **({"text": text} if text else {})
        )
        self.call("Input.dispatchKeyEvent", type="keyUp", **told)

    def drag(self, *points: tuple[float, float]) -> float:
        """Press the mouse at the first point, let it go at the last; pixels of the window.

        Tells when it was let go.
        """
        (x, y), (last_x, last_y) = points[0], points[-1]
        self._mouse("mouseMoved", x, y, "none")
        self._mouse("mousePressed", x, y, "left")
        for x, y in points[1:]:
            self._mouse("mouseMoved", x, y, "left")
        let_go = time.monotonic()
        self._mouse("mouseReleased", last_x, last_y, "left")
        return let_go

    def swipe(self, *points: tuple[float, float]) -> None:
        """The same with a finger."""
        for what, (x, y) in zip(
            ["touchStart", *["touchMove"] * (len(points) - 1)], points, strict=True
        ):
            self.call("Input.dispatchTouchEvent", type=what, touchPoints=[{"x": x, "y": y}])
        self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def place(self, selector: str) -> Callable[[float, float], tuple[float, float]]:
        """Pixels of the window by those of an element, as soon as it is there."""
        self.wait_until(f"!!document.querySelector('{selector}')")
        edges = f"document.querySelector('{selector}').getBoundingClientRect()"
        left, top = (self.run(f"{edges}.{name}") for name in ("left", "top"))
        return lambda x, y: (left + x, top + y)

    def _mouse(self, what: str, x: float, y: float, button: str) -> None:
        told = {"type": what, "x": x, "y": y, "button": button, "clickCount": 1}
        self.call("Input.dispatchMouseEvent", **told)

    def text(self) -> str:
        """What the page shows as text."""
        return str(self.run("document.body.innerText"))

    def look(self, file: Path, width: int, height: int, scheme: str) -> None:
        """A screenshot at a width in pixels, in a light or dark scheme."""
        self.resize(width, height, scheme)
        time.sleep(1.0)
        shot = self.call("Page.captureScreenshot", format="png")
        file.write_bytes(base64.b64decode(shot["data"]))

    def resize(self, width: int, height: int, scheme: str) -> None:
        """Show the page at a size in pixels, in a light or dark scheme."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        self.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A Chromium of its own, whose profile is in `folder`."""
    assert CHROMIUM is not None
    process = subprocess.Popen(
        [
            CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        with closing(connect(_page(folder), max_size=None)) as socket:
            page = Browser(socket)
            page.call("Page.enable")
            yield page
    finally:
        process.terminate()
        process.wait()


def _page(folder: Path) -> str:
    """The address of the page's socket, as soon as the browser tells its port."""
    told = folder / "DevToolsActivePort"
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if told.exists() and told.read_text():
            port = told.read_text().split()[0]
            pages = httpx.get(f"http://127.0.0.1:{port}/json/list").json()
            found = [page for page in pages if page["type"] == "page"]
            if found:
                return str(found[0]["webSocketDebuggerUrl"])
        time.sleep(0.05)
    raise AssertionError("Chromium did not start")


@contextmanager
def served(root: str, *options: str) -> Iterator[str]:
    """The address of `papertide dashboard` over a warehouse, as soon as it answers."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        port = tried.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [PAPERTIDE, "dashboard", "--port", str(port), "--set", f"warehouse={root}", *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE
        while not _answers(address):
            assert process.poll() is None, "the dashboard ended"
            assert time.monotonic() < deadline, "the dashboard did not start"
            time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait()


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/_stcore/health").is_success
    except httpx.HTTPError:
        return False
