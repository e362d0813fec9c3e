"""The page in a real browser, from `papertide dashboard`."""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.dashboard.browser import CHROMIUM, END, PAPERTIDE, Browser, browser, served
from tests.dashboard.rows import HOSTILE, paper, publish, small

ROOT = Path(__file__).parent.parent.parent
SHOTS = ROOT / "build" / "dashboard"
PAGES = {
    "now": "/",
    "trends": f"/trends?terms=graphs&terms=reefs&terms={quote(HOSTILE)}",
    "topics": "/topics",
    "map": "/map?lasso=-1_-1_1_-1_1_1_-1_1",
    "people": "/people?kind=author",
    "profile": "/people?kind=author&who=a4",
    "search": "/search?q=bold",
    "paper": "/paper?id=p2",
    "alerts": "/alerts",
    "health": "/health",
}

# Pixels of the map, from its top left: the tool for the lasso; the paper of HOSTILE.
TOOL = (16, 16)
AT_HOSTILE = (806, 165)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def server(warehouse: str) -> Iterator[str]:
    """The address of the page, started as people start it."""
    with served(warehouse) as address:
        yield address


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@pytest.mark.parametrize("name", PAGES)
def test_hostile_text_is_shown_and_does_nothing(server: str, chromium: Browser, name: str) -> None:
    chromium.resize(1200, 1000, "light")
    chromium.open(server + PAGES[name], END)
    text = chromium.text().replace("\u2060", "")
    if name == "alerts":  # there are none
        return
    if name != "health":  # which tells no titles, but a reason
        assert HOSTILE in text
    assert "<script>alert(1)</script>" in text
    assert chromium.dialogs == 0
    for made in ("img[src=x]", "a[href^=javascript]", "a[href*='//evil']", "a[href*='//www']",
                 "strong", ".katex"):  # fmt: skip
        assert chromium.run(f'document.querySelectorAll("main {made}").length') == 0, made


@pytest.mark.parametrize("name", PAGES)
def test_every_page_fits_a_phone_and_follows_the_scheme(
    server: str, chromium: Browser, name: str
) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    chromium.resize(1200, 1400, "light")
    chromium.open(server + PAGES[name], END)
    grounds = []
    for scheme, width in (("light", 1200), ("dark", 1200), ("light", 390)):
        chromium.look(SHOTS / f"{name}-{scheme}-{width}.png", width, 1400, scheme)
        ground = "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
        grounds.append(chromium.run(ground))
        assert chromium.run("document.documentElement.scrollWidth") <= width
    assert grounds[0] == grounds[2] != grounds[1]


