"""The table of errors: complete, and deciding by errno."""

import errno
import pickle

import pytest

from fontloom.model.errors import (
    EXIT_OF_CATEGORY,
    TABLE,
    ErrorCategory,
    ErrorCode,
    ExitCode,
    ExportError,
    FontloomError,
    classify,
    exit_code,
)


@pytest.mark.parametrize("code", ErrorCode)
def test_every_code_has_words_for_a_person(code: ErrorCode) -> None:
    row = TABLE[code]
    for words in (row.message, row.suggested_action):
        assert words[:1].isupper() or words.startswith("fontloom")
        assert words == words.strip()
    assert row.message.endswith(".")
    error = ExportError.of(code, "detail")
    assert (error.code, error.category) == (code, row.category)
    assert (error.message, error.suggested_action, error.detail) == (
        row.message,
        row.suggested_action,
        "detail",
    )


def test_the_table_has_no_other_rows_and_every_category_ends_somehow() -> None:
    assert set(TABLE) == set(ErrorCode)
    assert set(EXIT_OF_CATEGORY) == set(ErrorCategory)
    assert {row.category for row in TABLE.values()} == set(ErrorCategory)


def test_messages_tell_codes_apart() -> None:
    assert len({row.message for row in TABLE.values()}) == len(TABLE)


def test_only_transient_errors_are_tried_again() -> None:
    for code, row in TABLE.items():
        assert ExportError.of(code).retryable == (row.category is ErrorCategory.TRANSIENT)


@pytest.mark.parametrize(
    ("number", "category", "code"),
    [
        (errno.EINTR, ErrorCategory.TRANSIENT, ErrorCode.TEMPORARY_IO),
        (errno.EAGAIN, ErrorCategory.TRANSIENT, ErrorCode.TEMPORARY_IO),
        (errno.EBUSY, ErrorCategory.TRANSIENT, ErrorCode.TEMPORARY_IO),
        (errno.ESTALE, ErrorCategory.TRANSIENT, ErrorCode.TEMPORARY_IO),
        (errno.ETIMEDOUT, ErrorCategory.TRANSIENT, ErrorCode.TEMPORARY_IO),
        (errno.ENOSPC, ErrorCategory.ENVIRONMENT, ErrorCode.DISK_FULL),
        (errno.EDQUOT, ErrorCategory.ENVIRONMENT, ErrorCode.QUOTA_EXCEEDED),
        (errno.EROFS, ErrorCategory.ENVIRONMENT, ErrorCode.READ_ONLY),
        (errno.EACCES, ErrorCategory.ENVIRONMENT, ErrorCode.PERMISSION_DENIED),
        (errno.EPERM, ErrorCategory.ENVIRONMENT, ErrorCode.PERMISSION_DENIED),
        (errno.EMFILE, ErrorCategory.ENVIRONMENT, ErrorCode.TOO_MANY_OPEN_FILES),
        (errno.ENFILE, ErrorCategory.ENVIRONMENT, ErrorCode.TOO_MANY_OPEN_FILES),
        (errno.ENOENT, ErrorCategory.ENVIRONMENT, ErrorCode.OUTPUT_GONE),
        (errno.EIO, ErrorCategory.STORAGE, ErrorCode.IO_ERROR),
        (errno.EBADF, ErrorCategory.BUG, ErrorCode.BUG),
    ],
)
def test_system_errors_are_classified_by_number(
    number: int, category: ErrorCategory, code: ErrorCode
) -> None:
    assert classify(OSError(number, "words")) is code
    assert TABLE[code].category is category


def test_other_exceptions_are_bugs_and_our_own_keep_their_code() -> None:
    assert classify(ValueError("?")) is ErrorCode.BUG
    assert classify(OSError("without a number")) is ErrorCode.BUG
    assert classify(FontloomError(ErrorCode.NO_FONTS)) is ErrorCode.NO_FONTS


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (ErrorCode.BUG, 1),
        (ErrorCode.CONFIG_INVALID, 2),
        (ErrorCode.NO_PROJECT, 2),
        (ErrorCode.FONT_CORRUPT, 3),
        (ErrorCode.DISK_FULL, 5),
        (ErrorCode.SYNC_FAILED, 5),
        (ErrorCode.TEMPORARY_IO, 5),
        (ErrorCode.LOCKED, 7),
    ],
)
def test_each_kind_of_error_has_its_exit_status(code: ErrorCode, status: int) -> None:
    assert exit_code(code) == status


@pytest.mark.parametrize("code", ErrorCode)
def test_no_error_ends_as_if_done_or_paused(code: ErrorCode) -> None:
    assert exit_code(code) not in (ExitCode.DONE, ExitCode.PAUSED, ExitCode.VERIFY_FAILED)


def test_an_error_says_what_and_where() -> None:
    assert str(FontloomError(ErrorCode.NO_FONTS, "/fonts")) == "No usable font was found. /fonts"
    assert str(FontloomError(ErrorCode.NO_FONTS)) == "No usable font was found."


def test_an_error_travels_between_processes() -> None:
    sent = FontloomError(ErrorCode.FONT_CORRUPT, "a.ttf", font_name="A")
    received = pickle.loads(pickle.dumps(sent))
    assert received.error == sent.error
