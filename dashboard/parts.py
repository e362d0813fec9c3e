"""What the views share: the data behind what is shown, lists of papers, tables."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from dashboard.text import escape, isolate, label, link, people
from jobs.params import EmbedSettings
from jobs.text.ids import KEEPERS, address
from papertide import export
from papertide.duck import Query, answer, answer_once, rows
from papertide.questions import of_ids
from papertide.snapshot import Snapshot
from storage import output

Row = dict[str, Any]
_LONG = 20  # values of a parameter that are shown
CHOICE_WIDTH = 160  # pixels; two stand side by side on a phone


@dataclass(frozen=True)
class House:
    """What a view gets: the snapshot that it shows, the pages that it may link to, the model."""

    snapshot: Snapshot
    pages: Mapping[str, Any]
    embed: EmbedSettings

    def rows(self, query: Query) -> list[Row]:
        """The rows of a query at this snapshot."""
        return rows(self.snapshot, query)


def controls() -> Any:
    """A row for the choices of a page, which goes on below where the window is narrow."""
    return st.container(horizontal=True, gap="small")


def choice(title: str, options: Sequence[Any], key: str, **more: Any) -> Any:
    """One of several options, which the address holds under `key`."""
    return st.selectbox(title, options, key=key, bind="query-params", width=CHOICE_WIDTH, **more)


def several(title: str, names: Mapping[str, str], key: str, **more: Any) -> list[str]:
    """Some of the options, by id → name; the address holds their ids under `key`.

    Streamlit itself would put the names there, which change from fit to fit. Ids of the address
    that are no options are taken as they are.
    """
    st.session_state.setdefault(key, st.query_params.get_all(key))
    unknown = {chosen: chosen for chosen in st.session_state[key] if chosen not in names}
    options = {**names, **unknown}
    labels = [*options.values()]
    chosen: list[str] = st.multiselect(
        title,
        list(options),
        # Two of one name would be one option.
        format_func=lambda one: (
            name if labels.count(name := options.get(one, one)) == 1 else f"{name} ({one})"
        ),
        key=key,
        **more,
    )
    if chosen != st.query_params.get_all(key):
        st.query_params[key] = chosen
    return chosen


def source(house: House, name: str, query: Query) -> None:
    """The SQL behind what is shown above, and its rows as CSV; papers as BibTeX and RIS too."""
    has_papers = "paper_id" in answer(house.snapshot, query).column_names
    with st.expander("SQL, CSV, BibTeX, RIS" if has_papers else "SQL and CSV"):
        # The colours that Streamlit gives to SQL are down to 2.6:1 against its ground.
        st.code(query.runnable(), language=None, wrap_lines=True)
        if query.parameters:
            text = "\n".join(f"${key} = {_value_text(value)}" for key, value in query.parameters)
            st.code(text, language=None, wrap_lines=True)
        with controls():
            for form, (ending, mime) in _FILES.items():
                if form == "csv" or has_papers:
                    st.download_button(
                        f"Download {name}.{ending}",
                        data=partial(file_of, house.snapshot, query, form),
                        file_name=f"{name}.{ending}",
                        mime=mime,
                        on_click="ignore",
                        key=f"{form} {name}",
                    )


_FILES = {
    "csv": ("csv", "text/csv"),
    "bibtex": ("bib", "application/x-bibtex"),
    "ris": ("ris", "application/x-research-info-systems"),
}


def file_of(snapshot: Snapshot, query: Query, form: str) -> bytes:
    """All rows of a query as CSV, or their papers as BibTeX or RIS, in UTF-8."""
    data = answer(snapshot, query)
    if form != "csv":
        ids = list(dict.fromkeys(data["paper_id"].to_pylist()))
        whole = answer_once(snapshot, of_ids(ids, export.NEEDED))
        return export.write(whole.to_pylist(), form).encode()
    out = io.StringIO()
    output.write(data.column_names, data.to_pylist(), "csv", out)
    return out.getvalue().encode()


def _value_text(value: Any) -> str:
    if not isinstance(value, tuple):
        return str(value)
    more = f", … ({len(value)} in all)" if len(value) > _LONG else ""
    return ", ".join(map(str, value[:_LONG])) + more


def paper_link(house: House, paper_id: str, title: str, prefix: str = "") -> None:
    """The title of a paper, which leads to its page."""
    st.page_link(
        house.pages["paper"],
        label=label(prefix + title) or "(no title)",
        query_params={"id": paper_id},
    )


def line(*facts: Any) -> None:
    """Short facts on one line; what is None or empty is left out."""
    text = " · ".join(isolate(fact) for fact in facts if fact not in (None, ""))
    st.html(f'<div class="pt-line">{text}</div>')


def fold_abstract(abstract: str) -> None:
    """An abstract that opens; thirty expanders of Streamlit's would be drawn while one waits."""
    st.html(
        '<details class="pt-fold"><summary>Abstract</summary>'
        f'<div class="pt-text">{escape(abstract)}</div></details>'
    )


