"""Colorizer: a picture, its hints, and the colored result."""

from __future__ import annotations

import ctypes
import weakref
from dataclasses import dataclass
from typing import Iterable, Tuple, Union

import numpy as np

from ._errors import ArgumentError, Progress, Watch, check
from ._library import ColorizerOptions, HintStruct, library, sized
from ._log import log_callback
from ._model import Model, place_of
from ._pixels import picture_of, readable, writable

#: "#rrggbb", or red, green and blue from 0 to 255.
Color = Union[str, Tuple[int, int, int]]

_ENGINES = ("fusion", "network", "optimization")
_UPSAMPLING = ("guided", "bicubic")


def _samples(color: Color) -> tuple[int, int, int]:
    try:
        if isinstance(color, str):
            if len(color) != 7 or color[0] != "#":
                raise ValueError
            color = tuple(bytes.fromhex(color[1:]))  # type: ignore[assignment]
        red, green, blue = (int(sample) for sample in color)
        if not all(0 <= sample <= 255 for sample in (red, green, blue)):
            raise ValueError
        return red, green, blue
    except (TypeError, ValueError):
        raise ArgumentError(f'the color is {color!r}, expected "#rrggbb" or three numbers from 0 to 255') from None


@dataclass(frozen=True)
class Hint:
    """The pixel in column x and row y, counted from 0 at the top left, is to have this color.

    Only the color's hue and strength count. It holds up to `radius` pixels around, as far as the lightness is alike.
    """

    x: int
    y: int
    color: Color
    radius: float = 0.0


def _struct(hint: Hint) -> HintStruct:
    red, green, blue = _samples(hint.color)
    return HintStruct(int(hint.x), int(hint.y), red, green, blue, 0, hint.radius)


class Colorizer:
    """One picture at a time and its hints. One thread uses a colorizer at a time; several may share a model.

    model             may be None for the engine "optimization" alone
    engine            "fusion": the network's colors and the hints in one solve, which keeps every hint; "network": the
                      network alone; "optimization": Levin's optimization
    threads           that compute, the caller's among them; 0: as many as the machine offers
    upsampling        "guided": colors are enlarged along the edges of the lightness; or "bicubic"
    local_statistics  smooths the colors along the lightness before that
    """

    def __init__(
        self,
        model: Model | None = None,
        *,
        engine: str = "fusion",
        threads: int = 0,
        upsampling: str = "guided",
        local_statistics: bool = False,
    ) -> None:
        options = sized(
            ColorizerOptions,
            engine=place_of("engine", engine, _ENGINES),
            threads=threads,
            bicubic=place_of("upsampling", upsampling, _UPSAMPLING),
            local_statistics=int(local_statistics),
            log=log_callback,
        )
        self._handle = ctypes.c_void_p()
        self._picture: np.ndarray | None = None  # the library reads it: it must live on
        handle = model._handle if model is not None else None
        check(library.icolorit_colorizer_new(handle, ctypes.byref(options), ctypes.byref(self._handle)))
        self._free = weakref.finalize(self, library.icolorit_colorizer_free, self._handle)

    def set_image(self, picture: np.ndarray, *, order: str = "rgb") -> None:
        """Takes an array (H, W) or (H, W, C) of uint8, uint16, or float32 from 0 to 1, and forgets all hints.

        The array is read where it is, at every render: do not change it. Only one whose pixels do not follow each other
        is copied. Of the picture's own colors only the lightness is used.
        """
        array = readable(picture, order)
        check(library.icolorit_colorizer_set_image(self._handle, ctypes.byref(picture_of(array, order))))
        self._picture = array

    def set_hints(self, hints: Iterable[Hint]) -> None:
        """These hints in the place of all there were."""
        structs = [_struct(hint) for hint in hints]
        array = (HintStruct * len(structs))(*structs)
        check(library.icolorit_colorizer_set_hints(self._handle, array, len(structs)))

    def add_hint(self, hint: Hint) -> int:
        """Returns the hint's id, which is never used for another one."""
        added = ctypes.c_ssize_t()
        check(library.icolorit_colorizer_add_hint(self._handle, ctypes.byref(_struct(hint)), ctypes.byref(added)))
        return added.value

    def move_hint(self, hint: int, x: int, y: int) -> None:
        check(library.icolorit_colorizer_move_hint(self._handle, hint, int(x), int(y)))

    def recolor_hint(self, hint: int, color: Color) -> None:
        check(library.icolorit_colorizer_recolor_hint(self._handle, hint, *_samples(color)))

    def remove_hint(self, hint: int) -> None:
        check(library.icolorit_colorizer_remove_hint(self._handle, hint))

    def undo(self) -> bool:
        """Takes the last edit of the hints back; False where there is none."""
        done = ctypes.c_int()
        check(library.icolorit_colorizer_undo(self._handle, ctypes.byref(done)))
        return bool(done.value)

    def redo(self) -> bool:
        """Repeats the edit that undo() took back; False where there is none."""
        done = ctypes.c_int()
        check(library.icolorit_colorizer_redo(self._handle, ctypes.byref(done)))
        return bool(done.value)

    @property
    def hint_count(self) -> int:
        count = ctypes.c_size_t()
        check(library.icolorit_colorizer_count_hints(self._handle, ctypes.byref(count)))
        return count.value

    @property
    def lost_hints(self) -> int:
        """How many hints of the last render do not count, because a later one took their place."""
        count = ctypes.c_size_t()
        check(library.icolorit_colorizer_lost_hints(self._handle, ctypes.byref(count)))
        return count.value

    def memory_required(self, width: int, height: int) -> int:
        """About how many bytes a picture of that size takes, beside its own pixels and the result's."""
        required = ctypes.c_size_t()
        check(library.icolorit_colorizer_memory_required(self._handle, width, height, ctypes.byref(required)))
        return required.value

    def render(
        self, out: np.ndarray | None = None, *, order: str = "rgb", progress: Progress | None = None
    ) -> np.ndarray:
        """The picture, colored from its present hints, in a new array or in `out`.

        A new array has the picture's type, and 4 channels where the picture has alpha, else 3. `out` may be of another
        type, may have 4 channels in any case, and must not overlap the picture.
        """
        if self._picture is None:
            raise ArgumentError("no picture yet: call set_image before")
        if out is None:
            alpha = self._picture.ndim == 3 and self._picture.shape[2] in (2, 4)
            out = np.empty((*self._picture.shape[:2], 4 if alpha else 3), self._picture.dtype)
        watch = Watch(progress)
        picture = picture_of(writable(out, order), order)
        watch.check(library.icolorit_colorizer_render(self._handle, ctypes.byref(picture), watch.callback, None))
        return out

    def colorize(
        self,
        picture: np.ndarray,
        hints: Iterable[Hint] = (),
        *,
        out: np.ndarray | None = None,
        order: str = "rgb",
        progress: Progress | None = None,
    ) -> np.ndarray:
        """set_image, set_hints and render in one call."""
        self.set_image(picture, order=order)
        self.set_hints(hints)
        return self.render(out, order=order, progress=progress)
