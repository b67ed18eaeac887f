"""
DBOS as used here: polls and chores, one queue, in the schema `dbos` of the same PostgreSQL.

The application version is fixed: work that was pending is picked up after an upgrade, so the steps of a poll
must stay readable by the next version. Executor ids are unique per process, never the default ``local``,
and recovery is repeated by every living worker (`workers`), not done once at launch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from dbos import DBOS, DBOSConfig
from dbos import error as dbos_error

APPLICATION = "terraloom"
VERSION = "1"
SCHEMA = "dbos"
QUEUE = "polls"
WORKFLOW = "terraloom.poll"
CHORE = "terraloom.chore"
LOOK_EVERY_S = 0.2  # how often a worker looks for polls handed out
TIMEOUT = timedelta(minutes=15)  # a poll that takes longer is cancelled; what it archived is swept up
ATTEMPTS = 5  # a poll that brings its worker down each time is given up after so many
FINISHED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
PURGE_BATCH = 500

Poll = Callable[[str], dict[str, Any]]


def launch(database_url: str, executor_id: str, poll: Poll, chore: Poll, *, concurrency: int) -> None:
    """Start to run polls and chores in this process: workflows, called with the id of a source or a chore."""
    config: DBOSConfig = {
        "name": APPLICATION,
        "system_database_url": database_url,
        "dbos_system_schema": SCHEMA,
        "application_version": VERSION,
        "executor_id": executor_id,
        "log_level": "WARNING",
        "sys_db_pool_size": concurrency + 2,
    }
    DBOS(config=config)

    @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=ATTEMPTS)
    def run(
        source_id: str,
    ) -> dict[str, Any]:  # DBOS marks the function it is given; a method cannot be marked
        return poll(source_id)

    @DBOS.workflow(name=CHORE, max_recovery_attempts=ATTEMPTS)
    def do(name: str) -> dict[str, Any]:
        return chore(name)

    DBOS.listen_queues([QUEUE])
    DBOS.launch()
    set_queue(concurrency)


def set_queue(concurrency: int) -> None:
    """Let each worker run so many polls at a time."""
    DBOS.register_queue(
        QUEUE, worker_concurrency=concurrency, polling_interval_sec=LOOK_EVERY_S, on_conflict="always_update"
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


def recover(executors: Sequence[str]) -> list[str]:
    """Put what these executors left unfinished back into the queue; returns the workflow ids."""
    if not executors:
        return []
    return [handle.workflow_id for handle in DBOS._recover_pending_workflows(list(executors))]


def resume(workflow_ids: Sequence[str]) -> None:
    """Put polls that this process holds, but does not run, back into the queue."""
    if workflow_ids:
        DBOS.resume_workflows(list(workflow_ids), queue_name=QUEUE)


def purge(older_than: timedelta, now: datetime) -> int:
    """Delete the checkpoints of polls that ended before `now` - `older_than`; returns how many."""
    before = (now.astimezone(UTC) - older_than).isoformat()
    deleted = 0
    while True:
        found = DBOS.list_workflows(
            status=FINISHED,
            completed_before=before,
            queue_name=QUEUE,
            limit=PURGE_BATCH,
            load_input=False,
            load_output=False,
        )
        DBOS.delete_workflows([workflow.workflow_id for workflow in found])
        deleted += len(found)
        if len(found) < PURGE_BATCH:
            return deleted
