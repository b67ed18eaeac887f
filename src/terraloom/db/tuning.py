"""Settings of the embedded PostgreSQL, written once when its data folder is made; yours to edit after."""

from __future__ import annotations

import shutil
from pathlib import Path

MB = 1 << 20

CONFIGURATION = """
# --- Terraloom's settings, chosen once for this machine ({memory_mb} MB of memory); edit freely ---
max_connections = 200
shared_buffers = {shared_mb}MB
effective_cache_size = {cache_mb}MB
work_mem = 16MB
maintenance_work_mem = 128MB
dynamic_shared_memory_type = {shared_memory}
synchronous_commit = on              # what was committed stays, whatever happens
wal_writer_delay = 10ms              # the log of a batch reaches the disk while the rest is written
wal_compression = on
max_wal_size = 2GB                   # fewer checkpoints under bulk loads
checkpoint_timeout = 15min
random_page_cost = 1.1               # solid-state disks
jit = off                            # many short queries
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = on               # one file per weekday, so the log never grows past a week
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
log_rotation_size = 0
"""


def configuration(memory: int, shared_memory: Path = Path("/dev/shm")) -> str:
    """Lines for `postgresql.conf` on a machine with this much memory, in bytes."""
    return CONFIGURATION.format(
        memory_mb=memory // MB,
        shared_mb=min(max(memory // MB // 16, 128), 1024),
        cache_mb=max(memory // MB // 2, 256),
        shared_memory=_shared_memory(shared_memory),
    )


def _shared_memory(folder: Path) -> str:
    # Containers give 64 MB there, too little for parallel queries: plain files instead.
    roomy = folder.is_dir() and shutil.disk_usage(folder).total >= 1024 * MB
    return "posix" if roomy else "mmap"
