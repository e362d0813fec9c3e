"""The archive of classes: what Java reads from some 70 jars at each start, parsed once for all.

It takes a third off the start of a session (Java's application class-data sharing). Sessions do
without where it is missing, and Java passes over one that was made of other jars.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from jobs.session import class_archive, java_home


def ensure_classes(home: Path) -> tuple[Path, str]:
    """Make the archive for the jars in `home`, unless it stands; where it is, and what went wrong.

    Archives that were made of other jars go.
    """
    archive = class_archive(home)
    if archive.is_file():
        return archive, ""
    try:
        archive.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
            fresh = _make_archive(Path(folder))
            for old in archive.parent.glob("classes-*.jsa"):
                old.unlink()
            fresh.rename(archive)
    except OSError as error:
        return archive, f"{error.strerror}: {error.filename}"
    except subprocess.CalledProcessError as error:
        return archive, (error.stderr.strip().splitlines() or [str(error)])[-1]
    return archive, ""


def _make_archive(folder: Path) -> Path:
    listing, archive = folder / "classes.txt", folder / "classes.jsa"
    # -P: a folder `pipelines` where setup was started is none of ours.
    class_path = _run([sys.executable, "-P", "-m", "pipelines.setup.training", str(listing)])
    _run([
        str(java_home() / "bin" / "java"), "-Xshare:dump", "-Xlog:disable", "-Xlog:all=error",
        f"-XX:SharedClassListFile={listing}",
        f"-XX:SharedArchiveFile={archive}",
        "-cp", class_path.strip(),
    ])  # fmt: skip
    return archive


def _run(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
