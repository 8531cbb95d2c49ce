"""NumPy arrays as the library's pictures."""

from __future__ import annotations

import numpy as np

from ._errors import ArgumentError
from ._library import Picture, sized

_BITS = {"uint8": 8, "uint16": 16, "float32": 32}


def _expect(array: np.ndarray, order: str) -> None:
    if array.dtype.name not in _BITS or not array.dtype.isnative:
        raise ArgumentError(f"the array holds {array.dtype}, expected uint8, uint16 or float32")
    if array.ndim not in (2, 3) or (array.ndim == 3 and not 1 <= array.shape[2] <= 4):
        raise ArgumentError(f"the array has the shape {array.shape}, expected (H, W) or (H, W, C) with 1 to 4 channels")
    if order not in ("rgb", "bgr"):
        raise ArgumentError(f'the order is {order!r}, expected "rgb" or "bgr"')


def can_be_viewed(array: np.ndarray) -> bool:
    """Whether the samples of a row follow each other; rows may lie anywhere, also bottom up, but not over each other."""
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.shape[0] > 1 and abs(array.strides[0]) < array.shape[1] * channels * array.itemsize:
        return False
    strides = (channels * array.itemsize, array.itemsize)[: array.ndim - 1]
    return array.flags.aligned and all(
        extent == 1 or stride == wanted for extent, stride, wanted in zip(array.shape[1:], array.strides[1:], strides)
    )


def readable(array: np.ndarray, order: str) -> np.ndarray:
    """The array itself, or a copy where its pixels do not follow each other."""
    array = np.asarray(array)
    _expect(array, order)
    return array if can_be_viewed(array) else array.copy(order="C")


def writable(array: np.ndarray, order: str) -> np.ndarray:
    """The array itself. Raises ArgumentError where it cannot be written in place."""
    _expect(array, order)
    if not array.flags.writeable or not can_be_viewed(array):
        raise ArgumentError("out cannot be written in place: expected a writeable array whose pixels follow each other")
    return array


def picture_of(array: np.ndarray, order: str) -> Picture:
    """A description of the array, which must outlive its use."""
    return sized(
        Picture,
        pixels=array.ctypes.data,
        width=array.shape[1],
        height=array.shape[0],
        row_stride=array.strides[0] if array.shape[0] > 1 else 0,
        channels=array.shape[2] if array.ndim == 3 else 1,
        bits=_BITS[array.dtype.name],
        blue_first=int(order == "bgr"),
    )
