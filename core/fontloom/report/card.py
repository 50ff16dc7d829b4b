"""The dataset card: the project's README.md, as a person and the Hugging Face Hub read it."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from fontloom.model.errors import TABLE, ErrorCode
from fontloom.model.progress import FINISHED, Checkpoint, FontStatus
from fontloom.model.session import ExportSession
from fontloom.report.digest import dataset_digest

LEFT_OUT_SHOWN = 20

_SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
    (10**8, "10M<n<100M"),
    (10**9, "100M<n<1B"),
    (10**10, "1B<n<10B"),
    (10**11, "10B<n<100B"),
    (10**12, "100B<n<1T"),
)

_DATA_FILES = ("fonts/*/metadata.jsonl", "fonts/*/images/*.png")

_STRUCTURE = """\
```
README.md                     this page
fonts/FONT/                   one folder a font
    images/FONT_001_VARIANT.png
    metadata.jsonl            the manifest: one line an image, in order
    metadata.json             the font: names, coverage, statistics of its images
    progress.json             when and how fast it was made
session.json                  settings, fonts and versions, in full
progress.json, summary.json   how far the export came, and what failed
```
"""

_COLUMNS = (
    ("file_name", "the image, relative to its manifest"),
    ("font", "the font's name, and its folder in `fonts/`: the class for font recognition"),
    ("variant", "which image of the sample; all variants of a sample show the same drawing"),
    ("sample", "number of the sample within its font, from 1; pairs the variants"),
    ("text", "what is written: the label for OCR"),
    ("direction", "how the text runs: `ltr` or `rtl`"),
    ("width, height", "size of the image in pixels"),
    ("bytes", "size of the file"),
    ("sha256", "SHA-256 of the file, hexadecimal"),
    ("style", "size, colours, spacing, alignment and rotation of the drawing"),
    (
        "effects",
        "what was done to the picture: noise, corners of the perspective, shadow, blur; null is none",
    ),
    ("clusters", "pieces of the text that are drawn as one, in order"),
    ("boxes", "where each cluster is in the image: left, top, right, bottom, in pixels"),
)

_LOADING = """\
With Pillow and the standard library:

```python
import json
from pathlib import Path
from PIL import Image

for manifest in sorted(Path("fonts").glob("*/metadata.jsonl")):
    with manifest.open(encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            image = Image.open(manifest.parent / line["file_name"])
            label = line["text"]
```

With torchvision, for font recognition (each folder in `fonts/` is a class, its images are found below it):

```python
from torchvision.datasets import ImageFolder

dataset = ImageFolder("fonts")
```

With datasets, every column of the manifest included. Naming the files keeps a font called *test* from being
taken for a test split:

