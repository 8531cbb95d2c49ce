#!/usr/bin/env python3
"""Golden files of the network, computed by the executable specification in double precision.

    make_network.py [OUT_DIR]

OUT_DIR/network/CASE/: checkpoint.pth, lab.npy, mask.npy, ab.npy of small networks that together use every head and option.
OUT_DIR/gradients/CASE.safetensors: the gradient of the L1 loss for every parameter of the cases whose options backward reads.
OUT_DIR/variants/NAME.npy: a sample of the output of each published variant; weights and input follow from formulas that
tests/support/synthetic.hpp repeats, so that 358 MB need not be stored.
"""
import os
import sys

import numpy as np
import torch
from safetensors.torch import save_file

import specification as reference

CASES = {  # name: (network options, hint size, hints)
    'cnn': (dict(dim=24, heads=3, patch=8, size=48, depth=2), 2, 10),
    'patch_level_hints': (dict(dim=16, heads=2, patch=16, size=64, depth=1, head_mode='linear'), 16, 3),
    'linear_cell4': (dict(dim=24, heads=2, patch=8, size=40, depth=2, head_mode='linear'), 4, 7),
    'locattn_cell8': (dict(dim=32, heads=4, patch=8, size=40, depth=1, head_mode='locattn'), 8, 5),
    'no_average_centred_mask': (dict(dim=24, heads=3, patch=8, size=32, depth=1, avg_hint=False, mask_cent=True), 2, 6),
    'no_position_bias_cell1': (dict(dim=24, heads=3, patch=8, size=32, depth=1, rpb=False), 1, 9),
    'three_channels': (dict(dim=24, heads=3, patch=8, size=32, depth=1, channels=3), 2, 6),
    'no_hints': (dict(dim=24, heads=3, patch=8, size=32, depth=1), 2, 0),
}


def splitmix(seed, count):
    """The first values of icolorit::Random(seed).uniform()."""
    with np.errstate(over='ignore'):
        z = np.uint64(seed) + np.uint64(0x9e3779b97f4a7c15) * np.arange(1, count + 1, dtype=np.uint64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xbf58476d1ce4e5b9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94d049bb133111eb)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(11)).astype(np.float64) * 2.0 ** -53


def fnv1a(text):
    h = 0xcbf29ce484222325
    for byte in text.encode():
        h = (h ^ byte) * 0x100000001b3 % 2 ** 64
    return h


def synthetic_weights(model):
    """Uniform numbers with the spread of a trained network; a stream of its own for each parameter name."""
    for name, p in model.named_parameters():
        u = 2 * splitmix(fnv1a(name), p.numel()) - 1
        if 'norm' in name and name.endswith('weight'):
            value = 1 + .1 * u
        elif p.dim() == 1:
            value = .05 * u
        elif 'rpb_table' in name:
            value = .5 * u
        else:
            value = u * np.sqrt(3 / p[0].numel())
        with torch.no_grad():
            p.copy_(torch.from_numpy(value.astype(np.float32).reshape(p.shape)))
    return model


def synthetic_input(size, hints):
    """lab (1,3,size,size) and a mask with 2-pixel cells, from formulas."""
    y, x = np.meshgrid(np.arange(size), np.arange(size), indexing='ij')
    lab = np.stack((.4 * np.sin(.05 * x) * np.cos(.03 * y), .3 * np.sin(.02 * (x + y)), .3 * np.cos(.04 * x - .01 * y)))
    cells = (size // 2) ** 2
    mask = np.ones(cells)
    mask[(np.arange(hints) * 7919 + 13) % cells] = 0
    return torch.from_numpy(lab.astype(np.float32))[None], torch.from_numpy(mask.astype(np.float32))[None]


def main():
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    save = lambda path, t: np.save(path, t.detach().numpy().astype(np.float32))
    with torch.no_grad():
        for seed, (name, (options, cell, hints)) in enumerate(CASES.items()):
            folder = os.path.join(out, 'network', name)
            os.makedirs(folder, exist_ok=True)
            model = reference.randomise(reference.IColoriT(**options), seed).eval()
            torch.save({'model': model.state_dict(), 'epoch': 0}, os.path.join(folder, 'checkpoint.pth'))
            size, patch = options['size'], options['patch']
            rgb = reference.smooth_image(size, seed + 100)
            lab = reference.normalise_lab(reference.rgb_to_lab(rgb))
            mask = reference.random_mask(size, cell, hints, seed + 200)
            with torch.enable_grad():
                tokens = model.double()(lab.double(), mask.double())
                target = reference.pixel_unshuffle(lab[:, 1:].double(), patch)
                loss = reference.l1_loss(tokens.view(1, -1, patch * patch, 2), target.view(1, -1, patch * patch, 2))
                loss.backward()
            os.makedirs(os.path.join(out, 'gradients'), exist_ok=True)
            gradients = {k: p.grad.float() for k, p in model.named_parameters()}
            save_file(gradients | {'loss': loss.detach()[None]}, os.path.join(out, 'gradients', name + '.safetensors'))
            save(os.path.join(folder, 'lab.npy'), lab)
            save(os.path.join(folder, 'mask.npy'), mask)
            save(os.path.join(folder, 'ab.npy'), reference.pixel_shuffle(tokens, patch, size // patch, size // patch))

        os.makedirs(os.path.join(out, 'variants'), exist_ok=True)
        heads = [(name, 'cnn') for name in reference.VARIANTS]
        heads += [('icolorit_tiny_4ch_patch16_224', head) for head in ('linear', 'locattn')]
        for name, head in heads:
            dim, n, patch = reference.VARIANTS[name]
            model = synthetic_weights(reference.IColoriT(dim, n, patch, head_mode=head)).double().eval()
            lab, mask = synthetic_input(224, 10)
            ab = reference.pixel_shuffle(model(lab.double(), mask.double()), patch, 224 // patch, 224 // patch)
            save(os.path.join(out, 'variants', f'{name}_{head}.npy'), ab[0, :, 3::11, 5::11])


if __name__ == '__main__':
    main()
