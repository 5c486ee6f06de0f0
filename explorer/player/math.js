// Arithmetic that several modules share.

export const TAU = 2 * Math.PI;

export const clamp = (value, min, max) => Math.min(Math.max(value, min), max);

/** From 0 to 1 with a soft start and a soft end. */
export const ease = (u) => u * u * (3 - 2 * u);

/** How far to move what reaches from `low` to `high` so that it is inside `min` to `max`, or in their middle. */
export const shiftInto = ([low, high], [min, max]) =>
  (high - low > max - min ? (min + max - low - high) / 2 : clamp(0, min - low, max - high));

export const distance = ([x1, y1], [x2, y2]) => Math.hypot(x2 - x1, y2 - y1);
