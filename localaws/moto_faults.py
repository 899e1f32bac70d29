"""moto's internal errors: shown on the terminal with their traceback, and counted."""

from __future__ import annotations

import logging
import sys

MOTO_SERVER_LOGGER = "werkzeug"


class FaultLog(logging.Handler):
    """Takes over the log of moto's HTTP server: no line per request, but every traceback."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.count = 0

    def attach(self) -> None:
        """Begin to listen."""
        logger = logging.getLogger(MOTO_SERVER_LOGGER)
        logger.setLevel(logging.ERROR)
        logger.addHandler(self)

    def detach(self) -> None:
        """Stop listening."""
        logging.getLogger(MOTO_SERVER_LOGGER).removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Show and count one error."""
        self.count += 1
        sys.stderr.write(f"localaws: an error inside moto\n{record.getMessage()}\n")
