"""The vector of what someone typed, by the model of the papers' vectors, without Spark."""

from __future__ import annotations

from functools import lru_cache

from jobs.params import EmbedSettings
from jobs.vectors.model_files import GRAPH, TABLE
from storage.errors import PapertideError
from storage.home import home
from storage.models import model_folder, model_id


def model(settings: EmbedSettings) -> str | None:
    """The id of the vectors of the configured model; None where no text can be embedded here.

    Of a pretrained model of Spark NLP there is no file for onnxruntime.
    """
    file = TABLE if settings.form == "static" else GRAPH
    try:
        return model_id(settings) if (model_folder(settings, home()) / file).exists() else None
    except PapertideError:  # a folder that is not pinned
        return None


def embed_query(text: str, settings: EmbedSettings) -> tuple[float, ...]:
    """The vector of a text by the configured model."""
    return _embed(text, str(model_folder(settings, home())), settings)


@lru_cache(maxsize=100)
def _embed(text: str, folder: str, settings: EmbedSettings) -> tuple[float, ...]:
    from jobs.vectors.query_encoder import by_onnx
    from jobs.vectors.query_encoder import embed_text as of_text

    return of_text(text, folder, settings, by_onnx)
