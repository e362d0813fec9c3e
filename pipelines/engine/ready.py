"""What a run needs on this machine, looked at before anything is started."""

from __future__ import annotations

from collections.abc import Sequence

from conf import Config
from jobs.session import jars, java_home
from jobs.stores import S3, S3_EXTRA
from jobs.tables.silver import EMBEDDINGS
from pipelines.engine.stage import Stage
from storage.errors import PapertideError
from storage.home import home
from storage.models import ready_folder
from storage.warehouse import Warehouse


def check_ready(config: Config, stages: Sequence[Stage]) -> None:
    """See that the stages find what they need.

    Raises:
        PapertideError: there is no Java, a jar is missing, or the model is not there.
    """
    try:
        jars(home())
        java_home()
    except RuntimeError as error:
        raise PapertideError(str(error)) from error
    root = Warehouse.at(config.warehouse).root
    if root.startswith(S3):
        from pipelines.setup.jars import wanting

        if wrong := wanting(home(), S3_EXTRA):
            raise PapertideError(
                f"{root}: the jars that reach object storage are not there ({wrong})\n"
                "  papertide setup --with s3"
            )
    if any(output.table is EMBEDDINGS for stage in stages for output in stage.writes):
        ready_folder(config.embed, home())
