"""No bytes break a format's reader, and none make it lose a record without a word."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from jobs.feeds import FEEDS
from jobs.feeds.core import Broken, Note, Payload
from jobs.params import IngestSettings
from tests.jobs.feeds.reconcile import RECORDS, SAMPLES, account, damaged, lost

RUNS = 15_000
DAMAGED = 1_500
_ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://arxiv.org/abs/2401.00001v1</id>'
    "<title>Tides &amp; silt</title><summary>Soundings.</summary><published>2024-01-02T03:04:05Z"
    '</published><author><name>Ada Tern</name></author><category term="cs.CL"/></entry></feed>'
)
_OAI = (
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record><header>'
    "<identifier>oai:arXiv.org:2401.00001</identifier><datestamp>2024-01-02</datestamp></header>"
    '<metadata><arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>2401.00001</id><title>Tides</title>'
    "<authors><author><keyname>Tern</keyname></author></authors><categories>cs.CL</categories>"
    "<abstract>Soundings.</abstract></arXiv></metadata></record></ListRecords></OAI-PMH>"
)
SEEDS = {
    "hf-page": "Subscribe\nTides\nSoundings of silt.\n",
    "hf-daily": '[{"paper":{"id":"2401.00001","title":"Tides","summary":"Soundings.","upvotes":3,'
    '"publishedAt":"2024-01-02T00:00:00.000Z","authors":[{"name":"Ada Tern"}]}}]',
    "papers": 'id,title,year,authors\n1,"Tides, and ""silt""",2024,Ada Tern; Bo Kelp\n',
    "arxiv-snapshot": '{"id":"2401.00001","title":"Tides","abstract":"$x$","authors":"A. Tern",'
    '"categories":"cs.CL","versions":[{"version":"v1","created":"Mon, 1 Jan 2024 00:00:00 GMT"}],'
    '"update_date":"2024-01-02","authors_parsed":[["Tern","A.",""]]}\n',
    "arxiv-api": _ATOM,
    "arxiv-rss": "<rss><channel><item><title>Tides</title><link>https://arxiv.org/abs/2401.00001"
    "</link><description>Abstract: Soundings.</description></item></channel></rss>",
    "arxiv-oai": _OAI,
    "acl": '<collection id="2024.tide"><volume id="1"><meta><booktitle>Tides</booktitle><year>2024'
    '</year></meta><paper id="1"><title>On <fixed-case>S</fixed-case>ilt <tex-math>x_1</tex-math>'
    "</title><author><first>Ada</first><last>Tern</last></author><abstract>Soundings.</abstract>"
    "<pages>1–2</pages><url>2024.tide-1.1</url></paper></volume></collection>",
    "openalex": '{"id":"https://openalex.org/W1","title":"Tides","publication_date":"2024-01-02",'
    '"abstract_inverted_index":{"Silt":[0,2],"and":[1]},"authorships":[]}\n',
    "crossref": '{"DOI":"10.1/x","title":["Tides"],"abstract":"<jats:p>Silt</jats:p>",'
    '"issued":{"date-parts":[[2024,1,2]]},"author":[{"given":"Ada","family":"Tern"}]}\n',
    "semantic-scholar": '{"paperId":"a","title":"Tides","year":2024,"externalIds":{"DOI":"10.1/x",'
    '"ArXiv":"2401.00001"},"authors":[{"name":"Ada Tern"}]}\n',
    "pubmed": "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><Journal>"
    "<JournalIssue><PubDate><MedlineDate>2023 Dec-2024 Jan</MedlineDate></PubDate></JournalIssue>"
    '</Journal><ArticleTitle>Tides</ArticleTitle><Abstract><AbstractText Label="AIM">Silt'
    "</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>",
    "crossref xml": "<doi_records><doi_record><crossref><journal><journal_metadata><full_title>J"
    "</full_title></journal_metadata><journal_article><titles><title>Tides</title></titles>"
    "<publication_date><year>2024</year></publication_date><contributors><person_name>"
    "<surname>Tern</surname></person_name></contributors><doi_data><doi>10.1/x</doi></doi_data>"
    "</journal_article></journal></crossref></doi_record></doi_records>",
    "jats": '<article xml:lang="en"><front><article-meta><article-id pub-id-type="doi">10.1/x'
    "</article-id><title-group><article-title>Tides</article-title></title-group><contrib-group>"
    '<contrib><name><surname>Tern</surname></name><xref ref-type="aff" rid="a"/></contrib>'
    '</contrib-group><aff id="a">Shore</aff><pub-date pub-type="epub"><year>2024</year></pub-date>'
    "<abstract><sec><title>Aim</title><p>Silt</p></sec></abstract></article-meta></front></article>",
    "europepmc": '{"resultList":{"result":[{"id":"1","source":"MED","title":"Tides","pubYear":'
    '"2024","authorString":"Tern A.","firstPublicationDate":"2024-01-02"}]}}',
    "dblp": '<dblp><article key="j/x"><author>G. M&uuml;ller</author><title>Tides<i>!</i></title>'
    "<year>2024</year><ee>https://doi.org/10.1/x</ee></article></dblp>",
    "bibliography": '@string{j = "J"}\n@article{k, title={A {B}ig \\"{o}}, author="Tern, Ada and '
    'Kelp, Bo", year=2024, month=jan, journal=j # " X"}\nTY  - JOUR\nTI  - T\nER  - \n',
    "bibliography nbib": "PMID- 9\nTI  - Ebb\nFAU - Tern, Ada\nDP  - 2019 Sep 12\n",
    "bibliography ciw": "FN X\nPT J\nAF Tern, Ada\nTI Ebb\nPD MAR 27\nPY 2019\nER\n\nEF\n",
    "dblp json": '{"result":{"hits":{"hit":[{"info":{"key":"j/x","title":"Tides.","year":"2024",'
    '"authors":{"author":{"text":"Ada Tern 0001"}},"ee":"https://doi.org/10.1/x"}}]}}}',
    "bibliography refworks": "RT Book\nA1 Tern,Ada\nT1 Ebb\nYR 2017\nOP 9\n",
    "bibliography enw": "%0 Book\n%A Tern, Ada\n%T Ebb\n%D 2017\n%R 10.5555/e.1\n",
}


