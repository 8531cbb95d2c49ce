#!/usr/bin/env python3
"""Executable specification of iColoriT (Yun et al., WACV 2023) in plain PyTorch.

Slow and short on purpose: every function states the mathematics the C++ library must reproduce.
Parameter names and shapes are those of the published checkpoints, so a state_dict of this module
and a published `.pth` are interchangeable. Autograd supplies the gradients to compare with.

Layouts: images are [B, 3, H, W] float32; tokens are [B, N, D] with N = (H/p)(W/p) in row-major
patch order; a hint mask is [B, (H/s)(W/s)] with 0 = hint, 1 = no hint, s = hint size in pixels.

    python3 specification.py golden OUT_DIR [--model tiny --seed 0 ...]   writes .pth + .npy files
"""
import argparse
import math
import os

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

# ----------------------------------------------------------------- colour (sRGB, D65, CIE 1976 L*a*b*)
RGB_TO_XYZ = torch.tensor([[.412453, .357580, .180423],
                           [.212671, .715160, .072169],
                           [.019334, .119193, .950227]])
XYZ_TO_RGB = torch.tensor([[3.24048134, -1.53715152, -0.49853633],
                           [-0.96925495, 1.87599, 0.04155593],
                           [0.05564664, -0.20404134, 1.05731107]])
WHITE = torch.tensor([0.95047, 1.0, 1.08883]).view(1, 3, 1, 1)


def rgb_to_lab(rgb):
    """[B,3,H,W] sRGB in [0,1] -> L in [0,100], a and b about [-110,110]."""
    linear = torch.where(rgb > .04045, ((rgb.clamp_min(0) + .055) / 1.055) ** 2.4, rgb / 12.92)
    xyz = torch.einsum('ij,bjhw->bihw', RGB_TO_XYZ, linear) / WHITE
    f = torch.where(xyz > .008856, xyz.clamp_min(1e-12) ** (1 / 3), 7.787 * xyz + 16 / 116)
    x, y, z = f.unbind(1)
    return torch.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), 1)


def lab_to_rgb(lab):
    """Inverse of rgb_to_lab. Linear RGB is clamped below at 0; the result may exceed 1 out of gamut."""
    L, a, b = lab.unbind(1)
    y = (L + 16) / 116
    f = torch.stack((a / 500 + y, y, (y - b / 200).clamp_min(0)), 1)
    xyz = torch.where(f > .2068966, f ** 3, (f - 16 / 116) / 7.787) * WHITE
    linear = torch.einsum('ij,bjhw->bihw', XYZ_TO_RGB, xyz).clamp_min(0)
    return torch.where(linear > .0031308, 1.055 * linear.clamp_min(1e-12) ** (1 / 2.4) - .055, 12.92 * linear)


def normalise_lab(lab):
    """Network units: (L-50)/100, a/110, b/110."""
    return torch.cat(((lab[:, :1] - 50) / 100, lab[:, 1:] / 110), 1)


def denormalise_lab(lab):
    return torch.cat((lab[:, :1] * 100 + 50, lab[:, 1:] * 110), 1)


# ----------------------------------------------------------------- model
VARIANTS = {  # name: (embed_dim, heads, patch)
    'icolorit_tiny_4ch_patch8_224': (192, 3, 8),
    'icolorit_tiny_4ch_patch16_224': (192, 3, 16),
    'icolorit_tiny_4ch_patch32_224': (192, 3, 32),
    'icolorit_small_4ch_patch16_224': (384, 6, 16),
    'icolorit_base_4ch_patch16_224': (768, 12, 16),
}


def relative_position_index(window):
    """[window^2, window^2] row of the bias table for (query, key): (dy+w-1)(2w-1) + (dx+w-1), d = query - key."""
    y, x = torch.meshgrid(torch.arange(window), torch.arange(window), indexing='ij')
    y, x = y.flatten(), x.flatten()
    return (y[:, None] - y[None] + window - 1) * (2 * window - 1) + (x[:, None] - x[None] + window - 1)


