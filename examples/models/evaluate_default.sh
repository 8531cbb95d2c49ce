#!/usr/bin/env bash
# Prints PSNR@k of a model and of the optimisation engine, the same hints, for each validation set: the model card's table.
#   examples/models/evaluate_default.sh [WEIGHTS] [counts of hints]
# Needs ../shared/data/val and build/release/examples/icolorit. Takes some minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

tool=build/release/examples/icolorit
weights=${1:-examples/models/icolorit_tiny.safetensors}
counts=("${@:2}")
[ ${#counts[@]} -gt 0 ] || counts=(0 1 2 5 10 20 50 100 200)
out=$(mktemp -d)
trap 'rm -r "$out"' EXIT
for set in ../shared/data/val/*/; do
  name=$(basename "$set")
  "$tool" make-hints --images "$set" --out "$out/hints" --counts "${counts[@]}" --seed 1234 2>/dev/null
  for engine in icolorit optimization; do
    echo "$name, $engine"
    used=()
    [ $engine = icolorit ] && used=(--weights "$weights")
    "$tool" infer --images "$set" --hints "$out/hints" --counts "${counts[@]}" --engine $engine "${used[@]}" \
      --out "$out/predictions" 2>/dev/null
    rm -r "$out/predictions"
  done
  rm -r "$out/hints"
done
