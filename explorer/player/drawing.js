// Drawing a pose on a canvas. Lengths are in body heights until `view.scale` makes pixels of them.

/** Radius of each bone at its start and its end; limbs taper outwards. */
const BONES = {
  torso: [0.046, 0.038],
  upper_torso: [0.046, 0.042],
  lower_torso: [0.042, 0.037],
  pelvis_width: [0.035, 0.035],
  head: [0.024, 0.024],
  arm: [0.028, 0.0175],
  upper_arm: [0.028, 0.0225],
  forearm: [0.0225, 0.0165],
  leg: [0.037, 0.0215],
  thigh: [0.037, 0.0285],
  shin: [0.0285, 0.0205],
};
const HEAD_RADIUS = 0.082;
const COLLAR_RADIUS = 0.026;
const HALO = 0.012;
const TRAIL = { poses: 5, gapSeconds: 0.12, pathSeconds: 0.6 };
const TAU = 2 * Math.PI;

/** @returns {"left" | "right" | "core"} */
const sideOf = (segment) => ({ l_: "left", r_: "right" })[segment.slice(0, 2)] ?? "core";
const boneOf = (segment) => (sideOf(segment) === "core" ? segment : segment.slice(2));
const isArm = (segment) => boneOf(segment).endsWith("arm");

/** Add a bone with round ends, of radius `a` at its start and `b` at its end, to a path. */
function addBone(path, x1, y1, a, x2, y2, b) {
  const distance = Math.hypot(x2 - x1, y2 - y1);
  if (distance <= Math.abs(a - b)) {
    path.moveTo(x1 + a, y1);
    path.arc(x1, y1, a, 0, TAU);
    return;
  }
  const along = Math.atan2(y2 - y1, x2 - x1);
  const lean = Math.acos((a - b) / distance);
  path.moveTo(x1 + a * Math.cos(along + lean), y1 + a * Math.sin(along + lean));
  path.arc(x1, y1, a, along + lean, along - lean + TAU);
  path.arc(x2, y2, b, along - lean, along + lean);
  path.closePath();
}

/**
 * The outline of a pose as paths: one for each arm and leg, one for trunk and head.
 * @param {Clip} clip
 * @param {Float32Array} pose world coordinates
 * @param {{x: (x: number) => number, y: (y: number) => number, scale: number}} view
 */
function outline(clip, pose, view) {
  const paths = {};
  const unit = clip.height * view.scale;
  const point = (segment, end) => {
    const i = clip.segments.indexOf(segment) * 4 + 2 * end;
    return i < 0 ? null : [view.x(pose[i]), view.y(pose[i + 1])];
  };
  clip.segments.forEach((segment) => {
    const side = sideOf(segment);
    const part = side === "core" ? "core" : `${side}_${isArm(segment) ? "arm" : "leg"}`;
    const [a, b] = BONES[boneOf(segment)] ?? [0.02, 0.02];
    paths[part] ??= new Path2D();
    addBone(paths[part], ...point(segment, 0), a * unit, ...point(segment, 1), b * unit);
  });
  const neck = point("head", 0) ?? point("torso", 0);
  for (const arm of ["l_upper_arm", "r_upper_arm"]) {
    const shoulder = point(arm, 0);
    if (shoulder) addBone(paths.core, ...neck, COLLAR_RADIUS * unit, ...shoulder, COLLAR_RADIUS * unit);
  }
  const [x, y] = point("head", 1) ?? headAbove(neck, point("torso", 1), unit);
  paths.core.moveTo(x + HEAD_RADIUS * unit, y);
  paths.core.arc(x, y, HEAD_RADIUS * unit, 0, TAU);
  return paths;
}

/** A skeleton without a head carries it on the neck, in line with the torso. */
function headAbove(neck, hip, unit) {
  const along = Math.atan2(neck[1] - hip[1], neck[0] - hip[0]);
  const distance = (HEAD_RADIUS + BONES.torso[0] * 0.5) * unit;
  return [neck[0] + distance * Math.cos(along), neck[1] + distance * Math.sin(along)];
}

