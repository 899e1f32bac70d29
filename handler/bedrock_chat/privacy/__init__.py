"""Reversible redaction: personal data is replaced before the model sees it, and put back in its answer.

A detector (patterns, comprehend) finds it, a PlaceholderMap replaces it, and restore puts it back as the answer
streams. Nothing here does input or output of its own, and nothing is imported before redaction is turned on.
"""
