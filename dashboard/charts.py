"""The charts, as specifications of Vega-Lite, and of ECharts for the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from math import pi
from statistics import median
from typing import Any

from dashboard.look import BLUE, BRIGHT_BLUE, DASHES, GREY, PALETTE, SERIES, SHAPES

Spec = dict[str, Any]
HEIGHT = 320
COLUMNS, NAME_WIDTH = 2, 130  # of the legend, so that it fits a phone
PLANE, TOOLS = 600, 36
LEGEND_ROW = 24
MOST_TICKS = 6
_FORMATS = {"day": "%d %b %y", "week": "%d %b %y", "month": "%b %Y", "quarter": "%b %Y"}
_TOOLTIP = (
    ("name", "name", None),
    ("from", "from", None),
    ("n", "papers that have it", None),
    ("papers", "of papers", None),
    ("share", "share", ".2%"),
    ("share_low", "at least", ".2%"),
    ("share_high", "at most", ".2%"),
    ("over", "is over", None),
)


def shares(rows: Sequence[dict[str, Any]], grain: str, ink: str) -> Spec:
    """Shares over time: of each entity a line with its interval, over the periods that are over.

    A period that is not over is a hollow point by itself: joined to the line it would look like a
    decline. Each row has name, period, n, papers, share, share_low, share_high and is_complete.
    Entities differ by colour and by dash, in the order of the rows. `ink` is the colour of text.
    """
    points = [
        {**row, "period": _milliseconds(row["period"]), "from": row["period"].isoformat(),
         "over": "yes" if row["is_complete"] else "no"}
        for row in rows
        if row["share"] is not None
    ]  # fmt: skip
    names = list(dict.fromkeys(row["name"] for row in points))
    days = sorted({row["period"] for row in rows})
    ticks = [{"year": day.year, "month": day.month, "date": day.day, "utc": True} for day in days]
    legend = {"title": None, "orient": "top", "direction": "horizontal", "columns": COLUMNS,
              "labelLimit": NAME_WIDTH, "symbolType": "stroke", "symbolOpacity": 1,
              "symbolSize": 300, "symbolStrokeWidth": 2.5, "labelColor": ink,
              "labelFontSize": 13}  # fmt: skip
    axis = {"labelColor": ink, "titleColor": ink, "labelFontSize": 12}

    def by_name(values: Sequence[Any]) -> Spec:
        scale = {"domain": names, "range": list(values[: len(names)])}
        return {"field": "name", "type": "nominal", "scale": scale, "legend": legend}

    share = {"field": "share", "type": "quantitative", "title": f"share of the {grain}'s papers",
             "axis": {**axis, "format": "~%"}, "scale": {"domainMin": 0}}  # fmt: skip
    tooltip = [
        {"field": field, "title": title, "type": "quantitative" if form else "nominal"}
        | ({"format": form} if form else {})
        for field, title, form in _TOOLTIP
    ]
    interval = {"y": {**share, "field": "share_low"}, "y2": {"field": "share_high"}}
    over, not_over = ({"filter": f"datum.over == '{flag}'"} for flag in ("yes", "no"))
    return {
        "data": {"values": points},
        "height": HEIGHT + LEGEND_ROW * -(-len(names) // COLUMNS),
        "encoding": {
            "x": {
                "field": "period", "type": "temporal", "title": grain, "scale": {"type": "utc"},
                "axis": {**axis, "format": _FORMATS.get(grain, "%Y"), "labelAngle": 0,
                         "values": ticks[:: -(-len(ticks) // MOST_TICKS) or 1]},
            },
            "color": by_name(PALETTE),
        },
        "layer": [
            *(
                {"transform": [over], "mark": mark, "encoding": interval}
                # A period by itself has no area.
                for mark in ({"type": "area", "opacity": 0.15}, {"type": "rule", "opacity": 0.4})
            ),
            {
                "transform": [over],
                "mark": {"type": "line", "strokeWidth": 2},
                "encoding": {"y": share, "strokeDash": by_name(DASHES)},
            },
            {
                "transform": [over],
                "mark": {"type": "point", "size": 40, "filled": True, "opacity": 1},
                "encoding": {"y": share, "tooltip": tooltip},
            },
            {
                "transform": [not_over],
                "mark": {"type": "point", "size": 60, "filled": False, "opacity": 1},
                "encoding": {"y": share, "tooltip": tooltip},
            },
        ],
    }  # fmt: skip


def _milliseconds(day: date) -> int:
    """A day as Vega counts time, in UTC, where it is one day for everybody."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


