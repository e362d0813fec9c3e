"""The model's graph: equal to the method's formulas, and to itself wherever it runs."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from pyspark.sql import SparkSession
from scipy.special import erf, softmax
from tokenizers import Tokenizer

from jobs.params import EmbedSettings
from jobs.tables.silver import EMBEDDINGS
from jobs.vectors.embed import embed
from pipelines.setup.model import adopt, is_cased, onnx_folder
from pipelines.setup.onnx_graph import HEADS, LAYERS, WIDTH, Weights, add_pooling, sentence_model
from storage.errors import PapertideError
from storage.home import home
from storage.models import model_folder, model_id
from tests.frames import frame_of

Array = NDArray[Any]
WORDS, PLACES, INNER = 50, 32, 96
TEXTS = (
    "Tidal currents carry sediment along the coast",
    "Sand is moved along the shore by the tide",
    "A convex relaxation for scheduling trains on a single track",
)


def random_weights() -> dict[str, Array]:
    """Weights of a small vocabulary, large enough that every part of the encoder shows."""
    random = np.random.default_rng(7)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (WORDS, WIDTH),
        "embeddings.position_embeddings.weight": (PLACES, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
    }
    norms = ["embeddings.LayerNorm"]
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        for part in ("attention.self.query", "attention.self.key", "attention.self.value",
                     "attention.output.dense"):  # fmt: skip
            shapes |= linear_shapes(f"{name}.{part}", WIDTH, WIDTH)
        shapes |= linear_shapes(f"{name}.intermediate.dense", INNER, WIDTH)
        shapes |= linear_shapes(f"{name}.output.dense", WIDTH, INNER)
        norms += [f"{name}.attention.output.LayerNorm", f"{name}.output.LayerNorm"]
    shapes |= {f"{norm}.{part}": (WIDTH,) for norm in norms for part in ("weight", "bias")}
    return {
        # Normalization scales around one: smaller ones would wear the text away, layer by layer.
        name: random.normal(name.endswith("LayerNorm.weight"), 0.1, shape).astype(np.float32)
        for name, shape in shapes.items()
    }


def linear_shapes(name: str, rows: int, columns: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (rows, columns), f"{name}.bias": (rows,)}


def linear(weights: Weights, name: str, x: Array) -> Array:
    return np.asarray(x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"])


def normalized(weights: Weights, name: str, x: Array) -> Array:
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
    return np.asarray(scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"])


def by_formulas(weights: Weights, tokens: list[int]) -> Array:
    """One text by the encoder of Devlin et al. (2019), a head at a time, in double precision."""
    weights = {name: value.astype(np.float64) for name, value in weights.items()}
    through, norm = partial(linear, weights), partial(normalized, weights)
    x = weights["embeddings.word_embeddings.weight"][tokens]
    x = x + weights["embeddings.position_embeddings.weight"][: len(tokens)]
    x = norm("embeddings.LayerNorm", x + weights["embeddings.token_type_embeddings.weight"][0])
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        query, key, value = (
            np.split(through(f"{name}.attention.self.{part}", x), HEADS, axis=1)
            for part in ("query", "key", "value")
        )
        heads = [
            softmax(q @ k.T / np.sqrt(WIDTH / HEADS), axis=-1) @ v
            for q, k, v in zip(query, key, value, strict=True)
        ]
        attended = through(f"{name}.attention.output.dense", np.concatenate(heads, axis=1))
        x = norm(f"{name}.attention.output.LayerNorm", x + attended)
        inner = through(f"{name}.intermediate.dense", x)
        bent = inner * (1 + erf(inner / np.sqrt(2))) / 2
        x = norm(f"{name}.output.LayerNorm", x + through(f"{name}.output.dense", bent))
    mean = x.mean(0)
    return np.asarray(mean / np.linalg.norm(mean))


def vectors(session: onnxruntime.InferenceSession, texts: list[list[int]], length: int) -> Array:
    """Vectors of texts, each given as tokens, padded to `length`."""
    ids = np.array([text + [0] * (length - len(text)) for text in texts])
    mask = np.array([[1] * len(text) + [0] * (length - len(text)) for text in texts])
    given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    return np.asarray(session.run(["last_hidden_state"], given)[0])


@pytest.fixture(scope="module")
def weights() -> dict[str, Array]:
    return random_weights()


@pytest.fixture(scope="module")
def small(weights: dict[str, Array]) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(sentence_model(weights).SerializeToString())


def test_the_graph_computes_what_the_formulas_say(
    small: onnxruntime.InferenceSession, weights: dict[str, Array]
) -> None:
    texts = [[1, 7, 7, 30, 2], [1, 49, 2], [1, 5, 6, 8, 9, 10, 11, 2]]
    found = vectors(small, texts, length=max(map(len, texts)))
    expected = np.array([by_formulas(weights, text) for text in texts])
    assert found.shape == (len(texts), WIDTH)
    np.testing.assert_allclose(found, expected, atol=2e-6)
    assert np.abs(expected[0] - expected[1]).max() > 0.01  # they could differ


def test_padding_changes_no_vector(small: onnxruntime.InferenceSession) -> None:
    text = [1, 7, 9, 30, 2]
    alone, padded = vectors(small, [text], len(text)), vectors(small, [text], PLACES)
    np.testing.assert_allclose(alone, padded, atol=1e-6)


def test_weights_with_the_prefix_of_a_larger_model_give_the_same_graph(
    small: onnxruntime.InferenceSession, weights: dict[str, Array]
) -> None:
    prefixed = sentence_model({f"bert.{name}": value for name, value in weights.items()})
    other = onnxruntime.InferenceSession(prefixed.SerializeToString())
    text = [[1, 7, 2]]
    np.testing.assert_array_equal(vectors(small, text, 3), vectors(other, text, 3))


def test_weights_without_a_layer_are_refused(weights: dict[str, Array]) -> None:
    fewer = {n: value for n, value in weights.items() if not n.startswith("encoder.layer.5.")}
    with pytest.raises(KeyError, match=r"encoder\.layer\.5\."):
        sentence_model(fewer)


@pytest.fixture(scope="module")
def real() -> dict[str, Array]:
    """Vectors of TEXTS by plain onnxruntime."""
    folder = onnx_folder(EmbedSettings(), home())
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokens = {text: tokenizer.encode(text).ids for text in TEXTS}
    return {text: vectors(session, [ids], len(ids))[0] for text, ids in tokens.items()}


def test_texts_of_one_meaning_are_closer_than_texts_of_two(real: dict[str, Array]) -> None:
    first, same, other = (real[text] for text in TEXTS)
    np.testing.assert_allclose(np.linalg.norm(first), 1, atol=1e-5)
    assert first @ same > 0.6
    assert first @ other < 0.2


@pytest.mark.slow
def test_spark_nlp_gives_the_vectors_of_plain_onnxruntime(
    spark: SparkSession, real: dict[str, Array]
) -> None:
    papers = frame_of(
        spark,
        [(str(place), text, None) for place, text in enumerate(real)],
        "paper_id string, title string, abstract string",
    )
    known = frame_of(spark, [], EMBEDDINGS.schema())
    settings = EmbedSettings()
    model = (str(model_folder(settings, home())), model_id(settings))
    rows = {row.paper_id: row.vector for row in embed(papers, known, model, settings).collect()}
    for place, (text, expected) in enumerate(real.items()):
        assert expected @ np.array(rows[str(place)]) > 0.9999, text[:50]


def lookup(output: str, shape: list[str | int]) -> onnx.ModelProto:
    """An encoder that gives each token its row of a table, and asks for no segments."""
    table = onnx.numpy_helper.from_array(TABLE, "table")
    nodes = [onnx.helper.make_node("Gather", ["table", "input_ids"], ["rows"])]
    if len(shape) == 2:
        nodes.append(onnx.helper.make_node("ReduceMax", ["rows"], [output], axes=[1], keepdims=0))
    else:
        nodes.append(onnx.helper.make_node("Identity", ["rows"], [output]))
    given = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.INT64, ["texts", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    told = onnx.helper.make_tensor_value_info(output, onnx.TensorProto.FLOAT, shape)
    graph = onnx.helper.make_graph(nodes, "lookup", given, [told], [table])
    opset = onnx.helper.make_opsetid("", 14)
    return onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8)


TABLE = np.array([[9, 9], [3, 0], [0, 4], [0, 0.5]], dtype=np.float32)


@pytest.mark.parametrize("output", ["last_hidden_state", "token_embeddings"])
@pytest.mark.parametrize(("pooling", "expected"), [("mean", [0.6, 0.8]), ("cls", [1.0, 0.0])])
def test_an_encoder_of_any_output_is_pooled(
    output: str, pooling: str, expected: list[float]
) -> None:
    made = add_pooling(lookup(output, ["texts", "tokens", 2]), pooling)
    session = onnxruntime.InferenceSession(made.SerializeToString())
    found = vectors(session, [[1, 2], [3]], length=3)
    np.testing.assert_allclose(found, np.array([expected, [0.0, 1.0]]), atol=1e-6)


def test_a_graph_that_gives_a_vector_a_text_is_only_scaled() -> None:
    made = add_pooling(lookup("sentence_embedding", ["texts", 2]), "mean")
    session = onnxruntime.InferenceSession(made.SerializeToString())
    np.testing.assert_allclose(vectors(session, [[1, 2]], length=2), [[0.6, 0.8]], atol=1e-6)


def test_a_graph_without_vectors_is_refused() -> None:
    with pytest.raises(ValueError, match="neither for a token nor for a text"):
        add_pooling(lookup("logits", ["texts", "tokens", 2, 1]), "mean")


def folder_with(place: Path, **files: str) -> str:
    """A folder with such a model; the digest of its graph."""
    place.mkdir()
    onnx.save(lookup("token_embeddings", ["texts", "tokens", 2]), str(place / "model.onnx"))
    for name, text in files.items():
        (place / name.replace("_", ".")).write_text(text)
    return hashlib.sha256((place / "model.onnx").read_bytes()).hexdigest()


def test_a_folder_is_adopted_when_its_digest_is_the_pinned_one(tmp_path: Path) -> None:
    digest = folder_with(tmp_path / "ours", vocab_txt="[CLS]\n[SEP]\n[UNK]\n[PAD]\ntide\n")
    unpinned = EmbedSettings(model=str(tmp_path / "ours"))
    with pytest.raises(PapertideError, match=f"embed.digest={digest}"):
        model_id(unpinned)
    settings = EmbedSettings(model=str(tmp_path / "ours"), digest=digest, pooling="cls")
    assert model_id(settings) == f"ours@{digest[:8]}-cls/windows-of-256"
    adopt(tmp_path / "ours", settings, tmp_path / "made")
    assert Tokenizer.from_file(str(tmp_path / "made" / "tokenizer.json")).get_vocab_size() == 5
    assert not is_cased(tmp_path / "made")
    wrong = settings.model_copy(update={"digest": "0" * 64})
    with pytest.raises(PapertideError, match="is not the pinned model"):
        adopt(tmp_path / "ours", wrong, tmp_path / "other")


def test_what_is_no_bert_model_is_refused(tmp_path: Path) -> None:
    digest = folder_with(tmp_path / "other", vocab_txt="<s>\n</s>\n<unk>\ntide\n")
    settings = EmbedSettings(model=str(tmp_path / "other"), digest=digest)
    with pytest.raises(PapertideError, match="only models of the BERT family"):
        adopt(tmp_path / "other", settings, tmp_path / "made")
    with pytest.raises(PapertideError, match=r"no folder with a model\.onnx"):
        model_id(EmbedSettings(model=str(tmp_path / "nowhere")))
