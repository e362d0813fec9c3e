"""Whether all that a damaged file delivers is accounted for: records, fragments, or said why not.

    python -m tests.jobs.feeds.reconcile FORM SEED INPUTS

Every record of a file bears a mark in its title. Marks are counted in the damaged bytes, by a plain
search and without the format's reader; each must stand as often in what the reader gives: in a
payload, which ends as a record or in quarantine, or in a fragment. A file that is refused as a whole
gives all of its bytes to quarantine. A mark may go without a word only where its damage took all
by which a record is known (`Sample.signs`), where XML says that nothing stands there (a comment),
or where the format takes a line for none (`Sample.no_record`).
"""

from __future__ import annotations

import io
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple
from unittest.mock import patch

from jobs.feeds import FEEDS
from jobs.feeds.core import Broken, Feed, Note, Parsed, Payload, parse_payload
from jobs.feeds.tools.reading import Unreadable
from jobs.ingest import ingest
from jobs.ingest.listing import File
from jobs.params import IngestSettings

MARK = re.compile(r"zq\d{3}xy")
MARK_LESS = re.compile(r"q\d{3}xy")  # a wrong byte may make one sign of two with the first letter
RECORDS = 9
_IN_PARTS = "more than a part of a file may have"
# Small enough that a sample of a format which is read in parts has several.
LIMITS = IngestSettings(part_bytes=1024)


class Sample(NamedTuple):
    """A file of one form.

    Attributes:
        name: of the file. head, record, tail: the file is head, records with `MARK` and `NUMBER`
            in them, tail.
        signs: what begins a record and what ends one, as regular expressions: what stands neither
            behind a beginning nor before an end is nobody's, and may go without a word. None where
            everything counts: lines, rows, elements of a list.
        no_record: lines that the format leaves out. others: records of the tail.
    """

    name: str
    head: str
    record: str
    tail: str
    signs: tuple[str, str] | None = None
    no_record: str | None = None
    others: int = 0

    def content(self) -> bytes:
        records = (
            self.record.replace("MARK", f"zq{number:03d}xy").replace("NUMBER", f"{number:03d}")
            for number in range(1, RECORDS + 1)
        )
        return f"{self.head}{''.join(records)}{self.tail}".encode()


def _tags(name: str) -> tuple[str, str]:
    # One that is empty begins nothing.
    return rf"<{name}(?![\w.:-])(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*(?<!/)>", rf"</{name}\s*>"


