"""How the page looks: colours that the colour-blind tell apart, one style for light and dark."""

from __future__ import annotations

import streamlit as st

# Okabe & Ito 2008, "Color universal design", without black and yellow, of which one is lost on
# dark and the other on light ground.
BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
)
BRIGHT_BLUE = "#2579B9"  # what is chosen, on dark ground: white on it reads at 4.6:1
SERIES = "#2F86C1"  # small charts: at least 3:1 on either ground
PALETTE = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
# A second sign beside colour.
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [1, 3])
# The same for points, as ECharts knows them; the last two are a cross and a triangle on its tip.
SHAPES = (
    "circle",
    "rect",
    "triangle",
    "diamond",
    "path://M3,0H7V3H10V7H7V10H3V7H0V3H3Z",
    "path://M0,0H10L5,9Z",
)
GREY = "#8C8C8C"  # what is there and not told apart, on either ground


def ink() -> str:
    """The colour of text within charts, 4.5:1 or more on the ground of the reader's scheme."""
    return "#C4C7D0" if st.context.theme.type == "dark" else "#4A4D59"


def ground() -> str:
    """The colour behind the page in the reader's scheme."""
    return "#171614" if st.context.theme.type == "dark" else "#FFFFFF"


STYLE = """<style>
[data-testid="stMainBlockContainer"] { padding: 4.5rem 1rem 3rem; max-width: 1200px;
  margin: 0 auto; }
[data-testid="stCaptionContainer"] { opacity: .85; }
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p { color: inherit; }
[data-testid="stPageLink"] a { padding-left: 0; padding-right: 0; }
[data-testid="stPageLink"] a * { white-space: normal; overflow-wrap: anywhere; text-align: left;
  line-height: 1.35; text-decoration: underline; text-underline-offset: .2em;
  text-decoration-color: rgba(128, 128, 128, .6); }
[data-testid="stPageLink"] a:hover * { text-decoration-color: currentColor; }
[data-testid="stButton"] button[kind="tertiary"] { text-align: left; min-height: 1.8rem; }
[data-testid="stButton"] button[kind="tertiary"] * { text-decoration: underline;
  text-underline-offset: .2em; text-decoration-color: rgba(128, 128, 128, .6); }
.pt-line a { color: inherit; text-underline-offset: .2em; }
.pt-title { font-size: 1.6rem; line-height: 1.25; padding: 0; overflow-wrap: anywhere; }
.pt-line { font-size: .875rem; opacity: .85; overflow-wrap: anywhere; }
.pt-parts { display: grid; grid-template-columns: repeat(auto-fit, minmax(6.4rem, 1fr));
  gap: .35rem 1.2rem; margin-top: .4rem; font-size: .8125rem; }
.pt-part { display: grid; grid-template-columns: 1fr auto; gap: .1rem .4rem; }
.pt-bar { grid-column: 1 / -1; display: block; height: .45rem; border-radius: .25rem;
  background: rgba(128, 128, 128, .25); }
.pt-bar > span { display: block; height: 100%; border-radius: .25rem; }
.pt-number { font-variant-numeric: tabular-nums; text-align: right; }
.pt-call { display: grid; grid-template-columns: minmax(0, 1fr) 7rem; gap: .8rem;
  align-items: end; }
.pt-spark { display: flex; align-items: flex-end; gap: 1px; height: 2.2rem;
  border-bottom: 1px solid rgba(128, 128, 128, .6); }
.pt-spark > span { flex: 1 1 0; max-width: 1.2rem; min-height: 1px; background: SERIES;
  box-sizing: border-box; }
.pt-spark > span.pt-open { background: none; border: 1px solid SERIES; border-bottom: none; }
[class*="st-key-pt-depth-1"] { padding-left: 1.5rem; }
[class*="st-key-pt-depth-2"] { padding-left: 3rem; }
.pt-area { font-weight: 600; }
[data-testid="stSliderThumbValue"] p { color: light-dark(#31333f, #fafafa); }
.stApp h2 { font-size: 1.6rem; }
.stApp h3 { font-size: 1.25rem; }
.pt-scroll { overflow-x: auto; }
.pt-table { width: 100%; border-collapse: collapse; font-size: .8125rem; }
.pt-table th, .pt-table td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0;
  border-bottom: 1px solid rgba(128, 128, 128, .3); overflow-wrap: break-word; min-width: 3rem;
  max-width: 24rem; }
.pt-table td.pt-number, .pt-table th.pt-number { text-align: right; }
.pt-fold summary { font-size: .875rem; cursor: pointer; }
.pt-text { white-space: pre-line; line-height: 1.55; overflow-wrap: anywhere; }
</style>""".replace("SERIES", SERIES)
