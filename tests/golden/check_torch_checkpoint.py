#!/usr/bin/env python3
"""Shows a checkpoint that `icolorit convert` wrote to PyTorch: torch.load in both modes, and a strict load_state_dict.

    check_torch_checkpoint.py FILE.pth [--original ORIGINAL.pth]

With ORIGINAL, a file by torch.save, every tensor must be equal, key for key. Needs torch.
"""
import argparse

import torch

import specification as reference

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument('file')
parser.add_argument('--original')
arguments = parser.parse_args()

checkpoint = torch.load(arguments.file, weights_only=True)
again = torch.load(arguments.file, weights_only=False)
state = checkpoint['model']
assert list(state) == list(again['model']) and all(torch.equal(state[k], again['model'][k]) for k in state)

embed, bias = state['patch_embed.proj.weight'], state.get('blocks.0.attn.rpb_table')
depth = sum(k.endswith('.norm1.weight') for k in state)
patch = embed.shape[2]
window = (round(bias.shape[0] ** .5) + 1) // 2 if bias is not None else 224 // patch
head = 'cnn' if 'head.head.weight' in state else 'locattn' if 'head.qkv.weight' in state else 'linear'
model = reference.IColoriT(dim=embed.shape[0], heads=bias.shape[1] if bias is not None else max(1, embed.shape[0] // 64),
                           patch=patch, size=window * patch, depth=depth, channels=embed.shape[1], head_mode=head,
                           rpb=bias is not None)
model.load_state_dict(state, strict=True)
if arguments.original:
    original = torch.load(arguments.original, weights_only=False)
    original = original.get('model', original)
    assert set(original) == set(state), set(original) ^ set(state)
    for key, value in original.items():
        assert value.dtype == state[key].dtype and torch.equal(value, state[key]), key
print(f'{arguments.file}: {len(state)} tensors, epoch {checkpoint.get("epoch")}, loaded strictly'
      + (', equal to the original' if arguments.original else ''))
