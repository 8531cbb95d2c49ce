import { shiftInside } from './geometry.js';
import { t } from './strings.js';

/**
 * Hints and strokes are two lists of the document, but one kind of thing to the user: a mark with a colour. This file
 * names the commands that fit each.
 */

export function isStroke(mark) {
  return 'points' in mark;
}

/** Where a mark is held and its menu opens: {x, y} in pixels of the picture. */
export function anchor(mark) {
  if (!isStroke(mark)) return { x: mark.x, y: mark.y };
  const [x, y] = mark.points[Math.floor(mark.points.length / 2)];
  return { x, y };
}

/** The name that the user gave a mark of a picture, or else its number in the list. */
export function nameOf(mark, picture) {
  const n = picture.marks.findIndex(({ id }) => id === mark.id) + 1;
  return mark.name || t(isStroke(mark) ? 'hints.stroke' : 'hints.hint', { n });
}

/** The command that changes values of a mark: color, kind, name, note, hidden, locked, radius. */
export function setMark(mark, values) {
  return { do: isStroke(mark) ? 'set_stroke' : 'set_hint', id: mark.id, ...values };
}

export function removeMark(mark) {
  return { do: isStroke(mark) ? 'remove_stroke' : 'remove_hint', id: mark.id };
}

/** The command that moves a mark by (dx, dy), held inside the picture. */
export function moveMark(mark, dx, dy, picture) {
  if (isStroke(mark)) return { do: 'set_stroke', id: mark.id, points: shiftInside(mark.points, dx, dy, picture) };
  const [[x, y]] = shiftInside([[mark.x, mark.y]], dx, dy, picture);
  return { do: 'move_hint', id: mark.id, x, y };
}
