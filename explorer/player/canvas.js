// Canvases in CSS pixels.

/** More pixels than this in one CSS pixel cost time and show no difference. */
const MAX_DENSITY = 3;

/** The size of an element's box in CSS pixels. */
export const sizeOf = ({ clientWidth, clientHeight }) => ({ width: clientWidth, height: clientHeight });

/**
 * Match a canvas to a size in CSS pixels at the density of the screen; afterwards, draw in CSS pixels.
 * The caller keeps the size: asking for it in every frame would make the browser lay out the page each time.
 */
export function fitCanvas({ canvas }, { width, height }) {
  const density = Math.min(window.devicePixelRatio || 1, MAX_DENSITY);
  const [across, down] = [Math.round(width * density), Math.round(height * density)];
  if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
  if (width && height) canvas.getContext("2d").setTransform(across / width, 0, 0, down / height, 0, 0);
}

/** Draw inside a box, and leave the canvas as it was. */
export function inBox(context, box, draw) {
  context.save();
  context.beginPath();
  context.rect(box.x, box.y, box.width, box.height);
  context.clip();
  draw();
  context.restore();
}
