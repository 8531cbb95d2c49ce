"""The executable specification as `reference`, from shared/reference beside the project or the folder that
ICOLORIT_REFERENCE names."""
import os
import pathlib
import sys

sys.path.insert(0, os.environ.get('ICOLORIT_REFERENCE') or
                str(pathlib.Path(__file__).resolve().parents[3] / 'shared' / 'reference'))
import icolorit_reference as reference  # noqa: E402,F401
