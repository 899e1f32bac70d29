"""Checks of a deployed streaming endpoint: for pytest, for pipelines and for the terminal."""
