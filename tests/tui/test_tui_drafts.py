"""Drafts: saved a while after the last change, one save at a time, and never in the way."""

import asyncio
import errno
import json
import threading

import pytest
from tui_world import NOW, Memory

from fontloom_tui.drafts import ASIDE, DELAY_SECONDS, KEY, Draft, DraftSaver, load_draft
from fontloom_tui.save_status import SaveState, SaveStatus

FULL = OSError(errno.ENOSPC, "No space left on device")


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.waits: list[tuple[float, asyncio.Event]] = []

    async def wait(self, seconds: float) -> None:
        over = asyncio.Event()
        self.waits.append((seconds, over))
        await over.wait()

    def ring(self) -> None:
        """All that is waited for is over."""
        for _, over in self.waits:
            over.set()


class Slow(Memory):
    """Documents whose saves last until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = 0
        self.under_way = 0
        self.most_under_way = 0
        self.go = threading.Semaphore(0)

    def save(self, key: str, data: bytes) -> None:
        self.begun += 1
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        self.go.acquire()
        self.under_way -= 1
        super().save(key, data)


class World:
    def __init__(self, documents: Memory | None = None) -> None:
        self.documents = documents or Memory()
        self.clock = Clock()
        self.told: list[SaveStatus] = []
        self.saver = DraftSaver(self.documents, lambda: NOW, self.told.append, wait=self.clock.wait)

    @property
    def states(self) -> list[SaveState]:
        return [status.state for status in self.told]

    @property
    def kept(self) -> dict[str, str] | None:
        data = self.documents.load(KEY)
        return None if data is None else json.loads(data)["values"]

    async def change(self, text: str) -> None:
        """A change, up to where it waits."""
        before = len(self.clock.waits)
        self.saver.change({"num_samples": text})
        await until(lambda: len(self.clock.waits) > before)


async def until(condition: object) -> None:
    assert callable(condition)
    while not condition():
        await asyncio.sleep(0)


async def test_a_change_is_saved_a_while_after_the_last_one() -> None:
    world = World()
    await world.change("1")
    await world.change("12")
    assert [seconds for seconds, _ in world.clock.waits] == [DELAY_SECONDS, DELAY_SECONDS]
    assert world.told == []
    world.clock.ring()
    await until(lambda: world.states[-1:] == [SaveState.SAVED])
    assert world.told == [SaveStatus(SaveState.SAVING), SaveStatus(SaveState.SAVED, NOW)]
    assert world.kept == {"num_samples": "12"}


async def test_what_is_wrong_is_kept_as_it_was_typed() -> None:
    world = World()
    world.saver.change({"num_samples": "many", "fonts": "/a\0/b", "text.characters": "\udc80é"}, ("Amiri",))
    await world.saver.flush()
    draft = load_draft(world.documents).draft
    assert draft is not None
    assert draft.values == {"num_samples": "many", "fonts": "/a\0/b", "text.characters": "?é"}
    assert draft.left_out == ("Amiri",)


async def test_a_change_during_a_save_is_saved_after_it() -> None:
    documents = Slow()
    world = World(documents)
    await world.change("1")
    world.clock.ring()
    await until(lambda: documents.begun == 1)
    await world.change("2")
    world.clock.ring()
    documents.go.release()
    await until(lambda: documents.begun == 2)
    documents.go.release()
    await until(lambda: world.states.count(SaveState.SAVED) == 2)
    assert documents.most_under_way == 1
    assert world.kept == {"num_samples": "2"}
    assert world.states == [SaveState.SAVING, SaveState.SAVED] * 2


async def test_a_save_that_fails_says_why_and_the_next_change_tries_again() -> None:
    world = World()
    world.documents.broken = FULL
    await world.change("1")
    world.clock.ring()
    await until(lambda: SaveState.FAILED in world.states)
    assert world.told[-1] == SaveStatus(SaveState.FAILED, None, "No space left on device")
    world.documents.broken = None
    await world.change("2")
    world.clock.ring()
    await until(lambda: world.states[-1] is SaveState.SAVED)
    assert world.kept == {"num_samples": "2"}


async def test_leaving_saves_what_waits_and_tries_again_what_failed() -> None:
    world = World()
    await world.change("1")
    await world.saver.flush()
    assert world.kept == {"num_samples": "1"}

    world.documents.broken = FULL
    world.saver.change({"num_samples": "2"})
    await world.saver.flush()
    world.documents.broken = None
    await world.saver.flush()
    assert world.kept == {"num_samples": "2"}

    told = len(world.told)
    await world.saver.flush()
    assert len(world.told) == told


async def test_leaving_waits_for_a_save_that_is_under_way() -> None:
    documents = Slow()
    world = World(documents)
    await world.change("1")
    world.clock.ring()
    await until(lambda: documents.begun == 1)
    leaving = asyncio.create_task(world.saver.flush())
    documents.go.release()
    await leaving
    assert world.kept == {"num_samples": "1"}


def test_without_a_draft_there_is_nothing_to_say() -> None:
    assert load_draft(Memory()) == (None, "")


def test_a_draft_of_another_version_may_have_more() -> None:
    documents = Memory()
    documents.save(KEY, b'{"schema_version": 1, "values": {"gone": "1"}, "colour": "red"}')
    assert load_draft(documents).draft == Draft(values={"gone": "1"})


@pytest.mark.parametrize(
    "data", [b"", b"\0\0\0", b"[1]", b'{"values": {"num_samples": 3}}', b'{"schema_version": 99}', b"\xff"]
)
def test_a_damaged_draft_is_moved_aside_and_said(data: bytes) -> None:
    documents = Memory()
    documents.save(KEY, data)
    draft, notice = load_draft(documents)
    assert draft is None
    assert notice.endswith(f"the draft is kept as {ASIDE}.")
    assert documents.kept == {ASIDE: data}


def test_a_damaged_draft_that_cannot_be_moved_is_said_too() -> None:
    documents = Memory()
    documents.save(KEY, b"?")
    documents.broken = FULL
    draft, notice = load_draft(documents)
    assert draft is None
    assert notice.endswith("could not be moved aside: No space left on device.")


def test_a_draft_that_cannot_be_read_is_said() -> None:
    class Closed(Memory):
        def load(self, key: str) -> bytes | None:
            raise PermissionError(errno.EACCES, "Permission denied")

    assert load_draft(Closed()) == (
        None,
        "The draft cannot be read: Permission denied. The form begins with defaults.",
    )
