import { clamp, distance } from './geometry.js';
import { isStroke } from './marks.js';

/** The mark under a point of the screen, the last one drawn first; `reach` is in CSS pixels. */
export function markAt(marks, camera, point, reach) {
  return marks.findLast((mark) => distanceTo(mark, camera, point) <= reach) ?? null;
}

function distanceTo(mark, camera, point) {
  const places = isStroke(mark) ? mark.points.map(([x, y]) => ({ x, y })) : [mark];
  const [first, ...others] = places.map((place) => camera.toScreen(place));
  let nearest = distance(point, first);
  others.reduce((from, to) => {
    nearest = Math.min(nearest, distanceToSegment(point, from, to));
    return to;
  }, first);
  return nearest;
}

function distanceToSegment(point, from, to) {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const along = ((point.x - from.x) * dx + (point.y - from.y) * dy) / (dx * dx + dy * dy || 1);
  const t = clamp(along, 0, 1);
  return distance(point, { x: from.x + t * dx, y: from.y + t * dy });
}

/** Whether a place of the picture lies inside a region's outline (even-odd rule). */
export function insideOutline(outline, { x, y }) {
  let inside = false;
  for (const polygon of outline) {
    polygon.forEach(([x1, y1], index) => {
      const [x2, y2] = polygon[(index + 1) % polygon.length];
      if (y1 > y !== y2 > y && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) inside = !inside;
    });
  }
  return inside;
}
