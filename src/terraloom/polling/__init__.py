"""
Polling: when a source is due, how one poll goes, and the workers that do it.

`slots` is the arithmetic of schedules, `scheduler` hands out polls, `poller` has the steps of one, `durable`
is DBOS as used here, `workers` knows who is alive, `worker` puts them together. `state` writes what is known
of each source; `alarms` reads what has been in one state for too long.
"""
