"""What the C and the Python interface cost over C++, for a picture of 1200 x 800 pixels on one thread.

    round_trip.py ROUND_TRIP [ROUNDS]   the built library round_trip

Runs in a Python that has the package icolorit, built from the same compiled libraries:

    cmake --preset release -DICOLORIT_BUILD_BINDINGS=ON
    cmake --build --preset release --target round_trip icolorit_compiled_training
    cmake --install build/release --prefix PREFIX
    pip install ./bindings/python --config-settings cmake.define.icolorit_ROOT=PREFIX

A round is set_image, two hints and render in each language, one after another in one process, so that what disturbs the
machine disturbs all three; each begins as often as the others. Prints the median of the rounds and of the ratios to C++ within a round.
"""

import ctypes
import statistics
import sys
import time

import numpy as np

import icolorit


def main():
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 15
    native = ctypes.CDLL(sys.argv[1])
    native.round_trip_in_cpp.restype = native.round_trip_in_c.restype = ctypes.c_double
    native.last_picture.restype = ctypes.c_uint64

    x, y = np.meshgrid(np.arange(1200), np.arange(800))
    grey = ((x * 7 + y * 13) // 32 % 256).astype(np.uint8)
    out = np.empty((800, 1200, 3), np.uint8)
    hints = [icolorit.Hint(300, 200, (200, 64, 46)), icolorit.Hint(800, 500, (107, 157, 210))]
    colorizer = icolorit.Colorizer(icolorit.Model.default(), threads=1)

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
    names = list(ways)
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            times[name].append(ways[name]())
    for name, own in times.items():
        ratios = [a / b for a, b in zip(own, times["C++"])]
        print(f"{name}: {1000 * statistics.median(own):.1f} ms, {statistics.median(ratios):.4f} of C++")


if __name__ == "__main__":
    main()
