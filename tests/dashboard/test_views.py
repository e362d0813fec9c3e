"""Every page, run as Streamlit runs it, without a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from conf.load import load
from dashboard.app import VIEWS, _unknown
from dashboard.calls import reason
from dashboard.charts import plane
from dashboard.views.alerts import KEPT, Alerts
from jobs.params import EmbedSettings
from papertide.index.ready import prepare
from papertide.meaning import embed_query
from papertide.snapshot import resolve
from pipelines.alerts import saved
from storage.models import model_folder, model_id
from tests.dashboard import rows
from tests.dashboard.rows import HOSTILE, RUN, paper, publish, score, total, trend
from tests.jobs.vectors.test_model2vec import made

PAGES = tuple(VIEWS)


def script(root: str) -> None:
    from conf.model import DashboardConf
    from dashboard.app import main
    from jobs.params import EmbedSettings

    main(root, EmbedSettings(form="static"), DashboardConf())


def page(root: str, name: str, **address: str | list[str]) -> AppTest:
    """A page as it stands when its address is opened."""
    app = AppTest.from_function(script, args=(root,), default_timeout=60)
    app._page_hash = calc_hash("" if name == "now" else name)  # pages are functions, not files
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def markdown(app: AppTest) -> list[str]:
    """All that the page has Streamlit read as Markdown."""
    kinds = ("markdown", "caption", "title", "header", "info", "warning", "error", "success")
    told = [str(getattr(element, "value", "")) for kind in kinds for element in app.get(kind)]
    return told + [e.proto.label for kind in ("page_link", "button") for e in app.get(kind)]


def html(app: AppTest) -> list[str]:
    """All HTML of the page."""
    return [element.proto.body for element in app.get("html")]


def shown(app: AppTest) -> str:
    """All text of the page."""
    return "\n".join([*markdown(app), *html(app), *(code.value for code in app.code)])


@pytest.mark.parametrize("name", PAGES)
def test_every_page_says_so_where_nothing_is_published(tmp_path: Path, name: str) -> None:
    app = page(str(tmp_path), name)
    assert any("papertide run" in info.value for info in app.info)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[str]:
    """A warehouse whose alerts may be changed from its pages."""
    root = rows.small(str(tmp_path))
    settings = load(overrides=[f"warehouse={root}"])
    KEPT[root] = Alerts(
        partial(saved.list_alerts, settings),
        lambda *asked: f"{saved.add(settings, *asked).id} added",
        partial(saved.remove, settings),
    )
    yield root
    del KEPT[root]


def test_alerts_are_added_and_removed_on_their_page(kept: str) -> None:
    app = page(kept, "alerts")
    assert "No alert yet." in shown(app)
    app.button[-1].click().run()
    assert "give a name" in shown(app)
    app.text_input(key="name").set_value("tides *of* <b>mine</b>")
    app.text_input(key="to").set_value("atom")
    app.text_input(key="by words").set_value("tide")
    app.button[-1].click().run()
    assert "added" in shown(app)
    assert "tides *of* &lt;b&gt;mine&lt;/b&gt;" in shown(app)
    assert "<bdi>words tide</bdi> · <bdi>to atom</bdi> · <bdi>told 0 times</bdi>" in shown(app)
    app.selectbox(key="rising").set_value("term")
    app.button[-1].click().run()
    assert "rising goes with like alone" in shown(app)
    app.button[0].click().run()
    assert "No alert yet." in shown(app)


def test_who_may_not_change_alerts_is_told_so(warehouse: str) -> None:
    app = page(warehouse, "alerts")
    assert "where readers sign in" in shown(app)
    assert not app.text_input


@pytest.mark.parametrize("name", PAGES)
def test_no_page_lets_a_hostile_title_become_markup(warehouse: str, name: str) -> None:
    app = page(warehouse, name, id="p2", q="bold", terms=["graphs", HOSTILE])
    for text in html(app):
        assert "<script" not in text
        assert "<img" not in text
        assert 'href="javascript' not in text
    for text in markdown(app):
        assert not re.search(r"(?<!\\)[<\[*$]|(?<!\\):(smile|material|red)", text)


def test_now_lists_the_papers_and_what_has_changed(warehouse: str) -> None:
    told = shown(page(warehouse, "now"))
    assert r"1\. Tidal graphs" in told
    assert "▲ 1 since last week" in told
    assert "new since last week" in told
    assert "There are no scores of yesterday, so moves since then are unknown." in told
    assert 'href="https://doi.org/10.1000/tide"' in told
    assert "neighbours" in told
    assert "novelty" not in "".join(html(page(warehouse, "now")))  # no paper has any


def test_the_part_of_citations_is_shown_where_there_are_any(warehouse: str, tmp_path: Path) -> None:
    assert ">citations<" in "".join(html(page(warehouse, "now"))).replace("\u2068", "").replace(
        "\u2069", ""
    )
    assert "by citations" in shown(page(warehouse, "paper", id="p1"))
    assert "by citations" not in shown(page(warehouse, "paper", id="p2"))
    none = str(tmp_path)
    publish(none, {"silver.papers": [paper("p1", "Tidal graphs")],
                   "gold.scores": [score("p1", 0.5)]})  # fmt: skip
    assert "citations" not in "".join(html(page(none, "now")))


def test_now_says_why_something_rises_and_leads_to_its_papers(warehouse: str) -> None:
    app = page(warehouse, "now")
    told = "".join(html(app))
    assert "<b>established</b> · rising · 2.0 × (1.5 to 3.0) · q 0.004 · by month" in told
    assert "6 of 20 papers in February 2026" in told
    assert 'aria-label="share of papers by month, from 20.0% to 10.0%, at most 60.0%"' in told
    (link,) = [e.proto for e in app.get("page_link") if e.proto.label == "graphs"]
    assert link.query_string == "what=terms&grain=month&terms=graphs"


def test_where_nothing_rises_the_page_says_why_and_what_to_do(tmp_path: Path) -> None:
    root = str(tmp_path)
    publish(
        root,
        {
            "silver.papers": [paper("p1", "A tide")],
            "gold.scores": [score("p1", 0.5)],
            "gold.topics": [{"topic_id": "t1", "label": "tides", "is_current": True}],
            "gold.period_totals": [total(date(2026, 2, 1)), total(date(2026, 3, 1))],
            "gold.term_trends": [trend("tide", "term", date(2026, 2, 1), 1)],
            "gold.trend_tests": [
                {**rows.tested("tide", "too few papers", None, None), "grain": "week"}
            ],
        },
    )
    now = shown(page(root, "now"))
    assert "No term or topic is rising or fading." in now
    assert "needs 4 complete periods; there are 1 month, 0 quarters, 0 weeks, 0 years" in now
    assert "Add earlier papers with `papertide run`" in now
    trends = shown(page(root, "trends"))
    assert "No term is rising. A trend needs 4 complete periods; there are 1 month." in trends


def test_a_reason_counts_the_classes_and_names_the_grains_that_have_trends() -> None:
    def row(grain: str, name: str, n: int, calls: int = 0) -> dict[str, Any]:
        return {"kind": "term", "grain": grain, "class": name, "n": n, "calls": calls}

    found = [row("month", "steady", 7), row("month", "too few papers", 2), row("week", "new", 1, 1)]
    whole = {"month": 9, "week": 40}
    told = reason(("term",), "rising", ("month",), whole, found)
    assert told == (
        "No term is rising. Tested by month, 9 terms: 7 steady, 2 with too few papers. "
        "Choose another grain: there are trends by week."
    )
    assert "Add" not in reason(("term",), "rising", ("month",), whole, found[:1])


def test_trends_open_by_the_first_grain_that_has_trends(tmp_path: Path) -> None:
    root = str(tmp_path)
    week = {"grain": "week"}
    publish(
        root,
        {
            "gold.topics": [{"topic_id": "t1", "label": "tides", "is_current": True}],
            "gold.period_totals": [total(date(2026, 2, 1)), {**total(date(2026, 2, 2)), **week}],
            "gold.term_trends": [{**trend("tide", "term", date(2026, 2, 2), 1), **week}],
            "gold.trend_tests": [{**rows.tested("tide", "new", "watch", 0.2), **week}],
        },
    )
    app = page(root, "trends")
    assert app.selectbox(key="grain").value == "week"
    assert "By month no term is called to rise or fade: these are the trends by week." in shown(app)
    assert app.button(key="mover tide")
    assert page(root, "trends", grain="month").selectbox(key="grain").value == "month"


def test_trends_of_one_class(warehouse: str) -> None:
    app = page(warehouse, "trends", **{"class": "falling"})
    assert [e.proto.label for e in app.get("button") if (e.key or "").startswith("mover")] == [
        "reefs"
    ]


def test_now_follows_the_address(warehouse: str) -> None:
    app = page(warehouse, "now", day="2026-02-22", by="novelty")
    assert [str(box.value) for box in app.selectbox] == ["2026-02-22", "novelty", "20"]


def test_trends_compare_the_terms_of_the_address(warehouse: str) -> None:
    app = page(warehouse, "trends", terms=["graphs", "reefs"])
    assert app.multiselect(key="terms").value == ["graphs", "reefs"]
    assert len(app.get("vega_lite_chart")) == 1
    assert "is not over" in shown(app)
    assert "Tidal graphs" in shown(app)
    assert "<b>established</b> · rising · 2.0 × (1.5 to 3.0) · q 0.004" in shown(app)
    assert "6 of 20 papers in February 2026" in shown(app)
    assert "<bdi>weight 7.5</bdi> · <bdi>q 0.01</bdi>" in shown(app)
    assert "the shares of the feeds are off" in shown(app)


def test_an_address_names_topics_by_their_ids(warehouse: str) -> None:
    app = page(warehouse, "trends", what="topics", topics=["t1", "gone"])
    assert app.multiselect(key="topics").value == ["t1", "gone"]
    assert "tides, graphs" in app.multiselect(key="topics").options
    assert r"Not counted: gone" in shown(app)
    app.multiselect(key="topics").set_value(["t1"]).run()
    assert app.query_params["topics"] == "t1"


def test_trends_of_topics_tell_what_comes(warehouse: str) -> None:
    app = page(warehouse, "trends", what="topics", topics=["t1"])
    assert "What comes" in shown(app)
    assert any("0.125" in text for text in html(app))


def test_trends_of_entities_have_names_kinds_and_the_papers_that_use_them(tmp_path: Path) -> None:
    root = rows.small(str(tmp_path))
    january, february = date(2026, 1, 1), date(2026, 2, 1)
    uses = {
        "entity_id": "tidenet",
        "in_title": True,
        "written": "TideNet",
        "evidence": "by TideNet",
    }
    publish(root, {
        "gold.entity_trends": [
            trend("tidenet", "entity_id", january, 2), trend("tidenet", "entity_id", february, 6),
        ],
        "gold.entity_papers": [
            {**uses, "paper_id": "p1", "role": "uses"},
            {**uses, "paper_id": "p3", "role": "mentions"},
        ],
        "gold.trend_tests": [rows.tested("tidenet", "rising", "established", 0.004, "entity")],
    })  # fmt: skip
    text = shown(page(root, "trends", what="entities", grain="month"))
    assert "TideNet \\(model\\)" in text
    assert "Tidal graphs" in text
    assert "1 paper" in text  # the other only mentions it
    assert "TideNet" not in shown(page(root, "now"))  # whose terms say it already


def test_a_rising_term_leads_to_its_papers(warehouse: str) -> None:
    app = page(warehouse, "trends")
    app.button(key="mover reefs").click().run()
    assert app.multiselect(key="terms").value == ["reefs"]


def test_topics_stand_under_their_areas_with_the_share_of_all_that_are_under_them(
    tmp_path: Path,
) -> None:
    root, names = str(tmp_path), {"a": "seas", "t1": "tides", "t2": "reefs", "t3": "moons"}
    parents = {"a": None, "t1": "a", "t2": "a", "t3": "gone"}
    january = date(2026, 1, 1)
    publish(
        root,
        {
            "gold.topics": [
                {"topic_id": one, "label": name, "level": 1 if one == "a" else 3, "papers": 5,
                 "parent": parents[one], "description": HOSTILE, "is_current": True}
                for one, name in names.items()
            ],
            "gold.topic_trends": [trend("t1", "topic_id", january, 2),
                                  trend("t2", "topic_id", january, 3)],
        },
    )  # fmt: skip
    app = page(root, "topics")
    assert [e.proto.label for e in app.get("page_link")] == ["tides", "reefs"]
    told = html(app)
    assert '<div class="pt-area">seas</div>' in told
    assert sum("from 50.0% to 50.0%" in text for text in told) == 1  # the area
    assert "<script" not in "".join(told)
    chosen = page(root, "topics", under="t3")
    assert "seas" not in "".join(html(chosen))
    assert "moons" in "".join(html(chosen))


@pytest.mark.parametrize(
    ("address", "unknown"),
    [
        (None, None),
        ("http://a.example/", None),
        ("http://a.example/trends?terms=x", None),
        ("http://a.example/trend%20s", "trend s"),
    ],
)
def test_an_address_of_no_page_is_known(address: str | None, unknown: str | None) -> None:
    assert _unknown(address) == unknown


def test_the_largest_topics_are_named_at_their_middles() -> None:
    rows = [
        {"x": x, "y": 0.0, "title": "t", "dated_on": date(2026, 1, 1), "name": name, "group": name}
        for name, x in (("b", 0.0), ("b", 0.5), ("b", 0.1), ("a", -1.0), (None, 1.0))
    ]
    spec = plane(rows, ["b"], "others", (), ("#000", "#fff"))
    (named,) = [one for one in spec["series"] if "labelLayout" in one]
    assert named["data"] == [
        {"name": "b", "value": [0.1, 0.0]},
        {"name": "a", "value": [-1.0, 0.0]},
    ]
    assert [len(one["data"]) for one in spec["series"][:2]] == [2, 3]


def test_the_map_is_coloured_by_year(warehouse: str) -> None:
    spec = page(warehouse, "map", colour="year").get("echarts_chart")[0].proto.spec
    assert '"2026"' in spec


def test_the_map_is_coloured_by_what_its_topics_do(tmp_path: Path) -> None:
    root = rows.small(str(tmp_path))
    publish(root, {"gold.trend_tests": [rows.tested("t1", "rising", "established", 0.01, "topic")]})
    app = page(root, "map", colour="growth")
    spec = json.loads(app.get("echarts_chart")[0].proto.spec)
    points = {one["name"]: len(one["data"]) for one in spec["series"] if "name" in one}
    assert points == {"all other topics": 2, "topics that rise": 1, "topics that fade": 0}


def test_where_no_topic_rises_or_fades_the_map_says_so(warehouse: str) -> None:
    assert "No topic rises or fades" in shown(page(warehouse, "map", colour="growth"))


LASSO = "0.450_0.400_0.600_0.400_0.600_0.700_0.450_0.700"


def test_the_map_lists_what_the_lasso_of_the_address_holds(warehouse: str) -> None:
    app = page(warehouse, "map", lasso=LASSO)
    assert len(app.get("echarts_chart")) == 1
    told = shown(app)
    assert "3 papers. Papers that lie near each other are alike" in told
    assert "In the lasso" in told
    assert "Tidal graphs" in told
    assert "Reef peptides" not in told
    app.button[-1].click().run()
    assert "lasso" not in app.query_params
    assert "In the lasso" not in shown(app)


@pytest.mark.parametrize(
    "lasso",
    [
        "",
        "1_0_0_1",
        "a_b_c_d_e_f",
        "0_0_1_0_1",
        "nan_1_0_1_1_1",
        "inf_0_1_0_1_1",
        "_".join("0" * 999),
    ],
)
def test_an_address_without_a_lasso_lists_nothing(warehouse: str, lasso: str) -> None:
    assert "In the lasso" not in shown(page(warehouse, "map", lasso=lasso))


def test_the_map_lists_a_topic_of_some_months(warehouse: str) -> None:
    assert "Tidal graphs" in shown(page(warehouse, "map", topics=["t1"]))
    app = page(warehouse, "map", topics=["t1"], months=["2026-01", "2026-02"])
    assert app.select_slider(key="months").value == ("2026-01", "2026-02")
    assert "0 papers" in shown(app)


def test_search_finds_by_words_and_by_filters(warehouse: str) -> None:
    app = page(warehouse, "search", q="tides")
    assert "Tidal graphs" in shown(app)
    assert "Reef peptides" not in shown(app)
    assert any("Graphs of déjà vu tides" in text for text in html(app))
    app.text_input(key="q").set_value("").run()
    app.selectbox(key="feed").set_value("weekly").run()
    assert "1 paper" in shown(app)
    app.selectbox(key="feed").set_value(None).run()
    app.selectbox(key="country").set_value("NO").run()
    assert "Tidal graphs" in shown(app) and "Reef peptides" not in shown(app)
    app.selectbox(key="country").set_value(None).run()
    app.selectbox(key="topic").set_value("t1").run()
    assert "Tidal graphs" in shown(app) and "Reef peptides" not in shown(app)


def test_search_goes_by_meaning_where_there_are_vectors_of_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAPERTIDE_HOME", str(tmp_path))
    told = EmbedSettings(form="static")
    made(model_folder(told, tmp_path), 3)
    titles = {"p1": "The tide", "p2": "Moon.", "p3": "The moon and the tide"}
    vectors = {name: embed_query(title, told) for name, title in titles.items()}
    root = str(tmp_path / "warehouse")
    publish(root, {"silver.papers": [paper(name, title) for name, title in titles.items()]})
    assert page(root, "search", q="moon").selectbox(key="by").options == ["words"]
    held = [{"paper_id": name, "model": model_id(told), "vector": list(vector)}
            for name, vector in vectors.items()]  # fmt: skip
    publish(root, {"silver.embeddings": held})
    by_meaning = page(root, "search", q="moon.", by="meaning")
    titles_found = [link.proto.label for link in by_meaning.get("page_link")]
    assert titles_found[0] == r"Moon\."
    assert len(titles_found) == len(titles)
    assert "cosine 1.000" in shown(by_meaning)
    both = shown(page(root, "search", q="moon", by="both"))
    assert "bm25" in both
    assert page(root, "search", q="?!", by="both").info
    assert not page(root, "search", q="", by="meaning").get("page_link")


def test_while_papers_are_read_those_of_the_publication_before_are_searched(tmp_path: Path) -> None:
    root = str(tmp_path)
    publish(root, {"silver.papers": [paper("p1", "The tide")]})
    prepare(resolve(root))
    publish(root, {"silver.papers": [paper("p2", "A tide")]})
    told = shown(page(root, "search", q="tide"))
    assert "1 paper" in told
    assert "what was there before is searched" in told
    assert "A tide" in shown(page(root, "paper", id="p2"))
    prepare(resolve(root))
    told = shown(page(root, "search", q="tide"))
    assert "2 papers" in told
    assert "what was there before is searched" not in told


def test_search_shows_what_is_like_a_paper(warehouse: str) -> None:
    assert "cosine 0.700" in shown(page(warehouse, "search", like="p1"))


@pytest.mark.parametrize("wanted", ["p1", " 10.1000/tide ", "https://doi.org/10.1000/TIDE"])
def test_a_paper_is_found_by_any_of_its_ids_however_written(warehouse: str, wanted: str) -> None:
    assert "Tidal graphs" in shown(page(warehouse, "paper", id=wanted))


def test_a_paper_tells_its_fields_neighbours_and_records(warehouse: str) -> None:
    told = shown(page(warehouse, "paper", id="10.1000/tide"))
    for expected in ("Tidal graphs", "https://doi.org/10.1000/tide", "r-p1b", "title: tidal graphs",
                     "years disagree", "Earlier", "cosine 0.700", "Topic\\: tides\\, graphs"):  # fmt: skip
        assert expected in told, expected


def test_a_paper_tells_what_it_cites_and_what_cites_it(warehouse: str) -> None:
    told = shown(page(warehouse, "paper", id="p1"))
    assert "Papers of the feeds, in the order of its list of references: 1" in told
    assert "Reef peptides" in told
    assert "1 of the last year" in told and "last on 2026-02-22" in told
    told = shown(page(warehouse, "paper", id="p3"))
    assert "References: 1; none leads to a paper of the feeds." in told
    assert "Papers of the feeds, the newest first: 2" in told and "Tidal graphs" in told


def test_a_paper_tells_where_its_authors_work(warehouse: str) -> None:
    told = shown(page(warehouse, "paper", id="p1"))
    assert "Authors: 2" in told and "Silt Lab, Norway" in told
    assert "Where its authors work" not in shown(page(warehouse, "paper", id="p3"))


def test_people_are_listed_with_who_writes_with_whom(warehouse: str) -> None:
    app = page(warehouse, "people", kind="country")
    assert {"Norway", "Sweden"} <= {link.proto.label for link in app.get("page_link")}
    assert "2 countries of the most papers, 1 pair with" in shown(app)
    assert [b.proto.label for b in app.get("download_button")][:2] == ["GraphML", "VOSviewer"]


@pytest.mark.parametrize(
    ("kind", "who", "expected"),
    [
        ("institution", "Silt Lab", ("Tidal graphs", "specialisation", "No other institution")),
        ("country", "NO", ("Norway", "Sweden", "1 common paper")),
        ("author", "a1", ("Ada Lovelace", "2 papers", "Ben Reed")),
        ("venue", "Journal of Tides", ("Journal of Tides", "Papers by year")),
    ],
)
def test_a_profile_tells_papers_topics_and_partners(
    warehouse: str, kind: str, who: str, expected: tuple[str, ...]
) -> None:
    text = shown(page(warehouse, "people", kind=kind, who=who))
    assert [part for part in expected if part not in text] == []


def test_a_profile_of_nobody_names_those_with_these_letters(warehouse: str) -> None:
    text = shown(page(warehouse, "people", kind="institution", who="lab"))
    assert "there is no lab" in text
    assert "Reed Lab" in text


def test_where_no_institution_is_named_the_page_says_so_and_lists_authors(tmp_path: Path) -> None:
    root = str(tmp_path)
    assert "No papers are published yet" in shown(page(root, "people"))
    publish(root, {"silver.papers": [paper("p1", "A tide")]})
    assert "Authors are not read yet" in shown(page(root, "people", kind="institution"))
    publish(root, {
        "silver.authorships": [{"paper_id": "p1", "position": 1, "name": "Ada Lovelace", "record_id": "r"}],
        "silver.authors": [{"author_id": "a1", "name": "Ada Lovelace", "other_names": [], "ids": [], "papers": 1}],
        "silver.author_links": [{"paper_id": "p1", "position": 1, "author_id": "a1", "basis": "single"}],
    })  # fmt: skip
    assert "No paper names an institution by an id" in shown(
        page(root, "people", kind="institution")
    )
    assert "Ada Lovelace" in {link.proto.label for link in page(root, "people").get("page_link")}


def test_a_paper_leads_to_the_profiles_of_its_authors(warehouse: str) -> None:
    app = page(warehouse, "paper", id="p1")
    links = {e.proto.label: e.proto.query_string for e in app.get("page_link")}
    assert links["Ben Reed"] == "kind=author&who=a2"


def test_without_references_the_paper_says_why(tmp_path: Path) -> None:
    root = str(tmp_path)
    publish(root, {"silver.papers": [paper("p1", "A tide")]})
    assert "No references are known" in shown(page(root, "paper", id="p1"))
    of_another = {"paper_id": "p2", "position": 1, "text": "Fern, 1990"}
    publish(root, {"silver.references": [of_another]})
    told = shown(page(root, "paper", id="p1"))
    assert "The feeds name no references for this paper." in told
    assert "No paper of the feeds names it among its references." in told


def test_a_former_id_leads_to_the_paper(warehouse: str) -> None:
    assert "merged into this one" in shown(page(warehouse, "paper", id="p0"))
    assert "Reef peptides" in shown(page(warehouse, "paper", id="ps"))
    assert page(warehouse, "paper", id="nobody").warning


def test_health_says_that_a_gate_has_stopped_the_run_and_why(warehouse: str) -> None:
    app = page(warehouse, "health")
    assert "stopped" in app.error[0].value
    assert "unique_key was not met" in shown(app)
    assert "a key names one row" in shown(app)
    app.selectbox(key="run").set_value(RUN).run()
    assert "a key names one row" not in shown(app)


def test_each_list_has_its_sql_and_its_csv(warehouse: str) -> None:
    app = page(warehouse, "now")
    assert any("from gold.scores" in code.value for code in app.code)
    # What rises, what fades, and the papers, which have BibTeX and RIS too.
    assert len(app.get("download_button")) == 5


def test_damage_is_told_by_table_and_file_with_what_to_do(tmp_path: Path) -> None:
    root = rows.small(str(tmp_path / "w"))
    last = max((tmp_path / "w/silver/papers/_delta_log").glob("*.json"))
    last.write_text('{"add": {')
    told = shown(page(root, "now")).replace("\\", "")
    assert "silver.papers: its log is garbled" in told and last.name in told
    assert "papertide repair silver.papers" in told
