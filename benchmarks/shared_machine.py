#!/usr/bin/env python3
"""How fast a forward pass is on each executor while other programs keep processors busy, and while none does.

    benchmarks/shared_machine.py --worker build/release/benchmarks/executor_worker [--before OLD_WORKER] [--busy 0 1]

Each side is a process of its own; the sides take turns, pass by pass and in changing order (peers/paired.py). Printed are
the median and the quartiles of each side and the median of its ratios to the first side of the same turn, one thread
(with --before: an older worker's one thread), with a 95 % interval. A busy processor is a shell in an empty loop.
"""
import argparse
import pathlib
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / 'peers'))
from paired import Side, median_interval  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--worker', required=True, help='the program executor_worker')
    parser.add_argument('--before', help='the same of an older build, of which the team alone is timed')
    parser.add_argument('--networks', nargs='+', default=['tiny', 'base'], help='tiny, small, base, or tiny:int8')
    parser.add_argument('--executors', nargs='+', default=['team', 'openmp', 'pool'])
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--busy', nargs='+', type=int, default=[0, 1], help='numbers of busy processors')
    parser.add_argument('--passes', type=int, default=60)
    a = parser.parse_args()

    workers = [('before, ', a.before)] * bool(a.before) + [('', a.worker)]
    kinds = [(f'{name}{executor}, {threads} thread{"s" * (threads > 1)}', worker, executor, threads)
             for threads in (1, a.threads) for name, worker in workers
             for executor in (a.executors if threads > 1 and not name else ['team'])]
    for network in a.networks:
        name, _, precision = network.partition(':')
        sides = {kind: Side([worker, f'icolorit_{name}_4ch_patch16_224', precision or 'f32', executor, str(threads)],
                            threads)
                 for kind, worker, executor, threads in kinds}
        if len({side.value for side in sides.values()}) != 1:
            sys.exit(f'{network}: the outputs differ, so that nothing is timed')
        for busy in a.busy:
            loops = [subprocess.Popen(['sh', '-c', 'while :; do :; done']) for _ in range(busy)]
            times = {kind: [] for kind in sides}
            try:
                for turn in range(a.passes):
                    for kind in list(sides)[::1 if turn % 2 == 0 else -1]:
                        times[kind].append(1e3 * sides[kind].seconds(1))
            finally:
                for loop in loops:
                    loop.kill()
            print(f'{network}, {busy} busy, {a.passes} passes')
            for kind, own in times.items():
                ratio, low, high = median_interval([t / o for t, o in zip(own, next(iter(times.values())))])
                quartiles = statistics.quantiles(own, n=4)
                print(f'  {kind:24} {statistics.median(own):7.2f} ms [{quartiles[0]:.2f}, {quartiles[2]:.2f}], '
                      f'{ratio:.3f} [{low:.3f}, {high:.3f}] of the first', flush=True)
        for side in sides.values():
            side.close()


if __name__ == '__main__':
    main()