AXE = "axe-core@4.14.1"


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core, which looks for what keeps people from reading a page."""
    folder = tmp_path_factory.mktemp("axe")
    if shutil.which("npm") is None:
        pytest.skip("no npm, which brings axe-core")
    packed = subprocess.run(
        ["npm", "pack", AXE], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    if packed.returncode:
        pytest.skip(f"npm cannot bring {AXE}: {packed.stderr.strip()[-200:]}")
    with tarfile.open(next(folder.glob("*.tgz"))) as package:
        script = package.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_no_page_keeps_anybody_from_reading_it(
    server: str, chromium: Browser, axe: str, width: int, scheme: str
) -> None:
    chromium.resize(width, 1000, scheme)
    faults = {}
    for name, path in PAGES.items():
        chromium.open(server + path, END)
        chromium.run(f"{axe}; 1")
        chromium.run("axe.run().then(found => {window.found = found}); 1")
        chromium.wait_until("!!window.found")
        assert chromium.run("window.found.passes.length") > 10  # it has looked
        faults[name] = chromium.run("window.found.violations.map(fault => fault.id)")
    assert faults == dict.fromkeys(PAGES, [])


def test_nothing_is_asked_of_other_places(server: str, chromium: Browser) -> None:
    chromium.open(server, END)
    script = "JSON.stringify(performance.getEntriesByType('resource').map(entry => entry.name))"
    asked = json.loads(chromium.run(script))
    assert asked
    assert [url for url in asked if not url.startswith((server, "data:", "blob:"))] == []


def test_the_address_holds_what_was_clicked(server: str, chromium: Browser) -> None:
    chromium.resize(1200, 1000, "light")
    chromium.open(f"{server}/trends", END)
    chromium.run(
        "[...document.querySelectorAll('main button')].find(b => b.innerText == 'reefs').click()"
    )
    chromium.wait_until("location.search.includes('terms=reefs')")
    address = chromium.run("location.href")
    chromium.open(server, END)
    chromium.open(address, END)
    chosen = chromium.run("document.querySelector('[data-testid=stMultiSelect]').innerText")
    assert chosen.split()[-2:] == ["terms", "reefs"]


@pytest.mark.parametrize(("draw", "width"), [(Browser.drag, 1200), (Browser.swipe, 390)])
def test_a_lasso_in_the_map_is_a_list_and_an_address(
    server: str, chromium: Browser, draw: Callable[..., None], width: int
) -> None:
    chromium.resize(width, 1000, "light")
    chromium.call("Emulation.setTouchEmulationEnabled", enabled=draw is Browser.swipe)
    chromium.open(f"{server}/map", END)
    place = chromium.place("main canvas")
    middle, right = (chromium.run("document.querySelector('main canvas').clientWidth") * share
                     for share in (0.52, 0.97))  # fmt: skip
    draw(chromium, place(*TOOL))
    corners = ((middle, 60), (middle, 250), (right, 240), (right, 50))
    draw(chromium, *(place(*corner) for corner in corners))
    chromium.wait_until("location.search.includes('lasso=')")
    chromium.wait_for("2 papers")  # of three; one lies on the left
    assert "Reef peptides" not in chromium.text()
    address = chromium.run("location.href")
    chromium.open(server, END)
    chromium.open(address, "In the lasso")
    assert chromium.run("location.href") == address
    chromium.wait_for("2 papers")
    chromium.run(
        "[...document.querySelectorAll('main button')].find(b => b.innerText.includes('away')).click()"
    )
    chromium.wait_until("!location.search.includes('lasso=')")
    chromium.wait_for(END)
    assert "In the lasso" not in chromium.text()


def test_a_lasso_stays_while_months_change_and_another_takes_its_place(
    server: str, chromium: Browser
) -> None:
    chromium.resize(1200, 1400, "light")
    chromium.open(f"{server}/map", END)
    place = chromium.place("main canvas")
    chromium.drag(place(*TOOL))
    chromium.drag(*(place(*corner) for corner in ((10, 40), (1150, 40), (1150, 630), (10, 620))))
    chromium.wait_for("3 papers\n")
    chromium.run("document.querySelector('main input[type=range]').focus()")
    chromium.press("ArrowRight", 39)
    chromium.wait_for("2 papers\n")
    assert "lasso=" in chromium.run("location.search")
    chromium.drag(place(*TOOL))
    chromium.drag(*(place(*corner) for corner in ((10, 340), (560, 340), (560, 630), (10, 620))))
    chromium.wait_for("0 papers\n")
    chromium.drag(place(20, 60))  # beside it takes it away
    chromium.wait_until("!location.search.includes('lasso=')")


def test_a_hostile_title_is_text_at_its_point_too(server: str, chromium: Browser) -> None:
    chromium.resize(1200, 1400, "light")
    chromium.open(f"{server}/map", END)
    place = chromium.place("main canvas")
    chromium.drag(place(*AT_HOSTILE), place(*AT_HOSTILE))
    chromium.wait_until("document.body.innerText.includes('<script>alert(1)')")
    assert chromium.run('document.querySelectorAll("main img[src=x]").length') == 0
    assert chromium.dialogs == 0


def test_a_paper_is_reached_by_keyboard(server: str, chromium: Browser) -> None:
    chromium.resize(1200, 1000, "light")
    chromium.open(server, END)
    for _ in range(40):
        chromium.press("Tab", 9)
        if chromium.run("document.activeElement.innerText").startswith("1. Tidal graphs"):
            break
    chromium.press("Enter", 13, text="\r")
    chromium.wait_until("location.pathname == '/paper' && location.search == '?id=p1'")
    chromium.wait_for("Its records, and why they are one paper")


def test_what_a_run_publishes_is_found_soon_by_those_who_search(
    chromium: Browser, tmp_path: Path
) -> None:
    root = small(str(tmp_path))
    with served(root) as address:
        chromium.open(f"{address}/search?q=moonlight", "0 papers")
        publish(root, {"silver.papers": [paper("p9", "A gull in the moonlight")]})
        deadline = time.monotonic() + 60
        while "A gull in the moonlight" not in seen(chromium, f"{address}/search?q=moonlight"):
            assert "what was there before is searched" in chromium.text()
            assert time.monotonic() < deadline


def seen(chromium: Browser, address: str) -> str:
    chromium.open(address, END)
    return chromium.text()


def test_a_taken_port_is_told_in_words(server: str, warehouse: str) -> None:
    port = server.rpartition(":")[2]
    command = [PAPERTIDE, "dashboard", "--port", port, "--set", f"warehouse={warehouse}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"another port: papertide dashboard --port {int(port) + 1}" in done.stderr
