"""Breakages: what can be wrong with a deployed endpoint, brought about on purpose, so that checks can be tried."""
