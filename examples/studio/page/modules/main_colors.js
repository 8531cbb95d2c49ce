import { rgbToHex, rgbToLab } from './color_space.js';

const cell = 12;      // Lab units: colours that are nearer count as one
const apart = 14;     // Lab units between two colours that are given
const most = 16;

/** The colours that cover most of a picture, given as the RGBA bytes of its pixels; "#rrggbb", the most frequent first. */
export function mainColors(rgba) {
  const cells = new Map();  // "L a b" -> {count, lab: sums}
  for (let i = 0; i < rgba.length; i += 4) {
    if (rgba[i + 3] < 128) continue;
    const lab = rgbToLab([rgba[i], rgba[i + 1], rgba[i + 2]]);
    const key = lab.map((value) => Math.round(value / cell)).join(' ');
    const known = cells.get(key) ?? { count: 0, lab: [0, 0, 0], rgb: [0, 0, 0] };
    known.count += 1;
    lab.forEach((value, channel) => {
      known.lab[channel] += value;
      known.rgb[channel] += rgba[i + channel];
    });
    cells.set(key, known);
  }
  const chosen = [];
  for (const { count, lab, rgb } of [...cells.values()].sort((one, other) => other.count - one.count)) {
    const mean = lab.map((sum) => sum / count);
    const like = chosen.some((other) => Math.hypot(...mean.map((value, i) => value - other.mean[i])) < apart);
    if (!like) chosen.push({ mean, color: rgbToHex(rgb.map((sum) => sum / count)) });
    if (chosen.length === most) break;
  }
  return chosen.map(({ color }) => color);
}