def sinusoid_table(positions, dim):
    """[1, N, D]; angle(n, j) = n / 10000^(2 floor(j/2) / D) in double precision; sin on even j, cos on odd j."""
    j = np.arange(dim)
    angle = np.arange(positions)[:, None] / np.power(10000, 2 * (j // 2) / dim)[None]
    table = np.where(j % 2 == 0, np.sin(angle), np.cos(angle))
    return torch.from_numpy(table).float()[None]


class Attention(nn.Module):
    def __init__(self, dim, heads, window, rpb=True, qkv_bias=True, out_dim=None, local=False):
        super().__init__()
        self.heads, self.scale = heads, (dim // heads) ** -0.5
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.q_bias = nn.Parameter(torch.zeros(dim)) if qkv_bias else None   # keys carry no bias
        self.v_bias = nn.Parameter(torch.zeros(dim)) if qkv_bias else None
        self.rpb_table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads)) if rpb else None
        if rpb:
            self.register_buffer('relative_position_index', relative_position_index(window))
        if local:  # each token sees its 3x3 neighbourhood only: 1 = masked out
            y, x = torch.meshgrid(torch.arange(window), torch.arange(window), indexing='ij')
            y, x = y.flatten(), x.flatten()
            near = ((y[:, None] - y[None]).abs() <= 1) & ((x[:, None] - x[None]).abs() <= 1)
            self.register_buffer('mask', (~near).float())
        self.local = local
        self.proj = nn.Linear(dim, out_dim or dim)

    def forward(self, x):
        B, N, D = x.shape
        qkv = x @ self.qkv.weight.T
        if self.q_bias is not None:
            qkv = qkv + torch.cat((self.q_bias, torch.zeros_like(self.q_bias), self.v_bias))
        q, k, v = qkv.view(B, N, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        logits = (q * self.scale) @ k.transpose(-1, -2)
        if self.local:
            logits = logits.masked_fill(self.mask.bool(), -torch.finfo(logits.dtype).max)
        if self.rpb_table is not None:
            logits = logits + self.rpb_table[self.relative_position_index].permute(2, 0, 1)
        return self.proj((logits.softmax(-1) @ v).transpose(1, 2).reshape(B, N, D))


class Mlp(nn.Module):
    def __init__(self, dim, ratio=4):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(dim, int(ratio * dim)), nn.Linear(int(ratio * dim), dim)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))  # exact GELU (erf), not the tanh approximation


class Block(nn.Module):
    """x += attn(norm1(x)); x += mlp(norm2(x)); LayerNorm eps 1e-6."""

    def __init__(self, dim, heads, window, ratio=4, rpb=True):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim, eps=1e-6), nn.LayerNorm(dim, eps=1e-6)
        self.attn, self.mlp = Attention(dim, heads, window, rpb), Mlp(dim, ratio)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class ConvStabilizer(nn.Module):
    """Local stabilizing layer, 'cnn': 3x3 convolution, reflect padding, over the token grid."""

    def __init__(self, dim, out_dim, window):
        super().__init__()
        self.window = window
        self.head = nn.Conv2d(dim, out_dim, 3, padding=1, padding_mode='reflect')

    def forward(self, x):
        B, N, D = x.shape
        grid = x.transpose(1, 2).reshape(B, D, self.window, self.window)
        return self.head(grid).flatten(2).transpose(1, 2)


class _PatchEmbed(nn.Module):
    def __init__(self, channels, dim, patch):
        super().__init__()
        self.proj = nn.Conv2d(channels, dim, patch, stride=patch)


