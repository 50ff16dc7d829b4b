"""Where the `fontloom` command begins."""

import sys

from fontloom.cli.app import main as command
from fontloom.cli.face import Opening
from fontloom_tui import terminal


class Screens:
    """The face of the command. Textual is imported when a screen is opened, and not before."""

    def fault(self) -> str | None:
        """Why no screen can be shown here, in a sentence."""
        return terminal.fault()

    def show(self, opening: Opening) -> int:
        """Shows the screens until their user leaves. Returns the exit status."""
        from fontloom_tui.face import show  # noqa: PLC0415

        return show(opening)


def main() -> None:
    """Runs the command and exits with its status."""
    sys.exit(command(face=Screens()))


if __name__ == "__main__":
    main()
