"""Every format over its real files: counted to the row, and two records of each value by value."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from jobs.feeds import FEEDS
from jobs.feeds.core import Broken, Parsed, Payload, parse_payload, pieces
from jobs.feeds.tools.reading import Unreadable
from jobs.params import IngestSettings

LIMITS = IngestSettings()


def read(form: str, *files: Path) -> tuple[list[Parsed], list[Broken], list[str]]:
    """What the files hold: records, fragments, and why files cannot be read."""
    found: list[Parsed] = []
    broken: list[Broken] = []
    unreadable: list[str] = []
    for file in files:
        content = file.read_bytes()
        if file.suffix == ".gz":
            content = gzip.decompress(content)
        try:
            for piece in pieces(FEEDS[form], content, file.name, LIMITS):
                if isinstance(piece, Payload):
                    found.append(parse_payload(FEEDS[form], piece.text, {}))
                elif isinstance(piece, Broken):
                    broken.append(piece)
        except Unreadable as error:
            unreadable.append(str(error))
    return found, broken, unreadable


COUNTS = [
    # format, files, records, with abstract, unreadable files, records with errors
    ("acl", "acl-anthology/*.xml", 72_903, 30_801, 0, 0),
    ("arxiv-snapshot", "arxiv-snapshot/*.gz", 100_000, 100_000, 0, 0),
    ("arxiv-snapshot", "arxiv-kaggle/*.jsonl", 200, 200, 0, 0),
    ("arxiv-api", "arxiv-atom/*.xml", 221, 221, 1, 0),  # the 222nd entry is an error
    ("arxiv-oai", "arxiv-oai-pmh/*.xml", 13, 13, 0, 0),
    ("arxiv-rss", "arxiv-rss/rss.xml", 226, 0, 0, 0),
    ("arxiv-rss", "arxiv-rss/atom.xml", 226, 0, 0, 0),
    ("openalex", "openalex/*.jsonl", 160, 113, 0, 0),
    ("crossref", "crossref/*.jsonl", 900, 231, 0, 0),
    ("semantic-scholar", "semantic-scholar/s2orc-sample.jsonl", 1_000, 488, 0, 0),
    ("semantic-scholar", "semantic-scholar/s2-papers.jsonl", 944, 3, 0, 0),
    ("pubmed", "pubmed/*.xml", 210, 205, 0, 0),
    ("europepmc", "europepmc/*.json", 1_025, 21, 0, 0),
    ("dblp", "dblp/*.xml", 131, 0, 0, 0),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("form", "files", "records", "abstracts", "unreadable", "errors"), COUNTS)
def test_every_record_is_found(
    shared_feeds: Path, form: str, files: str, records: int, abstracts: int, unreadable: int,
    errors: int,
) -> None:  # fmt: skip
    found, broken, refused = read(form, *sorted(shared_feeds.glob(files)))
    assert (len(found), len(broken), len(refused)) == (records, 0, unreadable)
    assert sum("abstract" in record.fields for record in found) == abstracts
    assert sum(bool(record.errors) for record in found) == errors
    assert all(record.fields.get("native_id") or record.warnings for record in found)


@pytest.mark.slow
def test_ids_of_the_large_feeds_stand_once(shared_feeds: Path) -> None:
    acl, _, _ = read("acl", *sorted((shared_feeds / "acl-anthology").glob("*.xml")))
    assert len({record.fields["acl_id"] for record in acl}) == 72_903
    years = [record.fields["published_on"].year for record in acl]
    assert (min(years), max(years)) == (1952, 2021)
    arxiv, _, _ = read("arxiv-snapshot", *(shared_feeds / "arxiv-snapshot").glob("*.gz"))
    assert len({record.fields["arxiv_id"] for record in arxiv}) == 100_000


# Written down by hand from the files: format, file, own id → fields.
DAY, MONTH, YEAR = "day", "month", "year"
SPOTS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("acl", "acl-anthology/2020.acl.xml", "2020.acl-main.69", {
        "acl_id": "2020.acl-main.69", "doi": "10.18653/v1/2020.acl-main.69",
        "title": "Syn-QG: Syntactic and Shallow Semantic Rules for Question Generation",
        "names": ["Kaustubh Dhole", "Christopher D. Manning"], "pages": "752–765",
        "published_on": date(2020, 7, 1), "published_basis": "published month",
        "withdrawn_as": "retracted", "other_ids": ["bibkey:dhole-manning-2020-syn"],
        "dated": {("published", date(2020, 7, 1), MONTH), ("revised", date(2021, 8, 9), DAY),
                  ("retracted", date(2021, 8, 9), DAY)},
    }),
    ("acl", "acl-anthology/W04.xml", "W04-0212", {
        "acl_id": "W04-0212", "doi": None, "abstract": None, "withdrawn_as": None,
        "title": "Annotation and Data Mining of the Penn Discourse TreeBank",
        "names": ["Rashmi Prasad", "Eleni Miltsakaki", "Aravind Joshi", "Bonnie Webber"],
        "venue": "Proceedings of the Workshop on Discourse Annotation", "pages": "88–95",
        "published_on": date(2004, 7, 1), "url": "https://aclanthology.org/W04-0212",
    }),
    ("arxiv-snapshot", "arxiv-snapshot/arxiv-metadata-cs-stat-100k.json.gz", "1610.07675", {
        "title": "Surprisal-Driven Zoneout", "arxiv_version": 2, "doi": None,
        "names": ["Kamil Rocki", "Tomasz Kornuta", "Tegan Maharaj"],
        "categories": ["arxiv:cs.LG", "arxiv:cs.AI", "arxiv:cs.NE"],
        "dated": {("published", date(2016, 10, 24), DAY), ("revised", date(2016, 12, 13), DAY),
                  ("updated", date(2016, 12, 13), DAY)},
    }),
    ("arxiv-snapshot", "arxiv-kaggle/wanng-ide.jsonl", "0704.0004", {
        "title": "A determinant of Stirling cycle numbers counts unlabeled acyclic single-source "
                 "automata",
        "names": ["David Callan"], "categories": ["arxiv:math.CO"], "arxiv_version": 1,
        "dated": {("published", date(2007, 3, 31), DAY), ("updated", date(2007, 5, 23), DAY)},
    }),
    ("arxiv-api", "arxiv-atom/id_astro-ph_0601001_s0_m100_3150dca9dc76.xml", "astro-ph/0601001", {
        "arxiv_id": "astro-ph/0601001", "arxiv_version": 1, "venue": "ActaAstron.56:1-50,2006",
        "names": ["Andrew Gould", "Susan Dorsher", "B. Scott Gaudi", "Andrzej Udalski"],
        "published_on": date(2006, 1, 2), "categories": ["arxiv:astro-ph"], "doi": None,
    }),
    ("arxiv-api", "arxiv-atom/q_testing_s0_m10_bc5a6c384fe9.xml", "2202.12139", {
        "arxiv_version": 1, "doi": "10.1109/icstw55395.2022.00035",
        "names": ["Mohit Kumar Ahuja", "Arnaud Gotlieb", "Helge Spieker"],
        "categories": ["arxiv:cs.SE", "arxiv:cs.LG"], "published_on": date(2022, 2, 24),
    }),
    ("arxiv-oai", "arxiv-oai-pmh/arxiv-single.xml", "1401.2122", {
        "names": ["A. Sergyeyev"], "doi": "10.1007/s11005-017-1013-4", "arxiv_version": None,
        "venue": "Lett. Math. Phys. 108 (2018), no. 2, 359-376",
        "license": "http://arxiv.org/licenses/nonexclusive-distrib/1.0/",
        "categories": ["arxiv:math.AP", "arxiv:hep-th", "arxiv:math-ph", "arxiv:math.DG",
                       "arxiv:math.MP", "arxiv:nlin.SI", "msc:37K05", "msc:37K10", "msc:53D10"],
        "dated": {("published", date(2014, 1, 9), DAY), ("updated", date(2017, 10, 23), DAY),
                  ("indexed", date(2018, 1, 25), DAY)},
    }),
    ("arxiv-oai", "arxiv-oai-pmh/arxiv-physics-hep-ex.xml", "1706.05371", {
        "published_on": date(2017, 6, 16),
        "title": "Evaluation of Silicon Photomultipliers for use as Photosensors in Liquid Xenon "
                 "Detectors",
    }),
    ("arxiv-rss", "arxiv-rss/rss.xml", "2608.19727", {
        "title": "A Locally Tokenized Generative Model for Robust Time-Series Watermarking",
        "categories": ["arxiv:cs.AI", "arxiv:cs.LG"], "listed_on": date(2026, 8, 21),
        "published_on": None, "abstract": None,
    }),
    ("arxiv-rss", "arxiv-rss/atom.xml", "2605.22950", {
        "names": ["Benedikt Lütke Schwienhorst", "Nadja Klein", "Johannes Lederer"],
        "categories": ["arxiv:cs.LG", "arxiv:math.ST", "arxiv:stat.ME", "arxiv:stat.ML",
                       "arxiv:stat.TH"], "listed_on": date(2026, 8, 21),
    }),
    ("openalex", "openalex/works.jsonl", "W3045921891", {
        "doi": "10.48550/arxiv.2007.14454", "arxiv_id": "2007.14454", "work_type": "preprint",
        "names": ["James Ravenscroft", "Amanda Clare", "Maria Liakata"], "language": "en",
        "venue": "arXiv (Cornell University)", "other_ids": ["mag:3045921891"],
        "dated": {("published", date(2020, 7, 28), DAY), ("indexed", date(2025, 10, 10), DAY),
                  ("updated", date(2025, 11, 6), DAY)},
    }),
    ("openalex", "openalex/works.jsonl", "W2741809807", {
        "doi": "10.7717/peerj.4375", "pmid": "29456894", "arxiv_id": None, "venue": "PeerJ",
        "volume": "6", "number": None, "pages": "e4375", "license": "cc-by",
        "published_on": date(2018, 2, 13),
        "categories": ["openalex:scientometrics and bibliometrics research",
                       "openalex:Academic Publishing and Open Access",
                       "openalex:Research Data Management Practices"],
    }),
    ("crossref", "crossref/works.jsonl", "10.59350/7mtwq-q3661", {
        "title": "The SWT JChemPaint (viewing) widget", "names": ["Egon Willighagen"],
        "authors": [{"name": "Egon Willighagen", "orcid": "0000-0001-7542-0286",
                     "affiliation": None}],
        "work_type": "posted-content", "published_on": date(2008, 6, 18),
        "license": "https://creativecommons.org/licenses/by/4.0/legalcode",
        "dated": {("posted", date(2008, 6, 18), DAY), ("issued", date(2008, 6, 18), DAY),
                  ("published", date(2008, 6, 18), DAY), ("indexed", date(2025, 10, 11), DAY)},
    }),
    ("crossref", "crossref/works.jsonl", "10.1371/journal.pbio.0050002", {
        "volume": "5", "number": "1", "pages": "e2", "withdrawn_as": None,
        "relations": [{"kind": "corrected by", "scheme": "doi",
                       "id": "10.1371/journal.pbio.0060304"}],
    }),
    ("semantic-scholar", "semantic-scholar/s2orc-sample.jsonl", "18980380", {
        "s2_id": "18980380", "arxiv_id": "1501.07418", "doi": "10.1109/tac.2015.2495174",
        "title": "Distributionally Robust Counterpart in Markov Decision Processes",
        "names": ["Pengqian Yu", "Huan Xu"], "published_on": date(2016, 1, 1),
        "published_basis": "published year", "venue": "IEEE Transactions on Automatic Control",
        "categories": ["mag:Mathematics", "mag:Computer Science"],
        "other_ids": ["mag:2952813233", "mag:1849856029", "mag:2962850106"],
    }),
    ("semantic-scholar", "semantic-scholar/s2-papers.jsonl", "470667", {
        "s2_id": "470667", "doi": "10.2139/ssrn.288970",
        "title": "How Much Should We Trust Differences-in-Differences Estimates?",
        "other_ids": ["s2:c31c87c591a25c64fbaa82e8ac6a81831b6ac7ce", "mag:2096684396"],
    }),
    ("pubmed", "pubmed/CPFE.xml", "15774942", {
        "title": "The temporal dynamics of retention of a context memory: something is missing.",
        "venue": "Learning & memory (Cold Spring Harbor, N.Y.)", "volume": "12", "number": "2",
        "pages": "172-7", "language": "en", "names": ["Jerry W Rudy", "Karli Wright-Hardesty"],
        "published_on": date(2005, 3, 17), "work_type": "Comparative Study",
    }),
    ("pubmed", "pubmed/pubMR.xml", "30527807", {
        "doi": "10.1016/j.bbrc.2018.11.161", "volume": "508", "number": "3", "pages": "675-681",
        "names": ["Bijun Yang", "Yu Xu", "Xiaohui Wang", "Yuliang Liu"],
        "dated": {("print", date(2019, 1, 15), DAY), ("online", date(2018, 12, 5), DAY),
                  ("published", date(2018, 12, 5), DAY), ("updated", date(2019, 9, 10), DAY),
                  ("received", date(2018, 11, 18), DAY), ("accepted", date(2018, 11, 26), DAY),
                  ("indexed", date(2018, 12, 12), DAY)},
    }),
    ("europepmc", "europepmc/fetch_10pages_cancer.json", "MED:39709209", {
        "pmid": "39709209", "doi": "10.1016/s0140-6736(24)02600-x", "venue": "Lancet",
        "names": ["Schoenfeld JD", "Haas-Kogan DA", "O'Neill AF"], "volume": "404",
        "number": "10471", "pages": "2603-2604", "work_type": "journal article",
        "dated": {("published", date(2025, 12, 1), DAY), ("indexed", date(2024, 12, 22), DAY)},
    }),
    ("europepmc", "europepmc/search_cancer_core.json", "MED:39709208", {
        "title": "Department of Error.", "other_ids": ["pmcid:PMC12124214"], "language": "en",
        "venue": "Lancet (London, England)", "pages": "2542", "abstract": None,
        "relations": [{"kind": "corrects", "scheme": "pmid", "id": "39293462"}],
    }),
    ("dblp", "dblp/dblp.xml", "reference/vision/Beyerer14", {
        "title": "Mirrors", "names": ["Jürgen Beyerer"], "pages": "483-486",
        "venue": "Computer Vision, A Reference Guide", "doi": "10.1007/978-0-387-31439-6_100",
        "dated": {("published", date(2014, 1, 1), YEAR), ("updated", date(2017, 7, 12), DAY)},
    }),
    ("dblp", "dblp/dblp.xml", "reference/vision/Singh14", {
        "title": "Transparency and Translucency", "names": ["Manish Singh"], "pages": "815-819",
        "other_ids": ["dblp:reference/vision/Singh14"],
    }),
]  # fmt: skip


@pytest.mark.parametrize(("form", "file", "own", "expected"), SPOTS)
def test_values_are_those_of_the_file(
    shared_feeds: Path, form: str, file: str, own: str, expected: dict[str, Any]
) -> None:
    found, _, _ = read(form, shared_feeds / file)
    record = next(record for record in found if record.fields.get("native_id") == own)
    told = {name: record.fields.get(name) for name in expected if name not in ("names", "dated")}
    if "names" in expected:
        told["names"] = [author["name"] for author in record.fields["authors"]]
    if "dated" in expected:
        told["dated"] = {(d["kind"], d["day"], d["precision"]) for d in record.fields["dates"]}
    assert told == expected
