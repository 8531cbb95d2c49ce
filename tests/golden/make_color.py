#!/usr/bin/env python3
"""Writes color.txt: colours through the executable specification's rgb_to_lab and lab_to_rgb in double precision.

Two kinds of line: `rgb_to_lab R G B L A B` (grid of sRGB, both sides of the knees, random) and `lab_to_rgb L A B R G B`
(in and out of gamut).
"""
import os

import torch

torch.set_default_dtype(torch.float64)  # before the specification makes its matrices
import specification as reference  # noqa: E402

generator = torch.Generator().manual_seed(4)
grid = torch.tensor([0, .0404, .0405, .5, 1])
rgb = torch.cat((torch.cartesian_prod(grid, grid, grid), torch.rand(150, 3, generator=generator)))
lab = torch.rand(200, 3, generator=generator) * torch.tensor([100, 220, 220]) - torch.tensor([0, 110, 110])


def convert(function, colours):
    return function(colours.T[None, :, :, None])[0, :, :, 0].T


with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'color.txt'), 'w') as out:
    for function, colours in ((reference.rgb_to_lab, rgb), (reference.lab_to_rgb, lab)):
        for before, after in zip(colours.tolist(), convert(function, colours).tolist()):
            print(function.__name__, *(f'{value:.12g}' for value in before + after), file=out)
