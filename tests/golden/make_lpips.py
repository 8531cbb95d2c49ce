#!/usr/bin/env python3
"""Golden values of LPIPS with a narrow VGG-16 and random weights, computed by PyTorch.

    make_lpips.py [OUT_DIR]

OUT_DIR/lpips/vgg.pth: state_dict of the convolutions, named as torchvision's vgg16, with a piece of the classifier that a
reader must pass over; lpips.pth: the heads, named as the lpips package's, in the format of PyTorch before 1.6, in which
the public files are; first.npy, second.npy (3,37,50) in [0,1]; values.txt: `standard D` and `published D`.
"""
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

out = os.path.join(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__)), 'lpips')
os.makedirs(out, exist_ok=True)
WIDTH, SIZE = 2, (37, 50)  # odd sizes: pooling leaves rows out
GROUPS = [(0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28)]
CHANNELS = [WIDTH * k for k in (1, 2, 4, 8, 8)]
generator = torch.Generator().manual_seed(3)

vgg, heads, before = {}, {}, 3
for group, (features, channels) in enumerate(zip(GROUPS, CHANNELS)):
    for i in features:
        vgg[f'features.{i}.weight'] = torch.randn(channels, before, 3, 3, generator=generator) * (2 / (9 * before)) ** .5
        vgg[f'features.{i}.bias'] = .1 * torch.randn(channels, generator=generator)
        before = channels
    heads[f'lin{group}.model.1.weight'] = torch.rand(1, channels, 1, 1, generator=generator)
vgg['classifier.0.bias'] = torch.zeros(4)


def features(x):
    x = (x - torch.tensor([-.030, -.088, -.188]).view(1, 3, 1, 1)) / torch.tensor([.458, .448, .450]).view(1, 3, 1, 1)
    for group in GROUPS:
        if group[0] != 0:
            x = F.max_pool2d(x, 2)
        for i in group:
            x = F.relu(F.conv2d(x, vgg[f'features.{i}.weight'], vgg[f'features.{i}.bias'], padding=1))
        yield x / (x.pow(2).sum(1, keepdim=True).sqrt() + 1e-10)


def lpips(a, b):
    return sum(F.conv2d((f - g) ** 2, heads[f'lin{i}.model.1.weight']).mean()
               for i, (f, g) in enumerate(zip(features(a), features(b)))).item()


first = F.interpolate(torch.rand(1, 3, 7, 9, generator=generator), size=SIZE, mode='bicubic').clamp(0, 1)
second = (first + .1 * torch.randn(first.shape, generator=generator)).clamp(0, 1)
torch.save(vgg, os.path.join(out, 'vgg.pth'))
torch.save(heads, os.path.join(out, 'lpips.pth'), _use_new_zipfile_serialization=False)
np.save(os.path.join(out, 'first.npy'), first[0].numpy())
np.save(os.path.join(out, 'second.npy'), second[0].numpy())
with open(os.path.join(out, 'values.txt'), 'w') as file:
    print('standard', f'{lpips(2 * first - 1, 2 * second - 1):.9g}', file=file)
    print('published', f'{lpips(first, second):.9g}', file=file)
