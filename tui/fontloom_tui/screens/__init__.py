"""One screen a file. Screens do not know each other: the app leads from one to the next."""
