"""Font files: finding them, learning what each face is and covers."""
