"""Questions that have to be answered before a screen goes on."""
