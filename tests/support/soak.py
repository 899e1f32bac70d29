"""Whether this is `make soak`, which runs the full counts that `make test` samples."""

import os

SOAK = bool(os.environ.get("SOAK"))
