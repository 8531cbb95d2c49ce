#!/usr/bin/env bash
# Trains the model that comes with the tool and writes examples/models/icolorit_tiny.safetensors: small pictures first,
# where an epoch costs a quarter, then the size that the network is used at. An hour and a half on two Zen 4 cores.
#   examples/models/train_default.sh [folder for the run] [DATA, ../shared/data]      resumes what it finds there
# Needs the training pool in DATA/train, validation pictures in DATA/val, and build/release/examples/icolorit (examples/quickstart.sh builds it).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

tool=build/release/examples/icolorit
run=${1:-out/default_model}
data=${2:-../shared/data}
weights=()
for folder in "$data"/train/*/; do  # the pool is long on products and single objects
  case $(basename "$folder") in
    clothing) weight=0.333 ;;
    caltech101) weight=1 ;;
    wp_* | scene_quadrants | osie) weight=2.5 ;;
    *) weight=2 ;;
  esac
  weights+=(--folder-weight "$(basename "$folder")=$weight")
done
common=(--data "$data/train" --val "$data/val" --batch 32 --hint-skew 2 --mirror 0.5 --hue-jitter 20 --chroma-jitter 0.3
  --clip-grad 1 --resume --val-counts 1 10 100 "${weights[@]}")

"$tool" train "${common[@]}" --out "$run/small" --model icolorit_tiny_4ch_patch16_224 --input-size 112 \
  --epochs 18 --lr 1.5e-3 --min-lr 1e-5 --warmup-epochs 1 --ema 0.999
"$tool" train "${common[@]}" --out "$run/full" --init "$run/small/weights.safetensors" --input-size 224 \
  --epochs 6 --lr 5e-4 --min-lr 5e-6 --warmup-epochs 0 --ema 0.99
"$tool" convert "$run/full/weights.safetensors" examples/models/icolorit_tiny.safetensors --dtype f16