NAMED = (
    24  # clusters that are named, at most; where names would overlap the browser leaves some out
)
_TIP = "max-width: 22rem; white-space: normal; overflow-wrap: anywhere"
_TITLES = {"polygon": "Lasso: draw around papers", "clear": "Take the lasso away"}


def plane(
    rows: Sequence[dict[str, Any]],
    names: Sequence[str],
    others: str,
    corners: Sequence[tuple[float, float]],
    inks: tuple[str, str],
) -> Spec:
    """Papers in the plane, for ECharts, of whose charts alone a lasso can be drawn in.

    Each row has x, y, title, dated_on, name, a topic, and group, by which it is coloured. Groups
    that `names` has differ by colour and shape, the `others` are grey and lie below. The largest
    topics have their names at their middles. `corners` are those of a lasso, `inks`
    the colours of text and of the ground.
    """
    of_name: dict[str, list[tuple[Any, ...]]] = {name: [] for name in (others, *names)}
    for row in rows:
        name = row["group"] if row["group"] in of_name else others
        texts = (row["title"], row["name"] or "no topic", str(row["dated_on"]))
        of_name[name].append((row["x"], row["y"], *texts))
    looks = [(GREY, "circle", 4, 0.45)]
    looks += [(colour, shape, 7, 0.9) for colour, shape in zip(PALETTE, SHAPES, strict=True)]
    series = [
        {"type": "scatter", "name": name, "dimensions": ["x", "y", "title", "topic", "dated"],
         "data": points, "color": colour, "symbol": shape, "symbolSize": size,
         "itemStyle": {"opacity": opacity}}
        for (name, points), (colour, shape, size, opacity) in zip(
            of_name.items(), looks, strict=False
        )
    ]  # fmt: skip
    lasso = {"type": "line", "data": [*corners, *corners[:1]], "color": GREY, "symbol": "none",
             "silent": True, "tooltip": {"show": False}}  # fmt: skip
    ink, ground = inks
    middles = {"type": "scatter", "data": _middles(rows), "symbolSize": 1, "silent": True,
               "itemStyle": {"color": "transparent"}, "tooltip": {"show": False}, "z": 5,
               "labelLayout": {"hideOverlap": True},
               "label": {"show": True, "position": "inside", "formatter": "{b}", "color": ink,
                         "fontSize": 13, "fontWeight": 600, "width": 120,
                         "lineHeight": 16, "opacity": 1, "overflow": "break",
                         "textBorderColor": ground, "textBorderWidth": 3}}  # fmt: skip
    axis = {"type": "value", "min": -1.05, "max": 1.05, "show": False}
    return {
        "animation": False,
        "grid": {"left": 0, "right": 0, "top": TOOLS, "height": PLANE},
        "xAxis": axis,
        "yAxis": axis,
        "series": [*series, middles, lasso],
        "legend": {"data": [*names, others], "type": "scroll", "left": 0, "top": TOOLS + PLANE,
                   "selectedMode": False, "itemWidth": 12, "itemHeight": 12, "itemGap": 16,
                   "padding": [8, 0], "textStyle": {"color": ink, "fontSize": 13}},
        "tooltip": {"formatter": "{@title}<br>{@topic}<br>dated {@dated}", "confine": True,
                    "extraCssText": _TIP},
        "toolbox": {"feature": {"brush": {"type": ["polygon", "clear"], "title": _TITLES}},
                    "left": 0, "top": 0, "padding": 4, "itemSize": 24, "itemGap": 16,
                    "iconStyle": {"borderColor": BRIGHT_BLUE, "borderWidth": 1.5}},
        # All points are drawn anew for what is inside: not at each step of the hand.
        "brush": {"xAxisIndex": 0, "outOfBrush": {"colorAlpha": 0.25},
                  "throttleType": "debounce", "throttleDelay": 50},
    }  # fmt: skip


def _middles(rows: Sequence[dict[str, Any]]) -> list[Spec]:
    """The names of the largest topics, each at the median of its papers."""
    of_topic: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["name"]:
            of_topic.setdefault(row["name"], []).append(row)
    largest = sorted(of_topic, key=lambda name: (-len(of_topic[name]), name))[:NAMED]
    return [
        {"name": name, "value": [median(row[axis] for row in of_topic[name]) for axis in "xy"]}
        for name in largest
    ]


PLANE_HEIGHT = TOOLS + PLANE + LEGEND_ROW + 8
"""Pixels of the plane with its tools and its legend."""


