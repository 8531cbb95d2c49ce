#!/usr/bin/env bash
# Installs what is missing, builds the tool and colours a photograph with the model that comes with it. The last line is
# the path of the result. The first run builds for a minute or two, later ones take seconds.
#   examples/quickstart.sh                      the sample picture of this repository, with its hints
#   examples/quickstart.sh PHOTO HINTS.json     your grey photograph, with the colours that you chose
#   examples/quickstart.sh PHOTO                your colour photograph: 20 of its own colours serve as hints
# Before it builds, it refuses files that are no pictures, and pictures stored as grey without hints. Whether a picture
# stored in colour is grey nevertheless, or toned like sepia, only the tool can tell, after the build: then give HINTS.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

case "${1:-}" in
  -h | --help)
    sed -n '2,9s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac
photo=${1:-$root/examples/pictures/sample_grey.png}
hints=${2:-}
[ $# -eq 0 ] && hints=$root/examples/pictures/sample.hints.json
for file in "$photo" ${hints:+"$hints"}; do
  if [ -d "$file" ]; then
    echo "quickstart: $file is a folder: name one picture here; then \`icolorit colorize $file -o FOLDER\` does them all" >&2
    exit 2
  fi
  if [ ! -f "$file" ]; then
    echo "quickstart: there is no file $file" >&2
    exit 2
  fi
done
# The number of components in the frame of a JPEG file (ITU-T T.81, B.2.2), 1 where it is grey; looks into the first MiB.
jpeg_components() {
  od -An -v -tu1 -N1048576 "$1" | awk '
    { for (i = 1; i <= NF; ++i) byte[count++] = $i }
    END {
      for (at = 2; at + 9 < count && byte[at] == 255; at += 2 + 256 * byte[at + 2] + byte[at + 3]) {
        marker = byte[at + 1]
        is_table = marker == 196 || marker == 200 || marker == 204  # among the frame markers by number only
        if (marker >= 192 && marker <= 207 && !is_table) { print byte[at + 9]; exit }
      }
    }'
}

# What can be told before anything is built: which files are no pictures, and which pictures surely have no colours.
kind=$(od -An -tx1 -N26 "$photo" | tr -d ' \n')
case "$kind" in
  89504e470d0a1a0a*)
    case "${kind:50:2}" in 00 | 04) grey=1 ;; esac  # a PNG's colour type, byte 25: grey, without or with alpha
    ;;
  ffd8ff*) [ "$(jpeg_components "$photo")" != 1 ] || grey=1 ;;
  52494646* | 49492a00* | 4d4d002a* | 49492b00* | 4d4d002b*) ;;
  *)
    echo "quickstart: $photo is not a PNG, JPEG, WebP or TIFF picture: convert it to one of these" >&2
    exit 2
    ;;
esac
if [ -n "${grey:-}" ] && [ -z "$hints" ]; then
  echo "quickstart: $photo is grey: write some colours into a file like $root/examples/pictures/sample.hints.json" \
    "and run examples/quickstart.sh $photo HINTS.json" >&2
  exit 2
fi

tool=$root/build/release/examples/icolorit
[ -x "$tool" ] || echo "Building the tool for the first time takes a minute or two."
[ -n "$hints" ] || echo "Whether $photo has colours, or is a grey or sepia scan, will be checked after the build."
"$root/cmake/install_dependencies.sh"
(
  cd "$root"
  # Without the module for GPUs, which takes longest to build: cmake --preset release -DICOLORIT_CUDA=AUTO adds it. Two
  # large sources (a unity build) compile in less than half the time of many small ones that read the same headers.
  cmake --preset release -DCMAKE_UNITY_BUILD=ON -DICOLORIT_CUDA="$(command -v nvidia-smi >/dev/null && nvidia-smi -L >/dev/null 2>&1 && echo AUTO || echo OFF)"
  cmake --build --preset release --target icolorit_tool -j "$(nproc)"
)
mkdir -p "$root/out"
name=$(basename "$photo")
after=$root/out/${name%.*}_colored
if [ $# -gt 0 ] && [ -e "$after.png" ]; then  # perhaps of another photograph of that name: it is kept
  number=2
  while [ -e "${after}_$number.png" ]; do number=$((number + 1)); done
  after=${after}_$number
fi
after=$after.png
if [ -n "$hints" ]; then
  "$tool" colorize "$photo" -o "$after" --hints "$hints" --overwrite
elif ! "$tool" colorize "$photo" -o "$after" --reveal-random 20 --seed 1 --overwrite; then
  cat >&2 <<END

A grey photograph needs hints: places and the colours they had. Give them directly
  $tool colorize $photo -o $after --hint 120,80=#c8402e --hint 300,40=#6b9dd2
or write them into a file like $root/examples/pictures/sample.hints.json and run
  examples/quickstart.sh $photo HINTS.json
END
  exit 1
fi

echo "before: $photo"
echo "after:"
echo "$after"
