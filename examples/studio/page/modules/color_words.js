import { hexToRgb, rgbToLab } from './color_space.js';
import { t } from './strings.js';

// Hue angles of Lab in degrees at which the next name begins.
const hues = [
  [15, 'pink'], [50, 'red'], [75, 'orange'], [100, 'yellow'], [125, 'yellowGreen'], [165, 'green'], [215, 'turquoise'],
  [250, 'skyBlue'], [295, 'blue'], [330, 'purple'], [360, 'pink'],
];

/** A colour in words, such as "dark red", for lists and screen readers. */
export function colorWords(hex) {
  const [L, a, b] = rgbToLab(hexToRgb(hex));
  const chroma = Math.hypot(a, b);
  if (chroma < 6) return t(L < 15 ? 'words.black' : L > 92 ? 'words.white' : 'words.grey');
  const angle = ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360;
  const [, hue] = hues.find(([end]) => angle <= end);
  const brown = (hue === 'orange' || hue === 'red') && L < 50 && chroma < 45;
  const name = t(`words.${brown ? 'brown' : hue}`);
  const shade = L < 35 && !brown ? 'dark' : L > 75 ? 'light' : chroma < 22 ? 'greyish' : null;
  return shade ? t(`words.${shade}`, { name }) : name;
}

/** A CIEDE2000 difference in words: what a person sees of it. */
export function differenceWords(deltaE) {
  if (deltaE < 1) return t('difference.none');
  if (deltaE < 3) return t('difference.hardly');
  if (deltaE < 8) return t('difference.little');
  return t(deltaE < 20 ? 'difference.clearly' : 'difference.other');
}