NETWORK_HEIGHT = 560
_LARGEST, _SMALLEST = 44, 5  # pixels across a node
_COVERED = 0.08 * 350**2  # pixels of all nodes: a phone's width squared, and so that lines are seen
_WIDEST = 6  # pixels of the heaviest edge
_NAMED_NODES = 30  # of the most papers; the others say their names to the mouse and in the list


def network(
    nodes: Sequence[dict[str, Any]],
    edges: Sequence[dict[str, Any]],
    places: Mapping[str, tuple[float, float]],
    inks: tuple[str, str],
) -> Spec:
    """Members and who writes with whom, for ECharts; nodes come by their papers, the most first.

    Areas of nodes go by papers, widths of edges by weight; `places` are those of the nodes by id,
    `inks` the colours of text and of the ground.
    """
    ink, ground = inks
    area = _COVERED / sum(node["papers"] for node in nodes)
    heaviest = max((edge["weight"] for edge in edges), default=1.0)
    points = [
        {"id": node["id"], "name": node["name"], "value": node["papers"],
         # ECharts moves the ends of lines to whole numbers.
         "x": PLANE * places[node["id"]][0], "y": PLANE * places[node["id"]][1],
         "symbolSize": min(max(_SMALLEST, (4 / pi * area * node["papers"]) ** 0.5), _LARGEST),
         "label": {"show": at < _NAMED_NODES}}
        for at, node in enumerate(nodes)
    ]  # fmt: skip
    lines = [
        {"source": edge["a"], "target": edge["b"], "value": edge["papers"],
         "lineStyle": {"width": max(0.5, _WIDEST * edge["weight"] / heaviest)}}
        for edge in edges
    ]  # fmt: skip
    return {
        "animation": False,
        "tooltip": {"formatter": "{b}: {c}", "confine": True, "extraCssText": _TIP},
        "series": [
            {"type": "graph", "layout": "none", "roam": True, "data": points, "links": lines,
             "color": [BRIGHT_BLUE], "lineStyle": {"color": GREY, "opacity": 0.6},
             "left": "center", "top": "middle",  # and no more: the picture keeps its shape
             "labelLayout": {"hideOverlap": True},
             "label": {"position": "right", "formatter": "{b}", "color": ink, "fontSize": 12,
                       "textBorderColor": ground, "textBorderWidth": 3,
                       "width": 140, "overflow": "truncate"},
             "emphasis": {"focus": "adjacency"}},
        ],
    }  # fmt: skip


_FEW, _BAR = 10, 32  # years whose bars would fill the page, and pixels of each


def papers_by_year(rows: Sequence[dict[str, Any]], ink: str) -> Spec:
    """Papers of a member by year, each row with year, papers and all_papers."""
    axis = {"labelColor": ink, "titleColor": ink, "labelFontSize": 12}
    return {
        "data": {"values": list(rows)},
        "height": 220,
        "mark": {"type": "bar", "color": SERIES, **({"size": _BAR} if len(rows) <= _FEW else {})},
        "encoding": {
            "x": {"field": "year", "type": "ordinal", "title": "year",
                  "axis": {**axis, "labelAngle": 0, "labelOverlap": True}},
            "y": {"field": "papers", "type": "quantitative", "title": "papers",
                  "axis": {**axis, "tickMinStep": 1, "format": "~d"}},
            "tooltip": [
                {"field": "year", "type": "ordinal", "title": "year"},
                {"field": "papers", "type": "quantitative", "title": "papers"},
                {"field": "all_papers", "type": "quantitative", "title": "of all papers"},
            ],
        },
    }  # fmt: skip


def seconds(rows: Sequence[dict[str, Any]]) -> Spec:
    """What runs cost: a bar a run, in their order, of the seconds of its stages."""
    bars = [{"run": row["run_id"], "seconds": row["seconds"]} for row in reversed(rows)]
    return {
        "data": {"values": bars},
        "height": 180,
        "mark": {"type": "bar", "color": BLUE},
        "encoding": {
            "x": {"field": "run", "type": "nominal", "sort": None, "title": None,
                  "axis": {"labels": False, "ticks": False}},
            "y": {"field": "seconds", "type": "quantitative", "title": "seconds"},
            "tooltip": [
                {"field": "run", "type": "nominal", "title": "run"},
                {"field": "seconds", "type": "quantitative", "format": ".1f"},
            ],
        },
    }  # fmt: skip
