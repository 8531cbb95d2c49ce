#!/usr/bin/env python3
"""PyTorch's side of a paired comparison, eager mode; see icolorit_worker.cpp for the protocol.

    torch_worker.py forward|training FOLDER THREADS
"""
import pathlib
import sys
import time

import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / 'shared' / 'reference'))
import icolorit_reference as reference  # noqa: E402


def main():
    workload, folder, threads = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(threads)
    checkpoint = torch.load(folder / 'checkpoint.pth', weights_only=False)
    model = reference.IColoriT(**checkpoint['config'])
    model.load_state_dict(checkpoint['model'])
    lab, mask = (torch.from_numpy(np.load(folder / f'{name}.npy')) for name in ('lab', 'mask'))
    tokens = lambda ab: ab.view(len(lab), -1, model.patch ** 2, 2)

    if workload == 'training':
        # The published rule: decay for tensors of rank 2 and more.
        decayed = [p for p in model.parameters() if p.dim() > 1]
        others = [p for p in model.parameters() if p.dim() <= 1]
        optimizer = torch.optim.AdamW([{'params': decayed}, {'params': others, 'weight_decay': 0.}], lr=1e-4,
                                      betas=(.9, .95), weight_decay=.05)
        target = tokens(reference.pixel_unshuffle(lab[:, 1:], model.patch))

        def run():
            optimizer.zero_grad()
            loss = reference.l1_loss(tokens(model(lab, mask)), target)
            loss.backward()
            optimizer.step()
            return loss.item()

        run(), run()
        value = run()
    else:
        model.eval()

        def run():
            with torch.inference_mode():
                return model(lab, mask)

        value = run().abs().mean().item()

    print(f'ready {value:.9g}', flush=True)
    for line in sys.stdin:
        count = int(line.split()[1])
        start = time.perf_counter()
        for _ in range(count):
            run()
        print(time.perf_counter() - start, flush=True)


if __name__ == '__main__':
    main()
