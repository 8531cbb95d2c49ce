#!/usr/bin/env python3
"""Golden values of the picture metrics.

    make_metrics.py [OUT_DIR]

OUT_DIR/metrics/{truth,prediction,lab_before,lab_after}.npy: pictures (3,48,64), RGB in [0,1] and Lab in network units.
OUT_DIR/metrics/values.txt: `name value` of each metric by the executable specification (psnr, boundary_psnr,
patch_error_variance, hint_propagation_*), scikit-image (ssim) and the formula of the paper in NumPy (colorfulness).
"""
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F
from skimage.metrics import structural_similarity

import specification as reference

out = os.path.join(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__)), 'metrics')
os.makedirs(out, exist_ok=True)

H, W, PATCH, HINT = 48, 64, 8, (20, 31)
generator = torch.Generator().manual_seed(11)


def smooth(cells):
    return F.interpolate(torch.rand(1, 3, *cells, generator=generator), size=(H, W), mode='bicubic').clamp(0, 1)


truth = smooth((9, 12))
# An error that differs from patch to patch, so that no metric sees a uniform one.
prediction = (truth + .25 * (smooth((6, 8)) - .5) + .03 * torch.randn(truth.shape, generator=generator)).clamp(0, 1)
before = reference.normalise_lab(reference.rgb_to_lab(prediction))
y, x = torch.meshgrid(torch.arange(H), torch.arange(W), indexing='ij')
bump = torch.exp(-((y - HINT[0]) ** 2 / 60. + (x - HINT[1]) ** 2 / 140.))
after = before + torch.tensor([0., .2, -.12]).view(1, 3, 1, 1) * bump

for name, picture in (('truth', truth), ('prediction', prediction), ('lab_before', before), ('lab_after', after)):
    np.save(os.path.join(out, name + '.npy'), picture[0].numpy())

red, green, blue = 255 * prediction[0].double().numpy()
rg, yb = red - green, (red + green) / 2 - blue
mean, deviation = reference.hint_propagation_range(before[0], after[0], HINT)
values = {
    'psnr': reference.psnr(truth, prediction).item(),
    'boundary_psnr': reference.boundary_psnr(truth, prediction, PATCH).item(),
    'boundary_psnr_16': reference.boundary_psnr(truth, prediction).item(),
    'patch_error_variance': reference.patch_error_variance(truth, prediction, PATCH).item(),
    'patch_error_variance_16': reference.patch_error_variance(truth, prediction).item(),
    'hint_propagation_mean': mean,
    'hint_propagation_deviation': deviation,
    'ssim': structural_similarity(truth[0].double().numpy(), prediction[0].double().numpy(), gaussian_weights=True,
                                  sigma=1.5, use_sample_covariance=False, data_range=1., channel_axis=0),
    'colorfulness': np.hypot(rg.std(), yb.std()) + .3 * np.hypot(rg.mean(), yb.mean()),
}
with open(os.path.join(out, 'values.txt'), 'w') as file:
    for name, value in values.items():
        print(name, f'{value:.9g}', file=file)
