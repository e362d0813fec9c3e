"""A server of S3 of these tests alone, behind a proxy that counts requests and can fail."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest
import yaml

from jobs.params import StorageSettings
from jobs.stores import S3_EXTRA, settle
from pipelines.setup.jars import wanting
from storage.home import home
from tests.end_to_end.object_storage.proxy import proxy_to
from tests.end_to_end.object_storage.store import BUCKET, KEY, SECRET, Store
from tests.end_to_end.processes import free_port

SERVER = os.environ.get("PAPERTIDE_S3_SERVER") or shutil.which("versitygw")


@pytest.fixture(scope="package")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store on 127.0.0.1 that keeps buckets as folders; one is there."""
    if not SERVER:
        pytest.skip("no server of S3: put versitygw on the PATH, or name it: PAPERTIDE_S3_SERVER")
    if wanting(home(), S3_EXTRA):
        pytest.skip(f"no jars of object storage: papertide setup --with {S3_EXTRA}")
    folder = tmp_path_factory.mktemp("store")
    (folder / "buckets" / BUCKET).mkdir(parents=True)
    upstream, port = free_port(), free_port()
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [SERVER, "--port", f"127.0.0.1:{upstream}", "posix", str(folder / "buckets")],
            stdout=log, stderr=log,
            env={**os.environ, "ROOT_ACCESS_KEY": KEY, "ROOT_SECRET_KEY": SECRET},
        )  # fmt: skip
    before = dict(os.environ)
    settings = {
        "endpoint": f"http://127.0.0.1:{port}", "region": "us-east-1",
        "access_key": KEY, "secret_key": SECRET,
    }  # fmt: skip
    (folder / "s3.yaml").write_text(yaml.safe_dump({"storage": settings}))
    try:
        _wait_for(upstream)
        settle(StorageSettings.model_validate(settings))
        with proxy_to(upstream, port) as proxy:
            _wait_for(port)
            yield Store(folder, proxy)
    finally:
        os.environ.clear()
        os.environ.update(before)
        server.terminate()
        server.wait(timeout=30)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return
