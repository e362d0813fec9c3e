"""The jars of Spark's session: Delta and Spark NLP, without native back ends that nobody needs."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

import pyspark
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from jobs.session import folder_of, java_home
from jobs.stores import S3_EXTRA
from pipelines.setup.telling import without_addresses
from storage.errors import PapertideError

LOCK = Path(__file__).parents[2] / "conf" / "jars.lock"
PACKAGES = (
    ("io.delta", "delta-spark_2.12", "3.3.3"),
    ("com.johnsnowlabs.nlp", "spark-nlp_2.12", "5.5.3"),
    ("org.tensorflow", "ndarray", "0.4.0"),  # classes that Spark NLP needs at inference
)
# What some warehouses need beside them. Of what these packages need in turn Spark NLP's bring
# what is called; AWS's own bundle of it all would be 280 MB.
EXTRAS = {
    S3_EXTRA: (
        ("org.apache.hadoop", "hadoop-aws", "3.3.4"),
        ("com.amazonaws", "aws-java-sdk-dynamodb", "1.12.500"),
        ("com.amazonaws", "aws-java-sdk-sts", "1.12.500"),
    )
}
# 600 MB of back ends and cloud clients; the model runs on onnxruntime.
EXCLUDED = (
    ("com.johnsnowlabs.nlp", "tensorflow-cpu_2.12"),
    ("com.johnsnowlabs.nlp", "jsl-llamacpp-cpu_2.12"),
    ("com.johnsnowlabs.nlp", "jsl-openvino-cpu_2.12"),
    ("com.google.cloud", "google-cloud-storage"),
    ("com.azure", "azure-identity"),
    ("com.azure", "azure-storage-blob"),
    ("org.apache.poi", "poi-ooxml"),
    ("org.apache.poi", "poi-scratchpad"),
    ("org.scalatest", "scalatest_2.12"),
    ("org.scalatest", "scalatest-flatspec_2.12"),
    ("org.scalatest", "scalatest-shouldmatchers_2.12"),
    ("junit", "junit"),
    # Spark brings these itself.
    ("org.scala-lang", "scala-library"),
    ("org.scala-lang", "scala-reflect"),
)
# What is fetched goes by Ivy's own default, and never by a Maven folder of this user, where a pom
# without its jar makes it fail.
SETTINGS = (
    '<ivysettings><settings defaultResolver="central"/>'
    '<resolvers><ibiblio name="central" m2compatible="true"/></resolvers></ivysettings>'
)
_ORIGIN = ".lock-digest"  # in the folder of jars: digest of the lock that they were checked against
_STORE_PASSWORD = "papertide"  # noqa: S105 - guards public certificates


def lock_of(extra: str = "") -> Path:
    """The lock of the jars of every session, or of an extra's: `conf/jars-EXTRA.lock`."""
    return LOCK.with_name(f"jars-{extra}.lock") if extra else LOCK


def locked_digests(extra: str = "") -> dict[str, str]:
    """File name → SHA-256 of every jar, as the lock has them."""
    lines = lock_of(extra).read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines if line.strip())}


def wanting(home: Path, extra: str = "") -> str:
    """What keeps the jars in `home` from being the locked ones; empty if nothing does.

    Their content was checked when they came.
    """
    folder, names, lock = folder_of(home, extra), locked_digests(extra), lock_of(extra)
    missing = sum(not (folder / name).is_file() for name in names)
    if missing:
        return f"{missing} of {len(names)} missing"
    origin = folder / _ORIGIN
    if not origin.is_file() or origin.read_text(encoding="ascii") != _digest(lock):
        return f"not those of this {lock.name}"
    return ""