class IColoriT(nn.Module):
    def __init__(self, dim=768, heads=12, patch=16, size=224, depth=12, ratio=4, channels=4,
                 head_mode='cnn', rpb=True, avg_hint=True, mask_cent=False):
        super().__init__()
        window, out = size // patch, 2 * patch * patch
        self.patch, self.channels, self.avg_hint, self.mask_cent = patch, channels, avg_hint, mask_cent
        self.patch_embed = _PatchEmbed(channels, dim, patch)
        self.register_buffer('pos_embed', sinusoid_table(window * window, dim), persistent=False)  # fixed; not in the state_dict
        self.blocks = nn.ModuleList([Block(dim, heads, window, ratio, rpb) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        if head_mode == 'cnn':
            self.head = ConvStabilizer(dim, out, window)
        elif head_mode == 'linear':
            self.head = nn.Linear(dim, out)
        elif head_mode == 'locattn':                               # 8 heads, no qkv bias, no position bias
            self.head = Attention(dim, 8, window, rpb=False, qkv_bias=False, out_dim=out, local=True)
        else:
            raise ValueError(head_mode)

    def network_input(self, lab, mask):
        """lab in network units; ab is blanked outside hints and averaged inside each s x s hint cell."""
        B, _, H, W = lab.shape
        s = int(math.sqrt(H * W // mask.shape[1]))
        cell = mask.view(B, 1, H // s, W // s).to(lab.dtype)
        if self.avg_hint:  # bilinear, half-pixel centres, no antialiasing: the 2x2 mean for s = 2
            ab = F.interpolate(lab, size=(H // s, W // s), mode='bilinear', align_corners=False)[:, 1:] * (1 - cell)
            ab = F.interpolate(ab, scale_factor=s, mode='nearest')
        else:
            ab = lab[:, 1:] * (1 - F.interpolate(cell, scale_factor=s, mode='nearest'))
        x = torch.cat((lab[:, :1], ab), 1)
        if self.channels == 4:
            x = torch.cat((x, 1 - F.interpolate(cell, scale_factor=s, mode='nearest')), 1)  # 1 where hinted
        if self.mask_cent:
            x = torch.cat((x[:, :-1], x[:, -1:] - .5), 1)
        return x

    def forward(self, lab, mask):
        """[B,3,H,W] network-unit Lab, [B,(H/s)(W/s)] mask -> [B, N, p*p*2] ab in network units."""
        x = self.patch_embed.proj(self.network_input(lab, mask)).flatten(2).transpose(1, 2)
        x = x + self.pos_embed
        for block in self.blocks:
            x = block(x)
        return torch.tanh(self.head(self.norm(x)))


def pixel_shuffle(tokens, patch, h, w):
    """[B, h*w, p*p*2] -> [B, 2, h*p, w*p]; a token stores (row in patch, column in patch, channel), channel fastest."""
    B = tokens.shape[0]
    return tokens.view(B, h, w, patch, patch, 2).permute(0, 5, 1, 3, 2, 4).reshape(B, 2, h * patch, w * patch)


def pixel_unshuffle(ab, patch):
    B, _, H, W = ab.shape
    return ab.view(B, 2, H // patch, patch, W // patch, patch).permute(0, 2, 4, 3, 5, 1).reshape(B, -1, patch * patch * 2)


# ----------------------------------------------------------------- losses: sum over the 2 channels, mean over the rest
def l1_loss(p, t):  # p, t: [B, N, p*p, 2]
    return (p - t).abs().sum(-1).mean()


def l2_loss(p, t):
    return ((p - t) ** 2).sum(-1).mean()


def huber_loss(p, t, delta=.01):
    e = (p - t).abs()
    return torch.where(e < delta, .5 * e * e / delta, e - .5 * delta).sum(-1).mean()


# ----------------------------------------------------------------- metrics, RGB in [0,1], [B,3,H,W]
def psnr(a, b, eps=1e-5):
    """Mean over the batch of per-image PSNR in dB; the mean squared error is clamped below at 1e-5."""
    return (-10 * torch.log10(((a - b) ** 2).mean((1, 2, 3)).clamp_min(eps))).mean()


def boundary_psnr(a, b, patch=16, eps=1e-5):
    """PSNR over the pixels on both sides of every interior patch boundary."""
    H, W = a.shape[-2:]
    row = torch.tensor([(i % patch == patch - 1 and i != H - 1) or (i % patch == 0 and i != 0) for i in range(H)])
    col = torch.tensor([(i % patch == patch - 1 and i != W - 1) or (i % patch == 0 and i != 0) for i in range(W)])
    m = (row[:, None] | col[None]).float()
    mse = (((a - b) ** 2).mean(1) * m).sum((-1, -2)) / m.sum()
    return (-10 * torch.log10(mse.clamp_min(eps))).mean()


def patch_error_variance(a, b, patch=16):
    """Unbiased variance over patches of the per-patch RMSE on the 0..255 scale, mean over the batch."""
    B, _, H, W = a.shape
    mse = ((a * 255 - b * 255) ** 2).mean(1).view(B, H // patch, patch, W // patch, patch).mean((2, 4)).flatten(1)
    return mse.sqrt().var(1).mean()


def hint_propagation_range(before, after, yx, jnd=2.3):
    """Mean and standard deviation of the distance (pixels) from the new hint (y, x) to every pixel that it
    changed by more than the just-noticeable difference; before/after: [3,H,W] network-unit Lab, scaled by 100,110,110."""
    scale = torch.tensor([100., 110., 110.]).view(3, 1, 1)
    d = (((after - before) * scale) ** 2).sum(0).sqrt()
    points = torch.stack(torch.where(d > jnd), -1).float()
    if len(points) == 0:
        return 0., 0.
    r = ((points - torch.as_tensor(yx).float()) ** 2).sum(1).sqrt()
    return r.mean().item(), (r.std().item() if len(points) > 1 else 0.)


# ----------------------------------------------------------------- schedule
def cosine_schedule(base, final, epochs, steps_per_epoch, warmup_epochs=0, start=0., warmup_steps=-1):
    """One value a step: linear from `start` to `base` (both ends included), then half a cosine down to `final`."""
    n = warmup_steps if warmup_steps > 0 else warmup_epochs * steps_per_epoch
    rest = epochs * steps_per_epoch - n
    warm = np.linspace(start, base, n) if warmup_epochs > 0 else np.array([])
    return np.concatenate((warm, final + .5 * (base - final) * (1 + np.cos(np.pi * np.arange(rest) / rest))))


# ----------------------------------------------------------------- golden files
def randomise(model, seed):
    """Weights with the spread of a trained network, so that no term (bias, position bias) is accidentally zero."""
    g = torch.Generator().manual_seed(seed)
    for name, p in model.named_parameters():
        with torch.no_grad():
            if 'norm' in name and name.endswith('weight'):
                p.copy_(1 + .1 * torch.randn(p.shape, generator=g))
            elif p.dim() == 1:
                p.copy_(.05 * torch.randn(p.shape, generator=g))
            elif 'rpb_table' in name:
                p.copy_(.5 * torch.randn(p.shape, generator=g))
            else:
                fan_in = p[0].numel()
                p.copy_(torch.randn(p.shape, generator=g) / math.sqrt(fan_in))
    return model


def smooth_image(size, seed):
    """[1,3,size,size] in [0,1]: a colourful low-frequency picture, the same on every machine for a seed."""
    g = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 9, 9, generator=g)
    return F.interpolate(coarse, size=(size, size), mode='bicubic', align_corners=False).clamp(0, 1)


def random_mask(size, hint_size, hints, seed):
    g = torch.Generator().manual_seed(seed)
    mask = torch.ones(1, (size // hint_size) ** 2)
    mask[0, torch.randperm(mask.shape[1], generator=g)[:hints]] = 0
    return mask


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('command', choices=['golden'])
    ap.add_argument('out')
    ap.add_argument('--model', default='icolorit_tiny_4ch_patch16_224', choices=VARIANTS)
    ap.add_argument('--dim', type=int), ap.add_argument('--heads', type=int), ap.add_argument('--depth', type=int, default=12)
    ap.add_argument('--patch', type=int), ap.add_argument('--size', type=int, default=224)
    ap.add_argument('--head-mode', default='cnn'), ap.add_argument('--hint-size', type=int, default=2)
    ap.add_argument('--hints', type=int, default=10), ap.add_argument('--seed', type=int, default=0)
    ap.add_argument('--mask-cent', action='store_true'), ap.add_argument('--no-avg-hint', action='store_true')
    ap.add_argument('--gradients', action='store_true', help='also write d(L1 loss)/d(parameter) for every parameter')
    a = ap.parse_args()
    dim, heads, patch = VARIANTS[a.model]
    dim, heads, patch = a.dim or dim, a.heads or heads, a.patch or patch
    model = randomise(IColoriT(dim, heads, patch, a.size, a.depth, head_mode=a.head_mode,
                               avg_hint=not a.no_avg_hint, mask_cent=a.mask_cent), a.seed).eval()
    rgb = smooth_image(a.size, a.seed + 1)
    lab = normalise_lab(rgb_to_lab(rgb))
    mask = random_mask(a.size, a.hint_size, a.hints, a.seed + 2)
    out = model(lab, mask)
    n = a.size // patch
    os.makedirs(a.out, exist_ok=True)
    torch.save({'model': model.state_dict(), 'epoch': 0}, os.path.join(a.out, 'checkpoint.pth'))
    save = lambda name, t: np.save(os.path.join(a.out, name + '.npy'), t.detach().numpy())
    save('rgb', rgb), save('lab', lab), save('mask', mask), save('tokens', out)
    save('ab', pixel_shuffle(out, patch, n, n))
    save('prediction_rgb', lab_to_rgb(denormalise_lab(torch.cat((lab[:, :1], pixel_shuffle(out, patch, n, n)), 1))))
    if a.gradients:
        target = pixel_unshuffle(lab[:, 1:], patch)
        loss = l1_loss(out.view(1, -1, patch * patch, 2), target.view(1, -1, patch * patch, 2))
        loss.backward()
        save('loss', loss)
        np.savez(os.path.join(a.out, 'gradients.npz'), **{k: p.grad.numpy() for k, p in model.named_parameters()})


if __name__ == '__main__':
    main()
