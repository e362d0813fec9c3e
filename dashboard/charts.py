"""The charts, as specifications of Vega-Lite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from dashboard.look import BLUE, DASHES, GREY, PALETTE, SHAPES

Spec = dict[str, Any]
HEIGHT = 260
PLANE = 440
LEGEND_ROW = 24
MOST_TICKS = 6
_FORMATS = {"day": "%d %b %y", "week": "%d %b %y", "month": "%b %Y", "quarter": "%b %Y"}
_TOLD = (
    ("name", "name", None),
    ("from", "from", None),
    ("n", "papers that have it", None),
    ("papers", "of papers", None),
    ("share", "share", ".2%"),
    ("share_low", "at least", ".2%"),
    ("share_high", "at most", ".2%"),
    ("over", "is over", None),
)


def shares(rows: Sequence[dict[str, Any]], grain: str) -> Spec:
    """Shares over time: of each entity a line with its interval, over the periods that are over.

    A period that is not over is a hollow point by itself: joined to the line it would look like a
    decline. Each row has name, period, n, papers, share, share_low, share_high and is_complete.
    Entities differ by colour and by dash, in the order of the rows.
    """
    shown = [
        {**row, "period": _milliseconds(row["period"]), "from": row["period"].isoformat(),
         "over": "yes" if row["is_complete"] else "no"}
        for row in rows
        if row["share"] is not None
    ]  # fmt: skip
    names = list(dict.fromkeys(row["name"] for row in shown))
    days = sorted({row["period"] for row in rows})
    ticks = [{"year": day.year, "month": day.month, "date": day.day, "utc": True} for day in days]
    legend = {"title": None, "orient": "bottom", "direction": "vertical", "labelLimit": 320,
              "symbolType": "stroke", "symbolOpacity": 1, "symbolSize": 400,
              "symbolStrokeWidth": 2.5}  # fmt: skip

    def by_name(values: Sequence[Any]) -> Spec:
        scale = {"domain": names, "range": list(values[: len(names)])}
        return {"field": "name", "type": "nominal", "scale": scale, "legend": legend}

    share = {"field": "share", "type": "quantitative", "title": "share of papers",
             "axis": {"format": "~%"}, "scale": {"domainMin": 0}}  # fmt: skip
    tooltip = [
        {"field": field, "title": title, "type": "quantitative" if form else "nominal"}
        | ({"format": form} if form else {})
        for field, title, form in _TOLD
    ]
    interval = {"y": {**share, "field": "share_low"}, "y2": {"field": "share_high"}}
    over, not_over = ({"filter": f"datum.over == '{told}'"} for told in ("yes", "no"))
    return {
        "data": {"values": shown},
        "height": HEIGHT + LEGEND_ROW * len(names),
        "encoding": {
            "x": {
                "field": "period", "type": "temporal", "title": None, "scale": {"type": "utc"},
                "axis": {"format": _FORMATS.get(grain, "%Y"), "labelAngle": 0,
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


OTHERS = "all others"
BOX = "box"  # the name of the selection


def plane(rows: Sequence[dict[str, Any]], names: Sequence[str], box: Mapping[str, Any]) -> Spec:
    """Papers in the plane, in which a box can be drawn; `box` is one that is drawn already.

    Each row has x, y, title, dated_on and name, a topic; topics that `names` has differ by colour
    and shape, the others are grey and lie below.
    """
    drawn = set(names)
    shown = [
        {"x": row["x"], "y": row["y"], "title": row["title"], "day": str(row["dated_on"]),
         "topic": row["name"] or "no topic",
         "name": row["name"] if row["name"] in drawn else OTHERS}
        for row in rows
    ]  # fmt: skip
    shown.sort(key=lambda row: row["name"] != OTHERS)
    legend = {"title": None, "orient": "bottom", "direction": "vertical", "labelLimit": 320,
              "symbolOpacity": 1, "symbolSize": 80}  # fmt: skip
    domain = [*names, OTHERS]

    def by_name(values: Sequence[str], last: str) -> Spec:
        scale = {"domain": domain, "range": [*values[: len(names)], last]}
        return {"field": "name", "type": "nominal", "scale": scale, "legend": legend}

    def axis(name: str) -> Spec:
        return {"field": name, "type": "quantitative", "axis": None,
                "scale": {"domain": [-1.05, 1.05], "nice": False}}  # fmt: skip

    is_other = f"datum.name == '{OTHERS}'"
    return {
        "data": {"values": shown},
        "height": PLANE + LEGEND_ROW * len(domain),
        "usermeta": {"embedOptions": {"renderer": "canvas"}},
        "params": [{"name": BOX, "select": "interval", **({"value": dict(box)} if box else {})}],
        "mark": {"type": "point", "filled": True},
        "encoding": {
            "x": axis("x"),
            "y": axis("y"),
            "color": by_name(PALETTE, GREY),
            "shape": by_name(SHAPES, "circle"),
            "size": {"condition": {"test": is_other, "value": 14}, "value": 34},
            "opacity": {"condition": {"test": is_other, "value": 0.45}, "value": 0.9},
            "tooltip": [
                {"field": "title", "type": "nominal"},
                {"field": "topic", "type": "nominal"},
                {"field": "day", "type": "nominal", "title": "dated"},
            ],
        },
    }  # fmt: skip


def seconds(rows: Sequence[dict[str, Any]]) -> Spec:
    """What runs cost: a bar a run, in their order, of the seconds of its stages."""
    shown = [{"run": row["run_id"], "seconds": row["seconds"]} for row in reversed(rows)]
    return {
        "data": {"values": shown},
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
