#!/usr/bin/env python3
"""Writes checkpoints/: what test_torch_checkpoint.cpp and test_npy.cpp read.

Needs torch, numpy and safetensors. NAME.pth is written by torch.save, NAME.safetensors holds the tensors that a reader must find in
it, and refused/NAME.pth are files that a reader must turn down. Values are multiples of 1/8 below 16, exact in every
floating dtype.
"""
import argparse
import collections
import pathlib
import pickle
import warnings
import zipfile

import numpy as np
import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent / 'checkpoints'
DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8,
          torch.uint8, torch.bool]

torch.manual_seed(7)


def values(*shape, dtype=torch.float32):
    return (torch.randint(-127, 128, shape) / 8).to(dtype)


def network():
    """Names and kinds of tensors as in the published files, but few and small."""
    return collections.OrderedDict([
        ('patch_embed.proj.weight', values(4, 4, 2, 2)), ('patch_embed.proj.bias', values(4)),
        ('blocks.0.attn.q_bias', values(4)), ('blocks.0.attn.relative_position_index', torch.arange(16).view(4, 4)),
        ('blocks.0.norm1.weight', values(4)), ('head.head.weight', values(8, 4, 3, 3)[:2]), ('scale', values())])


def write_expected(name, tensors):
    save_file({key: tensor.detach().clone(memory_format=torch.contiguous_format) for key, tensor in tensors.items()},
              HERE / f'{name}.safetensors')


def save(name, content, expected, **options):
    torch.save(content, HERE / f'{name}.pth', **options)
    write_expected(name, expected)


def rewrite(source, target, change=lambda name, data: data, **options):
    """The same entries as another program would zip them."""
    with zipfile.ZipFile(HERE / f'{source}.pth') as old, zipfile.ZipFile(HERE / f'{target}.pth', 'w', **options) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))


