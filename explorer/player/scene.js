// What is around the figure: shadow, trail and ground.

const TRAIL = { poses: 5, gapSeconds: 0.12, pathSeconds: 0.6, pathSteps: 24 };
const TICKS_PER_UNIT = 4;

/** Soft shadows on the ground: one below the body, darker ones below what touches it. */
function drawShadow(context, clip, pose, view, colours) {
  const unit = clip.height * view.scale;
  const spot = (x, lift, halfWidth, strength) => {
    const fade = Math.max(0, 1 - lift / (0.6 * clip.height));
    if (fade === 0) return;
    context.save();
    context.translate(view.x(x), view.level + 0.004 * unit);
    context.scale(1, 0.16);
    const radius = halfWidth * unit * (1 + 0.5 * (1 - fade));
    const gradient = context.createRadialGradient(0, 0, 0, 0, 0, radius);
    gradient.addColorStop(0, colours.shadow);
    gradient.addColorStop(1, "rgb(0 0 0 / 0)");
    context.globalAlpha = strength * fade * fade;
    context.fillStyle = gradient;
    context.fillRect(-radius, -radius, 2 * radius, 2 * radius);
    context.restore();
  };
  let lowest = Infinity;
  let middle = 0;
  for (let i = 0; i < pose.length; i += 2) {
    lowest = Math.min(lowest, pose[i + 1]);
    middle += pose[i] / (pose.length / 2);
  }
  spot(middle, Math.max(lowest, 0), 0.3, 0.5);
  clip.segments.forEach((segment, index) => {
    if (!["leg", "shin"].includes(boneOf(segment))) return;
    spot(pose[index * 4 + 2], 2.5 * Math.max(pose[index * 4 + 3], 0), 0.1, 0.8);
  });
}

/** The last poses, fading, and the paths hands and feet took. */
function drawTrail(context, clip, seconds, view, colours) {
  context.save();
  context.fillStyle = colours.ghost;
  for (let k = TRAIL.poses; k > 0; k -= 1) {
    const moment = seconds - k * TRAIL.gapSeconds;
    if (moment < 0) continue;
    context.globalAlpha = 0.28 * (1 - k / (TRAIL.poses + 1));
    context.fill(silhouette(clip, poseAt(clip, moment), view));
  }
  context.globalAlpha = 1;
  clip.segments.forEach((segment, index) => {
    if (!ENDS[boneOf(segment)]) return;
    const points = [];
    for (let step = 0; step <= TRAIL.pathSteps; step += 1) {
      const moment = seconds - TRAIL.pathSeconds * (1 - step / TRAIL.pathSteps);
      if (moment < 0) continue;
      const pose = poseAt(clip, moment);
      points.push([view.x(pose[index * 4 + 2]), view.y(pose[index * 4 + 3])]);
    }
    drawRibbon(context, points, 0.013 * clip.height * view.scale, colours[sideOf(segment)]);
  });
  context.restore();
}

/** A band through points that widens and becomes opaque towards the last. */
function drawRibbon(context, points, halfWidth, colour) {
  if (points.length < 2) return;
  const [first, last] = [points[0], points[points.length - 1]];
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
  [...edge(1), ...edge(-1).reverse()].forEach(([x, y]) => path.lineTo(x, y));
  context.fillStyle = gradient;
  context.fill(path);
}

/** Floor, ground line, and ticks that pass by as the figure travels. `centre` is the x in the middle of the box. */
function drawGround(context, box, view, centre, colours) {
  const { level } = view;
  context.fillStyle = colours.floor;
  context.fillRect(box.x, level, box.width, box.y + box.height - level);
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
  for (let tick = Math.ceil((centre - half) * TICKS_PER_UNIT); tick <= last; tick += 1) {
    const x = box.x + box.width / 2 + (tick / TICKS_PER_UNIT - centre) * view.scale;
    context.moveTo(x, level);
    context.lineTo(x - 3, level + (tick % TICKS_PER_UNIT === 0 ? 12 : 6));
  }
  context.stroke();
}
