/** The distance between two points. */
export function distance(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

export function clamp(value, low, high) {
  return Math.max(low, Math.min(high, value));
}

const rim = 0.01;  // the right and the lower edge of a picture are outside already

/** The place of a picture that is nearest to a place. */
export function holdInside({ x, y }, { width, height }) {
  return { x: clamp(x, 0, width - rim), y: clamp(y, 0, height - rim) };
}

/** Moves places [x, y] together, as far as all of them stay inside the picture. */
export function shiftInside(places, dx, dy, { width, height }) {
  const shift = (axis, wanted, size) => {
    const values = places.map((place) => place[axis]);
    return clamp(wanted, -Math.min(...values), size - rim - Math.max(...values));
  };
  const [right, down] = [shift(0, dx, width), shift(1, dy, height)];
  return places.map(([x, y]) => [x + right, y + down]);
}
