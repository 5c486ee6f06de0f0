// Where the figure was: its last poses, and the paths of its hands and feet.

import { poseAt } from "./clip.js";
import { silhouette } from "./figure.js";
import { boundsOf, isInside } from "./view.js";

const TRAIL = { poses: 5, gapSeconds: 0.12, pathSeconds: 0.6, pathSteps: 24 };

/** The last poses, fading, and the paths that hands and feet took: as much of them as is whole inside `room`. */
export function drawTrail(context, clip, seconds, view, room, colours) {
  context.save();
  context.fillStyle = colours.ghost;
  for (let k = TRAIL.poses; k > 0; k -= 1) {
    const moment = seconds - k * TRAIL.gapSeconds;
    if (moment < 0) continue;
    context.globalAlpha = 0.28 * (1 - k / (TRAIL.poses + 1));
    const pose = poseAt(clip, moment);
    if (isInside(room, view, boundsOf(clip, pose))) context.fill(silhouette(clip, pose, view));
  }
  context.globalAlpha = 1;
  clip.parts.forEach(({ side, tip }, index) => {
    if (!tip) return;
    const points = [];
    const halfWidth = 0.013 * clip.height;
    const around = (value) => [value - halfWidth, value + halfWidth];
    for (let step = 0; step <= TRAIL.pathSteps; step += 1) {
      const moment = seconds - (TRAIL.pathSeconds * step) / TRAIL.pathSteps;
      const [x, y] = poseAt(clip, moment).slice(index * 4 + 2, index * 4 + 4);
      if (moment < 0 || !isInside(room, view, { x: around(x), y: around(y) })) break;
      points.unshift([view.x(x), view.y(y)]);
    }
    drawRibbon(context, points, halfWidth * view.scale, colours[side]);
  });
  context.restore();
}

/** A band through points that widens and becomes opaque towards the last. */
function drawRibbon(context, points, halfWidth, colour) {
  if (points.length < 2) return;
  const [first, last] = [points[0], points.at(-1)];
  const gradient = context.createLinearGradient(...first, ...last);
  gradient.addColorStop(0, `${colour}00`);
  gradient.addColorStop(1, `${colour}c0`);
  const edge = (side) => points.map(([x, y], i) => {
    const [before, after] = [points[Math.max(i - 1, 0)], points[Math.min(i + 1, points.length - 1)]];
    const [dx, dy] = [after[0] - before[0], after[1] - before[1]];
    const reach = (side * halfWidth * i) / (points.length - 1) / (Math.hypot(dx, dy) || 1);
    return [x - dy * reach, y + dx * reach];
  });
  const path = new Path2D();
  [...edge(1), ...edge(-1).toReversed()].forEach(([x, y]) => path.lineTo(x, y));
  context.fillStyle = gradient;
  context.fill(path);
}
