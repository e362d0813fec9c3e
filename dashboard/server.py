"""The server of the page: Streamlit in this process, until it is stopped."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread

from streamlit.web import bootstrap

import dashboard.app  # noqa: F401 - loaded here, and not while the first reader waits
from conf.model import DashboardConf
from dashboard.look import BLUE, BRIGHT_BLUE
from dashboard.sign_in import check
from dashboard.views.alerts import KEPT, Alerts
from jobs.params import EmbedSettings
from papertide.index.ready import prepare, unready
from papertide.index.views import connect
from papertide.meaning import embed_query, model
from papertide.serving import LOOPBACK, must_be_free, warn_if_open
from papertide.snapshot import resolve
from storage.warehouse import Warehouse

APP = Path(__file__).with_name("app.py")
LOOK_EVERY_SECONDS = 5.0  # and first when whoever waited for the start has their first page


def options(host: str, port: int, sign_in: str | None = None) -> dict[str, object]:
    """Streamlit's settings: nothing calls home, nothing is watched, errors keep to the terminal.

    Secrets are those of the file `sign_in` alone.
    """
    return {
        "secrets.files": [sign_in] if sign_in else [],
        "server.address": host,
        "server.port": port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.showEmailPrompt": False,
        "browser.gatherUsageStats": False,
        "browser.serverAddress": host,
        "browser.serverPort": port,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        # Else it asks a service of the network for this machine's address.
        "logger.hideWelcomeMessage": True,
        "theme.light.primaryColor": BLUE,
        "theme.dark.primaryColor": BRIGHT_BLUE,
    }


def serve(
    warehouse: Warehouse, embed: EmbedSettings, readers: DashboardConf, alerts: Alerts, host: str,
    port: int,
) -> None:  # fmt: skip
    """Serve the page of a warehouse on `host` and `port`; comes back when it is stopped.

    `embed` names the model by which what people type is searched, `readers` who may read; these
    change `alerts`, unless anybody may read from anywhere.

    Raises:
        PapertideError: the port is taken, or nobody could sign in.
    """
    if readers.sign_in is not None:
        check(Path(readers.sign_in))
    must_be_free("dashboard", host, port)

    if readers.sign_in is not None or host in LOOPBACK:
        KEPT[warehouse.root] = alerts
    with suppress(Exception):  # whoever opens a page is told what is wrong
        connect(resolve(warehouse.root))  # now, and not while the first reader waits
    bootstrap.load_config_options(options(host, port, readers.sign_in))
    warn_if_open("dashboard", host, readers.sign_in is not None, "set dashboard.sign_in")
    Thread(target=_keep_ready, args=[warehouse.root, embed], daemon=True).start()
    print(f"http://{host}:{port} shows {warehouse.root}; Ctrl-C ends it", file=sys.stderr)
    bootstrap.run(
        str(APP), False, [warehouse.root, embed.model_dump_json(), readers.model_dump_json()], {}
    )


def _keep_ready(root: str, embed: EmbedSettings) -> None:
    """Read what is searched in, and the model, so that no search need wait for them.

    And again what a run has published.
    """
    while True:
        time.sleep(LOOK_EVERY_SECONDS)
        try:
            prepare(resolve(root))
            if model(embed):
                embed_query("a", embed)
        except Exception:  # whoever searches gets to see it
            unready(root)
