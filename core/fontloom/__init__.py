"""Turns a folder of fonts into a training dataset of rendered text images."""

__version__ = "0.1.0"
