"""Interactive colorization of grey photographs.

    colorizer = icolorit.Colorizer(icolorit.Model.default())
    colored = colorizer.colorize(grey, [icolorit.Hint(120, 80, "#c8402e")])
"""

from ._colorizer import Color, Colorizer, Hint
from ._errors import ArgumentError, Cancelled, Error, FileError, FormatError, Progress, ShapeError, WeightsError
from ._library import library as _library
from ._model import Model

__version__: str = _library.icolorit_version_text().decode()
#: What the library was compiled for: portable, avx2, avx512 or avx512vnni.
instructions: str = _library.icolorit_version_instructions().decode()

__all__ = [
    "ArgumentError",
    "Cancelled",
    "Color",
    "Colorizer",
    "Error",
    "FileError",
    "FormatError",
    "Hint",
    "Model",
    "Progress",
    "ShapeError",
    "WeightsError",
    "instructions",
]
