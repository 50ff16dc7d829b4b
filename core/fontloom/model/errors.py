"""Every way to fail: its code, its kind, what to tell a person and what they can do."""

import errno
from enum import IntEnum, StrEnum
from typing import NamedTuple

from fontloom.model.base import Model


class ErrorCategory(StrEnum):
    """Decides what happens after an error."""

    TRANSIENT = "transient"
    """Tried again, up to three times, with growing pauses."""
    INPUT = "input"
    """The font or sample is recorded and left out; the rest goes on."""
    ENVIRONMENT = "environment"
    """The session pauses: a person has to change something."""
    STORAGE = "storage"
    """The group is rendered once more; a second failure stops the session."""
    CONFIGURATION = "configuration"
    """Nothing is started."""
    BUG = "bug"
    """The session stops with its state kept."""


class ExitCode(IntEnum):
    """What the command returns. A signal n that ended it returns 128 + n."""

    DONE = 0
    BUG = 1
    USAGE = 2
    """Usage or configuration."""
    PARTIAL = 3
    """Finished, but some fonts or samples failed."""
    PAUSED = 4
    """Paused or cancelled; can be resumed."""
    ENVIRONMENT = 5
    """Disk, permissions or storage."""
    VERIFY_FAILED = 6
    LOCKED = 7
    """Another run holds the project."""


class ErrorCode(StrEnum):
    """What went wrong."""

    # transient
    WORKER_LOST = "worker_lost"
    TEMPORARY_IO = "temporary_io"
    # input
    FONT_UNREADABLE = "font_unreadable"
    FONT_CORRUPT = "font_corrupt"
    FONT_CHANGED = "font_changed"
    FONT_DUPLICATE = "font_duplicate"
    FONT_LEFT_OUT = "font_left_out"
    FONT_NO_OUTLINES = "font_no_outlines"
    MISSING_CHARACTERS = "missing_characters"
    BLANK_IMAGE = "blank_image"
    RENDER_FAILED = "render_failed"
    RENDER_TIMEOUT = "render_timeout"
    RENDER_MEMORY = "render_memory"
    WORKER_CRASHED = "worker_crashed"
    # environment
    DISK_FULL = "disk_full"
    NO_INODES = "no_inodes"
    QUOTA_EXCEEDED = "quota_exceeded"
    READ_ONLY = "read_only"
    PERMISSION_DENIED = "permission_denied"
    TOO_MANY_OPEN_FILES = "too_many_open_files"
    OUTPUT_GONE = "output_gone"
    # storage
    IO_ERROR = "io_error"
    SYNC_FAILED = "sync_failed"
    # configuration
    CONFIG_INVALID = "config_invalid"
    NO_FONTS = "no_fonts"
    TEXT_SOURCE = "text_source"
    PROJECT_EXISTS = "project_exists"
    PROJECT_FINISHED = "project_finished"
    NO_PROJECT = "no_project"
    STATE_UNREADABLE = "state_unreadable"
    STATE_FROM_FUTURE = "state_from_future"
    PLAN_CHANGED = "plan_changed"
    VERSIONS_CHANGED = "versions_changed"
    LOCKED = "locked"
    ENGINE_ABSENT = "engine_absent"
    PROTOCOL = "protocol"
    # bug
    BUG = "bug"


class ErrorKind(NamedTuple):
    """The row of the table for one code."""

    category: ErrorCategory
    message: str
    suggested_action: str


_T, _I, _E, _S, _C = (
    ErrorCategory.TRANSIENT,
    ErrorCategory.INPUT,
    ErrorCategory.ENVIRONMENT,
    ErrorCategory.STORAGE,
    ErrorCategory.CONFIGURATION,
)

