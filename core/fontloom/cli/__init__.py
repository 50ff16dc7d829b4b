"""Commands, exit codes, and progress for runs without a screen."""