_HEADER = r"\A[^\n]*"
_ENVELOPE = r"(?:\A[^\[]*|\}\],\"[^{}]*)"  # a page's own fields
_FILL = "Soundings of silt, sand and shingle, taken at every ebb. " * 3
SAMPLES = {
    "hf-page": Sample(
        "page.txt", "Get trending papers in your email inbox\nSubscribe", f"Tides MARK\n{_FILL}\n",
        "", no_record=r"(?m)^Get trending papers in your email inbox[^\n]*",
    ),
    "hf-daily": Sample(
        "2024-01-02.json", "[",
        '{"paper":{"id":"2401.00NUMBER","title":"Tides MARK","summary":"Soundings.","upvotes":3,'
        '"publishedAt":"2024-01-02T00:00:00.000Z","authors":[{"name":"Ada Tern"}]}},\n',
        '{"paper":{"id":"2401.00099","title":"Last"}}]', others=1,
    ),
    "papers": Sample(
        "rows.jsonl", "", '{"id":"NUMBER","title":"Tides MARK","year":2024,"authors":"Ada Tern",'
        f'"abstract":"{_FILL}"}}\n', "",
    ),
    "papers csv": Sample(
        "rows.csv", "id,title,year,authors,abstract\n",
        f'NUMBER,"Tides MARK, and ""silt""",2024,Ada Tern; Bo Kelp,"{_FILL}\n of lines"\n', "",
        no_record=_HEADER,
    ),
    "papers tsv": Sample(
        "rows.tsv", "id\ttitle\tyear\tauthors\n", "NUMBER\tTides MARK\t2024\tAda Tern\n", "",
        no_record=_HEADER,
    ),
    "papers txt": Sample(
        "savedrecs.txt", "PT\tAU\tTI\tSO\tDI\tPY\tAB\tUT\n",
        "J\tTern, A\tTides MARK\tEbb\t10.5555/NUMBER\t2024\tSilt\tWOS:NUMBER\n", "",
        no_record=_HEADER,
    ),
    "arxiv-snapshot": Sample(
        "snapshot.json", "",
        '{"id":"2401.00NUMBER","title":"Tides MARK","abstract":"$x$","authors":"A. Tern",'
        '"categories":"cs.CL","versions":[{"version":"v1","created":'
        '"Mon, 1 Jan 2024 00:00:00 GMT"}],"update_date":"2024-01-02","authors_parsed":'
        '[["Tern","A.",""]],"comments":"of tides, and of ebbs and floods and of all between"}\n',
        "",
    ),
    "arxiv-api": Sample(
        "answer.xml", '<feed xmlns="http://www.w3.org/2005/Atom">',
        "<entry><id>http://arxiv.org/abs/2401.00NUMBERv1</id><title>Tides &amp; MARK</title>"
        "<summary>Soundings.</summary><published>2024-01-02T03:04:05Z</published><author><name>"
        'Ada Tern</name></author><category term="cs.CL"/></entry>\n', "</feed>",
        _tags("entry"),
    ),
    "arxiv-rss": Sample(
        "rss.xml", "<rss><channel>",
        "<item><title>Tides MARK</title><link>https://arxiv.org/abs/2401.00NUMBER</link>"
        "<description>Abstract: Soundings.</description></item>\n", "</channel></rss>",
        _tags("item"),
    ),
    "arxiv-oai": Sample(
        "oai.xml", '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>',
        "<record><header><identifier>oai:arXiv.org:2401.00NUMBER</identifier></header><metadata>"
        '<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>2401.00NUMBER</id><title>Tides MARK</title>'
        "<categories>cs.CL</categories></arXiv></metadata></record>\n",
        "</ListRecords></OAI-PMH>", _tags("record"),
    ),
    "acl": Sample(
        "2024.tide.xml", '<collection id="2024.tide"><volume id="1"><meta><booktitle>Tides'
        "</booktitle><year>2024</year></meta>\n",
        '<paper id="NUMBER"><title>On <fixed-case>S</fixed-case>ilt MARK</title><author><first>Ada'
        "</first><last>Tern</last></author><url>2024.tide-1.NUMBER</url></paper>\n",
        "</volume></collection>", _tags("paper"),
    ),
    "openalex": Sample(
        "works.jsonl", "",
        '{"id":"https://openalex.org/W1NUMBER","title":"Tides MARK","publication_date":'
        '"2024-01-02","abstract_inverted_index":{"Silt":[0,2],"and":[1]},"authorships":[],'
        f'"display_name":"{_FILL}"}}\n', "",
    ),
    "openalex page": Sample(
        "works.json", '{"meta":{"count":9},"results":[',
        '{"id":"https://openalex.org/W1NUMBER","title":"Tides MARK"},\n',
        '{"id":"https://openalex.org/W99","title":"Last"}],"group_by":[]}', others=1,
        no_record=_ENVELOPE,
    ),
    "crossref": Sample(
        "works.jsonl", "",
        '{"DOI":"10.5555/NUMBER","title":["Tides MARK"],"abstract":"<jats:p>Silt</jats:p>",'
        '"issued":{"date-parts":[[2024,1,2]]},"author":[{"given":"Ada","family":"Tern"}],'
        f'"publisher":"{_FILL}"}}\n', "",
    ),
    "crossref page": Sample(
        "answer.json", '{"status":"ok","message":{"total-results":9,"items":[',
        '{"DOI":"10.5555/NUMBER","title":["Tides MARK"]},\n',
        '{"DOI":"10.5555/z","title":["Last"]}],"items-per-page":20}}', others=1,
        no_record=_ENVELOPE,
    ),
    "crossref xml": Sample(
        "deposit.xml", "<doi_batch><body><journal><journal_metadata><full_title>J</full_title>"
        "</journal_metadata>\n",
        "<journal_article><titles><title>Tides MARK</title></titles><publication_date><year>2024"
        "</year></publication_date><contributors><person_name><surname>Tern</surname></person_name>"
        "</contributors><doi_data><doi>10.5555/NUMBER</doi></doi_data></journal_article>\n",
        "</journal></body></doi_batch>", _tags("journal_article"),
    ),
    "crossref answers": Sample(
        "answers.xml", "<doi_records>",
        "<doi_record><crossref><journal><journal_metadata><full_title>Journal of tides, ebbs and "
        "all between</full_title></journal_metadata><journal_article><titles><title>Tides MARK"
        "</title></titles><doi_data><doi>10.5555/NUMBER</doi></doi_data></journal_article></journal>"
        "</crossref></doi_record>\n", "</doi_records>", _tags("journal"),
    ),
    "semantic-scholar": Sample(
        "papers.jsonl", "",
        '{"paperId":"aNUMBER","title":"Tides MARK","year":2024,"externalIds":{"DOI":"10.5555/NUMBER",'
        f'"ArXiv":"2401.00NUMBER"}},"authors":[{{"name":"Ada Tern"}}],"abstract":"{_FILL}"}}\n', "",
    ),
    "pubmed": Sample(
        "pubmed.xml", "<PubmedArticleSet>",
        '<PubmedArticle><MedlineCitation><PMID>1NUMBER</PMID><Article><ArticleTitle>Tides MARK'
        '</ArticleTitle><Abstract><AbstractText Label="AIM">Silt</AbstractText></Abstract>'
        "</Article></MedlineCitation></PubmedArticle>\n", "</PubmedArticleSet>",
        _tags("PubmedArticle"),
    ),
    "jats": Sample(
        "articles.xml", "<articles>",
        '<article xml:lang="en"><front><article-meta><article-id pub-id-type="doi">10.5555/NUMBER'
        "</article-id><title-group><article-title>Tides MARK</article-title></title-group>"
        "<pub-date><year>2024</year></pub-date></article-meta></front></article>\n", "</articles>",
        _tags("article"),
    ),
    "europepmc": Sample(
        "answer.json", '{"resultList":{"result":[',
        '{"id":"NUMBER","source":"MED","title":"Tides MARK","pubYear":"2024"},\n',
        '{"id":"99","source":"MED","title":"Last"}]}}', others=1,
    ),
    "dblp": Sample(
        "dblp.xml", "<dblp>",
        '<article key="j/NUMBER"><author>G. M&uuml;ller</author><title>Tides<i>!</i> MARK</title>'
        "<year>2024</year><journal>Journal of tides and ebbs</journal></article>\n", "</dblp>",
        _tags("article"),
    ),
    "bibliography": Sample(
        "library.bib", '@string{j = "J"}\n',
        '@article{kNUMBER,\n title={A {B}ig \\"{o} MARK},\n author="Tern, Ada and Kelp, Bo",\n'
        ' year=2024, month=jan, journal=j # " X"\n}\n\n', "",
        (r"@\s*[A-Za-z][A-Za-z_-]*\s*[{(]", r"(?m)^\}"),
    ),
    "bibliography ris": Sample(
        "library.ris", "", "TY  - JOUR\nTI  - Tides MARK\nAU  - Tern, Ada\nPY  - 2024\nER  - \n\n",
        "", (r"(?m)^TY  - ", r"(?m)^ER  - "),
    ),
    "bibliography nbib": Sample(
        "library.nbib", "", "PMID- 1NUMBER\nTI  - Ebb MARK\nFAU - Tern, Ada\nDP  - 2019 Sep 12\n\n",
        "", (r"(?m)^PMID- ", r"(?!)"),
    ),
    "bibliography ciw": Sample(
        "library.ciw", "FN X\n", "PT J\nAF Tern, Ada\nTI Ebb MARK\nPD MAR 27\nPY 2019\nER\n\n",
        "EF\n", (r"(?m)^PT J$", r"(?m)^ER$"),
    ),
    "bibliography enw": Sample(
        "library.enw", "", "%0 Book\n%A Tern, Ada\n%T Ebb MARK\n%D 2017\n%R 10.5555/e.NUMBER\n\n",
        "", (r"(?m)^%0 ", r"(?!)"),
    ),
    "bibliography refworks": Sample(
        "library.txt", "", "RT Book\nA1 Tern,Ada\nT1 Ebb MARK\nYR 2017\nDO 10.5555/e.NUMBER\n\n",
        "", (r"(?m)^RT ", r"(?!)"),
    ),
}  # fmt: skip
"""By form: the format's name, and which of its forms."""

