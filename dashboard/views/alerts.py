"""Alerts: saved searches that tell what is new, listed, added and removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple

import streamlit as st

from dashboard.parts import House, Row, controls, line
from dashboard.text import count, escape, label
from storage.errors import PapertideError, UsageError


class Alerts(NamedTuple):
    """What keeps the alerts of a warehouse.

    Attributes:
        every: lists them. add: takes name, what is asked for and target; says what to keep of it.
        remove: forgets the one of an id.
    """

    every: Callable[[], list[Row]]
    add: Callable[[str, Mapping[str, str], str], str]
    remove: Callable[[str], None]


KEPT: dict[str, Alerts] = {}
"""By the root of a warehouse, where whoever reads its pages may change its alerts."""
FILTERS = {
    "words": "All of these words in title or abstract",
    "author": "An author",
    "venue": "A journal or conference",
    "category": "A subject class, as cs.CL",
    "topic": "A topic or area, by name or id",
    "term": "A term",
    "entity": "A model, data set, …, introduced or used",
    "feed": "A feed",
    "language": "A language, as en",
    "country": "A country of its authors, as NO",
    "institution": "An institution of its authors, by name or id",
    "meaning": "Among the ten nearest to a text in meaning",
    "near": "Among the ten nearest to a paper, by any id",
}
"""What papers may be asked for by, as `papertide alerts add` has it."""
RISES = {
    "papers": "new papers",
    "topic": "topics that rise",
    "term": "terms that rise",
    "entity": "models, data sets, … that rise",
}
_LONGEST, WIDTH = 500, 320
_TOLD = "what became of an alert"


def show(house: House) -> None:
    """The page."""
    st.title("Alerts")
    if not house.snapshot.has("silver.papers"):
        st.info("No papers are published yet. `papertide run` makes them.")
        return
    alerts = KEPT.get(house.snapshot.root)
    if alerts is None:
        st.info(
            "Alerts are changed here where readers sign in, or where only this machine reaches the "
            "page. `papertide alerts` lists, adds and removes them."
        )
        return
    st.caption(
        "Each tells once what is new since it was added, when `papertide alerts run` runs: by mail "
        "(mailto:ADDRESS), webhook (https://…), chat (slack://…) or a feed (atom)."
    )
    try:
        _list(alerts)
        _add(alerts)
    except PapertideError as error:  # a warehouse that is no folder of this machine
        st.warning(label(str(error)))


def _list(alerts: Alerts) -> None:
    rows = alerts.every()
    if not rows:
        st.info("No alert yet.")
    for row in rows:
        with st.container(border=True, gap="small"):
            st.html(f"<b>{escape(row['name'])}</b>")
            waiting = f"{row['waiting']:,} waiting" if row["waiting"] else None
            lost = f"{row['given_up']:,} given up" if row["given_up"] else None
            told = f"told {count(row['told'], 'time')}"
            line(row["asks"], f"to {row['to']}", told, waiting, lost)
            key = row["id"]
            st.button("Remove", key=f"remove {key}", on_click=_remove, args=[alerts, key])


def _remove(alerts: Alerts, key: str) -> None:
    with suppress(UsageError):  # it is gone already, from another window
        alerts.remove(key)


def _add(alerts: Alerts) -> None:
    st.header("Add one")
    with st.form("alert"):
        with controls():
            st.text_input("Name", key="name", max_chars=_LONGEST, width=WIDTH)
            st.text_input("To", key="to", max_chars=_LONGEST, width=WIDTH, placeholder="atom")
            st.selectbox(
                "What", list(RISES), key="rising", width=WIDTH, format_func=RISES.__getitem__
            )
        st.caption("New papers that meet all of these; or, of what rises, names with letters.")
        with controls():
            for key, title in {**FILTERS, "like": "Letters in the name of what rises"}.items():
                st.text_input(title, key=f"by {key}", max_chars=_LONGEST, width=WIDTH)
        st.form_submit_button("Add", on_click=_keep, args=[alerts])
    told, is_error = st.session_state.pop(_TOLD, (None, False))
    if told:
        (st.error if is_error else st.success)(label(told))


def _keep(alerts: Alerts) -> None:
    """Add what the form says, before the list is drawn."""
    form = st.session_state
    values = {key: form[f"by {key}"].strip() for key in (*FILTERS, "like")}
    query = {key: value for key, value in values.items() if value}
    if form["rising"] != "papers":
        query["rising"] = form["rising"]
    name, target = form["name"].strip(), form["to"].strip()
    try:
        if not (name and target):
            raise UsageError("give a name, and where to tell it")
        form[_TOLD] = alerts.add(name, query, target), False
    except PapertideError as error:
        form[_TOLD] = str(error), True
