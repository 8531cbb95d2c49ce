"""Interactive colorization of grey photographs.

    colorizer = icolorit.Colorizer(icolorit.Model.default())
    colored = colorizer.colorize(grey, [icolorit.Hint(120, 80, "#c8402e")])
"""

import logging as _logging
from pathlib import Path as _Path
from typing import Callable, Optional, Tuple, Union

from ._icolorit import (
    ArgumentError,
    Cancelled,
    Colorizer,
    DivergedError,
    Error,
    FileError,
    FormatError,
    Hint,
    Model,
    ShapeError,
    TrainingEpoch,
    TrainingStep,
    WeightsError,
    instructions,  # what the library was compiled for: portable, avx2, avx512, avx512vnni or avx512bf16
    read_hints,
    train,
    write_hints,
)
from ._icolorit import version as __version__

#: The file of the small model that comes with the package, which Model.default() loads.
default_weights = _Path(__file__).with_name("icolorit_tiny.safetensors")

#: A name of CSS, "#rrggbb", or red, green and blue from 0 to 255.
Color = Union[str, Tuple[int, int, int]]

#: Told how far a computation is, from 0 to 1, and what begins now. Returning False stops it.
Progress = Callable[[float, str], Optional[bool]]

# Messages and help call the classes by the name under which they are used.
for _class in (Colorizer, Error, Hint, Model, TrainingEpoch, TrainingStep, *Error.__subclasses__()):
    _class.__module__ = __name__

# A program that sets up no logging sees nothing of what the library says.
_logging.getLogger("icolorit").addHandler(_logging.NullHandler())

__all__ = [
    "ArgumentError",
    "Cancelled",
    "Color",
    "Colorizer",
    "DivergedError",
    "Error",
    "FileError",
    "FormatError",
    "Hint",
    "Model",
    "Progress",
    "ShapeError",
    "TrainingEpoch",
    "TrainingStep",
    "WeightsError",
    "__version__",
    "default_weights",
    "instructions",
    "read_hints",
    "train",
    "write_hints",
]
