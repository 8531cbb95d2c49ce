"""The C library as ctypes sees it; bindings/c/icolorit.h says what its functions do."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any, Type, TypeVar

PROGRESS = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_double, ctypes.c_char_p)
LOG = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p)


class ModelOptions(ctypes.Structure):
    _fields_ = [
        ("size", ctypes.c_size_t),
        ("precision", ctypes.c_int),
        ("input_size", ctypes.c_int),
        ("map_file", ctypes.c_int),
        ("threads", ctypes.c_int),
        ("progress", PROGRESS),
        ("log", LOG),
        ("user", ctypes.c_void_p),
    ]


class ColorizerOptions(ctypes.Structure):
    _fields_ = [
        ("size", ctypes.c_size_t),
        ("engine", ctypes.c_int),
        ("threads", ctypes.c_int),
        ("bicubic", ctypes.c_int),
        ("local_statistics", ctypes.c_int),
        ("log", LOG),
        ("user", ctypes.c_void_p),
    ]


class Picture(ctypes.Structure):
    _fields_ = [
        ("size", ctypes.c_size_t),
        ("pixels", ctypes.c_void_p),
        ("width", ctypes.c_ssize_t),
        ("height", ctypes.c_ssize_t),
        ("row_stride", ctypes.c_ssize_t),
        ("channels", ctypes.c_int),
        ("bits", ctypes.c_int),
        ("blue_first", ctypes.c_int),
        ("reserved", ctypes.c_int),
    ]


class HintStruct(ctypes.Structure):
    _fields_ = [
        ("x", ctypes.c_ssize_t),
        ("y", ctypes.c_ssize_t),
        ("red", ctypes.c_ubyte),
        ("green", ctypes.c_ubyte),
        ("blue", ctypes.c_ubyte),
        ("reserved", ctypes.c_ubyte),
        ("radius", ctypes.c_float),
    ]


Struct = TypeVar("Struct", bound=ctypes.Structure)


def sized(struct: Type[Struct], **values: Any) -> Struct:
    """A struct that knows its own size, with these members."""
    return struct(size=ctypes.sizeof(struct), **values)


def _load() -> ctypes.CDLL:
    path = os.environ.get("ICOLORIT_LIBRARY") or Path(__file__).with_name("libicolorit.so")
    library = ctypes.CDLL(str(path))
    handle, pointer = ctypes.c_void_p, ctypes.POINTER
    arguments = {
        "model_load": [ctypes.c_char_p, pointer(ModelOptions), pointer(handle)],
        "model_parse": [ctypes.c_void_p, ctypes.c_size_t, pointer(ModelOptions), pointer(handle)],
        "colorizer_new": [handle, pointer(ColorizerOptions), pointer(handle)],
        "colorizer_memory_required": [handle, ctypes.c_ssize_t, ctypes.c_ssize_t, pointer(ctypes.c_size_t)],
        "colorizer_set_image": [handle, pointer(Picture)],
        "colorizer_set_hints": [handle, pointer(HintStruct), ctypes.c_size_t],
        "colorizer_add_hint": [handle, pointer(HintStruct), pointer(ctypes.c_ssize_t)],
        "colorizer_move_hint": [handle, ctypes.c_ssize_t, ctypes.c_ssize_t, ctypes.c_ssize_t],
        "colorizer_recolor_hint": [handle, ctypes.c_ssize_t, ctypes.c_ubyte, ctypes.c_ubyte, ctypes.c_ubyte],
        "colorizer_remove_hint": [handle, ctypes.c_ssize_t],
        "colorizer_undo": [handle, pointer(ctypes.c_int)],
        "colorizer_redo": [handle, pointer(ctypes.c_int)],
        "colorizer_count_hints": [handle, pointer(ctypes.c_size_t)],
        "colorizer_render": [handle, pointer(Picture), PROGRESS, ctypes.c_void_p],
        "colorizer_lost_hints": [handle, pointer(ctypes.c_size_t)],
    }
    for name, types in arguments.items():
        function = getattr(library, "icolorit_" + name)
        function.argtypes, function.restype = types, ctypes.c_int
    for name in ("model_free", "colorizer_free"):
        function = getattr(library, "icolorit_" + name)
        function.argtypes, function.restype = [handle], None
    for name in ("last_error", "version_text", "version_instructions"):
        function = getattr(library, "icolorit_" + name)
        function.argtypes, function.restype = [], ctypes.c_char_p
    return library


library = _load()