TABLE: dict[ErrorCode, ErrorKind] = {
    ErrorCode.WORKER_LOST: ErrorKind(
        _T, "A worker process died.", "Nothing: its work is done again. If it recurs, look at memory use."
    ),
    ErrorCode.TEMPORARY_IO: ErrorKind(
        _T, "The file system did not answer in time.", "Nothing: it is tried again."
    ),
    ErrorCode.FONT_UNREADABLE: ErrorKind(
        _I, "The font file cannot be read.", "Check that the file exists and its permissions."
    ),
    ErrorCode.FONT_CORRUPT: ErrorKind(
        _I, "The file is not a font that can be opened.", "Replace the file or remove it."
    ),
    ErrorCode.FONT_CHANGED: ErrorKind(
        _I,
        "The font file is not the one this session began with.",
        "Put the original file back and resume, or start a new project.",
    ),
    ErrorCode.FONT_DUPLICATE: ErrorKind(
        _I, "The same font was found twice and is used once.", "Nothing, or remove the copy."
    ),
    ErrorCode.FONT_LEFT_OUT: ErrorKind(
        _I, "The font was left out on request.", "Nothing; to take it in again, retry it."
    ),
    ErrorCode.FONT_NO_OUTLINES: ErrorKind(
        _I,
        "The font has no outlines that can be drawn (colour or bitmap only, or empty).",
        "Use an outline version of the font.",
    ),
    ErrorCode.MISSING_CHARACTERS: ErrorKind(
        _I,
        "The font lacks the characters asked for.",
        "Choose another text source or character set, or leave the font out.",
    ),
    ErrorCode.BLANK_IMAGE: ErrorKind(
        _I, "The text drew nothing visible.", "Check the font: its glyphs may be empty."
    ),
    ErrorCode.RENDER_FAILED: ErrorKind(
        _I, "Drawing failed.", "See errors.log for the details; leave the font out if it recurs."
    ),
    ErrorCode.RENDER_TIMEOUT: ErrorKind(
        _I, "Drawing took longer than the limit.", "Raise worker_timeout_seconds, or leave the font out."
    ),
    ErrorCode.RENDER_MEMORY: ErrorKind(
        _I, "Drawing needed more memory than the limit.", "Raise worker_memory_mb, or leave the font out."
    ),
    ErrorCode.WORKER_CRASHED: ErrorKind(
        _I, "The font crashed the renderer, repeatedly.", "Leave the font out; the file may be hostile."
    ),
    ErrorCode.DISK_FULL: ErrorKind(_E, "The disk is full.", "Free space on the output disk, then resume."),
    ErrorCode.NO_INODES: ErrorKind(
        _E, "The disk has no free inodes: too many files.", "Remove files on the output disk, then resume."
    ),
    ErrorCode.QUOTA_EXCEEDED: ErrorKind(
        _E, "The disk quota is used up.", "Free space or raise the quota, then resume."
    ),
    ErrorCode.READ_ONLY: ErrorKind(_E, "The output disk is read-only.", "Remount it writable, then resume."),
    ErrorCode.PERMISSION_DENIED: ErrorKind(
        _E, "Permission to write was denied.", "Correct the permissions of the output folder, then resume."
    ),
    ErrorCode.TOO_MANY_OPEN_FILES: ErrorKind(
        _E, "Too many files are open.", "Raise the limit (ulimit -n), then resume."
    ),
    ErrorCode.OUTPUT_GONE: ErrorKind(
        _E, "A folder of the project is missing.", "Mount or restore the output folder, then resume."
    ),
    ErrorCode.IO_ERROR: ErrorKind(
        _S, "The disk reported an input/output error.", "Check the disk (dmesg, smartctl) before resuming."
    ),
    ErrorCode.SYNC_FAILED: ErrorKind(
        _S,
        "The disk did not confirm that data is stored.",
        "Check the disk (dmesg, smartctl) before resuming.",
    ),
    ErrorCode.CONFIG_INVALID: ErrorKind(_C, "The configuration is not valid.", "Correct the named setting."),
    ErrorCode.NO_FONTS: ErrorKind(
        _C, "No usable font was found.", "Name a folder or file with ttf, otf, ttc, otc, woff or woff2 fonts."
    ),
    ErrorCode.TEXT_SOURCE: ErrorKind(
        _C, "The text source cannot be used.", "Name a readable UTF-8 file with at least one line of text."
    ),
    ErrorCode.PROJECT_EXISTS: ErrorKind(
        _C, "The project exists and is unfinished.", "Go on with: fontloom resume PROJECT_DIR"
    ),
    ErrorCode.PROJECT_FINISHED: ErrorKind(
        _C, "The project exists and is finished.", "Choose another --project name, or remove the folder."
    ),
    ErrorCode.NO_PROJECT: ErrorKind(
        _C, "This is not a fontloom project.", "Name the folder that holds session.json."
    ),
    ErrorCode.STATE_UNREADABLE: ErrorKind(
        _C,
        "A state file of the project cannot be read.",
        "Restore session.json from a backup. Nothing was touched.",
    ),
    ErrorCode.STATE_FROM_FUTURE: ErrorKind(
        _C, "The project was made by a newer fontloom.", "Upgrade fontloom. Nothing was touched."
    ),
    ErrorCode.PLAN_CHANGED: ErrorKind(
        _C,
        "What the session is made from has changed.",
        "Restore what is named, or start a new project.",
    ),
    ErrorCode.VERSIONS_CHANGED: ErrorKind(
        _C,
        "The libraries that render are not those the session began with, so new images may differ.",
        "Install the versions named, or resume with --accept-versions.",
    ),
    ErrorCode.LOCKED: ErrorKind(
        _C, "Another run holds this project.", "Wait for it, or: fontloom pause PROJECT_DIR"
    ),
    ErrorCode.ENGINE_ABSENT: ErrorKind(
        _C, "No engine runs on this project.", "Start it with: fontloom resume PROJECT_DIR"
    ),
    ErrorCode.PROTOCOL: ErrorKind(
        _C, "The engine did not understand.", "Use the same version of fontloom for both processes."
    ),
    ErrorCode.BUG: ErrorKind(
        ErrorCategory.BUG,
        "fontloom failed in a way it does not know.",
        "The state is kept. Report the traceback in logs/errors.log.",
    ),
}


