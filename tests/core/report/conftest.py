"""A small real project, written by hand with the functions that the report package offers."""

import hashlib
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from fontloom.model.config import ExportSessionConfig
from fontloom.model.errors import ErrorCode, ExportError
from fontloom.model.progress import (
    EMPTY_DIGEST,
    Checkpoint,
    FontCommit,
    FontProgress,
    FontStatus,
)
from fontloom.model.session import ExportSession, FontInfo, FontProblem, SessionStatus
from fontloom.report.digest import chain, sample_digest
from fontloom.report.metadata import font_metadata
from fontloom.store.atomic import write_state
from fontloom.store.paths import ProjectPaths, image_name

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Project:
    """Two fonts of four samples in two variants; the second font lost its sample 2."""

    alpha, beta = "Alpha-Regular", "Beta_Sans"

    def __init__(self, root: Path) -> None:
        self.paths = ProjectPaths(root)
        self.session = ExportSession(
            session_id="s1",
            project_name=root.name,
            output_path=root.parent,
            created_at=MOMENT,
            config=ExportSessionConfig(
                project_name=root.name,
                output_path=root.parent,
                num_samples=4,
                image_width=16,
                image_height=8,
                color_mode="L",
            ),
            fonts=(font_info(self.alpha), font_info(self.beta, main_script="Cyrl")),
            problems=(
                problem("/fonts/copy.ttf", ErrorCode.FONT_DUPLICATE, skipped=True),
                problem("/fonts/broken.ttf", ErrorCode.FONT_CORRUPT, skipped=False),
            ),
            versions={"pillow": "13.0.0", "a b.c": "11.0"},
        )
        self.commits = {
            self.alpha: self._draw(self.alpha, 4, failed=()),
            self.beta: self._draw(self.beta, 4, failed=(2,)),
        }
        write_state(self.paths.session, self.session, durable=False)
        for font in self.session.fonts:
            self._write_font(font)
        self.write_checkpoint()

    def _draw(self, name: str, last: int, failed: tuple[int, ...]) -> FontCommit:
        self.paths.images(name).mkdir(parents=True)
        lines, digests, size, images = [], [], 0, 0
        for sample in range(1, last + 1):
            if sample in failed:
                continue
            hashed = []
            for shade, variant in enumerate(self.session.config.variants):
                picture = Image.new("L", (16, 8), 20 * sample + shade)
                data = io.BytesIO()
                picture.save(data, "PNG")
                png = data.getvalue()
                file_name = image_name(name, sample, variant)
                (self.paths.images(name) / file_name).write_bytes(png)
                sha = hashlib.sha256(png)
                line = json.dumps(
                    {
                        "file_name": f"images/{file_name}",
                        "font": name,
                        "variant": variant,
                        "sample": sample,
                        "text": f"text {sample}",
                        "width": 16,
                        "height": 8,
                        "bytes": len(png),
                        "sha256": sha.hexdigest(),
                        "style": {},
                        "effects": {},
                        "clusters": [],
                        "boxes": [],
                    }
                ).encode()
                lines.append(line + b"\n")
                hashed.append((sha.digest(), line))
                size += len(png)
                images += 1
            digests.append(sample_digest(hashed))
        manifest = b"".join(lines)
        self.paths.manifest(name).write_bytes(manifest)
        return FontCommit(
            status=FontStatus.COMPLETED,
            last_image_index=last,
            completed_images=images,
            failed_samples=failed,
            bytes_written=size,
            manifest_bytes=len(manifest),
            digest=chain(EMPTY_DIGEST, digests),
            error=ExportError.of(ErrorCode.BLANK_IMAGE, "/home/me/x", font_name=name) if failed else None,
        )

    def _write_font(self, font: FontInfo) -> None:
        commit = self.commits[font.font_name]
        metadata = font_metadata(font, commit, self.session.config)
        self.paths.font_metadata(font.font_name).write_text(metadata.model_dump_json(indent=2))
        progress = FontProgress(
            font_name=font.font_name,
            status=commit.status,
            total_images=8,
            completed_images=commit.completed_images,
            failed_images=2 * len(commit.failed_samples),
            last_image_index=commit.last_image_index,
            bytes_written=commit.bytes_written,
        )
        self.paths.font_progress(font.font_name).write_text(progress.model_dump_json())

    def checkpoint(self, **changes: object) -> Checkpoint:
        """The checkpoint of what is committed."""
        commits = self.commits.values()
        values = {
            "session_id": self.session.session_id,
            "status": SessionStatus.COMPLETED,
            "updated_at": MOMENT,
            "total_images": self.session.total_images,
            "exported_images": sum(commit.completed_images for commit in commits),
            "failed_images": sum(2 * len(commit.failed_samples) for commit in commits),
            "bytes_written": sum(commit.bytes_written for commit in commits),
            "elapsed_seconds": 7.0,
            "journal_bytes": 0,
            "commits": 3,
            "fonts": self.commits,
        }
        return Checkpoint.model_validate(values | changes)

    def write_checkpoint(self, **changes: object) -> None:
        """Write progress.json, keeping copies."""
        self.paths.state.mkdir(exist_ok=True)
        write_state(
            self.paths.progress, self.checkpoint(**changes), durable=False, backups=self.paths.backups
        )

    def change_commit(self, name: str, **changes: object) -> None:
        """Replace what is committed of a font."""
        self.commits[name] = self.commits[name].model_copy(update=changes)

    def interrupt(self) -> None:
        """As if killed: the first font is committed up to sample 2, the rest is on disk and not counted."""
        lines = self.paths.manifest(self.alpha).read_bytes().splitlines(keepends=True)[:4]
        hashes = [(bytes.fromhex(json.loads(line)["sha256"]), line.rstrip(b"\n")) for line in lines]
        self.change_commit(
            self.alpha,
            status=FontStatus.PROCESSING,
            last_image_index=2,
            completed_images=4,
            manifest_bytes=sum(map(len, lines)),
            digest=chain(EMPTY_DIGEST, [sample_digest(hashes[:2]), sample_digest(hashes[2:])]),
        )
        self.write_checkpoint(status=SessionStatus.ACTIVE)

    def image(self, name: str, sample: int, variant: str = "clear") -> Path:
        """The path of an image."""
        return self.paths.images(name) / image_name(name, sample, variant)


def font_info(name: str, **changes: object) -> FontInfo:
    """A font as inspection would describe it."""
    values = {
        "font_name": name,
        "path": f"/home/me/fonts/{name}.ttf",
        "family": "Family",
        "style": "Regular",
        "full_name": f"Full {name}",
        "format": "ttf",
        "file_size": 1000,
        "content_hash": hashlib.sha256(name.encode()).hexdigest(),
        "units_per_em": 1000,
        "glyph_count": 200,
        "character_count": 190,
        "scripts": {"Latn": 100, "Cyrl": 90},
        "main_script": "Latn",
    }
    return FontInfo.model_validate(values | changes)


def problem(path: str, code: ErrorCode, *, skipped: bool) -> FontProblem:
    """A font that was left out."""
    return FontProblem(path=Path(path), error=ExportError.of(code, path), skipped=skipped)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "demo")
