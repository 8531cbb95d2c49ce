"""Runs the .onnx files that the tool writes in ONNX Runtime and compares with the golden networks.

    check_onnx.py TOOL        the path of the built tool; needs numpy, onnx and onnxruntime from PyPI

Every golden network runs on its own batch, on one picture, on twice as many, and with smaller hint cells. The bound is
that of docs/specification.md for single precision. Not a part of the tests that run everywhere: the packages are large.
"""

import json
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

BOUND = 2e-5
# What a checkpoint of PyTorch cannot say of its network; the metadata of a safetensors file can.
NOT_IN_THE_CHECKPOINT = {
    "no_average_centred_mask": {"average_hints": "0", "centre_mask": "1"},
    "no_position_bias_cell1": {"heads": "3", "size": "32"},
}
golden = Path(__file__).parent / "network"


def run(model, lab, mask):
    return model.run(["ab"], {"lab": lab, "mask": mask})[0]


def convert(tool, source, path):
    subprocess.run([tool, "convert", source, "-o", path, "--quiet"], check=True)
    return path


def with_metadata(path, values):
    """The safetensors file with other metadata: 8 bytes of length, a JSON header, the tensors."""
    content = path.read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    header["__metadata__"].pop("icolorit.selfcheck")  # it was computed by the network that was guessed
    header["__metadata__"].update({f"icolorit.{key}": value for key, value in values.items()})
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + content[8 + length :])
    return path


def in_smaller_cells(lab, mask):
    """The same hints twice, a color for each cell: (lab, mask), and (lab, mask) with four cells of half the size in the
    place of each; mask as it is where cells are single pixels."""
    count, _, height, width = lab.shape
    cells = int(mask.shape[1] ** 0.5)
    size = height // cells
    lab = lab.copy()
    means = lab[:, 1:].reshape(count, 2, cells, size, cells, size).mean(axis=(3, 5))
    lab[:, 1:] = means.repeat(size, axis=2).repeat(size, axis=3)
    square = mask.reshape(count, cells, cells)
    smaller = square if size == 1 else square.repeat(2, axis=1).repeat(2, axis=2)
    return (lab, mask), (lab, smaller.reshape(count, -1))


def check(tool, name, folder):
    source = golden / name / "checkpoint.pth"
    if name in NOT_IN_THE_CHECKPOINT:
        source = with_metadata(convert(tool, source, folder / f"{name}.safetensors"), NOT_IN_THE_CHECKPOINT[name])
    path = convert(tool, source, folder / f"{name}.onnx")
    onnx.checker.check_model(onnx.load(path), full_check=True)
    model = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    lab, mask, ab = (np.load(golden / name / f"{part}.npy").astype(np.float32) for part in ("lab", "mask", "ab"))
    error = np.abs(run(model, lab, mask) - ab).max()
    # Batches of any size: a picture alone, and the whole batch twice.
    alone = np.abs(run(model, lab[:1], mask[:1]) - ab[:1]).max()
    twice = np.abs(run(model, np.concatenate([lab, lab]), np.concatenate([mask, mask])) - np.concatenate([ab, ab])).max()
    given, cut = in_smaller_cells(lab, mask)
    smaller = np.abs(run(model, *given) - run(model, *cut)).max()
    print(f"{name}: {error:.1e}, one picture {alone:.1e}, twice as many {twice:.1e}, smaller cells {smaller:.1e}")
    return max(error, alone, twice, smaller) <= BOUND


def main():
    tool = sys.argv[1]
    names = sorted(path.name for path in golden.iterdir())
    with tempfile.TemporaryDirectory() as folder:
        good = [check(tool, name, Path(folder)) for name in names]
    sys.exit(0 if all(good) else f"differs by more than {BOUND}")


if __name__ == "__main__":
    main()
