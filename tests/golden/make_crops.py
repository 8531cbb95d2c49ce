#!/usr/bin/env python3
"""Writes crops.txt: what test_augmentation.cpp expects of random_resized_crop.

Two kinds of lines.
  box W H SEED LEFT TOP WIDTH HEIGHT    torchvision's algorithm fed with the random numbers of the library's generator
  mean W H LEFT TOP WIDTH HEIGHT and the standard deviations of the same four, over many crops from Python's generator
The crop follows the documentation and behaviour of torchvision 0.12 to 0.20, RandomResizedCrop.get_params.
"""
import math
import pathlib
import random

SIZES = [(500, 375), (375, 500), (256, 256), (384, 256), (640, 100), (100, 640), (33, 29), (3, 2), (1, 1), (1, 500), (4000, 3)]
AREA, RATIO = (0.08, 1.0), (3 / 4, 4 / 3)
MASK = (1 << 64) - 1


class SplitMix64:
    """Steele, Lea, Flood 2014; uniform() from the upper 53 bits, below() by rejection of the uneven rest."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def uniform(self, least, most):
        return least + (most - least) * ((self.next() >> 11) * 2.0 ** -53)

    def below(self, bound):
        uneven = (1 << 64) % bound
        while True:
            value = self.next()
            if value <= MASK - uneven:
                return value % bound


class Library:
    """The same three functions from Python's own generator."""

    def __init__(self, seed):
        self.generator = random.Random(seed)

    def uniform(self, least, most):
        return self.generator.uniform(least, most)

    def below(self, bound):
        return self.generator.randrange(bound)


def crop(width, height, source):
    for _ in range(10):
        area = width * height * source.uniform(*AREA)
        ratio = math.exp(source.uniform(math.log(RATIO[0]), math.log(RATIO[1])))
        w, h = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < w <= width and 0 < h <= height:
            top = source.below(height - h + 1)
            return source.below(width - w + 1), top, w, h
    w, h = width, height
    if width / height < RATIO[0]:
        h = round(width / RATIO[0])
    elif width / height > RATIO[1]:
        w = round(height * RATIO[1])
    return (width - w) // 2, (height - h) // 2, w, h


def main():
    lines = []
    for width, height in SIZES:
        for seed in range(40):
            lines.append(('box', width, height, seed, *crop(width, height, SplitMix64(seed))))
    for width, height in [(500, 375), (375, 500), (640, 100)]:
        source, count = Library(1), 100_000
        columns = list(zip(*(crop(width, height, source) for _ in range(count))))
        means = [sum(column) / count for column in columns]
        spreads = [math.sqrt(sum((x - mean) ** 2 for x in column) / count) for column, mean in zip(columns, means)]
        lines.append(('mean', width, height, *(f'{x:.6f}' for x in means + spreads)))
    text = '\n'.join(' '.join(map(str, line)) for line in lines)
    (pathlib.Path(__file__).parent / 'crops.txt').write_text(text + '\n')


if __name__ == '__main__':
    main()