def training():
    layer = torch.nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(layer.parameters(), lr=5e-4, betas=(0.9, 0.95), weight_decay=0.05)
    layer(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    args = argparse.Namespace(model='icolorit_tiny_4ch_patch16_224', lr=5e-4, opt_betas=[0.9, 0.95], resume='', clip_grad=None,
                              distributed=False, window=(14, 14), seed=4885, large=2**70, negative=-3, many=70000,
                              folder=pathlib.PurePosixPath('images'), generator=np.float64(0.5), device=torch.device('cpu'))
    weights = network()
    weights._metadata = collections.OrderedDict([('', {'version': 1})])  # as Module.state_dict() leaves it
    scaler = {'scale': 65536.0, 'growth_factor': 2.0, 'backoff_factor': 0.5, 'growth_interval': 2000, '_growth_tracker': 0}
    save('training', {'model': weights, 'optimizer': optimizer.state_dict(), 'epoch': 24, 'scaler': scaler, 'args': args}, weights)


def views():
    base = values(6, 5, 4)
    tensors = {'whole': base, 'transposed': base.transpose(0, 2), 'rows': base[2:4], 'columns': base[:, 1:3, ::2],
               'permuted': base.permute(1, 2, 0), 'element': base[3, 2, 1], 'expanded': base[0, 0, :1].expand(3, 4),
               'diagonal': base[0].diagonal(), 'none': base[:0], 'tied': base}
    save('views', tensors, tensors)


def dtypes():
    tensors = {str(dtype).removeprefix('torch.'): values(3, 5, dtype=dtype) for dtype in DTYPES}
    save('dtypes', tensors, tensors)
    half = collections.OrderedDict((name, value.half() if 'attn' in name else value.bfloat16())
                                   for name, value in network().items())
    save('half', {'state_dict': half}, half)


def others():
    weights = network()
    save('bare', weights, weights)
    save('protocol5', {'model': weights, 'epoch': 3}, weights, pickle_protocol=5)
    save('parallel', {'model': collections.OrderedDict(('module.' + name, value) for name, value in weights.items())}, weights)
    parameters = {name: torch.nn.Parameter(value) for name, value in weights.items() if value.is_floating_point()}
    parameters['blocks.0.norm1.weight'].note = 'an attribute makes torch.save write another function'
    save('parameters', parameters, parameters)

    location_tag = torch.serialization.location_tag
    torch.serialization.location_tag = lambda storage: 'cuda:0'
    save('cuda', {'model': weights}, weights)
    torch.serialization.location_tag = location_tag

    limit = zipfile.ZIP64_LIMIT
    zipfile.ZIP64_LIMIT = 0  # every size and offset goes to a zip64 field
    rewrite('bare', 'zip64')
    zipfile.ZIP64_LIMIT = limit
    write_expected('zip64', weights)


def python_2():
    """What PyTorch 0.1 wrote under Python 2, and so the public VGG-16: byte strings for text, an OrderedDict from a list of
    pairs, Parameters around tensors of five arguments less. Pickled by hand, for no Python 3 writes it."""
    weight, bias = values(2, 3), values(3)
    text = lambda t: b'U' + bytes([len(t)]) + t.encode()
    number = lambda n: b'K' + bytes([n])

    def parameter(key, tensor):
        storage = b'(' + text('storage') + b'ctorch\nFloatStorage\n' + text(key) + text('cpu') + number(tensor.numel()) + b'NtQ'
        extents = b''.join(b'(' + b''.join(map(number, numbers)) + b't' for numbers in (tensor.shape, tensor.stride()))
        data = b'ctorch._utils\n_rebuild_tensor\n(' + storage + number(0) + extents + b'tR'
        return b'ctorch.nn.parameter\nParameter\n' + data + b'\x85R(\x88\x89Ntb'

    pairs = b''.join(b'](' + text(name) + parameter(key, tensor) + b'e'
                     for name, key, tensor in (('weight', '12', weight), ('bias', '7', bias)))
    with open(HERE / 'python2.pth', 'wb') as file:
        pickle.dump(0x1950a86a20f9469cfc6c, file, protocol=2)
        pickle.dump(1001, file, protocol=2)
        file.write(b'\x80\x02}(' + text('little_endian') + b'\x88u.')
        file.write(b'\x80\x02ccollections\nOrderedDict\n](' + pairs + b'e\x85R.')
        file.write(b'\x80\x02](' + text('12') + text('7') + b'e.')
        for tensor in (weight, bias):
            file.write(tensor.numel().to_bytes(8, 'little') + tensor.numpy().tobytes())
    write_expected('python2', {'weight': weight, 'bias': bias})
    loaded = torch.load(HERE / 'python2.pth')  # PyTorch agrees that this is such a file
    assert torch.equal(loaded['weight'].data, weight) and torch.equal(loaded['bias'].data, bias)


def legacy():
    weights = network()
    save('legacy', weights, weights, _use_new_zipfile_serialization=False)


def refused():
    torch.save(torch.nn.Linear(2, 2), HERE / 'refused/module.pth')
    torch.save({'model': torch.nn.Linear(2, 2)}, HERE / 'refused/model_is_module.pth')
    torch.save({'weight': values(3, 3).to_sparse()}, HERE / 'refused/sparse.pth')
    torch.save({'epoch': 3, 'loss': [0.5, 0.25]}, HERE / 'refused/no_tensors.pth')
    torch.jit.script(torch.nn.Linear(2, 2)).save(HERE / 'refused/script.pth')
    rewrite('bare', 'refused/compressed', compression=zipfile.ZIP_DEFLATED)
    rewrite('bare', 'refused/big_endian', lambda name, data: b'big' if name.endswith('byteorder') else data)


def arrays():
    np.save(HERE / 'array_f4.npy', values(2, 3, 4).numpy())
    np.save(HERE / 'array_f8.npy', values(5, dtype=torch.float64).numpy())
    np.save(HERE / 'array_u1.npy', np.arange(6, dtype='u1').reshape(2, 3) * 51)
    np.save(HERE / 'array_i4.npy', np.arange(-3, 3, dtype='<i4'))
    np.save(HERE / 'array_i8.npy', np.array(-7, dtype='<i8'))
    np.save(HERE / 'array_fortran.npy', np.asfortranarray(values(2, 3).numpy()))
    np.save(HERE / 'array_big_endian.npy', np.zeros(2, '>f4'))
    with open(HERE / 'array_version2.npy', 'wb') as file:
        np.lib.format.write_array(file, np.arange(4, dtype='<f4'), version=(2, 0))


if __name__ == '__main__':
    warnings.simplefilter('ignore')
    (HERE / 'refused').mkdir(parents=True, exist_ok=True)
    for make in (training, views, dtypes, others, legacy, refused, arrays, python_2):
        make()
