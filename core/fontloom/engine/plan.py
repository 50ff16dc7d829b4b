"""What remains to be drawn: the batches of a session, in order, sized by the time they take."""

from collections import deque
from collections.abc import Iterable

from fontloom.engine.worker import Batch, BatchResult
from fontloom.model.session import FontInfo

_FIRST_SAMPLES = 8
_MOST_BYTES = 4 * 2**20
"""Rendered bytes of one task: what waits in memory is a small multiple of it."""
_SMOOTHING = 0.3


class Plan:
    """Hands out work. A task holds batches of several fonts when fonts have few samples.

    `seconds` is the time a task should take.
    """

    def __init__(self, num_samples: int, seconds: float, workers: int) -> None:
        self._num_samples = num_samples
        self._seconds = seconds
        self.workers = workers
        """Rendering processes; may change at any time."""
        self._queue: deque[tuple[FontInfo, int]] = deque()
        self._left = 0
        self._seconds_a_sample: float | None = None
        self._bytes_a_sample = 0.0

    def reset(self, fonts: Iterable[tuple[FontInfo, int]]) -> None:
        """Starts over: each font with the last sample of it that is done."""
        self._queue = deque((font, done) for font, done in fonts if done < self._num_samples)
        self._left = sum(self._num_samples - done for _, done in self._queue)

    @property
    def exhausted(self) -> bool:
        """Whether all work was handed out."""
        return not self._queue

    @property
    def task_samples(self) -> int:
        """Samples of the next task."""
        if self._seconds_a_sample is None:
            return _FIRST_SAMPLES
        size = self._seconds / self._seconds_a_sample
        size = min(size, _MOST_BYTES / max(self._bytes_a_sample, 1.0))
        # The last tasks are smaller, so that the workers end together.
        size = min(size, max(self._left / (2 * self.workers), _FIRST_SAMPLES))
        return max(1, int(size))

    def next_task(self) -> tuple[Batch, ...]:
        """The next batches, or none when all is handed out."""
        room = self.task_samples
        batches = []
        while room and self._queue:
            font, done = self._queue.popleft()
            count = min(room, self._num_samples - done)
            batches.append(Batch(font, done + 1, count))
            if done + count < self._num_samples:
                self._queue.appendleft((font, done + count))
            room -= count
            self._left -= count
        return tuple(batches)

    def drop(self, font_name: str) -> None:
        """Hands out no more of a font."""
        for entry in [entry for entry in self._queue if entry[0].font_name == font_name]:
            self._queue.remove(entry)
            self._left -= self._num_samples - entry[1]

    def learn(self, result: BatchResult) -> None:
        """Takes the measured time and size of a batch into account."""
        if not result.images:
            return  # failures tell nothing about drawing
        seconds = max(result.seconds / len(result.samples), 1e-6)
        size = (len(result.images) + len(result.manifest)) / len(result.samples)
        if self._seconds_a_sample is None:
            self._seconds_a_sample, self._bytes_a_sample = seconds, size
        # A batch counts by its weight in a task: a single slow sample of a small font changes little.
        weight = _SMOOTHING * min(1.0, len(result.samples) / self.task_samples)
        self._seconds_a_sample += weight * (seconds - self._seconds_a_sample)
        self._bytes_a_sample += weight * (size - self._bytes_a_sample)
