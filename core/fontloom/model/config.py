"""The one schema behind the configuration file, the environment, the flags and the form."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from fontloom.model.base import Model


class Durability(StrEnum):
    """What a counted image survives."""

    FULL = "full"
    """Kill and power loss: every group is synced before it counts."""
    PROCESS = "process"
    """Kill only: no syncs, so a power loss can lose counted images."""


class ColorMode(StrEnum):
    """Pixel format, in Pillow's names."""

    L = "L"
    RGB = "RGB"


class Charset(StrEnum):
    """Named sets for random strings."""

    AUTO = "auto"
    """Letters and digits of the script the font is made for."""
    DIGITS = "digits"
    LETTERS = "letters"
    """A-Z and a-z."""
    ALPHANUMERIC = "alphanumeric"
    """A-Z, a-z and 0-9."""
    ASCII = "ascii"
    """All printable ASCII."""
    LATIN = "latin"
    """Letters of the Latin blocks up to Latin Extended-A."""
    GREEK = "greek"
    CYRILLIC = "cyrillic"


class BlurKind(StrEnum):
    """Blurs of the `blurred` variant."""

    GAUSSIAN = "gaussian"
    MOTION = "motion"
    DEFOCUS = "defocus"


class Alignment(StrEnum):
    """Where the text stands in the image, horizontally."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


Variant = Literal["clear", "blurred"]


def _can_be_stored(path: Path) -> Path:
    if "\0" in str(path):
        raise ValueError("a path cannot contain a NUL character")
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise ValueError("a path has to be UTF-8: it is kept in JSON files") from None
    return path


AnyPath = Annotated[Path, AfterValidator(_can_be_stored)]


def setting(default: Any, title: str, description: str, *, flag: str, unit: str = "", **bounds: Any) -> Any:
    """A field with all that file, flags and form need to know of it.

    `flag` is the command's long option without the dashes.
    """
    return Field(
        default,
        title=title,
        description=description,
        json_schema_extra={"flag": flag, "unit": unit},
        **bounds,
    )


class TextConfig(Model):
    """What is written on the images."""

    source: str = setting(
        "random",
        "Text",
        "Where text comes from: random, words:FILE (one word a line or spaced), or lines:FILE (a corpus).",
        flag="text",
    )
    charset: Charset = setting(Charset.AUTO, "Character set", "Characters of random strings.", flag="charset")
    characters: str = setting(
        "",
        "Characters",
        "Explicit characters of random strings; overrides the set.",
        flag="characters",
        max_length=10_000,
    )
    min_length: int = setting(
        4,
        "Shortest text",
        "Fewest characters of a random string.",
        flag="min-length",
        unit="characters",
        ge=1,
        le=200,
    )
    max_length: int = setting(
        12,
        "Longest text",
        "Most characters of a random string.",
        flag="max-length",
        unit="characters",
        ge=1,
        le=200,
    )
    line_length: int = setting(
        32,
        "Longest line",
        "A longer corpus line is cut to a stretch of whole words of this length.",
        flag="line-length",
        unit="characters",
        ge=1,
        le=500,
    )

    @field_validator("source")
    @classmethod
    def _source(cls, value: str) -> str:
        if value == "random":
            return value
        kind, colon, path = value.partition(":")
        if colon and kind in ("words", "lines") and path:
            return value
        raise ValueError("allowed: random, words:FILE, lines:FILE")

    @model_validator(mode="after")
    def _lengths(self) -> "TextConfig":
        if self.min_length > self.max_length:
            raise ValueError(f"min_length {self.min_length} is above max_length {self.max_length}")
        return self

    @property
    def kind(self) -> str:
        """`random`, `words` or `lines`."""
        return self.source.partition(":")[0]

    @property
    def path(self) -> Path | None:
        """The file of words or lines."""
        path = self.source.partition(":")[2]
        return Path(path) if path else None


class StyleConfig(Model):
    """Ranges of the style variations."""

    margin: float = setting(
        0.08,
        "Margin",
        "Room around the text, as a part of the image height.",
        flag="margin",
        unit="of height",
        ge=0,
        le=0.4,
    )
    size_min: float = setting(
        0.65,
        "Smallest size",
        "Smallest text, as a part of the largest that fits.",
        flag="size-min",
        unit="of fit",
        gt=0.05,
        le=1,
    )
    rotation_max: float = setting(
        3.0,
        "Rotation",
        "Largest rotation to either side.",
        flag="rotation-max",
        unit="degrees",
        ge=0,
        le=45,
    )
    spacing_max: float = setting(
        0.12,
        "Letter spacing",
        "Largest extra space between letters.",
        flag="spacing-max",
        unit="em",
        ge=0,
        le=2,
    )
    min_contrast: int = setting(
        90,
        "Contrast",
        "Smallest difference in lightness of ink and paper.",
        flag="min-contrast",
        unit="of 255",
        ge=20,
        le=255,
    )
    alignments: tuple[Alignment, ...] = setting(
        (Alignment.LEFT, Alignment.CENTER, Alignment.RIGHT),
        "Alignment",
        "Alignments to choose from.",
        flag="alignments",
        min_length=1,
    )


class EffectsConfig(Model):
    """Ranges of the special effects."""

    noise_probability: float = setting(
        0.6, "Noise", "Part of the samples with sensor noise.", flag="noise-probability", ge=0, le=1
    )
    noise_max: float = setting(
        12.0, "Strongest noise", "Largest standard deviation.", flag="noise-max", unit="of 255", gt=0, le=80
    )
    perspective_probability: float = setting(
        0.4,
        "Perspective",
        "Part of the samples seen at an angle.",
        flag="perspective-probability",
        ge=0,
        le=1,
    )
    perspective_max: float = setting(
        0.08,
        "Strongest perspective",
        "Largest move of a corner.",
        flag="perspective-max",
        unit="of height",
        gt=0,
        le=0.3,
    )
    shadow_probability: float = setting(
        0.4, "Shadow", "Part of the samples with a shadow across.", flag="shadow-probability", ge=0, le=1
    )
    shadow_max: float = setting(
        0.45, "Darkest shadow", "Largest loss of light.", flag="shadow-max", gt=0, le=0.9
    )


class BlurConfig(Model):
    """The blur of the `blurred` variant."""

    kinds: tuple[BlurKind, ...] = setting(
        (BlurKind.GAUSSIAN, BlurKind.MOTION, BlurKind.DEFOCUS),
        "Blurs",
        "Blurs to choose from.",
        flag="blur-kinds",
        min_length=1,
    )
    strength_min: float = setting(
        0.02,
        "Weakest blur",
        "Smallest spread, as a part of the image height.",
        flag="blur-min",
        unit="of height",
        gt=0,
        le=0.5,
    )
    strength_max: float = setting(
        0.06,
        "Strongest blur",
        "Largest spread, as a part of the image height.",
        flag="blur-max",
        unit="of height",
        gt=0,
        le=0.5,
    )

    @model_validator(mode="after")
    def _strengths(self) -> "BlurConfig":
        if self.strength_min > self.strength_max:
            raise ValueError(f"strength_min {self.strength_min} is above strength_max {self.strength_max}")
        return self


class EngineConfig(Model):
    """How the work is done. None of it changes a byte of the dataset."""

    workers: int = setting(
        0, "Workers", "Rendering processes; 0 is one a core.", flag="workers", ge=0, le=1024
    )
    durability: Durability = setting(
        Durability.FULL,
        "Durability",
        "full survives power loss; process survives kill only.",
        flag="durability",
    )
    batch_seconds: float = setting(
        0.5,
        "Batch time",
        "Work handed to a worker at once.",
        flag="batch-seconds",
        unit="seconds",
        ge=0.05,
        le=30,
    )
    worker_timeout_seconds: float = setting(
        30.0,
        "Worker deadline",
        "A worker that takes longer for its work is stopped.",
        flag="worker-timeout",
        unit="seconds",
        ge=1,
        le=3600,
    )
    worker_memory_mb: int = setting(
        2048,
        "Worker memory",
        "Most address space of a worker; 0 is no limit.",
        flag="worker-memory",
        unit="MiB",
        ge=0,
        le=1_048_576,
    )
    min_free_mb: int = setting(
        256,
        "Free space kept",
        "The session pauses when the output disk has less.",
        flag="min-free",
        unit="MiB",
        ge=0,
        le=1_048_576,
    )
    min_free_inodes: int = setting(
        2_000,
        "Free inodes kept",
        "The session pauses when the output disk has fewer.",
        flag="min-free-inodes",
        unit="files",
        ge=0,
        le=100_000_000,
    )


class ExportSessionConfig(Model):
    """All that decides what a session makes, and how."""

    project_name: str = setting(
        "dataset",
        "Project",
        "Name of the project folder inside the output folder.",
        flag="project",
        min_length=1,
        max_length=100,
    )
    output_path: AnyPath = setting(Path("output"), "Output", "Folder that holds projects.", flag="output")
    fonts: tuple[AnyPath, ...] = setting(
        (), "Fonts", "Font files and folders; none means the starter fonts.", flag="fonts"
    )
    num_samples: int = setting(100, "Samples", "Samples of each font.", flag="samples", ge=1, le=10_000_000)
    image_width: int = setting(256, "Width", "Image width.", flag="width", unit="pixels", ge=8, le=4096)
    image_height: int = setting(64, "Height", "Image height.", flag="height", unit="pixels", ge=8, le=4096)
    color_mode: ColorMode = setting(ColorMode.RGB, "Colour", "L (grey) or RGB.", flag="color-mode")
    seed: int = setting(
        0, "Seed", "The same seed, fonts and settings give the same bytes.", flag="seed", ge=0, lt=2**63
    )
    style_variations: bool = setting(
        True,
        "Style variations",
        "Vary size, colours, spacing, alignment and rotation.",
        flag="style-variations",
    )
    enable_special_effects: bool = setting(
        True, "Special effects", "Add noise, perspective and shadow.", flag="special-effects"
    )
    variants: tuple[Variant, ...] = setting(
        ("clear", "blurred"), "Variants", "Images of each sample.", flag="variants", min_length=1
    )
    text: TextConfig = Field(default_factory=TextConfig, title="Text")
    style: StyleConfig = Field(default_factory=StyleConfig, title="Style")
    effects: EffectsConfig = Field(default_factory=EffectsConfig, title="Effects")
    blur: BlurConfig = Field(default_factory=BlurConfig, title="Blur")
    engine: EngineConfig = Field(default_factory=EngineConfig, title="Engine")

    @field_validator("project_name")
    @classmethod
    def _project_name(cls, value: str) -> str:
        if value.strip() != value or value.startswith(".") or any(c in value for c in '/\\\0:*?"<>|'):
            raise ValueError('allowed: no / \\ : * ? " < > |, no leading dot, no spaces at the ends')
        if not value.isprintable():
            raise ValueError("allowed: printable characters")
        return value

    @field_validator("variants")
    @classmethod
    def _variants(cls, value: tuple[Variant, ...]) -> tuple[Variant, ...]:
        if len(set(value)) != len(value):
            raise ValueError("each variant can be named once")
        return value

    def plan(self) -> dict[str, Any]:
        """The part that decides the bytes of the dataset, as JSON values.

        Paths and the engine's settings are not in it: a project can move, fonts are known by their
        content, and the number of workers changes nothing.
        """
        plan = self.model_dump(mode="json", exclude={"project_name", "output_path", "fonts", "engine"})
        plan["text"]["source"] = self.text.kind
        return plan

    def absolute(self) -> "ExportSessionConfig":
        """The same for a process in another folder: all its paths start at the root."""
        text = self.text
        if text.path is not None:
            text = text.model_copy(update={"source": f"{text.kind}:{text.path.absolute()}"})
        fonts = tuple(path.absolute() for path in self.fonts)
        places = {"output_path": self.output_path.absolute(), "fonts": fonts, "text": text}
        return self.model_copy(update=places)
