"""The end of a session of which nothing is left to draw."""

from aiofiles.base import wrap

from fontloom.engine.workspace import Workspace
from fontloom.model.result import SessionSummary
from fontloom.model.session import SessionStatus
from fontloom.report.card import dataset_card
from fontloom.report.summary import build_summary


async def complete(work: Workspace) -> SessionSummary:
    """Writes what a completed project has beside its images, and then that it is one. Raises OSError."""
    session, tracker, exporter, logs = work.session, work.tracker, work.exporter, work.logs
    if tracker.resumed:
        # A kill after a commit can leave a font's view of it behind.
        await exporter.export_progress([tracker.font_progress(font.font_name) for font in session.fonts])
    done = tracker.checkpoint().model_copy(update={"status": SessionStatus.COMPLETED})
    summary = build_summary(session, done)
    card = dataset_card(session, done)
    for written in await wrap(exporter.export_session_summary)(summary, card):
        logs.export("file written", **written.model_dump(mode="json", exclude_none=True))
    await work.commit.checkpoint(SessionStatus.COMPLETED)
    logs.export("session completed", **summary.model_dump(mode="json", exclude={"failures"}))
    return summary
