"""Runs the .onnx files that the tool writes in ONNX Runtime and compares with the golden networks.

    check_onnx.py TOOL        the path of the built tool; needs numpy, onnx and onnxruntime from PyPI

The golden networks are those whose whole configuration follows from their checkpoint. The bound is that of
docs/specification.md for single precision. Not a part of the tests that run everywhere: the packages are large.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

BOUND = 2e-5
NOT_IN_THE_CHECKPOINT = {"no_average_centred_mask", "no_position_bias_cell1"}
golden = Path(__file__).parent / "network"


def run(model, lab, mask):
    return model.run(["ab"], {"lab": lab, "mask": mask})[0]


def check(tool, name, folder):
    path = folder / f"{name}.onnx"
    subprocess.run([tool, "convert", golden / name / "checkpoint.pth", "-o", path, "--quiet"], check=True)
    onnx.checker.check_model(onnx.load(path), full_check=True)
    model = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    lab, mask, ab = (np.load(golden / name / f"{part}.npy").astype(np.float32) for part in ("lab", "mask", "ab"))
    error = np.abs(run(model, lab, mask) - ab).max()
    # Batches of any size: a picture alone, and the whole batch twice.
    alone = np.abs(run(model, lab[:1], mask[:1]) - ab[:1]).max()
    twice = np.abs(run(model, np.concatenate([lab, lab]), np.concatenate([mask, mask])) - np.concatenate([ab, ab])).max()
    print(f"{name}: {error:.1e}, one picture {alone:.1e}, twice as many {twice:.1e}")
    return max(error, alone, twice) <= BOUND


def main():
    tool = sys.argv[1]
    names = sorted(path.name for path in golden.iterdir() if path.name not in NOT_IN_THE_CHECKPOINT)
    with tempfile.TemporaryDirectory() as folder:
        good = [check(tool, name, Path(folder)) for name in names]
    sys.exit(0 if all(good) else f"differs by more than {BOUND}")


if __name__ == "__main__":
    main()
