#!/usr/bin/env python3
"""Paired comparison of this library with a peer, or of two of its own workloads, on the same weights and input.

    compare.py --worker build/release/benchmarks/icolorit_worker [--workload forward] [--peer eager] [--variant ...] [--batch 1]
    compare.py --worker build/release/benchmarks/icolorit_gpu_worker --gpu bf16 [--peer own-cpu --cpu-worker ...] [...]

The protocol is that of paired.py; outputs are compared first. Printed are the median of the paired ratios, its 95 %
interval, and the processor's multiply-add peak of the same minutes, or the GPU's in large matrix products. Where that
peak moved by more than a tenth during the run, nothing counts as measured: the line says so, and the status is 1. Needs
torch, numpy and the peer.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import numpy as np
import torch

from paired import Probe, Side, fma_peak, median_interval, take_turns
import reference

HERE = pathlib.Path(__file__).resolve().parent

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
    parser.add_argument('--workload', default='training', choices=['training', 'forward', 'forward-bf16', 'forward-int8'])
    parser.add_argument('--peer', default='eager', help='see peer_worker.py; or our own: own-f32, own-cpu')
    parser.add_argument('--gpu', choices=['f32', 'bf16', 'f16'], help='the worker is the one for GPUs; in this precision')
    parser.add_argument('--cpu-worker', help='for --peer own-cpu')
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
        ours = Side([a.worker, *arguments[:2], a.gpu or arguments[2]], a.threads)
        if a.peer == 'own-f32':
            theirs = Side([a.worker, 'forward', *arguments[1:]], a.threads)
        elif a.peer == 'own-cpu':
            theirs = Side([a.cpu_worker, *arguments], a.threads)
        else:
            theirs = Side([sys.executable, str(HERE / 'peer_worker.py'), a.peer, *arguments, *([a.gpu] if a.gpu else [])],
                          a.threads)
        # Numbers of 8 and 16 bits move the mean of the output by some thousandths; f32 only by roundings.
        tolerance = 1e-2 if a.workload in ('forward-bf16', 'forward-int8') or 'int8' in a.peer or a.gpu in ('bf16', 'f16') else 1e-4
        difference = abs(ours.value - theirs.value) / abs(theirs.value)
        print(f'{a.workload} against {a.peer}, {a.variant}, {a.size} pixels, batch {a.batch}, '
              f'{a.gpu + " on the GPU" if a.gpu else f"{a.threads} threads"}; values {ours.value:.7g} and {theirs.value:.7g}')
        if not difference <= tolerance:
            sys.exit(f'the outputs differ by {difference:.2g} of their value: nothing is timed')

        def peak():
            if not a.gpu:
                return fma_peak(a.worker, a.threads)
            measured = subprocess.run([sys.executable, str(HERE / 'peer_worker.py'), 'ceilings', a.gpu],
                                      capture_output=True, text=True, check=True)
            return 1e3 * float(measured.stdout.split()[0])

        probe = Probe(peak)
        own_times, their_times = take_turns(ours, theirs, a.pairs, a.runs, probe)
        ours.close()
        theirs.close()

    ratio, low, high = median_interval([t / o for o, t in zip(own_times, their_times)])
    own = statistics.median(own_times)
    flop = 2 * MULTIPLY_ADDS.get(dim, float('nan')) * a.batch * (3 if a.workload == 'training' else 1)
    print(f'icolorit {own * 1e3:.2f} ms, {a.peer} {statistics.median(their_times) * 1e3:.2f} ms; '
          f'{ratio:.2f} times as fast [{low:.2f}, {high:.2f}] in {a.pairs} pairs; '
          f'peak {probe.peak:.0f} GFLOP/s' + (f', of it {flop / own / probe.peak / 1e9:.2f}' if a.size == 224 else '') +
          f'; {probe.verdict()}')
    sys.exit(probe.spread > probe.max_spread)


if __name__ == '__main__':
    main()
