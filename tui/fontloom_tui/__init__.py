"""The face of fontloom in a terminal."""