def test_every_format_is_fuzzed() -> None:
    seeded = {seed.split()[0] for seed in SEEDS}
    assert seeded == FEEDS.keys(), "give every format a sample in SEEDS"


@pytest.mark.slow
@pytest.mark.parametrize("form", sorted(SEEDS))
def test_no_bytes_break_a_reader(form: str, tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "one").write_text(SEEDS[form], encoding="utf-8")
    options = [
        f"-runs={RUNS}",
        "-seed=1",
        "-max_len=4096",
        "-timeout=10",
        "-artifact_prefix=found-",
    ]
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.jobs.feeds.fuzz",
            form.split(maxsplit=1)[0],
            "seeds",
            *options,
        ],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[3]), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert f"Done {RUNS} runs" in ended.stderr


def test_every_format_has_a_sample_with_marks() -> None:
    assert {form.split()[0] for form in SAMPLES} == FEEDS.keys()


@pytest.mark.parametrize("form", SAMPLES)
def test_of_a_sound_file_every_record_is_read_and_nothing_else(form: str) -> None:
    sample = SAMPLES[form]
    told = account(
        FEEDS[form.split(maxsplit=1)[0]], sample.content(), sample.name, IngestSettings()
    )
    assert (len(told.records), told.in_error, told.reasons) == (RECORDS + sample.others, [], [])


@pytest.mark.parametrize("form", SAMPLES)
def test_no_damage_makes_a_record_vanish(form: str) -> None:
    assert_none_is_lost(form, seed=1, inputs=400)


@pytest.mark.slow
@pytest.mark.parametrize("form", SAMPLES)
def test_no_damage_of_many_makes_a_record_vanish(form: str) -> None:
    assert_none_is_lost(form, seed=1, inputs=DAMAGED)


def assert_none_is_lost(form: str, seed: int, inputs: int) -> None:
    chance, sound = random.Random(f"{form} {seed}"), SAMPLES[form].content()
    for _ in range(inputs):
        content = damaged(chance, sound)
        assert lost(form, content) == [], content


@pytest.mark.parametrize("form", SAMPLES)
def test_a_reader_that_drops_a_record_is_found_out(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed, sound = FEEDS[form.split(maxsplit=1)[0]], SAMPLES[form].content()

    def split(content: bytes, name: str) -> Iterator[Payload | Broken | Note]:
        pieces = feed.split(content, name)
        yield from islice(pieces, 1)
        next(pieces, None)
        yield from pieces

    monkeypatch.setitem(FEEDS, feed.name, replace(feed, split=split))
    assert "zq002xy" in lost(form, sound)
