#!/usr/bin/env python3
"""Shows an event folder to TensorBoard's own reader and prints what it finds: the tags, their steps and last values.

    check_event_log.py FOLDER          needs the package tensorboard
"""
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

events = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0, 'images': 0})
events.Reload()
for tag in events.Tags()['scalars']:
    scalars = events.Scalars(tag)
    print(f'{tag}: {len(scalars)} values, steps {scalars[0].step} to {scalars[-1].step}, last {scalars[-1].value:.6g}')
for tag in events.Tags()['images']:
    image = events.Images(tag)[-1]
    print(f'{tag}: step {image.step}, {image.width} x {image.height} pixels, {len(image.encoded_image_string)} bytes')
