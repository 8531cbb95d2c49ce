#!/usr/bin/env python3
"""Golden files of the published evaluation protocol, computed by the executable specification.

Squashes examples/pictures/sample_color.png to 48 x 48 as torchvision does, reveals ten cells, runs the network of
network/cnn/checkpoint.pth in double precision and writes paper/{hints.txt,ab.npy,colored.png}.
Needs numpy, torch and Pillow.
"""
import pathlib

import numpy as np
import torch
from PIL import Image

import specification as reference

HERE = pathlib.Path(__file__).resolve().parent
SIZE, CELL, HINTS = 48, 2, 10

reference.RGB_TO_XYZ, reference.XYZ_TO_RGB, reference.WHITE = (
    t.double() for t in (reference.RGB_TO_XYZ, reference.XYZ_TO_RGB, reference.WHITE))

network = reference.IColoriT(dim=24, heads=3, patch=8, size=SIZE, depth=2)
network.load_state_dict(torch.load(HERE / 'network' / 'cnn' / 'checkpoint.pth')['model'])
network = network.double().eval()

picture = Image.open(HERE.parents[1] / 'examples' / 'pictures' / 'sample_color.png').convert('RGB')
samples = np.array(picture.resize((SIZE, SIZE), Image.BILINEAR))
rgb = torch.from_numpy(samples).permute(2, 0, 1)[None].double() / 255
lab = reference.normalise_lab(reference.rgb_to_lab(rgb))
mask = reference.random_mask(SIZE, CELL, HINTS, seed=7)
with torch.no_grad():
    ab = reference.pixel_shuffle(network(lab, mask.double()), 8, SIZE // 8, SIZE // 8)
colored = reference.lab_to_rgb(reference.denormalise_lab(torch.cat((lab[:, :1], ab), 1)))

folder = HERE / 'paper'
folder.mkdir(exist_ok=True)
columns = SIZE // CELL
cells = (mask[0] == 0).nonzero().flatten().tolist()
(folder / 'hints.txt').write_text(''.join(f'{i // columns * CELL} {i % columns * CELL}\n' for i in cells))
np.save(folder / 'ab.npy', ab[0].numpy().astype(np.float32))
Image.fromarray((colored[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()).save(folder / 'colored.png')
