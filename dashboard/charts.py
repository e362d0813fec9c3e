"""The charts, as specifications of Vega-Lite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard.look import BLUE, DASHES, PALETTE

Spec = dict[str, Any]
HEIGHT = 340
_FORMATS = {"day": "%d %b %y", "week": "%d %b %y", "month": "%b %Y", "quarter": "%b %Y"}
_TOLD = (
    ("name", "name", "nominal", None),
    ("period", "from", "temporal", "%Y-%m-%d"),
    ("n", "papers that have it", "quantitative", None),
    ("papers", "of papers", "quantitative", None),
    ("share", "share", "quantitative", ".2%"),
    ("share_low", "at least", "quantitative", ".2%"),
    ("share_high", "at most", "quantitative", ".2%"),
    ("over", "is over", "nominal", None),
)


def shares(rows: Sequence[dict[str, Any]], grain: str) -> Spec:
    """Shares over time: a line and a band (the interval) an entity, hollow points where not over.

    Each row has name, period, n, papers, share, share_low, share_high and is_complete. Entities
    differ by colour and by dash.
    """
    shown = [
        {**row, "period": row["period"].isoformat(), "over": "yes" if row["is_complete"] else "no"}
        for row in rows
        if row["share"] is not None
    ]
    names = list(dict.fromkeys(row["name"] for row in shown))
    legend = {"title": None, "orient": "bottom", "direction": "vertical", "labelLimit": 320}

    def by_name(range_: Sequence[Any]) -> Spec:
        scale = {"domain": names, "range": list(range_[: len(names)])}
        return {"field": "name", "type": "nominal", "scale": scale, "legend": legend}

    share = {"field": "share", "type": "quantitative", "title": "share of papers",
             "axis": {"format": "~%"}}  # fmt: skip
    return {
        "data": {"values": shown},
        "height": HEIGHT,
        "encoding": {
            "x": {
                "field": "period", "type": "temporal", "title": None,
                "axis": {"format": _FORMATS.get(grain, "%Y"), "labelAngle": 0,
                         "labelOverlap": True},
            },
            "color": by_name(PALETTE),
        },
        "layer": [
            {
                "mark": {"type": "area", "opacity": 0.15},
                "encoding": {
                    "y": {**share, "field": "share_low"},
                    "y2": {"field": "share_high"},
                },
            },
            {
                "mark": {"type": "line", "strokeWidth": 2},
                "encoding": {"y": share, "strokeDash": by_name(DASHES)},
            },
            {
                "mark": {"type": "point", "size": 45, "filled": True},
                "encoding": {
                    "y": share,
                    "fillOpacity": {
                        "condition": {"test": "datum.over == 'yes'", "value": 1},
                        "value": 0,
                    },
                    "tooltip": [
                        {"field": field, "title": title, "type": kind}
                        | ({"format": form} if form else {})
                        for field, title, kind, form in _TOLD
                    ],
                },
            },
        ],
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
