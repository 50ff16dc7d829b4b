"""Parts of screens. They know the models and their own messages."""

from pathlib import Path


def style_of(module_file: str) -> str:
    """The style sheet beside a widget's module."""
    return Path(module_file).with_suffix(".tcss").read_text(encoding="utf-8")
