// Round shapes, added to a path.

import { TAU } from "./math.js";

/** The share of each bone that a rounded corner takes, and the pieces it is drawn in. */
const BEND = 0.24;
const BEND_STEPS = 5;
/** Points that stand for a disc in a hull. */
const HULL_STEPS = 12;

export function addDisc(path, x, y, radius) {
  path.moveTo(x + radius, y);
  path.arc(x, y, radius, 0, TAU);
}

/** Add a bone with round ends, of radius `a` at its start and `b` at its end, to a path. */
export function addBone(path, x1, y1, a, x2, y2, b) {
  const length = Math.hypot(x2 - x1, y2 - y1);
  if (length <= Math.abs(a - b)) {
    addDisc(path, x1, y1, Math.max(a, b));
    return;
  }
  const along = Math.atan2(y2 - y1, x2 - x1);
  const lean = Math.acos((a - b) / length);
  path.moveTo(x1 + a * Math.cos(along + lean), y1 + a * Math.sin(along + lean));
  path.arc(x1, y1, a, along + lean, along - lean + TAU);
  path.arc(x2, y2, b, along - lean, along + lean);
  path.closePath();
}

/** What lies at a share of the way from one list of numbers to another. */
const between = (from, to, share) => from.map((value, i) => value + share * (to[i] - value));

/** Add two bones that meet, with the corner between them rounded. Points are x, y and radius. */
export function addBend(path, start, joint, end) {
  const [into, out] = [between(joint, start, BEND), between(joint, end, BEND)];
  const points = [start, into];
  for (let step = 1; step <= BEND_STEPS; step += 1) {
    const share = step / BEND_STEPS;
    points.push(between(between(into, joint, share), between(joint, out, share), share));
  }
  points.push(end);
  for (let i = 1; i < points.length; i += 1) addBone(path, ...points[i - 1], ...points[i]);
}

/** Whether the way from `a` over `b` to `c` turns left. */
const turnsLeft = ([ax, ay], [bx, by], [cx, cy]) => (bx - ax) * (cy - ay) - (by - ay) * (cx - ax) > 0;

/** One half of the convex hull of points in order of x, without its last point, where the other half starts. */
function halfHull(points) {
  const chain = [];
  for (const point of points) {
    while (chain.length > 1 && !turnsLeft(chain.at(-2), chain.at(-1), point)) chain.pop();
    chain.push(point);
  }
  return chain.slice(0, -1);
}

/** Points around a disc. */
const rimOf = ([x, y, radius]) => Array.from({ length: HULL_STEPS }, (_, i) => {
  const angle = (TAU * i) / HULL_STEPS;
  return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
});

/** Add the band stretched around discs (x, y, radius): their convex hull, by Andrew's monotone chain. */
export function addHull(path, discs) {
  const points = discs.flatMap((disc) => rimOf(disc)).toSorted(([x1, y1], [x2, y2]) => x1 - x2 || y1 - y2);
  const [first, ...others] = [...halfHull(points), ...halfHull(points.toReversed())];
  path.moveTo(...first);
  for (const point of others) path.lineTo(...point);
  path.closePath();
}
