#!/usr/bin/env python3
"""What PyTorch needs to colour one picture, start of the process included: colorize_once.py WEIGHTS PICTURE HINTS OUT
HINTS: X,Y=#RRGGBB ... in one argument; the result has the network's size, the smaller half of the work."""
import re
import sys

import numpy as np
import torch
from PIL import Image

import reference


def main():
    weights, picture, hints, out = sys.argv[1:]
    checkpoint = torch.load(weights, weights_only=False)
    config = checkpoint['config']
    model = reference.IColoriT(**config)
    model.load_state_dict(checkpoint['model'])
    model.eval()

    image = Image.open(picture).convert('RGB')
    size, cell = config['size'], 2
    tensor = lambda rgb: torch.from_numpy(np.asarray(rgb, dtype=np.float32) / 255).permute(2, 0, 1)[None]
    lab = reference.rgb_to_lab(tensor(image.resize((size, size), Image.BILINEAR)))
    lab[:, 1:] = 0
    mask = torch.ones(1, (size // cell) ** 2)
    for hint in hints.split():
        x, y, *colour = re.fullmatch(r'(\d+),(\d+)=#(..)(..)(..)', hint).groups()
        column, row = int(x) * size // image.width // cell, int(y) * size // image.height // cell
        ab = reference.rgb_to_lab(torch.tensor([int(c, 16) / 255 for c in colour]).view(1, 3, 1, 1))[:, 1:]
        lab[:, 1:, row * cell:(row + 1) * cell, column * cell:(column + 1) * cell] = ab
        mask[0, row * size // cell + column] = 0
    lab = reference.normalise_lab(lab)
    with torch.inference_mode():
        grid = size // model.patch
        ab = reference.pixel_shuffle(model(lab, mask), model.patch, grid, grid)
    rgb = reference.lab_to_rgb(reference.denormalise_lab(torch.cat([lab[:, :1], ab], 1)))
    Image.fromarray((rgb[0].permute(1, 2, 0).clamp(0, 1).numpy() * 255).round().astype(np.uint8)).save(out)


if __name__ == '__main__':
    main()
