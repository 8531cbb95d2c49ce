"""The executable specification, tests/golden/specification.py, under a name of its own."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / 'tests' / 'golden'))
from specification import *  # noqa: E402,F401,F403
