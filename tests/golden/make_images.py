#!/usr/bin/env python3
"""Writes images/, tiny pictures in unusual encodings of one scene, and copies them as seeds for the fuzzer.

The scene has 10 x 6 pixels; pixel (x, y) is (20x + 10, 40y + 5, 12(x + y)). test_image_file.cpp knows it too.
Needs numpy and Pillow.
"""
import pathlib
import shutil
import struct
import zlib

import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).parent
OUT = HERE / 'images'
SEEDS = HERE.parent / 'fuzz' / 'corpus' / 'image'
WIDTH, HEIGHT = 10, 6
y, x = np.mgrid[:HEIGHT, :WIDTH]
RGB = np.stack((20 * x + 10, 40 * y + 5, 12 * (x + y)), -1).astype(np.uint8)
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(name, data):
    return struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))


def scanlines(samples, bits):
    """Samples (h,w,c) as unfiltered PNG rows."""
    lines = b''
    for row in samples.reshape(len(samples), -1):
        if bits == 16:
            packed = row.astype('>u2').tobytes()
        else:
            digits = ((row[:, None].astype(int) >> np.arange(bits - 1, -1, -1)) & 1).reshape(-1)
            packed = np.packbits(digits).tobytes()
        lines += b'\0' + packed
    return lines


def png(name, samples, bits, color, extra=b'', interlaced=False):
    samples = samples.reshape(HEIGHT, WIDTH, -1)
    passes = ADAM7 if interlaced else [(0, 0, 1, 1)]
    data = b''.join(scanlines(samples[top::down, left::right], bits) for left, top, right, down in passes
                    if left < WIDTH and top < HEIGHT)
    header = struct.pack('>IIBBBBB', WIDTH, HEIGHT, bits, color, 0, 0, int(interlaced))
    (OUT / name).write_bytes(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + extra + chunk(b'IDAT', zlib.compress(data))
                             + chunk(b'IEND', b''))


OUT.mkdir(exist_ok=True)
GREY, COLOR, PALETTE, GREY_ALPHA, COLOR_ALPHA = 0, 2, 3, 4, 6
steps = x + y
for bits in (1, 2, 4):
    png(f'grey{bits}.png', steps % 2**bits, bits, GREY)
png('grey16.png', 4000 * steps, 16, GREY)
png('grey_key.png', steps, 8, GREY, chunk(b'tRNS', struct.pack('>H', 3)))
png('rgb_key.png', RGB, 8, COLOR, chunk(b'tRNS', struct.pack('>HHH', *RGB[2, 1])))
png('rgb_interlaced.png', RGB, 8, COLOR, interlaced=True)
png('grey_alpha16_interlaced.png', np.stack((4000 * steps, 65535 - 6000 * y), -1), 16, GREY_ALPHA, interlaced=True)
png('palette8.png', x + WIDTH * y, 8, PALETTE, chunk(b'PLTE', RGB.tobytes()))
png('palette4.png', steps, 4, PALETTE,
    chunk(b'PLTE', RGB.reshape(-1, 3)[:15].tobytes()) + chunk(b'tRNS', bytes(range(0, 250, 25))))

picture = Image.fromarray(RGB)
alpha = Image.fromarray(np.dstack((RGB, 255 - 40 * y)).astype(np.uint8))
exif = Image.Exif()
exif[0x0112] = 6
picture.save(OUT / 'exif6.jpg', exif=exif, quality=50)
picture.save(OUT / 'progressive.jpg', progressive=True, quality=50)
picture.convert('CMYK').save(OUT / 'cmyk.jpg', quality=50)
picture.save(OUT / 'lossy.webp', quality=50, exif=exif)
alpha.save(OUT / 'lossless.webp', lossless=True, exact=True)
for kind in ('raw', 'packbits', 'tiff_lzw', 'tiff_adobe_deflate', 'jpeg'):
    picture.save(OUT / f'rgb_{kind}.tif', compression=kind)
alpha.save(OUT / 'rgba.tif', compression='tiff_lzw')
picture.convert('CMYK').save(OUT / 'cmyk.tif', compression='tiff_lzw')
picture.quantize(60).save(OUT / 'palette.tif')
Image.fromarray(steps % 2 == 1).save(OUT / 'bilevel.tif', compression='group4')
Image.fromarray((4000 * steps).astype(np.uint16)).save(OUT / 'grey16.tif')

SEEDS.mkdir(parents=True, exist_ok=True)
for file in OUT.iterdir():
    shutil.copy(file, SEEDS / f'seed_{file.name}')
