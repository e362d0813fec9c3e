"""The one model of the configuration: frozen, every key known and described."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from conf.near import near
from jobs import params
from jobs.params import JavaText, Settings

UNKNOWN_NAME = "unknown_name"
"""Kind of an error whose message says which name is not known, and which are."""


class FeedHarvestConf(Settings):
    """Where a feed's files come from."""

    source: str = Field(
        description="Whom to ask: arxiv-oai, arxiv-api, arxiv-rss, hf-daily, openalex, crossref or "
        "europepmc."
    )
    base_url: str | None = Field(
        None,
        pattern="^https?://",
        description="Address of the service; none: the source's own, official one.",
    )
    parameters: dict[str, str] = Field(
        {},
        description="What to ask for, in the source's own words: set and metadataPrefix "
        "(arxiv-oai), search_query (arxiv-api), categories (arxiv-rss), filter and search "
        "(openalex), filter and query (crossref), query (europepmc).",
    )
    date_field: str | None = Field(
        None,
        description="The date that decides what is new, where a source has several; none: the one "
        "that misses least. docs/reference/feeds.md lists them.",
    )
    pause_seconds: float | None = Field(
        None,
        ge=0,
        description="Pause between two requests, seconds; none: what the source asks for.",
    )
    api_key: SecretStr | None = Field(
        None,
        description="openalex only: the key that it gives without charge. Without one it answers "
        "a few hundred requests a day.",
    )


class FeedConf(Settings):
    """One feed."""

    format: str = Field(
        "",
        description="Name of the reader, as docs/reference/feeds.md lists them; empty: the feed's "
        "own name.",
    )
    path: str | None = Field(
        None, description="File, folder or glob that runs read; none: only runs that give one."
    )
    columns: dict[str, str] = Field(
        {}, description="papers only: field of the neutral feed → column of these files."
    )
    harvest: FeedHarvestConf | None = Field(
        None,
        description="Where `papertide harvest` finds what is new, which it puts into the folder "
        "`path`; none: files come by other ways.",
    )

    @field_validator("columns")
    @classmethod
    def _known(cls, columns: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        """Only fields that the format's reader maps; a misspelled one would be left empty."""
        from jobs.feeds import FEEDS  # with all its readers: only where columns are mapped

        feed = FEEDS.get(info.data.get("format", ""))
        known = feed.options if feed else tuple(columns)
        wrong = [f"no field {name!r}{near(name, known)}" for name in columns if name not in known]
        if wrong:
            there = f"the fields are {', '.join(known)}" if known else "its files have no columns"
            raise PydanticCustomError(UNKNOWN_NAME, f"{'; '.join(wrong)}; {there}")
        return columns


class RunConf(Settings):
    """How runs go about their work."""

    retries: int = Field(1, ge=0, description="Times that a stage is tried again after a failure.")
    retry_delay_seconds: float = Field(
        5.0, ge=0, description="Pause before a stage is tried again, seconds."
    )
    stage_timeout_seconds: float = Field(
        6 * 3600.0, gt=0, description="A stage that takes longer has failed, seconds."
    )
    wait_seconds: float = Field(
        0.0, ge=0, description="How long a run waits for the run that is writing, seconds."
    )
    small_bytes: int = Field(
        16 * 1024**2,
        ge=0,
        description="A staged table whose Parquet files, with those of the published one, are no "
        "larger is judged, compared and published without Spark, bytes. Read into memory they "
        "grow some five times over; with 0 Spark does it all.",
    )


class GateConf(Settings):
    """What the gates let pass."""

    allowed_loss: float = Field(
        0.2,
        ge=0,
        le=1,
        description="Share of a feed's records that may go to quarantine. Beyond a fifth the "
        "reader or the source is at fault, not single records.",
    )
    allowed_shrink: float = Field(
        0.05,
        ge=0,
        le=1,
        description="Share of a table's rows that may vanish in one run; merges of papers and "
        "terms that fall out of use explain a few.",
    )


class HarvestConf(Settings):
    """How sources are asked."""

    contact: str | None = Field(
        None,
        pattern=r"^[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+$",
        description="E-mail address that every request carries. Sources ask for one, so that they "
        "can write before they shut out; without one nothing is harvested.",
    )
    timeout_seconds: float = Field(
        180.0,
        gt=0,
        description="An answer that is not whole after this has failed, seconds. arXiv's OAI-PMH "
        "takes up to a minute and a half for a page that it has not at hand.",
    )
    attempts: int = Field(
        6,
        ge=1,
        description="Times that one request is made before the harvest stops; with waits that "
        "double, six span the minute or two that a source needs to restart.",
    )
    longest_wait_seconds: float = Field(
        900.0,
        gt=0,
        description="Longest wait for a source that is busy, seconds. One that asks for more is "
        "left in peace: the harvest stops, says when to come back, and goes on from there.",
    )
    max_page_bytes: int = Field(
        64 * 1024**2,
        gt=0,
        description="An answer that is longer, unpacked, is refused, bytes. It is held whole, and "
        "as a tree; the largest known pages, 1,000 works with references, are under 20 MB.",
    )
    first_days: int = Field(
        7,
        ge=1,
        description="Days that the first harvest of a feed reaches back, up to yesterday. A week "
        "costs a source little; more is asked for with --from.",
    )
    overlap_days: int = Field(
        1,
        ge=0,
        description="Days before the end of the last harvest that the next one asks for again: "
        "sources add to a day after it is over. What lies in the folder is not put there twice.",
    )


class SmtpConf(Settings):
    """The mail server that takes the mails, and patience with it."""

    host: str | None = Field(
        None,
        description="Name of the mail server; none: nothing can be sent. It signs (DKIM) what it "
        "takes from us, List-Unsubscribe headers with it.",
    )
    port: int = Field(
        587, gt=0, lt=65536, description="587: submission, as STARTTLS; 465 is usual for tls."
    )
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="starttls: TLS is asked for, and without it nothing is said; tls: from the "
        "first byte; none: only to a server on this machine.",
    )
    ca_file: str | None = Field(
        None, description="PEM file of authorities to trust; none: those of the system."
    )
    user: str | None = Field(
        None,
        description="User to log in as, with the password in PAPERTIDE_SMTP_PASSWORD; none: no "
        "login, as with a relay that knows this machine.",
    )
    password_block: str | None = Field(
        None, description="Name of a Prefect Secret block with the password, in place of that."
    )
    timeout_seconds: float = Field(
        60.0,
        gt=0,
        description="A server that says nothing for so long is taken for gone, seconds. Long "
        "enough for one that looks a mail through before it answers.",
    )
    attempts: int = Field(
        5,
        ge=1,
        description="Rounds over the mails that the server refuses for now; with waits that double "
        "five span some four minutes, after which most greylists let a mail in.",
    )
    wait_seconds: float = Field(
        15.0, ge=0, description="Wait before the second round, doubled before each later, seconds."
    )
    keep_days: int = Field(
        5,
        ge=1,
        description="Days after which a mail that no round could deliver is given up: what RFC "
        "5321 advises, and news are old by then.",
    )


