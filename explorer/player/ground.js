// The floor, and the ticks that show how far the figure travels.

const TICKS_PER_UNIT = 4;

const MIN_TICK_PIXELS = 4;

/** Floor, ground line and ticks. `centre` is the x in the middle of the box. */
export function drawGround(context, box, view, centre, colours) {
  const { level } = view;
  context.fillStyle = colours.floor;
  context.fillRect(box.x, level, box.width, Math.max(box.y + box.height - level, 0));
  const fading = context.createLinearGradient(box.x, 0, box.x + box.width, 0);
  fading.addColorStop(0, `${colours.ground}00`);
  fading.addColorStop(0.14, colours.ground);
  fading.addColorStop(0.86, colours.ground);
  fading.addColorStop(1, `${colours.ground}00`);
  context.strokeStyle = fading;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(box.x, level);
  context.lineTo(box.x + box.width, level);
  context.stroke();
  const half = box.width / 2 / view.scale;
  context.lineWidth = 1.5;
  context.beginPath();
  const last = (centre + half) * TICKS_PER_UNIT;
  if (view.scale < MIN_TICK_PIXELS * TICKS_PER_UNIT) return;
  for (let tick = Math.ceil((centre - half) * TICKS_PER_UNIT); tick <= last; tick += 1) {
    const x = box.x + box.width / 2 + (tick / TICKS_PER_UNIT - centre) * view.scale;
    context.moveTo(x, level);
    context.lineTo(x - 3, level + (tick % TICKS_PER_UNIT === 0 ? 12 : 6));
  }
  context.stroke();
}
