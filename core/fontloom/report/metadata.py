"""`metadata.json` of a font: what it is, and what was made of it."""

from fontloom.model.base import SCHEMA_VERSION, Model
from fontloom.model.config import ColorMode, ExportSessionConfig, Variant
from fontloom.model.progress import FontCommit
from fontloom.model.session import FontInfo


class FontMetadata(Model):
    """A font and statistics of its images. Part of the dataset: no clock, no absolute path, no host."""

    schema_version: int = SCHEMA_VERSION
    font_name: str
    file_name: str
    """Without its folder."""
    family: str
    style: str
    full_name: str
    postscript_name: str
    weight: int
    width_class: int
    italic: bool
    format: str
    file_size: int
    content_hash: str
    face_index: int
    instance: int | None
    instance_name: str | None
    axes: dict[str, float]
    units_per_em: int
    glyph_count: int
    character_count: int
    scripts: dict[str, int]
    main_script: str
    images: int
    samples: int
    """Samples that have their images."""
    failed_samples: tuple[int, ...]
    bytes: int
    """Of all images."""
    image_width: int
    image_height: int
    color_mode: ColorMode
    variants: tuple[Variant, ...]


def font_metadata(font: FontInfo, commit: FontCommit, config: ExportSessionConfig) -> FontMetadata:
    """What `metadata.json` holds for a font as far as it is committed."""
    return FontMetadata(
        **font.model_dump(exclude={"path"}),
        file_name=font.path.name,
        images=commit.completed_images,
        samples=commit.last_image_index - len(commit.failed_samples),
        failed_samples=commit.failed_samples,
        bytes=commit.bytes_written,
        image_width=config.image_width,
        image_height=config.image_height,
        color_mode=config.color_mode,
        variants=config.variants,
    )
