"""What the library says goes to the logger "icolorit" of the standard library."""

from __future__ import annotations

import logging

from ._library import LOG

_LEVELS = {1: logging.INFO, 2: logging.WARNING}
_logger = logging.getLogger("icolorit")
_logger.addHandler(logging.NullHandler())  # a program that sets up no logging sees nothing


def _tell(user: int | None, level: int, message: bytes) -> None:
    _logger.log(_LEVELS.get(level, logging.INFO), "%s", message.decode("utf-8", "replace"))


#: Lives as long as the module: every model and colorizer has it.
log_callback = LOG(_tell)
