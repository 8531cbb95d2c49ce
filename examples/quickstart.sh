#!/usr/bin/env bash
# Installs what is missing, builds the tool and colourises a photograph with the model that comes with it. The last line
# is the path of the result.
#   examples/quickstart.sh                      the sample picture of this repository, with its hints
#   examples/quickstart.sh PHOTO HINTS.json     your grey photograph, with the colours you chose
#   examples/quickstart.sh PHOTO                your colour photograph: 20 of its own colours serve as hints
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

photo=${1:-$root/examples/pictures/sample_grey.png}
hints=${2:-}
[ $# -eq 0 ] && hints=$root/examples/pictures/sample.hints.json
for file in "$photo" ${hints:+"$hints"}; do
  if [ ! -f "$file" ]; then
    echo "quickstart: there is no file $file" >&2
    exit 2
  fi
done

"$root/cmake/install_dependencies.sh"
(
  cd "$root"
  cmake --preset release
  cmake --build --preset release --target icolorit_tool -j "$(nproc)"
)
tool=$root/build/release/examples/icolorit
weights=$root/examples/models/icolorit_tiny.safetensors

mkdir -p "$root/out"
name=$(basename "$photo")
after=$root/out/${name%.*}_colored.png
if [ -n "$hints" ]; then
  "$tool" colorize "$photo" -o "$after" --weights "$weights" --hints "$hints"
elif ! "$tool" colorize "$photo" -o "$after" --weights "$weights" --reveal-random 20 --seed 1; then
  cat >&2 <<END

A grey photograph needs hints: places and the colours they had. Give them directly
  $tool colorize $photo -o $after --weights $weights --hint 120,80=#c8402e --hint 300,40=#6b9dd2
or write them into a file like $root/examples/pictures/sample.hints.json and run
  examples/quickstart.sh $photo HINTS.json
END
  exit 1
fi

echo "before: $photo"
echo "after:"
echo "$after"
