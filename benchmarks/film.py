#!/usr/bin/env python3
"""How steady the colours of a film are, and how good: frame by frame against smoothed, on films with known colours.

    benchmarks/film.py TOOL FILM... [--frames 72] [--every 36] [--size 640x360]

FILM is a video that ffmpeg reads, or a folder of colour pictures. Its own colours are the truth: the tool sees the
lightness alone, and 24 hints of every 36th frame. Prints a Markdown table: PSNR against the truth, flicker (the mean
warped distance in a and b between neighbouring frames), both by `icolorit evaluate --flicker`, and hints lost.
Needs ffmpeg.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

COLUMNS, ROWS = 6, 4


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, **options).stdout


def frames_of(film, folder, count, size):
    """The first frames as PNG in the folder, of that size at most."""
    film = pathlib.Path(film)
    source = ["-i", film]
    if film.is_dir():
        source = ["-pattern_type", "glob", "-i", film / "*.png"]
    width, height = size.split("x")
    scale = f"scale={width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2"
    run("ffmpeg", "-v", "error", *source, "-frames:v", count, "-vf", scale, "-fps_mode", "passthrough",
        folder / "frame_%04d.png")
    return sorted(folder.glob("*.png"))


def hints_of(picture):
    """The colours at the crossings of a grid, as a hint file has them."""
    probe = run("ffprobe", "-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0", picture)
    width, height = (int(number) for number in probe.decode().strip().split(",")[:2])
    rgb = run("ffmpeg", "-v", "error", "-i", picture, "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    hints = []
    for row in range(ROWS):
        for column in range(COLUMNS):
            x, y = (2 * column + 1) * width // (2 * COLUMNS), (2 * row + 1) * height // (2 * ROWS)
            color = rgb[3 * (y * width + x):][:3]
            hints.append({"x": x, "y": y, "color": "#" + color.hex()})
    return {"width": width, "height": height, "hints": hints}


def measure(tool, film, options):
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        truth, keys = scratch / "truth", scratch / "keys"
        truth.mkdir()
        keys.mkdir()
        frames = frames_of(film, truth, options.frames, options.size)
        for frame in frames[::options.every]:
            (keys / f"{frame.stem}.hints.json").write_text(json.dumps(hints_of(frame)))
        results = {}
        for name, smoothing in (("frame by frame", ["--smoothing", 0]), ("smoothed", [])):
            out = scratch / name.replace(" ", "_")
            said = run(tool, "film", truth, "-o", out, "--keys", keys, "--json", *smoothing, *options.option)
            lost = json.loads(said.splitlines()[-1])["lost"]
            scores = json.loads(run(tool, "evaluate", "--images", truth, "--pred", out, "--flicker", "--json"))
            results[name] = (scores["psnr"], scores["flicker"], lost)
        return len(frames), results


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("films", nargs="+")
    parser.add_argument("--frames", type=int, default=72)
    parser.add_argument("--every", type=int, default=36)
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--option", action="append", default=[], help="passed on to icolorit film")
    options = parser.parse_args()
    print("| film | frames | PSNR, frame by frame | smoothed | flicker, frame by frame | smoothed | hints lost |")
    print("|---|---|---|---|---|---|---|")
    for film in options.films:
        count, results = measure(options.tool, film, options)
        alone, smooth = results["frame by frame"], results["smoothed"]
        print(f"| {pathlib.Path(film).name} | {count} | {alone[0]:.2f} | {smooth[0]:.2f} "
              f"| {alone[1]:.3f} | {smooth[1]:.3f} | {smooth[2]} |", flush=True)


if __name__ == "__main__":
    main()
