"""Paired timing of two programs. Each side is a process of its own that sleeps while the other is timed; the sides take
turns, in changing order; what counts is the ratio of neighbours."""
import os
import statistics
import subprocess
import time


class Side:
    """One worker process."""

    def __init__(self, command, threads):
        environment = dict(os.environ, OMP_NUM_THREADS=str(threads))
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=environment)
        self.value = float(self.process.stdout.readline().split()[1])

    def seconds(self, runs):
        time.sleep(.1)  # the other side's threads may wait awake for a while for more work
        self.process.stdin.write(f'run {runs}\n')
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Probe:
    """What the machine gives at the moment, GFLOP/s, asked for again and again during a comparison."""
    max_spread = .1  # above it other work or the clock has moved what was to be compared

    def __init__(self, measure):
        self.measure, self.values = measure, []

    def __call__(self):
        self.values.append(self.measure())

    @property
    def peak(self):
        return max(self.values)

    @property
    def spread(self):
        """How far the values lie apart, as a share of the highest."""
        return 1 - min(self.values) / self.peak

    def verdict(self):
        """A clause for the end of a line of results."""
        unsteady = self.spread > self.max_spread
        return f'probe within {100 * self.spread:.0f} %' + (': NOT MEASURED, the machine was not steady' * unsteady)


def take_turns(ours, theirs, pairs, runs, probe):
    """Seconds of one run of each side in each pair. The probe is asked at the beginning, at the end and in between."""
    own_times, their_times = [], []
    probe()
    for pair in range(pairs):
        if pair % 5 == 4:
            probe()
        turns = [(ours, own_times), (theirs, their_times)]
        for side, times in turns if pair % 2 == 0 else reversed(turns):
            times.append(side.seconds(runs) / runs)
    probe()
    return own_times, their_times


def fma_peak(worker, threads):
    """GFLOP/s of multiply-adds on registers."""
    return float(subprocess.run([worker, 'probe', str(threads)], capture_output=True, text=True, check=True).stdout)


def median_interval(values):
    """The median and a 95 % interval for it from order statistics (Conover 1999, sec. 3.2)."""
    values, n = sorted(values), len(values)
    reach = int(.98 * n ** .5)
    return statistics.median(values), values[max(0, n // 2 - reach)], values[min(n - 1, (n + 1) // 2 + reach)]