class DigestConf(Settings):
    """The daily mail, the feeds and the page. Secrets: see docs/digest.md."""

    subscribers: str | None = Field(
        None,
        description="File with the subscribers, which nobody else may read; none: "
        "_private/subscribers.sqlite in the warehouse, if that is a folder of this machine.",
    )
    sender: str | None = Field(
        None,
        pattern=r"^[!-;=?A-~]+@[!-;=?A-~]+\.[!-;=?A-~]+$",
        description="E-mail address that mails come from; without one nothing is sent.",
    )
    sender_name: str = Field("Papertide", description="Name beside that address.")
    endpoint_url: str | None = Field(
        None,
        pattern=r"^(https://[^\s/?#]|http://(127\.0\.0\.1|localhost)[:/]?)",
        description="Address under which `papertide subscribers serve` is reached, which links in "
        "mails begin with. https but on this machine: one-click unsubscription demands it.",
    )
    site_url: str | None = Field(
        None,
        pattern="^https?://[^\\s]",
        description="Address under which the pages and feeds will stand; none: they name no "
        "address of their own.",
    )
    signing_block: str | None = Field(
        None,
        description="Name of a Prefect Secret block with what signs links; none: it is "
        "in PAPERTIDE_DIGEST_SECRET.",
    )
    confirm_days: int = Field(
        7,
        ge=1,
        description="Days for which the link that confirms a subscription holds; an address that "
        "was not confirmed by then is forgotten.",
    )
    morning_hour: int = Field(
        7,
        ge=0,
        le=23,
        description="Hour in the subscriber's time zone before which no mail is sent. Sending "
        "every hour then reaches each in their morning.",
    )
    papers: int = Field(
        10,
        ge=1,
        description="Best papers of the day that a digest is made of, less those that its reader "
        "has had: a mail is read in minutes.",
    )
    rising: int = Field(5, ge=0, description="Topics, and terms, that are told to have risen.")
    rising_grain: Literal["week", "month", "quarter", "year"] = Field(
        "week",
        description="Periods whose rise is told, each once, when it is complete. Days are too few "
        "papers to speak of.",
    )
    rising_strength: Literal["established", "likely", "watch"] = Field(
        "likely",
        description="Least strength of a rise that is told: of what is likely seven in ten and "
        "more hold a year on.",
    )
    like_days: int = Field(
        7, ge=1, description="Papers first shown in so many days are new to those who like alike."
    )
    like_cosine: float = Field(
        0.7,
        ge=-1,
        le=1,
        description="Least cosine with which a new paper is like one that was liked: closer than "
        "papers of one topic, which fit it from some 0.55 on.",
    )
    smtp: SmtpConf = SmtpConf()


