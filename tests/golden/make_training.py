#!/usr/bin/env python3
"""Golden values of the training arithmetic, by the executable specification and PyTorch's AdamW in double.

    make_training.py [OUT_DIR]

OUT_DIR/training/schedule.npy: cosine schedules, one after the other (see CASES).
OUT_DIR/training/losses.npy: the L1 loss before each of 20 AdamW steps of the network golden case `cnn` on its own picture.
OUT_DIR/training/values.npy: L1, L2 and Huber loss of that case before the first step.
"""
import os
import sys

import numpy as np
import torch

import specification as reference
from make_network import CASES

SCHEDULES = [dict(base=5e-4, final=1e-5, epochs=4, steps_per_epoch=5, warmup_epochs=2),
             dict(base=.05, final=.05, epochs=2, steps_per_epoch=3),
             dict(base=1., final=.1, epochs=3, steps_per_epoch=4, warmup_epochs=1, start=.2)]


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    out = os.path.join(sys.argv[1] if len(sys.argv) > 1 else here, 'training')
    os.makedirs(out, exist_ok=True)
    np.save(os.path.join(out, 'schedule.npy'), np.concatenate([reference.cosine_schedule(**s) for s in SCHEDULES]))

    options, _, _ = CASES['cnn']
    case = os.path.join(here, 'network', 'cnn')
    model = reference.IColoriT(**options)
    model.load_state_dict(torch.load(os.path.join(case, 'checkpoint.pth'))['model'])
    model.double()
    lab, mask = (torch.from_numpy(np.load(os.path.join(case, name + '.npy'))).double() for name in ('lab', 'mask'))
    patch = options['patch']
    target = reference.pixel_unshuffle(lab[:, 1:], patch).view(1, -1, patch * patch, 2)
    decays = lambda name, p: p.dim() >= 2 and not name.endswith('.bias')
    groups = [{'params': [p for n, p in model.named_parameters() if decays(n, p) == wanted], 'weight_decay': decay}
              for wanted, decay in ((True, .05), (False, 0.))]
    optimizer = torch.optim.AdamW(groups, betas=(.9, .95), eps=1e-8)
    rates = reference.cosine_schedule(2e-3, 1e-5, 4, 5, warmup_epochs=1)
    losses, values = [], None
    for rate in rates:
        for group in optimizer.param_groups:
            group['lr'] = rate
        prediction = model(lab, mask).view(target.shape)
        if values is None:
            values = [f(prediction, target).item() for f in (reference.l1_loss, reference.l2_loss, reference.huber_loss)]
        loss = reference.l1_loss(prediction, target)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    np.save(os.path.join(out, 'losses.npy'), np.array(losses))
    np.save(os.path.join(out, 'values.npy'), np.array(values))


if __name__ == '__main__':
    main()
