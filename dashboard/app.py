"""The page that Streamlit runs for every reader, anew at each interaction: `main`."""

from __future__ import annotations

import sys
from functools import partial
from urllib.parse import unquote, urlsplit

import streamlit as st

from conf.model import DashboardConf
from dashboard.look import STYLE
from dashboard.parts import House
from dashboard.sign_in import admit, sign_out
from dashboard.text import label
from dashboard.views import alerts, health, map, now, paper, people, search, topics, trends
from jobs.params import EmbedSettings
from papertide.snapshot import resolve
from storage.soundness import findings
from storage.warehouse import Warehouse

VIEWS = {
    "now": now,
    "trends": trends,
    "topics": topics,
    "map": map,
    "people": people,
    "search": search,
    "paper": paper,
    "alerts": alerts,
    "health": health,
}


def main(root: str, embed: EmbedSettings, readers: DashboardConf) -> None:
    """Show the page that the address names, of the warehouse at `root` with vectors of a model."""
    st.set_page_config(page_title="Papertide", page_icon="🌊", layout="wide")
    st.html(STYLE)
    if not admit(readers):
        return
    try:
        _show(root, embed)
    except Exception:
        warehouse = Warehouse.at(root)
        problems = findings(warehouse) or findings(warehouse, thorough=True)
        if not problems:
            raise
        st.title("Tables are damaged")
        for each in problems:
            st.error(f"{label(each.table)}: {label(each.problem)}")
            st.caption(label(each.todo))
    if readers.sign_in is not None:
        sign_out()


def _show(root: str, embed: EmbedSettings) -> None:
    pages: dict[str, st.Page] = {}
    house = House(resolve(root), pages, embed)
    for name, view in VIEWS.items():
        pages[name] = st.Page(
            partial(view.show, house), title=name.title(), url_path=name, default=name == "now"
        )
    page = st.navigation(list(pages.values()), position="top")
    unknown = _unknown(st.context.url)
    if unknown:
        st.title("No such page")
        st.warning(f"There is no page {label(unknown)}. The pages are listed at the top.")
    else:
        page.run()
    st.caption(f"Published tables of `{root}`, all at the versions of one moment.")


def _unknown(address: str | None) -> str | None:
    """The page that an address names and that there is none of; None where it names none."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    path = unquote(urlsplit(address or "").path).strip("/").removeprefix(base).strip("/")
    return path if path and path not in VIEWS else None


if __name__ == "__main__":
    main(
        sys.argv[1],
        EmbedSettings.model_validate_json(sys.argv[2]),
        DashboardConf.model_validate_json(sys.argv[3]),
    )