class ThriftConf(Settings):
    """How the Thrift server serves."""

    max_rows: int = Field(
        100_000,
        gt=0,
        description="A result with more rows ends with an error. A person reads no more and a tool "
        "draws no more; whole tables are read faster as files, by any reader of Delta.",
    )
    hive: dict[str, JavaText] = Field(
        {},
        description="Settings of Hive's server as they stand, those of authentication and "
        "encryption among them (hive.server2.authentication, hive.server2.use.SSL, …).",
    )


class DashboardConf(Settings):
    """Who may read the pages of `papertide dashboard`."""

    sign_in: str | None = Field(
        None,
        description="TOML file, which nobody else may read, with the identity provider that signs "
        "readers in: a section `auth`, as in docs/dashboard.md; none: nobody is asked.",
    )
    readers: list[Annotated[str, Field(pattern=r"^[^@\s]*@[^@\s]+$")]] = Field(
        [],
        description="E-mail addresses of those who may read, and domains (@example.org); empty: "
        "all whom the provider signs in.",
    )

    @model_validator(mode="after")
    def _readers_sign_in(self) -> DashboardConf:
        if self.readers and self.sign_in is None:
            raise ValueError("readers without sign_in: nobody is asked who they are")
        return self


class MaintenanceConf(Settings):
    """What maintenance keeps."""

    keep_days: int = Field(
        30,
        ge=7,
        le=30,
        description="Days that versions no longer published can be read and restored, days. Not "
        "under a week: a reader or a run may still be at one. Not over 30: so long Delta keeps "
        "its log.",
    )


class Config(Settings):
    """The whole configuration."""

    warehouse: str = Field(
        "./warehouse",
        description="Folder or URI where everything lives: s3://BUCKET/PATH for object storage.",
    )
    feeds: dict[str, FeedConf] = Field({}, description="The feeds, by name.")
    thesaurus: str | None = Field(
        None,
        description="CSV file of own terms: term, broader, alias. Terms and topics take them; "
        "docs/topics.md shows one.",
    )
    erased: str | None = Field(
        None,
        description="File of the people whose data are erased, an id a line, as docs/people.md "
        "shows. `papertide erase` erases what is there; runs let nothing of them in again.",
    )
    log: Literal["text", "json"] = Field(
        "text",
        description="What commands say on standard error: text for people, json for what collects "
        "logs, a line each.",
    )
    run: RunConf = RunConf()
    gate: GateConf = GateConf()
    harvest: HarvestConf = HarvestConf()
    digest: DigestConf = DigestConf()
    thrift: ThriftConf = ThriftConf()
    dashboard: DashboardConf = DashboardConf()
    maintenance: MaintenanceConf = MaintenanceConf()
    storage: params.StorageSettings = params.StorageSettings()
    session: params.SessionSettings = params.SessionSettings()
    ingest: params.IngestSettings = params.IngestSettings()
    parse: params.ParseSettings = params.ParseSettings()
    identity: params.IdentitySettings = params.IdentitySettings()
    papers: params.PapersSettings = params.PapersSettings()
    embed: params.EmbedSettings = params.EmbedSettings()
    authors: params.AuthorsSettings = params.AuthorsSettings()
    institutions: params.InstitutionsSettings = params.InstitutionsSettings()
    keyphrases: params.KeyphrasesSettings = params.KeyphrasesSettings()
    topics: params.TopicsSettings = params.TopicsSettings()
    trends: params.TrendsSettings = params.TrendsSettings()
    neighbors: params.NeighborsSettings = params.NeighborsSettings()
    map: params.MapSettings = params.MapSettings()
    scores: params.ScoresSettings = params.ScoresSettings()

    @model_validator(mode="before")
    @classmethod
    def _formats(cls, values: Any) -> Any:
        """A feed that names no format has the one that is named like it."""
        feeds = values.get("feeds") if isinstance(values, dict) else None
        if not isinstance(feeds, dict):
            return values
        with_formats = {
            name: {"format": name, **feed} if isinstance(feed, dict) else feed
            for name, feed in feeds.items()
        }
        return {**values, "feeds": with_formats}
