"""The vector of one text as `jobs.vectors.embed.embed` gives it, without a job of Spark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from jobs.params import EmbedSettings
from jobs.vectors.chunking import cut, plain_tokenizer, pool_windows
from jobs.vectors.model2vec import average_pieces
from jobs.vectors.model_files import GRAPH, TABLE, TOKENIZER


def embed_text(
    text: str,
    folder: str,
    settings: EmbedSettings,
    vectors_of: Callable[[Sequence[str], str], list[Sequence[float]]],
) -> tuple[float, ...]:
    """The vector of a text by the model in `folder`.

    `vectors_of` gives the vectors of its windows by that model; static vectors need none.
    """
    tokenizer = (Path(folder) / TOKENIZER).read_text(encoding="utf-8")
    batch = pa.record_batch(
        {**{name: [""] for name in ("paper_id", "model", "text_digest")}, "text": [text]}
    )
    if settings.form == "static":
        (row,) = average_pieces([batch], tokenizer, np.load(Path(folder) / TABLE))
    else:
        (in_windows,) = cut([batch], tokenizer, settings.max_tokens)
        vectors = vectors_of(in_windows["windows"][0].as_py(), folder)
        column = pa.array([vectors], pa.list_(pa.list_(pa.float32())))
        (row,) = pool_windows([in_windows.append_column("vectors", column)])
    return tuple(row["vector"][0].as_py())


def by_onnx(windows: Sequence[str], folder: str) -> list[Sequence[float]]:
    """The vector of each window by onnxruntime in this process."""
    tokenizer = plain_tokenizer((Path(folder) / TOKENIZER).read_text(encoding="utf-8"))
    return [_vector(np.array([tokenizer.encode(window).ids]), folder) for window in windows]


def _vector(ids: Any, folder: str) -> Sequence[float]:
    inputs = {
        "input_ids": ids,
        "attention_mask": np.ones_like(ids),
        "token_type_ids": np.zeros_like(ids),
    }
    (output,) = _model(folder).run(["last_hidden_state"], inputs)
    vector: list[float] = output[0].tolist()
    return vector


@lru_cache(maxsize=1)
def _model(folder: str) -> Any:
    import onnxruntime

    return onnxruntime.InferenceSession(str(Path(folder) / GRAPH))
