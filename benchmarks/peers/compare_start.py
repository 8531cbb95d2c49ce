#!/usr/bin/env python3
"""From the start of a process to a coloured file: the tool against Python with PyTorch, time and peak memory.

    compare_start.py --tool build/release/examples/icolorit [--variant ...] [--runs 7]

Same weights (random, in the published layout), picture and hints. The tool writes the picture at its own size, the peer
at the network's. Runs take turns; printed are medians.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
HINTS = ['100,100=#c8402e', '300,200=#6b9dd2']


def measured(command):
    """Seconds and MB of a process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f'{command[0]} failed')
    return time.perf_counter() - start, usage.ru_maxrss / 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--tool', required=True, help='the program icolorit')
    parser.add_argument('--variant', default='icolorit_tiny_4ch_patch16_224')
    parser.add_argument('--runs', type=int, default=7)
    a = parser.parse_args()

    picture = HERE.parents[1] / 'examples' / 'pictures' / 'sample_grey.png'
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        # In a process of its own: a child's peak begins with its parent's, which must therefore stay small.
        subprocess.run([sys.executable, '-c', f'import pathlib, compare; '
                        f'compare.write_inputs(pathlib.Path({name!r}), {a.variant!r}, 224, 1)'], check=True, cwd=HERE)
        weights = folder / 'checkpoint.pth'
        ours = [a.tool, 'colorize', picture, '-o', folder / 'ours.png', '--overwrite', '--weights', weights]
        for hint in HINTS:
            ours += ['--hint', hint]
        theirs = [sys.executable, HERE / 'colorize_once.py', weights, picture, ' '.join(HINTS), folder / 'theirs.png']
        measured(ours), measured(theirs)  # both find their files in the system's cache
        pairs = [(measured(ours), measured(theirs)) for _ in range(a.runs)]

    median = lambda side, what: statistics.median(pair[side][what] for pair in pairs)
    print(f'{a.variant}: icolorit {median(0, 0):.2f} s, {median(0, 1):.0f} MB; '
          f'PyTorch {median(1, 0):.2f} s, {median(1, 1):.0f} MB; '
          f'{median(1, 0) / median(0, 0):.1f} times as fast, {median(0, 1) / median(1, 1):.2f} of the memory')


if __name__ == '__main__':
    main()
