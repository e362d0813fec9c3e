"""Requirements of the evidence: what speaks for one work, what against, and what is missing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from jobs.identity.features import SURNAME, keys_of_citation, side
from jobs.identity.scoring import SCHEMES, Judgement, Side, is_hopeless, weigh_pair
from tests.jobs.records import Fields, record

LONG = "Sorting smooth pebbles with patient machines"
FERN = {"authors": ["Ada Fern"]}
THREE = {"authors": ["Ada Fern", "Bea Elm", "Cid Oak"]}
FOUR_WORDS = "Estuaries silting under rising tides"


def row(fields: Fields) -> dict[str, Any]:
    empty = dict.fromkeys(
        (
            *SCHEMES,
            "native_id",
            "relations",
            "abstract",
            "venue",
            "volume",
            "number",
            "pages",
            "year",
            "work_type",
        )
    )
    return {**empty, **fields, "authors": [name for name, *_ in fields["authors"]]}


def judge(a: Fields, b: Fields, *, pairs: int = 0, shared: int = 0) -> Judgement:
    """The judgement of two records, whose abstracts have so many word pairs, and so many shared."""
    first, second = (
        side(row(record(name, given.get("title", LONG), **_rest(given))), pairs)
        for name, given in (("a", a), ("b", b))
    )
    there, back = weigh_pair(first, second, shared, 0.6), weigh_pair(second, first, shared, 0.6)
    assert (there.weight, there.reason) == (back.weight, back.reason)
    return there


def _rest(given: Fields) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != "title"}


# Two records, and whether they are one work.
PAIRS: list[tuple[str, Fields, Fields, bool]] = [
    ("a long equal title, all else missing", {}, {}, True),
    ("case, accents and punctuation", {"title": "SORTING smooth pebblés — with patient machines"}, {}, True),
    ("an author on one side is no evidence against", FERN, {}, True),
    ("no author in common", FERN, {"authors": ["Bea Elm"]}, False),
    ("a group for its members", {"authors": ["Tide Collaboration"], "year": 2020}, {**THREE, "year": 2020}, True),
    ("a group for its members, under a short title", {"title": "Patient machines", "authors": ["Tide Collaboration"], "year": 2020}, {"title": "Patient machines", **THREE, "year": 2020}, False),
    ("a group, and one who tells of its work", {"authors": ["Tide Collaboration"], "year": 2020, "venue": "Tides"}, {**FERN, "year": 2020, "venue": "Silt Workshop"}, False),
    ("a group with and without its firm", {"title": "Patient machines", "authors": ["The Tide Team"]}, {"title": "Patient machines", "authors": ["CORPORATE The Tide Team Shoresoft"]}, True),
    ("two groups", {"authors": ["Tide Collaboration"], "year": 2020}, {"authors": ["Tern Collaboration"], "year": 2020}, False),
    ("a group by its name alone", {"title": "Patient machines", "authors": ["TIDE"]}, {"title": "Patient machines", "authors": ["The TIDE Collaboration"]}, True),
    ("a group behind its members", {"title": "Patient machines", "authors": ["Ada Fern", "Bea Elm", "TIDE Collaboration"]}, {"title": "Patient machines", "authors": ["TIDE Collaboration"]}, True),
    ("an abstract's number", {"title": f"P-101: {LONG}", **FERN, "venue": "Tides", "number": "Suppl 1", "pages": "S44"}, {**FERN, "venue": "Tides", "number": "Suppl 1", "pages": "S44"}, True),
    ("the numbers of two abstracts", {"title": f"P-101: {LONG}", **FERN, "venue": "Tides", "number": "Suppl 1", "pages": "S44"}, {"title": f"P-102: {LONG}", **FERN, "venue": "Tides", "number": "Suppl 1", "pages": "S45"}, False),
    ("a number before a title that is no abstract's", {"title": f"27. {LONG}", **FERN, "venue": "Tides", "pages": "1-20"}, {"title": f"28. {LONG}", **FERN, "venue": "Tides", "pages": "1-20"}, False),
    ("a short title alone", {"title": "Patient machines"}, {"title": "Patient machines"}, False),
    ("a short title and the year", {"title": "Patient machines", "year": 2020}, {"title": "Patient machines", "year": 2020}, True),
    ("a short title and an author", {"title": "Patient machines", **FERN}, {"title": "Patient machines", **FERN}, True),
    ("a short title by a namesake", {"title": "Patient machines", **FERN}, {"title": "Patient machines", "authors": ["Bea Fern"]}, False),
    ("a short title, first name and initial", {"title": "Patient machines", **FERN}, {"title": "Patient machines", "authors": ["Fern A"]}, True),
    ("a short title, first name and its short form", {"title": "Patient machines", "authors": ["David Fern"]}, {"title": "Patient machines", "authors": ["Dave Fern"]}, True),
    ("a short title, first name and what it is called", {"title": "Patient machines", "authors": ["Robert H. Fern"]}, {"title": "Patient machines", "authors": ["Bob Fern"]}, True),
    ("a short title, first name and surname the other way round", {"title": "Patient machines", **FERN}, {"title": "Patient machines", "authors": ["Fern Ada"]}, True),
    ("a long title by a namesake, the year", {"year": 2020, **FERN}, {"year": 2020, "authors": ["Bea Fern"]}, True),
    ("a heading, an author and the year", {"title": "Guest editorial", "year": 2020, **FERN}, {"title": "Guest editorial", "year": 2020, **FERN}, False),
    ("a heading, three authors and the year", {"title": "Guest editorial", "year": 2020, **THREE}, {"title": "Guest editorial", "year": 2020, **THREE}, True),
    ("a negation", {"title": "Estuaries are not silting under tides", **THREE, "year": 2020}, {"title": "Estuaries are silting under tides", **THREE, "year": 2020}, False),
    ("a negating prefix", {"title": "Tidal estuary networks are learnable", **THREE, "year": 2020}, {"title": "Tidal estuary networks are unlearnable", **THREE, "year": 2020}, False),
    ("part one and part two", {"title": f"{LONG}, part I", **THREE}, {"title": f"{LONG}, part II", **THREE}, False),
    ("a part of what has none", {"title": f"{LONG} II", **THREE}, THREE, False),
    ("a number in words", {"title": "Networks of two layers for sorting pebbles", **FERN}, {"title": "Networks of 2 layers for sorting pebbles", **FERN}, True),
    ("an erratum", {"title": f"Erratum: {LONG}", **THREE, "year": 2020}, {**THREE, "year": 2020}, False),
    ("a slip of the pen", {"title": "Sorting smooth pebbels with patient machines", **FERN}, FERN, True),
    ("a slip of the pen, and nothing else", {"title": "Sorting smooth pebbels with patient machines"}, {}, False),
    ("a remark", {"title": f"{LONG} (extended abstract)", **FERN}, FERN, True),
    ("a subtitle", {"title": f"{FOUR_WORDS}: ten years of soundings", **THREE}, {"title": FOUR_WORDS, **THREE}, True),
    ("another word by one author", {"title": "Sorting smooth pebbles with anxious machines", **FERN}, FERN, False),
    ("another task by the same authors", {"title": "Estuary soundings for salinity maps", **THREE, "year": 2020}, {"title": "Estuary soundings for sediment maps", **THREE, "year": 2020}, False),
    ("initials", {"authors": ["A. Fern", "B. Elm"]}, {"authors": ["Fern, Ada", "Elm, Bea"]}, True),
    ("a letter lost in a name", {"title": "Patient machines", "authors": ["Ada N?rvik"]}, {"title": "Patient machines", "authors": ["Ada Nørvik"]}, True),
    ("preprint and paper of the next year", {**THREE, "year": 2020, "venue": "arXiv.org"}, {**THREE, "year": 2021, "venue": "J. Tides"}, True),
    ("conference without a year and journal", {**THREE, "venue": "Tides Conference"}, {**THREE, "year": 2021, "venue": "Journal of Tides"}, False),
    ("conference with and without a year", {**THREE, "venue": "Tides Conference"}, {**THREE, "year": 2021, "venue": "Proceedings of the Conference on Tides"}, True),
    ("preprint without a year and journal", {**THREE, "venue": "arXiv preprint"}, {**THREE, "year": 2021, "venue": "Journal of Tides"}, True),
    ("conference and journal of the next year", {**THREE, "year": 2020, "venue": "Tides Conference"}, {**THREE, "year": 2021, "venue": "Journal of Tides"}, False),
    ("equal DOI", {"doi": "10.1/x"}, {"doi": "10.1/x"}, True),
    ("equal DOI, other title", {"title": "Abstracts of the meeting: fever", "doi": "10.1/x"}, {"title": "Abstracts of the meeting: burns", "doi": "10.1/x"}, False),
    ("equal arXiv id, other title", {"title": "On ferns", "arxiv_id": "2401.00001"}, {"arxiv_id": "2401.00001"}, True),
    ("two DOIs", {"doi": "10.1/x", **THREE}, {"doi": "10.1/y", **THREE}, False),
    ("a preprint's DOI and the publisher's", {"doi": "10.48550/arxiv.2401.00001", **FERN}, {"doi": "10.1/y", **FERN}, True),
    ("two DOIs of one preprint server", {"doi": "10.21203/rs.1", **FERN}, {"doi": "10.21203/rs.2", **FERN}, False),
    ("two DOIs, of which one names the other", {"doi": "10.1/x", "relations": [{"kind": "version of", "scheme": "doi", "id": "10.1/y"}]}, {"doi": "10.1/y"}, True),
    ("a DOI that another arXiv id contradicts", {"doi": "10.1/x", "arxiv_id": "2401.00001"}, {"doi": "10.1/x", "arxiv_id": "2401.00002"}, False),
    ("one arXiv paper that came out in two places", {"doi": "10.1/x", "arxiv_id": "2401.00001"}, {"doi": "10.1/y", "arxiv_id": "2401.00001"}, True),
    ("one feed's own id, title corrected", {"title": "Sorting of small smooth pebbles with patient machines", "native_id": "1"}, {"native_id": "1"}, True),
    ("one feed's own id, given twice", {"title": "On the colour of feathers", "native_id": "1"}, {"native_id": "1"}, False),
    ("a deletion names no title", {"title": None, "native_id": "1"}, {"native_id": "1"}, False),
    ("an initialism for words", {"title": "Silt transport models for RB dredging in estuaries", **FERN}, {"title": "Silt transport models for river bed dredging in estuaries", **FERN}, True),
    ("an ordinal in words", {"title": "Report on the fourth meeting of pebble sorters", **FERN}, {"title": "Report on the 4th meeting of pebble sorters", **FERN}, True),
    ("another ordinal", {"title": "Report on the fourth meeting of pebble sorters", **THREE}, {"title": "Report on the fifth meeting of pebble sorters", **THREE}, False),
    ("a word cut at the end of a line, and a year before the title", {"title": "(1998) Sorting smooth pebbles with patient formulae", **FERN}, {"title": "Sorting smooth pebbles with patient for mulae", **FERN}, True),
    ("a title cut within its subtitle", {"title": f"{FOUR_WORDS}: ten years of soundings", **FERN}, {"title": f"{FOUR_WORDS}: ten years of soundings by kayaks and canoes between four lighthouses", **FERN}, True),
    ("a foreword with the name of what it introduces", {"title": "Patient machines, a foreword", "year": 2020, **FERN}, {"title": "Patient machines", "year": 2020, **FERN}, True),
    ("an editorial with its subject and without", {"title": "Tidal pools: guest editorial", "year": 2020, "venue": "Tides", **THREE}, {"title": "Guest editorial", "year": 2020, "venue": "Tides", **THREE}, True),
    ("another word by the same authors in one venue", {"title": "Estuary soundings for patient salinity maps", **THREE, "year": 2020, "venue": "Trans. Tidal Syst."}, {"title": "Estuary soundings for patient salinity charts", **THREE, "year": 2020, "venue": "Transactions on Tidal Systems"}, False),
    ("another word by the same authors on one page", {"title": "Estuary soundings for patient salinity maps", **THREE, "year": 2020, "venue": "Trans. Tidal Syst.", "pages": "12-20"}, {"title": "Estuary soundings for patient salinity charts", **THREE, "year": 2020, "venue": "Transactions on Tidal Systems", "pages": "12-20"}, True),
    ("another word by the same authors in two venues", {"title": "Estuary soundings for patient salinity maps", **THREE, "year": 2020, "venue": "Tidal Systems"}, {"title": "Estuary soundings for patient salinity charts", **THREE, "year": 2020, "venue": "Hydrography"}, False),
    ("companions in one venue, on other pages", {"title": "Estuary soundings for patient salinity maps", **THREE, "year": 2020, "venue": "Tides", "pages": "1-9"}, {"title": "Estuary soundings for patient salinity charts", **THREE, "year": 2020, "venue": "Tides", "pages": "10-19"}, False),
    ("a column of one author, in one year of one journal", {"title": "Editorial", **FERN, "year": 2020, "venue": "Tides"}, {"title": "Editorial", **FERN, "year": 2020, "venue": "Tides"}, False),
    ("a short title in one issue", {"title": "Books afloat", "year": 2020, "venue": "Tides, Volume 3, Number 1"}, {"title": "Books afloat", "year": 2020, "venue": "Tides, Volume 3, Number 1"}, True),
    ("a short title in two issues", {"title": "Books afloat", "year": 2020, "venue": "Tides, Volume 3, Number 1"}, {"title": "Books afloat", "year": 2020, "venue": "Tides, Volume 3, Number 2"}, False),
    ("a short title, and of many authors only the last in common", {"title": "Patient machines", "year": 2020, "venue": "Tides", "authors": ["Ada Fern"]}, {"title": "Patient machines", "year": 2020, "venue": "Tides", "authors": ["Bea Elm", "Cid Oak", "Ada Fern"]}, False),
    ("a year that only the venue tells", {**FERN, "venue": "Proceedings of the 1991 Workshop on Tides"}, {**FERN, "year": 1994, "venue": "Tidal Systems"}, False),
    ("a year that stands before the title", {"title": f"(1991) {LONG}", **FERN, "venue": "Tides"}, {**FERN, "year": 1994, "venue": "Tidal Systems"}, False),
    ("a report and the paper of the next year", {**THREE, "year": 2020, "venue": "Technical report 7"}, {**THREE, "year": 2021, "venue": "Journal of Tides"}, True),
    ("journal and meeting, other pages, one year missing", {**FERN, "venue": "Journal of Tides", "pages": "1-9"}, {**FERN, "year": 2020, "venue": "Tides Workshop", "pages": "70-81"}, False),
    ("spaced initials are no surname", {"authors": ["Fern J. R."], "year": 2011, "venue": "Tides"}, {"authors": ["Oak T. R."], "year": 2011, "venue": "Silt"}, False),
    ("a surname before initials and a suffix", {"title": "Patient machines", "authors": ["Fern Jr., Ada"]}, {"title": "Patient machines", "authors": ["Fern A. B. Jr."]}, True),
    ("surnames first without a comma", {"authors": ["Fern A.", "Elm B.", "Oak C."], "year": 2020, "venue": "Tides", "doi": "10.1/x"}, {"authors": ["Fern Ada", "Elm Bea", "Oak Cid"], "year": 2019, "venue": "Tidal Systems", "doi": "10.1/x"}, True),
    ("a note of a catalogue", {"title": f"{LONG}.[Erratum appears in J Tides. 2003 Jun;142(6):616]", **FERN}, FERN, True),
    ("a title in two languages", {"title": f"{LONG} [Trier des galets lisses avec patience]", **FERN}, {"title": "Trier des galets lisses avec patience", **FERN}, True),
    ("marked as retracted", {"title": f"RETRACTED: {LONG}", **FERN, "doi": "10.1/x"}, {**FERN, "doi": "10.1/x"}, True),
    ("a correction that cites", {"title": f"{LONG} (vol 109, pg 240, 2007)", **THREE, "year": 2007}, {**THREE, "year": 2007}, False),
    ("a retraction notice", {"title": f"Retraction notice to: {LONG}", **THREE}, THREE, False),
    ("a reply and a comment", {"title": f"Reply to: {LONG}"}, {"title": f"Comment on: {LONG}"}, False),
    ("a notice's word as a word", {"title": "Immune responses to inactivated silt in ferns", **FERN}, {"title": "Immune response to inactivated silt in ferns", **FERN}, True),
    ("a protocol", {"title": f"{LONG}: protocol for a randomised trial", **THREE}, THREE, False),
    ("isotopes, greek and joints", {"title": "Imaging of [<sup>11</sup>C]silt at alpha7 receptors in ferns", **FERN}, {"title": "Imaging of C-11 silt at α 7 receptors in ferns", **FERN}, True),
    ("a formula", {"title": "Uptake of CO<INF>2</INF> and H(2)O by tidal ferns", **FERN}, {"title": "Uptake of CO2 and H2O by tidal ferns", **FERN}, True),
    ("a DOI cut off", {"doi": "10.1016/s0022", **THREE}, {"doi": "10.1016/s0022-5223(03)01189-9", **THREE}, True),
    ("equal DOI, half of the title changed", {"title": "Tides predict silting of marshes in winter", "doi": "10.1/x", **THREE}, {"title": "Tides and silting of marshes: a survey in winter", "doi": "10.1/x", **THREE}, True),
    ("two DOIs, and all else one", {"doi": "10.1/x", **THREE, "year": 2020, "venue": "Tides", "pages": "7-9"}, {"doi": "10.1/y", **THREE, "year": 2020, "venue": "Tides", "pages": "7-9"}, True),
    ("two DOIs, and other pages", {"doi": "10.1/x", **THREE, "year": 2020, "venue": "Tides", "pages": "7-9"}, {"doi": "10.1/y", **THREE, "year": 2020, "venue": "Tides", "pages": "12-14"}, False),
    ("versions of a preprint", {"doi": "10.1101/2021.02.03.429500v1", **FERN}, {"doi": "10.1101/2021.02.03.429500v2", **FERN}, True),
    ("versions of a deposit", {"doi": "10.5281/zenodo.1", "title": f"{LONG} (v1.0)", "venue": "Zenodo", **THREE}, {"doi": "10.5281/zenodo.2", "title": f"{LONG} (v2.1)", "venue": "Zenodo", **THREE}, True),
    ("data under the title of their paper", {"doi": "10.5281/zenodo.1", "venue": "Zenodo", **THREE}, {"doi": "10.1/x", "venue": "Tides", **THREE}, False),
    ("two abstracts on one page under one DOI", {"title": "Ferns fail less in winter", **THREE, "year": 2012, "venue": "Tides", "number": "suppl 1", "pages": "S72", "doi": "10.1/x"}, {"title": "Sorting smooth pebbles in summer", **THREE, "year": 2012, "venue": "Tides", "number": "suppl 1", "pages": "S72", "doi": "10.1/x"}, False),
    ("an article and the abstract of a talk", {**THREE, "year": 2012, "venue": "Tides", "volume": "8", "number": "suppl 1", "pages": "S72"}, {**THREE, "year": 2012, "venue": "Tides", "volume": "8", "number": "3", "pages": "72-80"}, False),
    ("a column in two issues", {"title": "Remarks from the editor of Tides", **FERN, "year": 2000, "venue": "Tides", "volume": "24", "number": "1"}, {"title": "Remarks from the editor of Tides", **FERN, "year": 2000, "venue": "Tides", "volume": "24", "number": "2"}, False),
    ("introductions of two books", {"title": "Introduction", **FERN, "year": 2010, "venue": "Handbook of Silt", "pages": "1-12"}, {"title": "Introduction", **FERN, "year": 2010, "venue": "Ferns of the Marsh", "pages": "1-9"}, False),
    ("whole proceedings of two meetings", {"title": "Proceedings of the 13th Symposium on Silt", "year": 2017, "venue": "Proceedings of the 13th Symposium on Silt"}, {"title": "Proceedings of the Annual Conference on Ferns", "year": 2017, "venue": "Proceedings of the Annual Conference on Ferns"}, False),
    ("only the first author", {**THREE, "year": 1999}, {"authors": ["A. Fern"]}, True),
    ("a year apart, one venue under two names", {**THREE, "year": 2017, "venue": "International Conference on Marine Silt"}, {**THREE, "year": 2018, "venue": "ICMS: Tides of Change"}, True),
    ("a translated title, one page", {"title": "Schwebstoffe und Gezeiten als Herausforderung der Küste", **THREE, "year": 2020, "venue": "Tides", "volume": "27", "number": "2", "pages": "205-226"}, {"title": "Suspended matter and tides as challenges to the coast", **THREE, "year": 2020, "venue": "Tides", "volume": "27", "number": "2", "pages": "205-226"}, True),
    ("two languages, other pages", {"title": "Schwebstoffe und Gezeiten als Herausforderung der Küste", **THREE, "year": 2020, "venue": "Tides", "pages": "205-226"}, {"title": "Suspended matter and tides as challenges to the coast", **THREE, "year": 2020, "venue": "Tides", "pages": "227-240"}, False),
    ("a citation: names behind the title", {"title": f"{LONG}, Fern, A and Elm, B"}, THREE, True),
    ("a citation: initials and name before a short title", {"title": "A B Fern. Patient machines", "year": 2020}, {"title": "Patient machines", **FERN, "year": 2020}, True),
    ("a short title within another", {"title": "Patient machines of winter", "year": 2020}, {"title": "Patient machines", **FERN, "year": 2020}, False),
    ("a citation: pages and year behind the title", {"title": "Patient machines, pp. 113-203, 1980", **FERN}, {"title": "Patient machines", **FERN}, True),
    ("a correction that holds author and title", {"title": f"Correction of figure 2, Ada Fern, {LONG}", "year": 2020}, {**FERN, "year": 2020}, False),
    ("a citation: only the first of three, short title, the year", {"title": "Patient machines", "authors": ["A Fern"], "year": 2020}, {"title": "Patient machines", **THREE, "year": 2020}, True),
    ("a citation: only the first of three, short title", {"title": "Patient machines", "authors": ["A Fern"]}, {"title": "Patient machines", **THREE}, False),
    ("one author and three, short title, the year", {"title": "Patient machines", **FERN, "year": 2020}, {"title": "Patient machines", **THREE, "year": 2020}, False),
    ("a year apart in one venue", {**FERN, "year": 2017, "venue": "Tides"}, {**FERN, "year": 2018, "venue": "Tides"}, True),
    ("a column a year apart", {"title": "Patient machines", **FERN, "year": 2017, "venue": "Tides"}, {"title": "Patient machines", **FERN, "year": 2018, "venue": "Tides"}, False),
    ("two letters that changed places", {"title": "Sorting smooth pebbles with a dry tool", **FERN}, {"title": "Sorting smooth pebbles with a dry otol", **FERN}, True),
    ("a short word left out", {"title": "Sorting smooth wet pebbles with very patient machines", "authors": ["A Fern"], "year": 2020}, {"title": "Sorting smooth pebbles with very patient machines", **THREE, "year": 2020}, True),
    ("a title cut late, no year", {"title": "Estuary soundings for patient salinity", **THREE}, {"title": "Estuary soundings for patient salinity charts", **THREE}, True),
    ("a title cut early, no year", {"title": "Estuary soundings for patient salinity", **THREE}, {"title": "Estuary soundings for patient salinity charts of northern lagoons", **THREE}, False),
    ("opposites that look like a slip", {"title": "Silt and sleep of ferns in male rats", **THREE, "year": 2020}, {"title": "Silt and sleep of ferns in female rats", **THREE, "year": 2020}, False),
    ("opposites of another length", {"title": "Sorting smooth pebbles of the north", **THREE, "year": 2020}, {"title": "Sorting smooth pebbles of the south", **THREE, "year": 2020}, False),
    ("a substance and its kin", {"title": "Sorting of adenosine in coastal ferns", **THREE, "year": 2020}, {"title": "Sorting of adenine in coastal ferns", **THREE, "year": 2020}, False),
    ("salts of two acids", {"title": "Nitrates of smooth pebbles in tidal wells", **THREE, "year": 2020}, {"title": "Nitrites of smooth pebbles in tidal wells", **THREE, "year": 2020}, False),
    ("a substance and its kin, under one DOI", {"title": "Sorting of adenosine in coastal ferns", "doi": "10.1/x", **THREE}, {"title": "Sorting of adenine in coastal ferns", "doi": "10.1/x", **THREE}, True),
    ("a beginning that stands alone", {"title": "Intra- and extracellular silt in coastal ferns", **THREE, "year": 2020}, {"title": "Inter- and extracellular silt in coastal ferns", **THREE, "year": 2020}, False),
    ("a word of another language that begins others", {"title": "Sorting smooth pebbles with patient machines in Aveiro", **THREE, "year": 2020}, {"title": "Sorting smooth pebbles with patient machines de Aveiro", **THREE, "year": 2020}, True),
    ("amines and the acids of which they are made", {"title": "Sorting of histamine in coastal ferns", **THREE, "year": 2020}, {"title": "Sorting of histidine in coastal ferns", **THREE, "year": 2020}, False),
    ("opposites that are remarks elsewhere", {"title": "Short-term sorting of smooth pebbles in winter", **THREE, "year": 2020}, {"title": "Long-term sorting of smooth pebbles in winter", **THREE, "year": 2020}, False),
    ("British and American first letters", {"title": "Oestrus and sorting of pebbles in patient ferns", **THREE, "year": 2020}, {"title": "Estrus and sorting of pebbles in patient ferns", **THREE, "year": 2020}, True),
    ("another letter in a short word", {"title": "Sorting smooth pebbles by patient goats", **THREE, "year": 2020}, {"title": "Sorting smooth pebbles by patient gnats", **THREE, "year": 2020}, False),
    ("a letter that machines read for another", {"title": "Sorting smooth pebbles by patient GlOSS", **THREE, "year": 2020}, {"title": "Sorting smooth pebbles by patient GIOSS", **THREE, "year": 2020}, True),
    ("another first letter", {"title": "Sorting smooth pebbles by patient rats", **THREE, "year": 2020}, {"title": "Sorting smooth pebbles by patient cats", **THREE, "year": 2020}, False),
    ("tens in words", {"title": "Sorting smooth pebbles for twenty years", **FERN}, {"title": "Sorting smooth pebbles for 20 years", **FERN}, True),
    ("chapters of one word in two books", {"title": "The fern", **FERN, "year": 2020, "venue": "Handbook of Silt", "pages": "1-12"}, {"title": "The fern", **FERN, "year": 2020, "venue": "Marsh Almanac", "pages": "80-90"}, False),
    ("a desk in two issues", {"title": "From the editor's desk", **FERN, "year": 2000, "venue": "Tides", "volume": "24", "number": "1"}, {"title": "From the editor's desk", **FERN, "year": 2000, "venue": "Tides", "volume": "24", "number": "2"}, False),
    ("versions of a deposit, by number alone", {"doi": "10.5281/zenodo.1", "title": LONG, "venue": "Zenodo", **THREE}, {"doi": "10.5281/zenodo.2", "title": f"{LONG} (1.1)", "venue": "Zenodo", **THREE}, True),
    ("part A and part B", {"title": f"{LONG}: part A", **THREE, "year": 2020}, {"title": f"{LONG}: part B", **THREE, "year": 2020}, False),
    ("a Roman number and the same in digits", {"title": "Angiotensin II in patient machines of ferns", **FERN}, {"title": "Angiotensin 2 in patient machines of ferns", **FERN}, True),
    ("a Roman number and another in digits", {"title": "Angiotensin II in patient machines of ferns", **THREE}, {"title": "Angiotensin 1 in patient machines of ferns", **THREE}, False),
    ("one task of two meetings of a series", {**THREE, "year": 2018, "venue": "Notes of TIDES 2018"}, {**THREE, "year": 2019, "venue": "Notes of TIDES 2019"}, False),
    ("a year apart, one meeting", {**THREE, "year": 2018, "venue": "Notes of TIDES 2018"}, {**THREE, "year": 2019, "venue": "Notes of TIDES 2018"}, True),
    ("a paper under discussion and the article", {"doi": "10.5194/egusphere-2022-1", **FERN, "year": 2022, "venue": "EGUsphere"}, {"doi": "10.5194/acp-23-1-2023", **FERN, "year": 2023, "venue": "Tides"}, True),
    ("two articles of one publisher", {"doi": "10.5194/acp-22-1-2022", **FERN, "year": 2022, "venue": "Tides"}, {"doi": "10.5194/acp-23-1-2023", **FERN, "year": 2023, "venue": "Tides"}, False),
    ("a preprint and the article of one publisher", {"doi": "10.2196/preprints.12", **FERN}, {"doi": "10.2196/12", **FERN}, True),
    ("an edition, spelled in two ways", {"title": f"{LONG}, third edition", **FERN, "year": 2004}, {"title": f"{LONG}, 3rd ed.", **FERN, "year": 2004}, True),
    ("two editions", {"title": f"{LONG}, 2nd edition", **FERN, "year": 2004}, {"title": f"{LONG}, 3rd edition", **FERN, "year": 2004}, False),
    ("another script, one page", {"title": "Сортировка гладкой гальки", **THREE, "year": 2020, "venue": "Tides", "volume": "27", "pages": "205-226"}, {**THREE, "year": 2020, "venue": "Tides", "volume": "27", "pages": "205-226"}, True),
    ("another script, another page", {"title": "Сортировка гладкой гальки", **THREE, "year": 2020, "venue": "Tides", "pages": "205-226"}, {**THREE, "year": 2020, "venue": "Tides", "pages": "227-240"}, False),
    ("a citation with a number", {"title": f"A. Fern, “{LONG},” Tides, vol. 12, no. 5, pp. 9–10, 2013."}, {**FERN, "year": 2013, "venue": "Tides"}, True),
    ("a suffix in digits", {"title": "Patient machines", "authors": ["Ada Fern 3rd"]}, {"title": "Patient machines", "authors": ["Fern A"]}, True),
    ("a word more in the proceedings", {"title": "Sorting smooth pebbles with patient heterogeneous machines", **THREE, "year": 2020, "venue": "Tides"}, {**THREE, "year": 2020, "venue": "Tides"}, True),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b", "joins"), [p[1:] for p in PAIRS], ids=[p[0] for p in PAIRS])
def test_a_pair_is_one_work_or_two(a: Fields, b: Fields, joins: bool) -> None:
    found = judge(a, b)
    assert (found.weight > 0) == joins, found
    assert joins or found.reason
    assert 0 <= found.score <= 1
    assert -1 <= found.weight <= 1


# Titles, word pairs that two abstracts of a hundred share, and whether the records are one work.
TEXTS: list[tuple[str, Fields, Fields, int, bool]] = [
    ("equal abstracts, other title", {"title": "On ferns", **FERN}, FERN, 100, True),
    ("edited abstracts, equal title", {}, {}, 80, True),
    ("abstracts with nothing in common, equal short title", {"title": "Patient machines", "year": 2020}, {"title": "Patient machines", "year": 2020}, 2, False),
    ("equal abstracts, and a denial in a title that says something else", {"title": "Why do machines never sort wet gravel?", **THREE}, {"title": f"{LONG} for gravel", **THREE}, 100, True),
    ("abstracts with nothing in common, equal long title", FERN, FERN, 2, True),
    ("abstracts with nothing in common, another question, one surname", {"title": "How do patient machines sort pebbles?", **FERN, "year": 2020}, {"title": "Why do patient machines sort pebbles?", "authors": ["Bea Fern", "Cid Oak"], "year": 2020}, 2, False),
    ("abstracts with nothing in common, another question, all authors", {"title": "How do patient machines sort pebbles?", **THREE, "year": 2020}, {"title": "Why do patient machines sort pebbles?", **THREE, "year": 2020}, 2, True),
    ("alike abstracts, a negation", {"title": "Tides are not silting estuaries"}, {"title": "Tides are silting estuaries"}, 100, False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("a", "b", "shared", "joins"), [t[1:] for t in TEXTS], ids=[t[0] for t in TEXTS]
)
def test_abstracts_speak_for_or_against(a: Fields, b: Fields, shared: int, joins: bool) -> None:
    assert (judge(a, b, pairs=100, shared=shared).weight > 0) == joins


def test_what_speaks_against_is_named() -> None:
    assert judge({"doi": "10.1/x"}, {"doi": "10.1/y"}).reason == "veto doi"
    assert judge({"title": f"{LONG} II"}, {"title": f"{LONG} III"}).reason == "numbers disagree"
    assert judge(FERN, {"authors": ["Bea Elm"]}).reason == "authors disagree"
    assert judge({"title": "Dust"}, {"title": "Dust"}).reason == "too little evidence"


_WORDS = "estuary silt not part two ii 2 2020 the of a unsorted sorted pebbles machines tides rb"
_SIDES = st.builds(
    Side,
    record_id=st.just("r"),
    native=st.sampled_from(["", "alpha\n1"]),
    ids=st.tuples(*[st.sampled_from([None, None, "1", "2"]) for _ in SCHEMES]).map(list),
    related=st.sampled_from([[], [], ["doi:1"]]),
    words=st.lists(st.sampled_from(_WORDS.split()), max_size=7),
    head=st.integers(1, 7),
    families=st.lists(st.sampled_from(["fern", "elm", "oak"]), max_size=3, unique=True),
    names=st.just(["ada", "bea", "elm", "fern", "oak"]),
    year=st.sampled_from([None, 2019, 2020, 2021]),
    in_print=st.booleans(),
    kind=st.sampled_from([None, "journal", "conference"]),
    places=st.sampled_from([[], ["tides"], ["tides", "9"]]),
    page=st.sampled_from([None, "1", "12"]),
    pairs=st.sampled_from([0, 40]),
    place=st.sampled_from(["", "fern 2020 1"]),
    other=st.sampled_from([[], ["silt", "not"]]),
    notice=st.sampled_from(["", "", "erratum", "data"]),
    work_kind=st.sampled_from(["", "", "data"]),
    is_marked=st.booleans(),
    authors=st.sampled_from([[], ["fern ada"], ["elm b"]]),
    volume=st.sampled_from([None, "1", "2"]),
    number=st.sampled_from([None, "1", "2"]),
    is_abstract=st.booleans(),
)


@drawn(_SIDES, _SIDES, st.integers(0, 40))
def test_a_pair_that_would_be_kept_is_never_hopeless(a: Side, b: Side, shared: int) -> None:
    found = weigh_pair(a, b, shared, 0.6)
    if found.weight > 0 or found.score >= 0.8:
        assert not is_hopeless(a, b, shared, 0.6, 0.8)


def test_titles_of_two_works_are_hopeless() -> None:
    a, b = (side(row(record("r", title, **THREE)), 0) for title in (LONG, FOUR_WORDS))
    assert is_hopeless(a, b, 0, 0.6, 0.8)


@pytest.mark.parametrize(
    "title",
    [
        "A B Fern. Patient machines",
        "Patient machines, Fern, A and Elm, B",
        "Patient machines. A. Fern",
    ],
)
def test_a_citation_meets_the_work_whose_title_and_surname_it_holds(title: str) -> None:
    citation = side(row(record("a", title)), 0)
    assert (SURNAME, "patientmachines\nfern") in set(keys_of_citation(title, citation))
    assert not list(keys_of_citation(title, side(row(record("a", title, **FERN)), 0)))


def test_a_citation_meets_the_work_whose_title_stands_between_names_and_venue() -> None:
    title = "Fern A, Elm B. Knots per inch in silk carpets. Carpet Letters 2011; 4: 33-41"
    blocks = set(keys_of_citation(title, side(row(record("b", title)), 0)))
    assert (SURNAME, "knotsperinchinsilkcarpets\nelm") in blocks


@pytest.mark.parametrize(("title", "joins"), [
    ("Annual survey of moths in old tapestries", False),
    ("Brief survey of moths in old tapestries", True),
])  # fmt: skip
def test_a_yearly_report_is_another_each_year(title: str, joins: bool) -> None:
    told = {"title": title, "authors": ["A. Fern"], "venue": "Tapestry"}
    assert (judge({**told, "year": 2017}, {**told, "year": 2018}).weight > 0) is joins
