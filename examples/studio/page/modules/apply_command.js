import { hexOf } from './color_text.js';

/** What a command does to a document, so that the page shows it at once; the server's answer replaces this guess. */

const newMark = { color: '#808080', radius: 0, kind: 'color', name: '', note: '', hidden: false, locked: false };
const newRegion = {
  name: '', locked: false, hidden: false, outline: [], feather: 2, snap: true,
  adjustments: { saturation: 1, temperature: 0 },
};

/** Changes `content` ({hints, strokes, regions, adjustments}) as `command` says. Undo and redo wait for the server. */
export function applyCommand(content, command) {
  const { do: verb, ...values } = command;
  rules[verb]?.(content, values);
}

const rules = {
  add_hint: (content, values) => content.hints.push({ ...newMark, ...shown(values) }),
  add_stroke: (content, values) => content.strokes.push({ ...newMark, ...shown(values) }),
  move_hint: (content, values) => change(content.hints, values),
  set_hint: (content, values) => change(content.hints, shown(values)),
  set_stroke: (content, values) => change(content.strokes, shown(values)),
  remove_hint: (content, values) => remove(content.hints, values),
  remove_stroke: (content, values) => remove(content.strokes, values),
  add_region: (content, values) =>
    content.regions.push({ ...newRegion, ...values, shape: 'polygon', outline: [values.polygon] }),
  add_brush_region: (content, values) => content.regions.push({ ...newRegion, ...values, shape: 'brush' }),
  flood_region: (content, values) => content.regions.push({ ...newRegion, ...values, shape: 'flood' }),
  set_region: (content, values) => change(content.regions, values),
  remove_region: (content, values) => remove(content.regions, values),
  adjust: (content, values) => Object.assign(content.adjustments, values),
  clear: (content) => {
    content.hints = content.hints.filter((hint) => hint.locked);
    content.strokes = content.strokes.filter((stroke) => stroke.locked);
  },
};

/** A mark is drawn in "#rrggbb"; what an exact colour {a, b} is at the place's lightness, the server answers. */
function shown({ color, ...values }) {
  return color ? { ...values, color: hexOf(color), kind: 'color' } : values;
}

function change(list, { id, ...values }) {
  const item = list.find((candidate) => candidate.id === id);
  if (item) Object.assign(item, values);
}

function remove(list, { id }) {
  const index = list.findIndex((item) => item.id === id);
  if (index >= 0) list.splice(index, 1);
}
