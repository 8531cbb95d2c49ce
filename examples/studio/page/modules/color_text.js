import { hexToRgb, hsvToRgb, labToRgb, rgbToHex, rgbToHsv, rgbToLab } from './color_space.js';

/** How colours are written and read: hex, RGB, HSV and Lab. */
export const colorFormats = ['hex', 'rgb', 'hsv', 'lab'];

const writers = {
  hex: (lab) => rgbToHex(labToRgb(lab)),
  rgb: (lab) => `rgb(${rounded(hexToRgb(rgbToHex(labToRgb(lab))))})`,
  hsv: (lab) => `hsv(${rounded(rgbToHsv(hexToRgb(rgbToHex(labToRgb(lab)))))})`,
  lab: (lab) => `lab(${rounded(lab)})`,
};

/** Writes a Lab colour in one of the formats. */
export function formatColor(lab, format) {
  return writers[format](lab);
}

/**
 * Reads a colour as people write it: "#c8402e", "c8402e", "#c42", "rgb(200, 64, 46)", "hsv(7, 77, 78)",
 * "lab(48 52 40)", or a name of CSS such as "navy".
 * Three bare numbers are read in the `format` that is chosen. Gives "#rrggbb", or {a, b} for Lab; null when it is none.
 */
export function parseColor(text, format) {
  const plain = text.trim().toLowerCase();
  const hex = /^#?([0-9a-f]{6}|[0-9a-f]{3})$/.exec(plain);
  if (hex) return '#' + (hex[1].length === 3 ? hex[1].replace(/./g, '$&$&') : hex[1]);
  if (/^[a-z]+$/.test(plain)) return colorNamed(plain);
  const kind = /^(rgb|hsv|lab)/.exec(plain)?.[1] ?? format;
  const numbers = plain.replace(/^(rgb|hsv|lab)/, '').match(/[-+]?\d+(\.\d+)?/g)?.map(Number);
  if (numbers?.length !== 3 || /[^-+.,;°%()\d\s]/.test(plain.replace(/^(rgb|hsv|lab)/, ''))) return null;
  return readers[kind]?.(numbers) ?? null;
}

/** "#rrggbb" of a colour's name in CSS; null for other words. */
function colorNamed(word) {
  const brush = document.createElement('canvas').getContext('2d');
  brush.fillStyle = word;  // what is no colour leaves the black that was there
  const isColor = CSS.supports('color', word) && brush.fillStyle.startsWith('#');
  return isColor && (brush.fillStyle !== '#000000' || word === 'black') ? brush.fillStyle : null;
}

const readers = {
  rgb: (rgb) => (rgb.every((value) => value >= 0 && value <= 255) ? rgbToHex(rgb) : null),
  hsv: ([h, s, v]) =>
    (within(h, 0, 360) && within(s, 0, 100) && within(v, 0, 100) ? rgbToHex(hsvToRgb([h, s, v])) : null),
  lab: ([L, a, b]) => (within(L, 0, 100) && within(a, -160, 160) && within(b, -160, 160) ? { a, b } : null),
};

/** The Lab colour of a choice ("#rrggbb" or {a, b}); an exact one has the lightness given. */
export function labOf(choice, lightness) {
  return typeof choice === 'string' ? rgbToLab(hexToRgb(choice)) : [lightness, choice.a, choice.b];
}

/** "#rrggbb" of a choice, for swatches. */
export function hexOf(choice, lightness = 60) {
  return typeof choice === 'string' ? choice : rgbToHex(labToRgb(labOf(choice, lightness)));
}

function within(value, low, high) {
  return value >= low && value <= high;
}

function rounded(numbers) {
  return numbers.map(Math.round).map((value) => value + 0).join(', ');
}
