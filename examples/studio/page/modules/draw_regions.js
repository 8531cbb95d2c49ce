/** Draws the outlines of regions as thin lines; the selected one stronger, what is being drawn dashed. */
export function drawRegions(context, camera, regions, selected, tools) {
  for (const region of regions) {
    const path = new Path2D();
    for (const polygon of region.outline) path.addPath(closed(camera, polygon));
    line(context, path, region.id === selected ? 2 : 1, region.locked ? [] : [6, 4]);
  }
  if (tools.outline) line(context, open(camera, tools.outline), 1.5, [4, 3]);
  if (tools.painted) drawPainted(context, camera, tools.painted);
}

function line(context, path, width, dash) {
  context.save();
  context.strokeStyle = '#000a';
  context.lineWidth = width + 1.5;
  context.stroke(path);
  context.setLineDash(dash);
  context.strokeStyle = '#fff';
  context.lineWidth = width;
  context.stroke(path);
  context.restore();
}

function drawPainted(context, camera, { points, radius }) {
  context.save();
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.strokeStyle = '#ffffff70';
  context.lineWidth = 2 * radius * camera.scale;
  context.stroke(open(camera, points));
  context.restore();
}

function open(camera, places) {
  const path = new Path2D();
  for (const [x, y] of places) {
    const point = camera.toScreen({ x, y });
    path.lineTo(point.x, point.y);
  }
  if (places.length === 1) path.lineTo(...Object.values(camera.toScreen({ x: places[0][0], y: places[0][1] })));
  return path;
}

function closed(camera, places) {
  const path = open(camera, places);
  path.closePath();
  return path;
}
