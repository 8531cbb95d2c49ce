#!/usr/bin/env bash
# Downloads what tests/run_gpu.sh needs into a folder that can be carried to a machine without internet (Debian).
#   tests/carry.sh FOLDER
set -euo pipefail
folder=$(mkdir -p "$1" && realpath "$1")
cd "$(mktemp -d)"
apt-get download libeigen3-dev catch2 libpng-dev libpng16-16 zlib1g-dev libjpeg62-turbo-dev libjpeg62-turbo libwebp-dev \
  libwebp7 libwebpdemux2 libwebpmux3 libtiff-dev libtiff6 libexif-dev libexif12 libcli11-dev
for package in *.deb; do dpkg -x "$package" "$folder"; done
du -sh "$folder"
