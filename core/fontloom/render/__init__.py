"""(configuration, font, sample number) -> Sample. Pure: no files, no clock, no global random state."""
