"""The embedding models of this machine: where each is kept, and what its vectors carry."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from jobs.params import PACKAGED, PRETRAINED, EmbedSettings
from jobs.vectors.model_files import ANNOTATOR, TABLE
from storage.errors import PapertideError

WEIGHTS_DIGEST = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the packaged model's weights, as published."""


def model_id(settings: EmbedSettings) -> str:
    """What vectors of this model carry: name, digest, and all that decides on their numbers.

    Raises:
        PapertideError: the model is a folder without a pinned digest.
    """
    name, digest = _name_and_digest(settings)
    if settings.form == "static":
        return f"{name}@{digest}/static-{settings.static_dimensions}"
    return f"{name}@{digest}/windows-of-{settings.max_tokens}" + _suffix(settings, "/")


def model_folder(settings: EmbedSettings, home: Path) -> Path:
    """Where the converted model is, or will be."""
    name, digest = _name_and_digest(settings)
    size = settings.static_dimensions if settings.form == "static" else settings.max_tokens
    plain = re.sub(r"[^\w.@-]+", "-", f"{name}-{digest}-{size}")
    return home / "models" / (plain + _suffix(settings, "-"))


def is_ready(settings: EmbedSettings, home: Path) -> bool:
    """Whether the model stands; it is put there whole or not at all."""
    file = TABLE if settings.form == "static" else ANNOTATOR
    return (model_folder(settings, home) / file).exists()


def ready_folder(settings: EmbedSettings, home: Path) -> Path:
    """The folder of the converted model.

    Raises:
        PapertideError: it is not there.
    """
    if not is_ready(settings, home):
        raise PapertideError(
            f"the model {model_id(settings)} is not there\n"
            "  first, with the same settings: papertide model"
        )
    return model_folder(settings, home)


def graph_of(folder: Path) -> Path:
    """The ONNX graph in a folder of a model.

    Raises:
        PapertideError: there is none.
    """
    for file in (folder / "model.onnx", folder / "onnx" / "model.onnx"):
        if file.is_file():
            return file
    raise PapertideError(
        f"embed.model: {folder} is no folder with a model.onnx\n"
        f"  known by name: {PACKAGED}, and {PRETRAINED}NAME for what Spark NLP downloads"
    )


def sha256(file: Path) -> str:
    """The digest of a file, in hex."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _name_and_digest(settings: EmbedSettings) -> tuple[str, str]:
    """The model's name, and the beginning of its digest; of a pretrained one no digest is known."""
    if settings.model == PACKAGED:
        return PACKAGED, WEIGHTS_DIGEST[:8]
    if settings.model.startswith(PRETRAINED):
        return settings.model.removeprefix(PRETRAINED), "spark-nlp"
    if settings.digest is None:
        digest = sha256(graph_of(Path(settings.model)))
        raise PapertideError(
            f"the model in {settings.model} is not pinned: its vectors must carry its digest\n"
            f"  if this is the model you mean: --set embed.digest={digest}"
        )
    pooling = "" if settings.pooling == "mean" else f"-{settings.pooling}"
    return Path(settings.model).resolve().name, settings.digest[:8] + pooling


def _suffix(settings: EmbedSettings, before: str) -> str:
    return "" if settings.form == "full" else before + settings.form
