import { isStroke } from './marks.js';

const radius = 7;  // CSS pixels of a hint's disc

/** Draws hints and strokes: discs and lines in their colour, with a light and a dark rim that show on any picture. */
export function drawMarks(context, camera, marks, selected, hovered) {
  for (const mark of marks) {
    context.save();
    context.globalAlpha = mark.hidden ? 0.45 : 1;
    if (mark.hidden) context.setLineDash([3, 3]);
    const size = mark.id === selected ? 1.35 : mark.id === hovered ? 1.15 : 1;
    if (isStroke(mark)) drawStroke(context, camera, mark, size);
    else drawHint(context, camera.toScreen(mark), mark, size);
    context.restore();
  }
}

function drawHint(context, { x, y }, mark, size) {
  const disc = (r) => {
    context.beginPath();
    context.arc(x, y, r * size, 0, 2 * Math.PI);
  };
  context.shadowColor = 'rgb(0 0 0 / 35%)';
  context.shadowBlur = 5;
  context.shadowOffsetY = 1;
  disc(radius + 2);
  context.fillStyle = '#fff';
  context.fill();
  context.shadowColor = 'transparent';
  context.lineWidth = 1;
  context.strokeStyle = '#0009';
  context.stroke();
  disc(radius);
  context.fillStyle = mark.color;
  context.fill();
  if (mark.kind !== 'color') drawKind(context, x, y, mark.kind, size);
  if (mark.locked) drawLock(context, x + (radius + 3) * size, y - (radius + 3) * size);
}

/** A neutral hint is half dark, half light; one that keeps the original has a dot. */
function drawKind(context, x, y, kind, size) {
  context.beginPath();
  if (kind === 'neutral') context.arc(x, y, radius * size, -Math.PI / 2, Math.PI / 2);
  else context.arc(x, y, radius * size * 0.4, 0, 2 * Math.PI);
  context.fillStyle = kind === 'neutral' ? '#333' : '#fff';
  context.fill();
}

function drawLock(context, x, y) {
  context.setLineDash([]);
  context.lineWidth = 1.5;
  context.strokeStyle = '#fff';
  context.fillStyle = '#222';
  context.beginPath();
  context.roundRect(x - 5, y - 3, 10, 8, 2);
  context.fill();
  context.stroke();
  context.beginPath();
  context.arc(x, y - 3, 3, Math.PI, 0);
  context.stroke();
}

function drawStroke(context, camera, mark, size) {
  const path = new Path2D();
  for (const [x, y] of mark.points) {
    const point = camera.toScreen({ x, y });
    path.lineTo(point.x, point.y);
  }
  context.lineCap = 'round';
  context.lineJoin = 'round';
  const lines = [['#0009', 10], ['#fff', 8], [mark.color, 5]];
  for (const [style, width] of lines) {
    context.strokeStyle = style;
    context.lineWidth = width * size;
    context.stroke(path);
  }
}