def spark(course: Sequence[tuple[float, bool]], grain: str) -> str:
    """Shares of periods as a small chart of bars, hollow where a period is not over; HTML."""
    if not course:
        return ""
    most = max(share for share, _ in course) or 1.0
    bars = "".join(
        f'<span class="{"" if whole else "pt-open"}" style="height:{100 * share / most:.0f}%">'
        "</span>"
        for share, whole in course
    )
    text = f"share of papers by {grain}, from {course[0][0]:.1%} to {course[-1][0]:.1%}, "
    text += f"at most {most:.1%}"
    return (
        f'<div class="pt-spark" role="img" title="{escape(text)}" aria-label="{escape(text)}">'
        f"{bars}</div>"
    )


def outward(row: Row) -> str:
    """Links to the paper at the keepers of its ids and to its page at the feed; HTML."""
    links = [
        (name, address(scheme, row[scheme]))
        for scheme, (name, _) in KEEPERS.items()
        if row.get(scheme)
    ]
    return " · ".join(
        f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{name}</a>'
        for name, url in [*links, ("page of the feed", link(row["url"]))]
        if url
    )


def papers(house: House, entries: Sequence[Row]) -> None:
    """Papers as a list; each row has paper_id, title, authors, venue and dated_on."""
    for row in entries:
        with st.container(gap=None):
            paper_link(house, row["paper_id"], row["title"])
            line(people(row["authors"]), row["venue"], row["dated_on"], *row.get("notes", ()))


def bars(values: Sequence[tuple[str, float | None, str]]) -> str:
    """Numbers from 0 to 1 as small bars: (name, value, colour) each; HTML."""
    return f'<div class="pt-parts">{"".join(_bar(*value) for value in values)}</div>'


def _bar(name: str, value: float | None, colour: str) -> str:
    width = 100 * min(max(value or 0.0, 0.0), 1.0)
    number = "none" if value is None else f"{value:.2f}"
    return (
        f'<div class="pt-part"><span>{isolate(name)}</span><span class="pt-number">{number}</span>'
        f'<span class="pt-bar"><span style="width:{width:.0f}%;background:{colour}"></span></span>'
        "</div>"
    )


def table(records: Sequence[Row], heads: Mapping[str, str]) -> None:
    """Rows as a table of text: `heads` names the columns to show, and their headings."""
    numeric = {
        name for name in heads
        if records and all(isinstance(row[name], int | float | None) for row in records)
        and not any(isinstance(row[name], bool) for row in records)
    }  # fmt: skip
    head = "".join(_cell("th", title, name in numeric) for name, title in heads.items())
    body = "".join(
        f"<tr>{''.join(_cell('td', row[name], name in numeric) for name in heads)}</tr>"
        for row in records
    )
    st.html(
        # Who has no mouse scrolls it by the arrow keys.
        '<div class="pt-scroll" tabindex="0"><table class="pt-table">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(tag: str, value: Any, is_number: bool) -> str:
    if isinstance(value, float):
        text = f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"  # noqa: PLR2004 - digits
    elif isinstance(value, int) and not isinstance(value, bool):
        text = f"{value:,}"
    else:
        text = escape(value)
    kind = ' class="pt-number"' if is_number else ""
    return f"<{tag}{kind}>{text}</{tag}>"
