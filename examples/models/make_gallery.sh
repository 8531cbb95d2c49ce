#!/usr/bin/env bash
# Makes the pictures of examples/gallery.md from this repository's own painting: the model that comes with the tool and
# the optimisation engine, with the same hints. Needs build/release/examples/icolorit (examples/quickstart.sh builds it).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tool=../build/release/examples/icolorit
mkdir -p pictures/gallery
for engine in icolorit optimization; do
  used=(--engine $engine)
  [ $engine = icolorit ] && used+=(--weights models/icolorit_tiny.safetensors)
  for hints in 0 5 20; do
    [ $engine = optimization ] && [ $hints = 0 ] && continue  # grey
    "$tool" colorize pictures/sample_color.png -o pictures/gallery/${engine}_$hints.jpg --reveal-random $hints --seed 7 \
      "${used[@]}"
  done
  "$tool" colorize pictures/sample_grey.png -o pictures/gallery/${engine}_106.jpg --hints pictures/sample.hints.json \
    "${used[@]}"
done
