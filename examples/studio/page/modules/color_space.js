import { clamp } from './geometry.js';

/**
 * sRGB (IEC 61966-2-1), CIELAB (CIE 15, white D65) and HSV, for what is drawn and typed in the page. The colours of the
 * picture itself are computed by the server. RGB is 0 to 255.
 */

const white = [0.95047, 1, 1.08883];
const epsilon = 216 / 24389;
const kappa = 24389 / 27;

export function hexToRgb(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

export function rgbToHex(rgb) {
  return '#' + rgb.map((value) => clamp(Math.round(value), 0, 255).toString(16).padStart(2, '0')).join('');
}

export function rgbToLab(rgb) {
  const [r, g, b] = rgb.map((value) => {
    const v = value / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  });
  const [fx, fy, fz] = [
    0.4124564 * r + 0.3575761 * g + 0.1804375 * b,
    0.2126729 * r + 0.7151522 * g + 0.072175 * b,
    0.0193339 * r + 0.119192 * g + 0.9503041 * b,
  ].map((value, i) => value / white[i]).map((t) => (t > epsilon ? Math.cbrt(t) : (kappa * t + 16) / 116));
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

/** sRGB of a Lab colour; values below 0 or above 255 say that sRGB does not have it. */
export function labToRgb([L, a, b]) {
  const fy = (L + 16) / 116;
  const [x, y, z] = [fy + a / 500, fy, fy - b / 200]
    .map((f, i) => white[i] * (f ** 3 > epsilon ? f ** 3 : (116 * f - 16) / kappa));
  return [
    3.2404542 * x - 1.5371385 * y - 0.4985314 * z,
    -0.969266 * x + 1.8760108 * y + 0.041556 * z,
    0.0556434 * x - 0.2040259 * y + 1.0572252 * z,
  ].map((v) => 255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055));
}

/** Whether sRGB has a colour, half a step of 8 bits allowed. */
export function inGamut(rgb) {
  return rgb.every((value) => value >= -0.5 && value <= 255.5);
}

/** Hue in degrees, saturation and value in percent. */
export function rgbToHsv([r, g, b]) {
  const value = Math.max(r, g, b);
  const spread = value - Math.min(r, g, b);
  if (spread === 0) return [0, 0, (100 * value) / 255];
  const sixth = value === r ? (g - b) / spread : value === g ? 2 + (b - r) / spread : 4 + (r - g) / spread;
  return [(60 * sixth + 360) % 360, (100 * spread) / value, (100 * value) / 255];
}

export function hsvToRgb([h, s, v]) {
  const channel = (n) => {
    const k = (n + h / 60) % 6;
    return 2.55 * v * (1 - (s / 100) * Math.max(0, Math.min(k, 4 - k, 1)));
  };
  return [channel(5), channel(3), channel(1)];
}
