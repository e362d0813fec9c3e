"""Notices: word to those who look after the pipeline when a flow fails, and when it is well again.

PAPERTIDE_NOTICES in the environment says where to, as addresses of Apprise, parted by spaces:
`mailtos://user:password@host?to=…` for mail, `jsons://host/path` for a webhook, and many more.
They hold passwords, so they are no setting and are never told.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas import filters
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.utilities.urls import url_for

from pipelines.flows.environment import NOTICES

if TYPE_CHECKING:
    from apprise import Apprise

LOG = logging.getLogger("papertide")
_ENDS = [StateType.COMPLETED, StateType.FAILED, StateType.CRASHED]


def tell(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Hook of a flow's end: a failure is told, and the first success after one.

    A flow within another is left to that one. A notice that cannot be given is logged, and changes
    nothing about the run.
    """
    if not os.environ.get(NOTICES) or flow_run.parent_task_run_id:
        return
    is_well = state.is_completed()
    if is_well and _was_well(flow_run):
        return
    words = "is well again" if is_well else f"has {(state.name or 'failed').lower()}"
    lines = [f"flow run {flow_run.name}", state.message or "", url_for(flow_run) or ""]
    if not _notify(f"papertide: {flow.name} {words}", "\n".join(filter(None, lines)), is_well):
        LOG.error("notices: not every address of %s took the notice", NOTICES)


WATCHED: dict[str, Any] = {
    "on_failure": [tell],
    "on_crashed": [tell],
    "on_completion": [tell],
}
"""The hooks of a flow whose end is told."""


def _was_well(run: FlowRun) -> bool:
    """Whether the flow's last run before this one completed; also where there was none."""
    state = filters.FlowRunFilterState(type=filters.FlowRunFilterStateType(any_=_ENDS))
    alone = filters.FlowRunFilterParentTaskRunId(is_null_=True)
    with get_client(sync_client=True) as client:
        last = client.read_flow_runs(
            flow_filter=filters.FlowFilter(id=filters.FlowFilterId(any_=[run.flow_id])),
            flow_run_filter=filters.FlowRunFilter(state=state, parent_task_run_id=alone),
            sort=FlowRunSort.END_TIME_DESC,
            limit=2,
        )
    before = [other for other in last if other.id != run.id]
    return not before or before[0].state_type == StateType.COMPLETED


def _notify(title: str, body: str, is_well: bool) -> bool:
    from apprise import NotifyFormat, NotifyType

    kind = NotifyType.SUCCESS if is_well else NotifyType.FAILURE
    is_sent = _addresses().notify(body, title, kind, body_format=NotifyFormat.TEXT)
    return bool(is_sent)


def _addresses() -> Apprise:
    from apprise import Apprise  # takes a second

    addresses = Apprise()
    for place, address in enumerate(os.environ[NOTICES].split(), 1):
        if not addresses.add(address):
            LOG.error("notices: address %d of %s is none that Apprise knows", place, NOTICES)
    return addresses
