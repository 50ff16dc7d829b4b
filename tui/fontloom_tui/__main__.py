"""Where the `fontloom` command begins."""

import sys

from fontloom.cli.app import main as command


def main() -> None:
    """Runs the command and exits with its status."""
    sys.exit(command())


if __name__ == "__main__":
    main()
