#!/usr/bin/env python3
"""Paired comparison of this library with a peer, or of two of its own workloads, on the same weights and input.

    compare.py --worker build/release/benchmarks/icolorit_worker [--workload forward] [--peer eager] [--variant ...] [--batch 1]

The protocol is that of paired.py; outputs are compared first. Printed are the median of the paired ratios, its 95 %
interval, and the processor's multiply-add peak of the same minutes. Needs torch, numpy and the peer.
"""
import argparse
import os
import pathlib
import statistics
import sys
import tempfile

import numpy as np
import torch

from paired import Side, fma_peak, median_interval, take_turns

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / 'shared' / 'reference'))
import icolorit_reference as reference  # noqa: E402

# Multiply-adds of a forward pass at 224 pixels (../../README.md).
MULTIPLY_ADDS = {192: 1.429e9, 384: 4.940e9, 768: 18.203e9}


def write_inputs(folder, variant, size, batch, seed=0):
    dim, heads, patch = reference.VARIANTS[variant]
    config = dict(dim=dim, heads=heads, patch=patch, size=size)
    model = reference.randomise(reference.IColoriT(**config), seed)
    torch.save({'model': model.state_dict(), 'config': config}, folder / 'checkpoint.pth')
    rgb = torch.cat([reference.smooth_image(size, seed + 1 + i) for i in range(batch)])
    mask = torch.cat([reference.random_mask(size, 2, 10, seed + 100 + i) for i in range(batch)])
    np.save(folder / 'lab.npy', reference.normalise_lab(reference.rgb_to_lab(rgb)).numpy())
    np.save(folder / 'mask.npy', mask.numpy())
    return dim


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--worker', required=True, help='the program icolorit_worker')
    parser.add_argument('--workload', default='training', choices=['training', 'forward', 'forward-int8'])
    parser.add_argument('--peer', default='eager', help='see peer_worker.py; or own-f32: our own forward pass in f32')
    parser.add_argument('--variant', default='icolorit_tiny_4ch_patch16_224', choices=reference.VARIANTS)
    parser.add_argument('--size', type=int, default=224)
    parser.add_argument('--batch', type=int, default=8)
    parser.add_argument('--threads', type=int, default=os.cpu_count())
    parser.add_argument('--pairs', type=int, default=30)
    parser.add_argument('--runs', type=int, default=1, help='runs in each turn')
    a = parser.parse_args()

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        dim = write_inputs(folder, a.variant, a.size, a.batch)
        arguments = [a.workload, str(folder), str(a.threads)]
        ours = Side([a.worker, *arguments], a.threads)
        if a.peer == 'own-f32':
            theirs = Side([a.worker, 'forward', *arguments[1:]], a.threads)
        else:
            theirs = Side([sys.executable, str(HERE / 'peer_worker.py'), a.peer, *arguments], a.threads)
        # 8-bit numbers move the mean of the output by some thousandths; f32 only by roundings.
        tolerance = 1e-2 if 'int8' in a.workload + a.peer else 1e-4
        difference = abs(ours.value - theirs.value) / abs(theirs.value)
        print(f'{a.workload} against {a.peer}, {a.variant}, {a.size} pixels, batch {a.batch}, {a.threads} threads; '
              f'values {ours.value:.7g} and {theirs.value:.7g}')
        if not difference <= tolerance:
            sys.exit(f'the outputs differ by {difference:.2g} of their value: nothing is timed')

        peaks = [fma_peak(a.worker, a.threads)]
        own_times, their_times = take_turns(ours, theirs, a.pairs, a.runs)
        peaks.append(fma_peak(a.worker, a.threads))
        ours.close()
        theirs.close()

    ratio, low, high = median_interval([t / o for o, t in zip(own_times, their_times)])
    own = statistics.median(own_times)
    flop = 2 * MULTIPLY_ADDS.get(dim, float('nan')) * a.batch * (3 if a.workload == 'training' else 1)
    print(f'icolorit {own * 1e3:.1f} ms, {a.peer} {statistics.median(their_times) * 1e3:.1f} ms; '
          f'{ratio:.2f} times as fast [{low:.2f}, {high:.2f}] in {a.pairs} pairs; '
          f'peak {max(peaks):.0f} GFLOP/s' + (f', of it {flop / own / max(peaks) / 1e9:.2f}' if a.size == 224 else ''))


if __name__ == '__main__':
    main()
