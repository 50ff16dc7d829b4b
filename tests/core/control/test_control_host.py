from pathlib import Path
from typing import Any

import pytest

from fontloom.control.address import is_listening, socket_path
from fontloom.control.host import serve_and_run
from fontloom.model.errors import ErrorCode, ExitCode, FontloomError


async def test_listens_when_ready_and_no_more_when_done(engine: Any, short: Path) -> None:
    path = socket_path(engine.session_id)
    listening: list[bool] = []

    def ready() -> None:
        assert engine.told == []
        listening.append(is_listening(path))

    assert await serve_and_run(engine, ready) is ExitCode.PARTIAL
    assert engine.told == ["run"]
    assert listening == [True]
    assert not path.exists()


async def test_does_not_run_what_nobody_could_steer(engine: Any, short: Path) -> None:
    (short / "run" / "fontloom").mkdir()
    (short / "run" / "fontloom").chmod(0o777)
    with pytest.raises(FontloomError) as raised:
        await serve_and_run(engine, pytest.fail)
    assert raised.value.error.code is ErrorCode.PERMISSION_DENIED
    assert engine.told == []


async def test_the_socket_goes_when_the_run_breaks(engine: Any, short: Path) -> None:
    async def run() -> None:
        raise ZeroDivisionError

    engine.run = run
    with pytest.raises(ZeroDivisionError):
        await serve_and_run(engine, lambda: None)
    assert not socket_path(engine.session_id).exists()
