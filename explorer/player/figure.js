// The figure in one pose, drawn as round shapes.

import { distance } from "./math.js";
import { addBend, addBone, addDisc, addHull } from "./shape.js";

/** Clear space around each part, as a share of the body height. */
const MARGIN = 0.012;

/**
 * Where a segment starts and ends on the canvas.
 * @typedef {(index: number, end: 0 | 1) => [number, number]} Place
 */

/** Shoulders, chest and hips, with the spine between them, as one shape. */
function addTrunk(path, { segments, body: { trunk } }, place, unit) {
  const at = (segment, end) => place(segments.indexOf(segment), end);
  const [neck, chest, pelvis] = [at("upper_torso", 0), at("upper_torso", 1), at("lower_torso", 1)];
  const discs = (bone, radius, spine) =>
    [`l_${bone}`, `r_${bone}`]
      .map((segment) => at(segment, 0))
      .filter((joint) => distance(joint, spine) < trunk.max_reach * unit)
      .map(([x, y]) => [x, y, radius * unit]);
  const middle = [...chest, trunk.chest * unit];
  addHull(path, [[...neck, trunk.neck * unit], ...discs("upper_arm", trunk.shoulder, neck), middle]);
  addHull(path, [middle, ...discs("thigh", trunk.hip, pelvis), [...pelvis, trunk.pelvis * unit]]);
}

/**
 * Add one segment, together with the one it bends into, and the hand or foot at their end.
 * @returns {number} index of the last segment added
 */
function addLimb(path, clip, index, place, unit) {
  const part = clip.parts[index];
  const bends = part.next >= 0 && distance(place(index, 1), place(part.next, 0)) < clip.body.max_gap * unit;
  const [tip, last] = bends ? [clip.parts[part.next], part.next] : [part, index];
  const [start, joint] = [[...place(index, 0), part.start * unit], [...place(index, 1), part.end * unit]];
  if (bends) addBend(path, start, joint, [...place(last, 1), tip.end * unit]);
  else addBone(path, ...start, ...joint);
  if (tip.tip) addDisc(path, ...place(last, 1), tip.tip * unit);
  return last;
}

/**
 * The outline of a pose as paths: one for each arm and leg, one for trunk and head.
 * @param {Clip} clip
 * @param {Float32Array} pose world coordinates
 * @param {View} view
 */
function outline(clip, pose, view) {
  const paths = { core: new Path2D() };
  const unit = clip.height * view.scale;
  const place = (index, end) => [view.x(pose[index * 4 + 2 * end]), view.y(pose[index * 4 + 2 * end + 1])];
  const drawn = new Set();
  clip.parts.forEach(({ side, limb }, index) => {
    if (drawn.has(index)) return;
    const path = (paths[side === "core" ? "core" : `${side}_${limb}`] ??= new Path2D());
    drawn.add(addLimb(path, clip, index, place, unit));
  });
  if (clip.segments.includes("upper_torso")) addTrunk(paths.core, clip, place, unit);
  addDisc(paths.core, ...headCentre(clip, place, unit), clip.body.head_radius * unit);
  return paths;
}

/** The end of the head bone. A skeleton without one has its head above the neck, in line with the torso. */
export function headCentre({ segments, body }, place, unit) {
  const head = segments.indexOf("head");
  if (head >= 0) return place(head, 1);
  const [neck, hip] = [0, 1].map((end) => place(segments.indexOf("torso"), end));
  const along = Math.atan2(neck[1] - hip[1], neck[0] - hip[0]);
  const reach = body.neck_to_head * unit;
  return [neck[0] + reach * Math.cos(along), neck[1] + reach * Math.sin(along)];
}

/** All paths of a pose as one, to be filled in one colour. */
export function silhouette(clip, pose, view) {
  const whole = new Path2D();
  Object.values(outline(clip, pose, view)).forEach((path) => whole.addPath(path));
  return whole;
}

/**
 * The figure in full colours, from the far arm to the near one. Each part first clears a margin around itself,
 * so that it stands out from those behind it. The canvas must hold nothing but figures.
 */
export function drawFigure(context, clip, pose, view, colours) {
  const paths = outline(clip, pose, view);
  const [far, near] = nearSide(clip) === "right" ? ["left", "right"] : ["right", "left"];
  context.lineJoin = "round";
  context.lineWidth = 2 * MARGIN * clip.height * view.scale;
  for (const part of [`${far}_arm`, `${far}_leg`, `${near}_leg`, "core", `${near}_arm`]) {
    if (!paths[part]) continue;
    context.globalCompositeOperation = "destination-out";
    context.stroke(paths[part]);
    context.globalCompositeOperation = "source-over";
    context.fillStyle = colours[part.split("_")[0]];
    context.fill(paths[part]);
  }
}

/** Someone who walks to the right, seen from the side, has their right side towards us. */
function nearSide(clip) {
  const travel = clip.camera[clip.length - 1] - clip.camera[0];
  return travel < -0.5 * clip.height ? "left" : "right";
}

/** The figure muted and in one colour, as something to compare with. */
export function drawGhost(context, clip, pose, view, colours) {
  context.fillStyle = colours.ghost;
  context.fill(silhouette(clip, pose, view));
}