def ensure_jars(home: Path, extra: str = "") -> bool:
    """Fetch the locked jars into their folder of `home`, unless they stand; True if it had to.

    Raises:
        PapertideError: a jar cannot be had, or is not the one that was locked.
    """
    if not wanting(home, extra):
        return False
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home, prefix="jars-") as folder:
        jars = resolve(Path(folder), extra)
        check(jars, lock_of(extra), locked_digests(extra))
        (jars / _ORIGIN).write_text(_digest(lock_of(extra)), encoding="ascii")
        target = folder_of(home, extra)
        shutil.rmtree(target, ignore_errors=True)
        jars.rename(target)
    return True


def check(folder: Path, lock: Path, expected: Mapping[str, str]) -> None:
    """Compare the jars of a folder with what their lock holds.

    Raises:
        PapertideError: one is missing, unknown, or differs.
    """
    digests = {jar.name: _digest(jar) for jar in folder.glob("*.jar")}
    wrong = sorted(n for n in digests | dict(expected) if digests.get(n) != expected.get(n))
    if wrong:
        raise PapertideError(
            f"jars that are not those of {lock.name}: {', '.join(wrong)}\n"
            "  nothing was kept; if the lock is right, the registry or the way to it is not"
        )


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def resolve(folder: Path, extra: str = "") -> Path:
    """Resolve the packages by Ivy below `folder`; returns the folder of the jars."""
    (folder / "settings.xml").write_text(SETTINGS, encoding="utf-8")
    (folder / "ivy.xml").write_text(_module(extra), encoding="utf-8")
    (ivy,) = (Path(pyspark.__file__).parent / "jars").glob("ivy-*.jar")
    jars = folder / "jars"
    command: Iterable[str | Path] = [
        java_home() / "bin" / "java", *_trust(folder),
        "-jar", ivy,
        "-settings", folder / "settings.xml",
        "-ivy", folder / "ivy.xml",
        "-cache", folder / "cache",
        "-retrieve", f"{jars}/[organisation]_[artifact]-[revision].[ext]",
        "-types", "jar", "bundle",
    ]  # fmt: skip
    process = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    if process.returncode or not jars.is_dir():
        lines = without_addresses(process.stdout + process.stderr).splitlines()
        distinct = dict.fromkeys(line.strip() for line in lines if line.strip(": \t"))
        last = "\n    ".join(list(distinct)[-5:])
        raise PapertideError(
            "the jars could not be fetched; is there a way to Maven's registry?\n"
            f"    {last}\n  then again: make setup"
        )
    return jars


def _module(extra: str) -> str:
    root = ET.Element("ivy-module", version="2.0")
    ET.SubElement(root, "info", organisation="papertide", module="session")
    dependencies = ET.SubElement(root, "dependencies")
    # `default` of a Maven package: its jar, and all that it needs to compile and to run.
    conf = "*->master" if extra else "*->default"
    for org, name, rev in EXTRAS[extra] if extra else PACKAGES:
        ET.SubElement(dependencies, "dependency", org=org, name=name, rev=rev, conf=conf)
    for org, name in EXCLUDED:
        ET.SubElement(dependencies, "exclude", org=org, module=name)
    return ET.tostring(root, encoding="unicode")


def _trust(folder: Path) -> list[str]:
    """Options for Java to trust the certificates that the environment names, if it names any."""
    bundle = os.environ.get("SSL_CERT_FILE") or os.environ.get("REQUESTS_CA_BUNDLE")
    if not bundle or not Path(bundle).is_file():
        return []
    with warnings.catch_warnings(action="ignore"):  # of authorities older than the rules for them
        certificates = x509.load_pem_x509_certificates(Path(bundle).read_bytes())
    entries = [
        pkcs12.PKCS12Certificate(certificate, f"authority {place}".encode())
        for place, certificate in enumerate(certificates)
    ]
    store = folder / "authorities.p12"
    store.write_bytes(
        pkcs12.serialize_java_truststore(entries, BestAvailableEncryption(_STORE_PASSWORD.encode()))
    )
    return [
        f"-Djavax.net.ssl.trustStore={store}",
        f"-Djavax.net.ssl.trustStorePassword={_STORE_PASSWORD}",
    ]
