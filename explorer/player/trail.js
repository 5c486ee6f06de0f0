// Where the figure was: its last poses, and the paths of its hands and feet.

import { poseAt } from "./clip.js";
import { silhouette } from "./figure.js";

const TRAIL = { poses: 5, gapSeconds: 0.12, pathSeconds: 0.6, pathSteps: 24 };

/** The last poses, fading, and the paths that hands and feet took. */
export function drawTrail(context, clip, seconds, view, colours) {
  context.save();
  context.fillStyle = colours.ghost;
  for (let k = TRAIL.poses; k > 0; k -= 1) {
    const moment = seconds - k * TRAIL.gapSeconds;
    if (moment < 0) continue;
    context.globalAlpha = 0.28 * (1 - k / (TRAIL.poses + 1));
    context.fill(silhouette(clip, poseAt(clip, moment), view));
  }
  context.globalAlpha = 1;
  clip.parts.forEach(({ side, tip }, index) => {
    if (!tip) return;
    const points = [];
    for (let step = 0; step <= TRAIL.pathSteps; step += 1) {
      const moment = seconds - TRAIL.pathSeconds * (1 - step / TRAIL.pathSteps);
      if (moment < 0) continue;
      const pose = poseAt(clip, moment);
      points.push([view.x(pose[index * 4 + 2]), view.y(pose[index * 4 + 3])]);
    }
    drawRibbon(context, points, 0.013 * clip.height * view.scale, colours[side]);
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
