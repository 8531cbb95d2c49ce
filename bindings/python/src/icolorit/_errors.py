"""The library's failures as exceptions."""

from __future__ import annotations

from typing import Callable, Optional

from ._library import PROGRESS, library

#: Told how far a computation is, from 0 to 1, and what begins now. Returning False stops it.
Progress = Callable[[float, str], Optional[bool]]


class Error(Exception):
    """Base of everything that the library raises on purpose."""


class ArgumentError(Error, ValueError):
    """A value is out of range, e.g. a hint outside the picture, or it is too early, e.g. no picture yet."""


class ShapeError(Error, ValueError):
    """The size of a picture or of a network's input does not fit."""


class FileError(Error, OSError):
    """A file cannot be opened or read."""


class FormatError(Error, ValueError):
    """A file is damaged, or not of the kind that was expected."""


class WeightsError(Error, ValueError):
    """A weight file does not fit the network."""


class Cancelled(Error):
    """A progress function returned False."""


_CANCELLED, _MEMORY = 7, 9
_CLASSES = {1: ArgumentError, 2: ShapeError, 3: FileError, 4: FormatError, 5: WeightsError, _CANCELLED: Cancelled}


def check(status: int) -> None:
    """Raises what the status and this thread's message say."""
    if status == 0:
        return
    message = library.icolorit_last_error().decode("utf-8", "replace")
    if status == _MEMORY:
        raise MemoryError(message)
    raise _CLASSES.get(status, Error)(message)


class Watch:
    """The progress function that a long call gets: it lets Python handle Ctrl-C, and keeps what it raises for the
    caller, because an exception cannot pass through the library."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._raised: BaseException | None = None
        self._said_no = False
        self.callback = PROGRESS(self._call)

    def _call(self, user: int | None, fraction: float, stage: bytes) -> int:
        try:
            if self._progress is not None and self._progress(fraction, stage.decode()) is False:
                self._said_no = True
                return 0
            return 1
        except BaseException as error:
            self._raised = error
            return 0

    def check(self, status: int) -> None:
        """As check(), but raises what the progress function raised."""
        if self._raised is not None:
            raise self._raised
        if status == _CANCELLED and not self._said_no:
            raise KeyboardInterrupt  # it came before _call could catch it
        check(status)