_TOKENS = (
    b"\n", b"\n\n", b"{", b"}", b"[", b"]", b'"', b",", b"<", b">", b"</", b"/>", b"<!--", b"-->",
    b"<![CDATA[", b"]]>", b"&", b"\\", b"@", b"\0", b"\xff", b"\xef\xbb\xbf", b"\r", b"\t", b" ",
    b"<?", b"?>", b"'", b"ER  - \n", b"TY  - JOUR\n", b"%", b"=",
)  # fmt: skip


def damaged(chance: random.Random, content: bytes) -> bytes:
    """`content` with one to four faults: bytes lost, put in, changed, moved, doubled or cut off."""
    for _ in range(chance.choice((1, 1, 1, 2, 3, 4))):
        at = chance.randrange(len(content) + 1)
        length = chance.choice((1, 1, 1, 2, 3, 5, 8, 20, 60, 200))
        part = content[at : at + length]
        fault = chance.randrange(7)
        if fault == 0:
            content = content[:at] + content[at + length :]
        elif fault == 1:
            content = content[:at] + chance.choice(_TOKENS) + content[at:]
        elif fault == 2:
            content = content[:at] + chance.choice(_TOKENS) + content[at + length :]
        elif fault == 3:
            content = content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]
        elif fault == 4:
            to = chance.randrange(len(content) + 1)
            content = content[:to] + part + content[to:]
        elif fault == 5:
            rest = content[:at] + content[at + length :]
            to = chance.randrange(len(rest) + 1)
            content = rest[:to] + part + rest[to:]
        elif chance.random() < 0.2:
            content = content[:at] if chance.random() < 0.5 else content[at:]
    return content