```python
from datasets import load_dataset

dataset = load_dataset(
    "imagefolder",
    data_dir=".",  # the folder of this page
    data_files={"train": ["fonts/*/metadata.jsonl", "fonts/*/images/*.png"]},
    split="train",
)
```
"""


class _LeftOut(NamedTuple):
    name: str
    code: ErrorCode


def dataset_card(session: ExportSession, checkpoint: Checkpoint) -> str:
    """The card of a session as far as its checkpoint goes: the same bytes wherever it is made."""
    sections = (
        _front_matter(session, checkpoint),
        f"# {_plain(session.project_name)}\n",
        "Rendered text images for training, labelled with text, font and drawing, made by fontloom.\n",
        _unfinished(session, checkpoint),
        "## Structure\n",
        _STRUCTURE,
        "## Statistics\n",
        _statistics(session, checkpoint),
        "## Columns of the manifest\n",
        _table(("column", "meaning"), ((f"`{name}`", meaning) for name, meaning in _COLUMNS)),
        "## Loading\n",
        _LOADING,
        "## How it was made\n",
        _making(session),
        "## Fonts left out\n",
        _left_out(session, checkpoint),
    )
    return "\n".join(section for section in sections if section)


def _front_matter(session: ExportSession, checkpoint: Checkpoint) -> str:
    images = _images(checkpoint)
    blurred = "blurred" in session.config.variants
    tasks = ["image-to-text", "image-classification"]
    tags = ["ocr", "font-recognition", "synthetic", "text-rendering"]
    if blurred:
        tasks.append("image-to-image")
        tags.append("deblurring")
    lines = [
        "---",
        f"pretty_name: {json.dumps(session.project_name, ensure_ascii=False)}",
        "task_categories:",
        *(f"- {task}" for task in tasks),
        "tags:",
        *(f"- {tag}" for tag in tags),
        "size_categories:",
        f"- {next((name for bound, name in _SIZES if images < bound), 'n>1T')}",
    ]
    if images:  # The Hub refuses patterns that match nothing.
        lines += ["configs:", "- config_name: default", "  data_files:", "  - split: train", "    path:"]
        lines += [f"    - {json.dumps(pattern)}" for pattern in _DATA_FILES]
    return "\n".join((*lines, "---")) + "\n"


def _unfinished(session: ExportSession, checkpoint: Checkpoint) -> str:
    done = sum(commit.status in FINISHED for commit in checkpoint.fonts.values())
    if done >= len(session.fonts):
        return ""
    return f"**Unfinished**: {done} of {len(session.fonts)} fonts are done.\n"


def _statistics(session: ExportSession, checkpoint: Checkpoint) -> str:
    config = session.config
    commits = [commit for commit in checkpoint.fonts.values() if commit.completed_images]
    failed = sum(len(commit.failed_samples) for commit in checkpoint.fonts.values())
    digest = dataset_digest((name, commit.digest) for name, commit in checkpoint.fonts.items())
    facts = (
        ("images", f"{_images(checkpoint):,}"),
        ("fonts", f"{len(commits):,}"),
        ("samples", f"{_images(checkpoint) // len(config.variants):,}"),
        ("samples that failed", f"{failed:,}"),
        ("image size", f"{config.image_width} × {config.image_height} pixels, {config.color_mode.value}"),
        ("variants", ", ".join(config.variants)),
        ("bytes", f"{sum(commit.bytes_written for commit in commits):,}"),
        ("digest", f"`{digest}`"),
    )
    fonts: Counter[str] = Counter()
    images: Counter[str] = Counter()
    for font in session.fonts:
        commit = checkpoint.fonts.get(font.font_name)
        if commit is not None and commit.completed_images:
            fonts[font.main_script] += 1
            images[font.main_script] += commit.completed_images
    order = sorted(images, key=lambda script: (-images[script], script))
    scripts = ((_plain(script), f"{fonts[script]:,}", f"{images[script]:,}") for script in order)
    return f"{_table(('', ''), facts)}\n{_table(('main script (ISO 15924)', 'fonts', 'images'), scripts)}"


def _making(session: ExportSession) -> str:
    plan = session.config.plan()
    if session.text_hash is not None:
        plan["text"]["source_sha256"] = session.text_hash
    tables = {name: value for name, value in plan.items() if isinstance(value, dict)}
    lines = [*_assignments({name: value for name, value in plan.items() if name not in tables})]
    for name, table in (*tables.items(), ("versions", dict(sorted(session.versions.items())))):
        lines += ["", f"[{name}]", *_assignments(table)]
    return "\n".join(
        (
            "Every sample is drawn from the seed, the content of its font and its number alone:",
            "the same fonts, settings and library versions give the same bytes.",
            "",
            "```toml",
            *lines,
            "```",
            "",
        )
    )


def _assignments(values: dict[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        key = name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)
        yield f"{key} = {json.dumps(value, ensure_ascii=False)}"


def _left_out(session: ExportSession, checkpoint: Checkpoint) -> str:
    # Names and codes only: the details of an error may hold paths of the machine.
    fonts = [
        _LeftOut(problem.font_name or problem.path.name, problem.error.code) for problem in session.problems
    ]
    for name, commit in checkpoint.fonts.items():
        if commit.status in (FontStatus.FAILED, FontStatus.SKIPPED):
            fonts.append(_LeftOut(name, commit.error.code if commit.error else ErrorCode.RENDER_FAILED))
    if not fonts:
        return "None.\n"
    fonts.sort()
    counts = sorted(Counter(font.code for font in fonts).items(), key=lambda item: (-item[1], item[0]))
    reasons = _table(
        ("reason", "fonts"), ((_plain(TABLE[code].message), f"{count:,}") for code, count in counts)
    )
    shown = _table(
        ("font", "reason"), ((_plain(font.name), font.code.value) for font in fonts[:LEFT_OUT_SHOWN])
    )
    more = len(fonts) - LEFT_OUT_SHOWN
    return f"{reasons}\n{shown}" + (f"\nAnd {more:,} more: see `summary.json`.\n" if more > 0 else "")


def _images(checkpoint: Checkpoint) -> int:
    return sum(commit.completed_images for commit in checkpoint.fonts.values())


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _plain(text: str) -> str:
    """Text as it is, on one line, whatever Markdown would make of it."""
    return re.sub(r"([\\`*_{}\[\]<>#|~&$])", r"\\\1", " ".join(text.split()))
