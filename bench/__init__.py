"""Measures the function beside what else one could deploy: `make bench`."""
