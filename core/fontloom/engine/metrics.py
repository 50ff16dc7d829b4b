"""What a run takes of the machine: engine and workers together, and what the disk has left."""

from pathlib import Path

import psutil

from fontloom.model.progress import PerformanceMetrics
from fontloom.store.room import check_disk_space


class Meter:
    """Measures this process and those it started. Each measurement covers the time since the one before."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self._engine = psutil.Process()
        self._known: dict[int, psutil.Process] = {}

    def measure(self) -> PerformanceMetrics:
        """The present use. Raises OSError when the disk cannot be asked."""
        room = check_disk_space(self._project, 0, 0)
        engine = self._engine.memory_info().rss
        cpu, memory = self._engine.cpu_percent(), engine
        found = {child.pid: child for child in self._engine.children(recursive=True)}
        self._known = {pid: self._known.get(pid, child) for pid, child in found.items()}
        for worker in self._known.values():
            try:
                cpu += worker.cpu_percent()
                memory += worker.memory_info().rss
            except psutil.Error:
                continue  # it ended while we looked
        return PerformanceMetrics(
            cpu_percent=round(cpu, 1),
            memory_bytes=memory,
            engine_memory_bytes=engine,
            disk_free_bytes=room.free_bytes,
            disk_free_inodes=room.free_inodes,
        )
