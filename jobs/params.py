"""Settings of every stage, stated once; conf/ composes them into the one model."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """Base of all settings: frozen, unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class IngestSettings(Settings):
    """Limits of reading files."""

    max_file_bytes: int = Field(
        128 * 1024**2,
        gt=0,
        description="A larger file is not read, bytes. One file is held whole by one core, three "
        "times over (Spark, Arrow, Python); the largest known single deliveries are under 50 MB.",
    )
    max_text_bytes: int = Field(
        512 * 1024**2,
        gt=0,
        description="A file that decompresses to more is not read, bytes. Metadata shrink to a "
        "third or fourth; what shrinks much more is meant to fill the memory.",
    )
    max_record_chars: int = Field(
        8 * 1024**2,
        gt=0,
        description="A longer record is a fragment, characters. The longest real records, works "
        "with thousands of authors or an inverted index, stay under one million.",
    )


class ParseSettings(Settings):
    """What parsing takes for possible."""

    earliest_year: int = Field(
        1665,
        ge=1583,
        description="Earlier years are errors: the first scientific journals are of 1665. Not "
        "before 1583, where calendars differ.",
    )
    max_days_ahead: int = Field(
        366,
        ge=0,
        description="A date further behind the day the feed showed the record is an error, days. "
        "Journals date issues up to a year ahead.",
    )
