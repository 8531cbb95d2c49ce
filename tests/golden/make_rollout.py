#!/usr/bin/env python3
"""Golden values of attention rollout, by the executable specification.

Runs network/cnn (see make_network.py) and writes rollout.txt: a line `mean|max|min TOKEN v_0 ... v_N-1` for each way to
fuse the heads and two tokens.
"""
import os

import numpy as np
import torch

import specification as reference

here = os.path.dirname(os.path.abspath(__file__))
case = os.path.join(here, 'network', 'cnn')

model = reference.IColoriT(dim=24, heads=3, patch=8, size=48, depth=2).eval()
model.load_state_dict(torch.load(os.path.join(case, 'checkpoint.pth'))['model'])
weights = []
softmax = torch.Tensor.softmax
torch.Tensor.softmax = lambda x, dim: weights.append(softmax(x, dim)) or weights[-1]
with torch.no_grad():
    lab, mask = (torch.from_numpy(np.load(os.path.join(case, f'{name}.npy'))).float() for name in ('lab', 'mask'))
    model(lab.reshape(1, 3, 48, 48), mask.reshape(1, -1))
torch.Tensor.softmax = softmax

FUSE = {'mean': lambda p: p.mean(0), 'max': lambda p: p.max(0).values, 'min': lambda p: p.min(0).values}
with open(os.path.join(here, 'rollout.txt'), 'w') as out:
    for name, fuse in FUSE.items():
        product = torch.eye(36, dtype=torch.float64)
        for p in weights:
            step = fuse(p[0].double()) + torch.eye(36, dtype=torch.float64)
            product = step / step.sum(-1, keepdim=True) @ product
        for token in (0, 20):
            print(name, token, *(f'{value:.9g}' for value in product[token].tolist()), file=out)
