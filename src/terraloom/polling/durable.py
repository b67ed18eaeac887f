"""
DBOS as used here: polls and chores in one queue, backfill jobs in another, so that neither waits for the
other; all in the schema `dbos` of the same PostgreSQL.

The application version is fixed: work that was pending is picked up after an upgrade, so the steps of a poll
must stay readable by the next version. Executor ids are unique per process, never the default ``local``,
and recovery is repeated by every living worker (`workers`), not done once at launch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from dbos import DBOS, DBOSConfig
from dbos import error as dbos_error
from dbos._dbos import _get_dbos_instance
from dbos._enqueue_options import build_enqueue_status
from msgspec import Struct

APPLICATION = "terraloom"
VERSION = "1"
SCHEMA = "dbos"
QUEUE = "polls"
JOBS = "jobs"  # of backfill
WORKFLOW = "terraloom.poll"
CHORE = "terraloom.chore"
JOB = "terraloom.job"
LOOK_EVERY_S = {QUEUE: 0.2, JOBS: 0.1}  # how often a worker looks for what is handed out
TIMEOUT = timedelta(minutes=15)  # a poll that takes longer is cancelled; what it archived is swept up
ATTEMPTS = 5  # a poll that brings its worker down each time is given up after so many
FINISHED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
PURGE_BATCH = 500

Work = Callable[..., dict[str, Any]]


class Wanted(Struct, frozen=True):
    """A workflow to hand out: its id, what it is called with, and how urgent it is (lower goes first)."""

    workflow_id: str
    arguments: tuple[Any, ...]
    priority: int = 1


def launch(
    database_url: str, executor_id: str, workflows: Mapping[str, Work], concurrency: Mapping[str, int]
) -> None:
    """Start to run workflows (by name) in this process, so many of each queue at a time."""
    config: DBOSConfig = {
        "name": APPLICATION,
        "system_database_url": database_url,
        "dbos_system_schema": SCHEMA,
        "application_version": VERSION,
        "executor_id": executor_id,
        "log_level": "WARNING",
        "sys_db_pool_size": sum(concurrency.values()) + 2,
    }
    DBOS(config=config)
    for name, work in workflows.items():
        _register(name, work)
    DBOS.listen_queues(list(concurrency))
    DBOS.launch()
    for queue, at_once in concurrency.items():
        set_queue(queue, at_once)


def _register(name: str, work: Work) -> None:
    @DBOS.workflow(name=name, max_recovery_attempts=ATTEMPTS)
    def run(*arguments: Any) -> dict[str, Any]:  # DBOS marks what it is given; a method cannot be marked
        return work(*arguments)


def set_queue(queue: str, concurrency: int) -> None:
    """Let each worker run so many workflows of a queue at a time."""
    DBOS.register_queue(
        queue,
        worker_concurrency=concurrency,
        polling_interval_sec=LOOK_EVERY_S[queue],
        on_conflict="always_update",
    )


def shut_down(*, drain_s: int) -> None:
    """Take no more polls, let those at work end within `drain_s` seconds, and stop."""
    DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=drain_s)


def enqueue(workflow_id: str, source_id: str) -> bool:
    """
    Hand a poll to the workers. False when the source is still being polled: two never run at once.

    An id that is already known, at work or done, is not run again.
    """
    return _enqueue(WORKFLOW, workflow_id, source_id, alone=source_id)


def enqueue_chore(workflow_id: str, name: str) -> bool:
    """Hand a chore to the workers; the same rules hold."""
    return _enqueue(CHORE, workflow_id, name, alone=f"chore:{name}")


def _enqueue(workflow: str, workflow_id: str, argument: str, *, alone: str) -> bool:
    if DBOS.get_workflow_status(workflow_id) is not None:
        return True
    try:
        DBOS.enqueue_workflow_with_options(
            {
                "workflow_name": workflow,
                "queue_name": QUEUE,
                "workflow_id": workflow_id,
                "deduplication_id": alone,
                "app_version": VERSION,
                "workflow_timeout": TIMEOUT.total_seconds(),
            },
            argument,
        )
    except dbos_error.DBOSQueueDeduplicatedError:
        return False
    return True


def enqueue_jobs(wanted: Sequence[Wanted], *, timeout: timedelta) -> None:
    """
    Hand jobs to the workers, all in one transaction; ids that are known are not run again.

    By the way that DBOS itself takes in batches (of Kafka messages); its public calls take one at a time.
    """
    system = _get_dbos_instance()._sys_db
    rows = [
        build_enqueue_status(
            {
                "workflow_name": JOB,
                "queue_name": JOBS,
                "workflow_id": one.workflow_id,
                "app_version": VERSION,
                "application_name": APPLICATION,
                "workflow_timeout": timeout.total_seconds(),
                "priority": max(1, one.priority),  # 1 is DBOS's most urgent
            },
            system.serializer,
            one.arguments,
            {},
        )[1]
        for one in wanted
    ]
    system.init_workflows(rows)


def recover(executors: Sequence[str]) -> list[str]:
    """Put what these executors left unfinished back into the queue; returns the workflow ids."""
    if not executors:
        return []
    return [handle.workflow_id for handle in DBOS._recover_pending_workflows(list(executors))]


def resume(workflow_ids: Sequence[str]) -> None:
    """Put what this process holds, but does not run, back into its queue."""
    jobs = [one for one in workflow_ids if one.startswith("job:")]
    polls = [one for one in workflow_ids if one not in jobs]
    for queue, ids in ((QUEUE, polls), (JOBS, jobs)):
        if ids:
            DBOS.resume_workflows(ids, queue_name=queue)


def purge(queue: str, older_than: timedelta, now: datetime) -> int:
    """Delete the checkpoints of what ended in a queue before `now` - `older_than`; returns how many."""
    before = (now.astimezone(UTC) - older_than).isoformat()
    deleted = 0
    while True:
        found = DBOS.list_workflows(
            status=FINISHED,
            completed_before=before,
            queue_name=queue,
            limit=PURGE_BATCH,
            load_input=False,
            load_output=False,
        )
        DBOS.delete_workflows([workflow.workflow_id for workflow in found])
        deleted += len(found)
        if len(found) < PURGE_BATCH:
            return deleted
