"""The one model of the configuration: frozen, every key known and described."""

from __future__ import annotations

from pydantic import Field

from jobs import params
from jobs.params import Settings


class FeedConf(Settings):
    """One feed."""

    format: str = Field(description="Name of the reader: hf-page, hf-daily or papers.")
    path: str | None = Field(
        None, description="File, folder or glob that runs read; none: only runs that give one."
    )
    columns: dict[str, str] = Field(
        {}, description="papers only: field of the neutral feed → column of these files."
    )


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


class Config(Settings):
    """The whole configuration."""

    warehouse: str = Field("./warehouse", description="Folder or URI where everything lives.")
    feeds: dict[str, FeedConf] = Field({}, description="The feeds, by name.")
    run: RunConf = RunConf()
    gate: GateConf = GateConf()
    session: params.SessionSettings = params.SessionSettings()
    ingest: params.IngestSettings = params.IngestSettings()
    parse: params.ParseSettings = params.ParseSettings()
    identity: params.IdentitySettings = params.IdentitySettings()
    papers: params.PapersSettings = params.PapersSettings()
    embed: params.EmbedSettings = params.EmbedSettings()
    keyphrases: params.KeyphrasesSettings = params.KeyphrasesSettings()
    topics: params.TopicsSettings = params.TopicsSettings()
    trends: params.TrendsSettings = params.TrendsSettings()
    neighbors: params.NeighborsSettings = params.NeighborsSettings()
    scores: params.ScoresSettings = params.ScoresSettings()
