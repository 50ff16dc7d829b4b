"""The same bytes in every process, wherever its memory lies."""

import subprocess
import sys

CODE = """
from hashlib import sha256
import font_caladea
from pathlib import Path
from fontloom.model.config import ExportSessionConfig
from fontloom.render.font import RenderFont
from fontloom.render.png import encode
from fontloom.render.sample import render_sample
from fontloom.render.text import open_text

config = ExportSessionConfig(image_width=64, image_height=24, color_mode="L")
path = Path(font_caladea.__file__).parent / "files" / "Caladea-Bold.ttf"
font = RenderFont(path.read_bytes(), identity="x")
source = open_text(config.text)
total = sha256()
for number in range(1, 601):
    for _, pixels, _ in render_sample(config, font, source, number).images:
        total.update(encode(pixels))
print(total.hexdigest())
"""


def test_processes_agree_on_every_byte() -> None:
    digests = {
        subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True).stdout
        for _ in range(6)
    }
    assert len(digests) == 1
