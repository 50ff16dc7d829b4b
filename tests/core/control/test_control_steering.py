"""Steering through a socket, from the client to the engine and back."""

from typing import Any

import pytest

from fontloom.control.client import ControlClient
from fontloom.model.errors import ErrorCode, FontloomError


async def test_workers(client: ControlClient, engine: Any) -> None:
    assert (await client.set_workers(3)).status == "running"
    assert engine.told == ["workers 3"]
    with pytest.raises(FontloomError, match="workers: 1025") as caught:
        await client.set_workers(1025)
    assert caught.value.error.code is ErrorCode.CONFIG_INVALID


async def test_fonts(client: ControlClient, engine: Any) -> None:
    assert (await client.retry()).count == 3
    assert (await client.retry(("A", "B"))).count == 2
    assert (await client.skip(("C",))).count == 1
    assert engine.told == ["retry ", "retry A B", "skip C"]
