"""What importing fontloom brings along, seen in a fresh interpreter each time."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import font_caladea
import pytest

import fontloom

FONT = Path(font_caladea.__file__).parent / "files" / "Caladea-Regular.ttf"
CORE = Path(fontloom.__file__).parent

WALK = """
import importlib, pkgutil, sys
import fontloom

def import_all(left_out=()):
    for module in pkgutil.walk_packages(fontloom.__path__, "fontloom."):
        if not module.name.startswith(left_out or "-"):
            importlib.import_module(module.name)
"""

REPORT = """
import json, sys
print("\\n" + json.dumps(sorted(sys.modules)))
"""


def loaded_after(code: str) -> set[str]:
    """Names of the modules that are loaded when the code has run."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code) + REPORT],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def source_modules() -> set[str]:
    """Modules of fontloom by the files there are, counted without Python's import machinery."""
    names = set()
    for path in CORE.rglob("*.py"):
        parts = path.relative_to(CORE.parent).with_suffix("").parts
        names.add(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def test_every_module_of_the_core_is_importable_and_none_brings_textual() -> None:
    loaded = loaded_after(WALK + "import_all()")
    assert source_modules() <= loaded
    assert "textual" not in loaded
    assert not any(name.startswith("fontloom_tui") for name in loaded)


def test_outside_the_command_the_core_needs_no_rich() -> None:
    # structlog loads rich for itself when it finds it, so rich is made impossible to find.
    loaded = loaded_after("import sys; sys.modules['rich'] = None" + WALK + "import_all('fontloom.cli')")
    expected = {name for name in source_modules() if not name.startswith("fontloom.cli")}
    assert expected <= loaded
    assert not any(name.startswith("rich.") for name in loaded)


def test_the_model_alone_brings_no_heavy_library() -> None:
    loaded = loaded_after("import fontloom.model.config, fontloom.model.schema, fontloom.model.errors")
    assert not loaded & {"textual", "rich", "numpy", "cv2", "uharfbuzz", "PIL", "fontTools", "asyncio"}


def test_help_brings_neither_screens_nor_renderer() -> None:
    loaded = loaded_after("""
        import sys
        from fontloom_tui.__main__ import main
        sys.argv = ["fontloom", "--help"]
        try:
            main()
        except SystemExit as leaving:
            assert leaving.code == 0, leaving.code
    """)
    assert "fontloom.cli.app" in loaded
    assert not loaded & {"textual", "numpy", "cv2", "uharfbuzz", "PIL", "fontTools", "fontloom.engine"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["sessions", "--json"],
        ["attach"],
        ["fonts", str(FONT), "--json"],
        ["--headless", "--samples", "1", "--fonts", str(FONT), "--min-free", "0", "--min-free-inodes", "0"],
        ["--json", "--samples", "1", "--fonts", str(FONT), "--min-free", "0", "--min-free-inodes", "0"],
    ],
)
def test_what_shows_no_screen_brings_none(arguments: list[str], tmp_path: Path) -> None:
    loaded = loaded_after(f"""
        import os, sys
        from fontloom_tui.__main__ import main
        os.environ |= dict.fromkeys(("XDG_STATE_HOME", "XDG_CACHE_HOME"), {str(tmp_path)!r})
        os.chdir({str(tmp_path)!r})
        sys.argv = ["fontloom", *{arguments!r}]
        try:
            main()
        except SystemExit as leaving:
            assert leaving.code == (2 if "attach" in sys.argv else 0), leaving.code
    """)
    assert "fontloom_tui.terminal" in loaded
    assert not loaded & {"textual", "fontloom_tui.face", "fontloom_tui.app"}


def test_the_source_roots_are_no_packages() -> None:
    root = CORE.parents[1]
    assert not (root / "core" / "__init__.py").exists()
    assert not (root / "tui" / "__init__.py").exists()
