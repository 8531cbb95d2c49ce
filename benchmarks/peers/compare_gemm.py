#!/usr/bin/env python3
"""Paired comparison of matrix products on the shapes of the published networks, 196 rows.

    compare_gemm.py --workers build/release/benchmarks [--threads 2] [--pairs 30] [--peers eigen,openblas,onednn]

The protocol is that of paired.py, products are compared first. A line for each shape: our share of the multiply-add
peak, and how many times as fast we are as each peer (median of the pairs). Last, the geometric means, also against the
best peer of each shape; a line whose probe moved by more than a tenth says that it is not measured.
"""
import argparse
import math
import os
import pathlib
import statistics
import sys

from paired import Probe, Side, fma_peak, median_interval, take_turns

ROWS, LAYERS = 196, 12
SHAPES = [(k * dim, n * dim) for dim in (192, 384, 768) for k, n in ((1, 3), (1, 1), (1, 4), (4, 1))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--workers', required=True, type=pathlib.Path, help='folder of gemm_worker and icolorit_worker')
    parser.add_argument('--threads', type=int, default=os.cpu_count())
    parser.add_argument('--pairs', type=int, default=30)
    parser.add_argument('--peers', default='eigen,openblas,onednn')
    a = parser.parse_args()
    peers = a.peers.split(',')

    print(f'{a.threads} threads; times as fast as {", ".join(peers)}')
    ratios = {peer: [] for peer in peers}
    shares = {}
    for depth, columns in SHAPES:
        flop = 2 * ROWS * depth * columns * LAYERS
        runs = max(1, round(5e10 / flop))  # a tenth of a second
        start = lambda who: Side([a.workers / 'gemm_worker', who, *map(str, (ROWS, depth, columns, a.threads))],
                                 a.threads)
        ours, line = start('icolorit'), []
        probe, own = Probe(lambda: fma_peak(a.workers / 'icolorit_worker', a.threads)), []
        for peer in peers:
            theirs = start(peer)
            if not abs(ours.value - theirs.value) <= 1e-5 * ours.value:
                sys.exit(f'{peer}: products differ, {ours.value} and {theirs.value}')
            own_times, their_times = take_turns(ours, theirs, a.pairs, runs, probe)
            theirs.close()
            own += own_times
            ratio, low, high = median_interval([t / o for o, t in zip(own_times, their_times)])
            ratios[peer].append(ratio)
            line.append(f'{ratio:.2f} [{low:.2f}, {high:.2f}]')
        ours.close()
        shares[depth, columns] = flop / statistics.median(own) / probe.peak / 1e9
        print(f'{depth} x {columns}: of peak {shares[depth, columns]:.2f}; ' + ', '.join([*line, probe.verdict()]), flush=True)

    mean = lambda values: math.exp(statistics.fmean(map(math.log, values)))
    print('geometric means: ' + ', '.join(f'{peer} {mean(ratios[peer]):.2f}' for peer in peers) +
          f'; the best of each shape {mean([min(r) for r in zip(*ratios.values())]):.2f}')


if __name__ == '__main__':
    main()
