"""What those who steer a session want of it."""

from enum import Enum, auto


class Wish(Enum):
    """One wish at a time; the last one holds."""

    RUN = auto()
    HOLD = auto()
    """Finish what is in flight, commit, and wait."""
    LEAVE = auto()
    """As HOLD, and end."""
    ABORT = auto()
    """Drop what is in flight and end, to be resumed."""
    CANCEL = auto()
    """Drop what is in flight and end, for good."""


ENDING = frozenset({Wish.LEAVE, Wish.ABORT, Wish.CANCEL})
DROPPING = frozenset({Wish.ABORT, Wish.CANCEL})