/** All paths of a pose as one, to be filled in one colour. */
function silhouette(clip, pose, view) {
  const whole = new Path2D();
  Object.values(outline(clip, pose, view)).forEach((path) => whole.addPath(path));
  return whole;
}

/** The figure in full colours: far limbs, trunk and head, near limbs, each with a halo against the next. */
function drawFigure(context, clip, pose, view, colours) {
  const paths = outline(clip, pose, view);
  const [far, near] = nearSide(clip) === "right" ? ["left", "right"] : ["right", "left"];
  const order = [`${far}_arm`, `${far}_leg`, "core", `${near}_leg`, `${near}_arm`];
  context.lineJoin = "round";
  context.lineWidth = 2 * HALO * clip.height * view.scale;
  context.strokeStyle = colours.sky;
  for (const part of order) {
    if (!paths[part]) continue;
    context.stroke(paths[part]);
    context.fillStyle = colours[part];
    context.fill(paths[part]);
  }
}

/** Seen from the side, who walks to the right has their right side towards us. */
function nearSide(clip) {
  const travel = clip.camera[clip.length - 1] - clip.camera[0];
  return travel < -0.5 * clip.height ? "left" : "right";
}

/** The figure muted and in one colour, as something to compare with. */
function drawGhost(context, clip, pose, view, colours) {
  const path = silhouette(clip, pose, view);
  context.save();
  context.globalAlpha = 0.34;
  context.fillStyle = colours.ghost;
  context.fill(path);
  context.restore();
}

/** Soft shadows on the ground: one below the body, darker ones below what touches it. */
function drawShadow(context, clip, pose, view, colours) {
  const unit = clip.height * view.scale;
  const spot = (x, lift, halfWidth, strength) => {
    const fade = Math.max(0, 1 - lift / (0.6 * clip.height));
    if (fade === 0) return;
    context.save();
    context.translate(view.x(x), view.y(0) + 0.012 * unit);
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
    context.globalAlpha = 0.2 * (1 - k / (TRAIL.poses + 1));
    context.fill(silhouette(clip, poseAt(clip, moment), view));
  }
  const steps = 24;
  context.lineCap = "round";
  clip.segments.forEach((segment, index) => {
    if (!["arm", "leg", "forearm", "shin"].includes(boneOf(segment))) return;
    context.strokeStyle = colours[`${sideOf(segment)}_${isArm(segment) ? "arm" : "leg"}`];
    let previous = null;
    for (let step = 0; step <= steps; step += 1) {
      const moment = seconds - TRAIL.pathSeconds * (1 - step / steps);
      if (moment < 0) continue;
      const pose = poseAt(clip, moment);
      const point = [view.x(pose[index * 4 + 2]), view.y(pose[index * 4 + 3])];
      if (previous) {
        context.globalAlpha = 0.75 * (step / steps) ** 2;
        context.lineWidth = 0.022 * clip.height * view.scale * (step / steps);
        context.beginPath();
        context.moveTo(...previous);
        context.lineTo(...point);
        context.stroke();
      }
      previous = point;
    }
  });
  context.restore();
}

/** Floor, ground line and ticks a quarter unit apart that pass by as the figure travels. */
function drawGround(context, box, view, centre, colours) {
  const level = view.y(0);
  context.fillStyle = colours.floor;
  context.fillRect(box.x, level, box.width, box.y + box.height - level);
  const fading = context.createLinearGradient(box.x, 0, box.x + box.width, 0);
  fading.addColorStop(0, "rgb(0 0 0 / 0)");
  fading.addColorStop(0.14, colours.ground);
  fading.addColorStop(0.86, colours.ground);
  fading.addColorStop(1, "rgb(0 0 0 / 0)");
  context.strokeStyle = fading;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(box.x, level);
  context.lineTo(box.x + box.width, level);
  context.stroke();
  const half = box.width / 2 / view.scale;
  context.lineWidth = 1.5;
  context.beginPath();
  for (let tick = Math.ceil((centre - half) * 4); tick <= (centre + half) * 4; tick += 1) {
    const x = box.x + box.width / 2 + (tick / 4 - centre) * view.scale;
    context.moveTo(x, level);
    context.lineTo(x - 3, level + (tick % 4 === 0 ? 12 : 6));
  }
  context.stroke();
}
