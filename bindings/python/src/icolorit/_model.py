"""Model: a network, loaded once and shared."""

from __future__ import annotations

import ctypes
import os
import weakref
from pathlib import Path
from typing import Union

import numpy as np

from ._errors import ArgumentError, Progress, Watch
from ._library import ModelOptions, library, sized
from ._log import log_callback

_PRECISIONS = ("auto", "f32", "int8")


def place_of(name: str, value: str, known: tuple[str, ...]) -> int:
    """The position of a choice. Raises ArgumentError for one that is not known."""
    if value not in known:
        raise ArgumentError(f"{name} is {value!r}, expected one of {', '.join(known)}")
    return known.index(value)


class Model:
    """A network, loaded once. Any number of threads and colorizers may use one at the same time.

    source      the path of a safetensors file or a PyTorch checkpoint, or the bytes of one
    precision   "auto": int8 where the processor has instructions for it, else f32; or one of both
    input_size  side of the network's input in pixels; 0: that of the weights
    map_file    map the file into memory; nobody may shorten it while it is loaded
    threads     that load, the caller's among them; 0: as many as the machine offers
    progress    told how far loading is; returning False stops it
    """

    def __init__(
        self,
        source: Union[str, "os.PathLike[str]", bytes, bytearray, memoryview],
        *,
        precision: str = "auto",
        input_size: int = 0,
        map_file: bool = False,
        threads: int = 0,
        progress: Progress | None = None,
    ) -> None:
        watch = Watch(progress)
        options = sized(
            ModelOptions,
            precision=place_of("precision", precision, _PRECISIONS),
            input_size=input_size,
            map_file=int(map_file),
            threads=threads,
            progress=watch.callback,
            log=log_callback,
        )
        self._handle = ctypes.c_void_p()
        if isinstance(source, (bytes, bytearray, memoryview)):
            array = np.frombuffer(source, dtype=np.uint8)
            status = library.icolorit_model_parse(
                array.ctypes.data, array.size, ctypes.byref(options), ctypes.byref(self._handle)
            )
        else:
            status = library.icolorit_model_load(
                os.fsencode(source), ctypes.byref(options), ctypes.byref(self._handle)
            )
        watch.check(status)
        self._free = weakref.finalize(self, library.icolorit_model_free, self._handle)

    @classmethod
    def default(cls, *, precision: str = "auto", threads: int = 0, progress: Progress | None = None) -> "Model":
        """The small model that comes with the package."""
        path = Path(__file__).with_name("icolorit_tiny.safetensors")
        return cls(path, precision=precision, threads=threads, progress=progress)
