#!/usr/bin/env python3
"""Writes resize_pillow.bin and resize_torch.bin, what test_resize.cpp compares with.

Needs numpy, torch and Pillow 3.3 to 12 (`pip install 'pillow<13'`): from 13 on, Pillow resizes very tall pictures in
another order. A case is six little-endian int32 (kind, channels, in height, in width, out height, out width), the input
and the output; samples are uint8 (H,W,C) for Pillow and float32 (C,H,W) for PyTorch.
"""
import pathlib

import numpy as np
import PIL
import torch
from PIL import Image

HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(2023)


def write(file, kind, channels, inside, outside, source, result):
    np.array([kind, channels, *inside, *outside], '<i4').tofile(file)
    source.tofile(file)
    result.tofile(file)


def pillow():
    assert int(PIL.__version__.split('.')[0]) < 13, PIL.__version__
    with open(HERE / 'resize_pillow.bin', 'wb') as file:
        for channels, inside, outside in [(3, (61, 97), (16, 16)), (3, (16, 21), (64, 64)), (1, (90, 7), (5, 31)),
                                          (1, (1, 50), (3, 8)), (1, (1, 1), (4, 4)), (3, (33, 40), (33, 20)),
                                          (3, (33, 40), (11, 40)), (4, (40, 30), (17, 13)), (2, (19, 23), (40, 9))]:
            source = rng.integers(0, 256, (*inside, channels), dtype=np.uint8)
            if channels in (2, 4):  # a third of the pixels all clear or all opaque
                alpha = rng.choice([0, 255], inside)
                source[..., -1] = np.where(rng.random(inside) < 1 / 3, alpha, source[..., -1])
            picture = Image.fromarray(source[..., 0] if channels == 1 else source)
            result = np.array(picture.resize(outside[::-1], Image.BILINEAR))
            write(file, 0, channels, inside, outside, source, result)


def pytorch():
    kinds = [dict(mode='bicubic', align_corners=False), dict(mode='bicubic', antialias=True),
             dict(mode='bilinear', antialias=True)]
    with open(HERE / 'resize_torch.bin', 'wb') as file:
        for kind, inside, outside in [(0, (14, 14), (28, 28)), (0, (7, 9), (31, 10)), (0, (1, 3), (5, 8)),
                                      (0, (27, 27), (55, 55)), (1, (28, 28), (12, 12)), (1, (27, 31), (23, 7)),
                                      (2, (37, 23), (16, 20)), (2, (9, 8), (30, 31)), (2, (40, 10), (13, 25))]:
            source = torch.from_numpy(rng.standard_normal((2, *inside)).astype(np.float32))
            # in double, rounded to float: what is compared is our arithmetic, not PyTorch's
            result = torch.nn.functional.interpolate(source[None].double(), size=outside, **kinds[kind])[0].float()
            write(file, kind, 2, inside, outside, source.numpy(), result.numpy())


pillow()
pytorch()
