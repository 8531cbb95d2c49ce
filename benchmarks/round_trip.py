"""What the C and the Python interface cost over C++, for a picture of 1200 x 800 pixels on one thread.

    round_trip.py ROUND_TRIP LIBRARY [ROUNDS]   the built round_trip and libicolorit libraries

A round is set_image, two hints and render in each language, one after another in one process, so that what disturbs the
machine disturbs all three. Prints the median of the rounds and of the ratios to C++ within a round.
"""

import ctypes
import os
import statistics
import sys
import time
from pathlib import Path


def main():
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 15
    os.environ["ICOLORIT_LIBRARY"] = sys.argv[2]
    root = Path(__file__).resolve().parents[1]
    sys.path.insert(0, str(root / "bindings" / "python" / "src"))
    import numpy as np

    import icolorit

    native = ctypes.CDLL(sys.argv[1])
    native.round_trip_in_cpp.restype = native.round_trip_in_c.restype = ctypes.c_double
    native.last_picture.restype = ctypes.c_uint64

    x, y = np.meshgrid(np.arange(1200), np.arange(800))
    grey = ((x * 7 + y * 13) // 32 % 256).astype(np.uint8)
    out = np.empty((800, 1200, 3), np.uint8)
    hints = [icolorit.Hint(300, 200, (200, 64, 46)), icolorit.Hint(800, 500, (107, 157, 210))]
    model = icolorit.Model(root / "examples" / "models" / "icolorit_tiny.safetensors")
    colorizer = icolorit.Colorizer(model, threads=1)

    def in_python():
        begin = time.perf_counter()
        colorizer.colorize(grey, hints, out=out)
        return time.perf_counter() - begin

    ways = {"C++": native.round_trip_in_cpp, "C": native.round_trip_in_c, "Python": in_python}
    for way in ways.values():  # the first round loads and allocates
        way()
    by_c = native.last_picture()
    native.round_trip_in_cpp()
    assert native.last_picture() == by_c, "C++ and C make different pictures"
    times = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            times[name].append(way())
    for name, own in times.items():
        ratios = [a / b for a, b in zip(own, times["C++"])]
        print(f"{name}: {1000 * statistics.median(own):.1f} ms, {statistics.median(ratios):.4f} of C++")


if __name__ == "__main__":
    main()