class ExportError(Model):
    """One error as it is logged, shown and sent to other processes."""

    code: ErrorCode
    category: ErrorCategory
    message: str
    suggested_action: str
    detail: str = ""
    """What exactly: a path, a system message, a value."""
    retryable: bool = False
    font_name: str | None = None
    sample: int | None = None
    attempt: int = 1

    @classmethod
    def of(
        cls,
        code: ErrorCode,
        detail: str = "",
        *,
        font_name: str | None = None,
        sample: int | None = None,
        attempt: int = 1,
    ) -> "ExportError":
        """The error of this code, with the words of the table."""
        kind = TABLE[code]
        return cls(
            code=code,
            category=kind.category,
            message=kind.message,
            suggested_action=kind.suggested_action,
            detail=detail,
            retryable=kind.category is ErrorCategory.TRANSIENT,
            font_name=font_name,
            sample=sample,
            attempt=attempt,
        )


class FontloomError(Exception):
    """An error of the table, raised. `error` holds all that is known of it."""

    def __init__(self, code: ErrorCode, detail: str = "", *, font_name: str | None = None) -> None:
        self.error = ExportError.of(code, detail, font_name=font_name)
        super().__init__(code, detail)

    def __str__(self) -> str:
        return f"{self.error.message} {self.error.detail}".strip()

    def __reduce__(self) -> tuple[type["FontloomError"], tuple[ErrorCode, str], dict[str, ExportError]]:
        return FontloomError, (self.error.code, self.error.detail), {"error": self.error}


_ERRNO: dict[int, ErrorCode] = {
    errno.EINTR: ErrorCode.TEMPORARY_IO,
    errno.EAGAIN: ErrorCode.TEMPORARY_IO,
    errno.EBUSY: ErrorCode.TEMPORARY_IO,
    errno.ESTALE: ErrorCode.TEMPORARY_IO,
    errno.ETIMEDOUT: ErrorCode.TEMPORARY_IO,
    errno.ENOSPC: ErrorCode.DISK_FULL,
    errno.EDQUOT: ErrorCode.QUOTA_EXCEEDED,
    errno.EROFS: ErrorCode.READ_ONLY,
    errno.EACCES: ErrorCode.PERMISSION_DENIED,
    errno.EPERM: ErrorCode.PERMISSION_DENIED,
    errno.EMFILE: ErrorCode.TOO_MANY_OPEN_FILES,
    errno.ENFILE: ErrorCode.TOO_MANY_OPEN_FILES,
    errno.ENOENT: ErrorCode.OUTPUT_GONE,
    errno.ENOTDIR: ErrorCode.OUTPUT_GONE,
    errno.ELOOP: ErrorCode.OUTPUT_GONE,
    errno.EIO: ErrorCode.IO_ERROR,
    errno.ENXIO: ErrorCode.IO_ERROR,
    errno.ENODEV: ErrorCode.IO_ERROR,
}

EXIT_OF_CATEGORY: dict[ErrorCategory, ExitCode] = {
    ErrorCategory.TRANSIENT: ExitCode.ENVIRONMENT,
    ErrorCategory.INPUT: ExitCode.PARTIAL,
    ErrorCategory.ENVIRONMENT: ExitCode.ENVIRONMENT,
    ErrorCategory.STORAGE: ExitCode.ENVIRONMENT,
    ErrorCategory.CONFIGURATION: ExitCode.USAGE,
    ErrorCategory.BUG: ExitCode.BUG,
}


def classify(error: BaseException) -> ErrorCode:
    """The code of any exception: its own, that of its errno, or BUG."""
    if isinstance(error, FontloomError):
        return error.error.code
    if isinstance(error, OSError):
        return _ERRNO.get(error.errno or 0, ErrorCode.BUG)
    return ErrorCode.BUG


def exit_code(code: ErrorCode) -> ExitCode:
    """The exit status of a command that ends with this error."""
    if code is ErrorCode.LOCKED:
        return ExitCode.LOCKED
    return EXIT_OF_CATEGORY[TABLE[code].category]