class Account(NamedTuple):
    """What became of a file: texts of records, of those in error, of fragments; or why not read."""

    records: list[str]
    in_error: list[str]
    fragments: list[str]
    reasons: list[str]
    refused: str | None


def account(feed: Feed, content: bytes, name: str, limits: IngestSettings) -> Account:
    """A file as ingest reads it, in parts where its format allows it, and each record parsed."""
    file = File(
        feed.name, feed.name, "", name, len(content), datetime(2024, 1, 1, tzinfo=UTC),
        date(2024, 1, 1), "modified",
    )  # fmt: skip
    records: list[str] = []
    in_error: list[str] = []
    fragments: list[str] = []
    reasons: list[str] = []
    for piece in _pieces(file, content, limits):
        if isinstance(piece, str):
            return Account([], [], [], [piece], piece)
        if isinstance(piece, Broken):
            fragments.append(piece.text)
            reasons.append(piece.reason)
        elif isinstance(piece, Payload):
            parsed: Parsed = parse_payload(feed, piece.text, {})
            is_record = not parsed.errors and "title" in parsed.fields
            (records if is_record else in_error).append(piece.text)
            reasons += parsed.errors
    return Account(records, in_error, fragments, reasons, None)


def _pieces(
    file: File, content: bytes, limits: IngestSettings
) -> Iterator[Payload | Broken | Note | str]:
    """Pieces of all units of a file, or why it is refused."""
    with patch.object(ingest, "_open", lambda _: io.BytesIO(content)):
        for unit in ingest._units(file, None, limits):
            row = {**unit.file._asdict(), "start": unit.start, "end": unit.end}
            try:
                yield from ingest._unit_pieces(row, limits)
            except Unreadable as error:
                yield str(error)


def lost(form: str, content: bytes) -> list[str]:
    """Marks of a damaged file of one form that are neither in a piece nor may be missing."""
    sample, feed = SAMPLES[form], FEEDS[form.split(maxsplit=1)[0]]
    told = account(feed, content, sample.name, LIMITS)
    if any(_IN_PARTS in one for one in told.reasons):  # told by its length, not in its words
        told = account(feed, content, sample.name, IngestSettings())
    failures = [one for one in told.reasons if "the reader failed" in one]
    if told.refused is not None or failures:
        return failures
    text = content.decode("utf-8", "surrogateescape")
    delivered = Counter(MARK.findall(text))
    kept = Counter(
        mark
        for texts in (told.records, told.in_error, told.fragments)
        for one in texts
        for mark in MARK_LESS.findall(one)
    )
    missing = [mark for mark, count in delivered.items() if kept[mark[1:]] < count]
    return [mark for mark in missing if not _may_be_missing(sample, text, mark)]


def _may_be_missing(sample: Sample, text: str, mark: str) -> bool:
    """Whether at one of its places nothing tells that a mark belongs to a record."""
    hidden = re.sub(r"(?s)<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", "", text)
    if sample.signs and hidden.count(mark) < text.count(mark):
        return True
    if sample.no_record and re.search(f"{sample.no_record}{mark}", text):
        return True
    if not sample.signs:
        return False
    begins, ends = ([at.start() for at in re.finditer(sign, text)] for sign in sample.signs)
    for match in re.finditer(mark, text):
        is_behind = max((at for at in begins if at < match.start()), default=-1) > max(
            (at for at in ends if at < match.start()), default=-1
        )
        is_before = min((at for at in ends if at > match.start()), default=len(text)) < min(
            (at for at in begins if at > match.start()), default=len(text)
        )
        if not is_behind and not is_before:
            return True
    return False


def main() -> None:
    """Damage a sample many times; say of which inputs a record was lost in silence."""
    form, seed, inputs = sys.argv[1], sys.argv[2], int(sys.argv[3])
    chance = random.Random(f"{form} {seed}")
    sample = SAMPLES[form].content()
    found = 0
    for number in range(inputs):
        content = damaged(chance, sample)
        marks = lost(form, content)
        if marks:
            found += 1
            print(form, seed, number, marks, content)
    print(f"{form}: {found} of {inputs:,} inputs lost a record")


if __name__ == "__main__":
    main()
