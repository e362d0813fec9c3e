"""Archives of classes, which spare every start of Java to load and check its classes anew.

The first holds Java's own classes: the Java among the packages comes without one. The second, on
it, holds those that a small run and a query load; so one is done, on a sample feed.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pyspark

from conf import load
from jobs.session import archives, java_home
from pipelines.setup.jars import LOCK

_PAPERS, _DAYS = 60, 5  # enough for topics; more papers load no other classes
_KEY = "classes.key"


def is_archived(home: Path) -> bool:
    """Whether the archives below `home` are there, for this Java, this Spark and these jars."""
    key = home / _KEY
    return all(file.is_file() for file in archives(home)) and (
        key.is_file() and key.read_text(encoding="ascii") == _key()
    )


def ensure_archives(home: Path) -> bool:
    """Make the archives below `home`, unless they stand there; True if it had to.

    Jars and model must be there. Where Java cannot make them none are left, and starts are slower.
    """
    if is_archived(home):
        return False
    base, classes = archives(home)
    for file in (base, classes, home / _KEY):
        file.unlink(missing_ok=True)
    java = java_home() / "bin" / "java"
    subprocess.run(
        [java, "-Xshare:dump", f"-XX:SharedArchiveFile={base}"], check=True, capture_output=True
    )
    unfinished = classes.with_suffix(".unfinished")
    # A process of its own: Java writes the archive when it ends.
    subprocess.run(
        [sys.executable, "-m", "pipelines.setup.archive", str(base), str(unfinished)],
        check=True,
        capture_output=True,
    )
    unfinished.rename(classes)
    (home / _KEY).write_text(_key(), encoding="ascii")
    return True


def _key() -> str:
    release = (java_home() / "release").read_bytes()
    told = (release, pyspark.__version__.encode(), pyspark.__file__.encode(), LOCK.read_bytes())
    return hashlib.sha256(b"\0".join(told)).hexdigest()


def _train(base: str, archive: str) -> None:
    """Run the stages on a small sample, ask for what came out, and end Java, which then writes."""
    from pipelines.open_run import open_run
    from pipelines.runner import run_stage
    from pipelines.sample import write_sample
    from pipelines.sql.reader import open_reader
    from pipelines.stages import PIPELINE

    options = f"-XX:SharedArchiveFile={base} -XX:ArchiveClassesAtExit={archive}"
    with TemporaryDirectory() as folder:
        write_sample(Path(folder, "sample"), _PAPERS, _DAYS, seed=1)
        config = load(overrides=[f"warehouse={folder}/warehouse"])
        spark = {"spark.driver.defaultJavaOptions": options}
        session = config.session.model_copy(update={"spark": spark})
        config = config.model_copy(update={"session": session})
        with open_run(config, {"papers": f"{folder}/sample"}, None, None, PIPELINE) as run:
            for stage in PIPELINE:
                run_stage(stage, run)
        reader = open_reader(config, run.warehouse)
        reader.spark.sql("SELECT count(*) FROM silver.papers").collect()
        run.spark.stop()
        java = run.spark.sparkContext._gateway.proc
        java.stdin.close()
        java.wait()


if __name__ == "__main__":
    _train(*sys.argv[1:])
