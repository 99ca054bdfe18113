"""Where a figure was measured: without it, no two figures can be compared."""

import os
import platform
from dataclasses import asdict, dataclass

import psycopg


@dataclass(frozen=True, slots=True)
class Machine:
    """Processors, memory and versions."""

    processor: str
    cores: int
    memory_gb: float
    python: str
    postgresql: str
    shared_buffers: str
    fsync: str

    @classmethod
    def of(cls, connection: psycopg.Connection) -> "Machine":
        """This machine, and the server at the other end of the connection."""
        return cls(
            processor=_processor(),
            cores=len(os.sched_getaffinity(0)),
            memory_gb=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
            python=platform.python_version(),
            postgresql=_setting(connection, "server_version"),
            shared_buffers=_setting(connection, "shared_buffers"),
            fsync=_setting(connection, "fsync"),
        )

    def as_json(self) -> dict[str, object]:
        """The machine as an object of JSON."""
        return asdict(self)

    def __str__(self) -> str:
        return (
            f"{self.cores} cores ({self.processor}), {self.memory_gb:g} GB; PostgreSQL "
            f"{self.postgresql}, shared_buffers {self.shared_buffers}, fsync {self.fsync}; "
            f"Python {self.python}"
        )


def _setting(connection: psycopg.Connection, name: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    return str(row[0]) if row else ""


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.machine()
