#!/usr/bin/env bash
# Makes the pictures of examples/gallery.md and docs/restoring.md from this repository's own painting: fusion with the
# model that comes with the tool, and the optimisation engine, with the same hints. Needs
# build/release/examples/icolorit (examples/quickstart.sh builds it).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tool=../build/release/examples/icolorit
mkdir -p pictures/gallery
for engine in fusion optimization; do
  for hints in 0 5 20; do
    [ $engine = optimization ] && [ $hints = 0 ] && continue  # grey
    "$tool" colorize --overwrite pictures/sample_color.png -o pictures/gallery/${engine}_$hints.jpg --reveal-random $hints --seed 7 \
      --engine $engine
  done
  "$tool" colorize --overwrite pictures/sample_grey.png -o pictures/gallery/${engine}_106.jpg --hints pictures/sample.hints.json \
    --engine $engine
done

# The same six colours, in the middle of things and badly placed.
good=(60,60 240,190 480,330 300,450 60,230 384,100)
bad=(4,4 241,168 320,281 8,476 130,300 446,100)
colors=(6b9dd2 f2f2f5 4f7d8e 5f9c2a dc9a20 c01d27)
for places in good bad; do
  declare -n list=$places
  hints=()
  for i in "${!colors[@]}"; do hints+=(--hint "${list[$i]}=#${colors[$i]}"); done
  "$tool" colorize --overwrite pictures/sample_grey.png -o pictures/gallery/hints_$places.jpg "${hints[@]}"
done
"$tool" colorize --overwrite pictures/sample_grey.png -o pictures/sample_colored.png --hints pictures/sample.hints.json
