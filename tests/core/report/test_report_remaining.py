"""What is left of a session becomes a session elsewhere."""

from pathlib import Path

import pytest

from fontloom.model.errors import ErrorCode, FontloomError
from fontloom.model.progress import FontCommit, FontStatus
from fontloom.report.remaining import remaining_config


def test_unfinished_fonts_begin_anew_elsewhere(project, tmp_path: Path) -> None:
    begun = FontCommit(status=FontStatus.PROCESSING, last_image_index=2, completed_images=4)
    project.commits[project.beta] = begun
    project.write_checkpoint()
    config = remaining_config(project.paths.root, tmp_path / "other")
    beta = next(font for font in project.session.fonts if font.font_name == project.beta)
    assert config.fonts == (beta.path,)
    assert config.output_path == tmp_path / "other"
    assert config.project_name == project.session.project_name
    assert config.plan() == project.session.config.plan()


def test_of_a_finished_project_nothing_is_left(project, tmp_path: Path) -> None:
    with pytest.raises(FontloomError) as raised:
        remaining_config(project.paths.root, tmp_path)
    assert raised.value.error.code is ErrorCode.PROJECT_FINISHED
