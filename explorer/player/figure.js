// Drawing a pose: bones and joints as round shapes. Sizes are shares of the body's height.

/**
 * Where the world is on the canvas.
 * @typedef {object} View
 * @property {(x: number) => number} x
 * @property {(y: number) => number} y
 * @property {number} scale pixels in a world unit
 * @property {number} level y of the ground line: below y(0) by a foot's radius, so that soles rest on it
 */

/** Radius of each bone at its start and its end; limbs taper outwards. */
const BONES = {
  torso: [0.046, 0.038],
  upper_torso: [0.03, 0.04],
  lower_torso: [0.04, 0.03],
  pelvis_width: [0.024, 0.024],
  head: [0.024, 0.024],
  arm: [0.028, 0.0175],
  upper_arm: [0.028, 0.0225],
  forearm: [0.0225, 0.0165],
  leg: [0.037, 0.0215],
  thigh: [0.037, 0.0285],
  shin: [0.0285, 0.0205],
};
/** Hands and feet: a round end a little wider than the limb. */
const ENDS = { arm: 0.0205, forearm: 0.0205, leg: 0.0255, shin: 0.0255 };
/** Bones drawn on from one another in one bent stroke, where the first ends no farther than this from the next. */
const NEXT = { upper_torso: "lower_torso", upper_arm: "forearm", thigh: "shin" };
const MEETING = 0.05;
/** The share of each bone that the rounded corner takes, and the pieces it is drawn in. */
const BEND = 0.24;
const BEND_STEPS = 5;
const SOLE = ENDS.leg;
const HEAD_RADIUS = 0.082;
/** From the neck to the centre of a head that the skeleton leaves out. */
const NECK = 0.093;
/** Radii the trunk is drawn around, where the skeleton tells shoulders and hips from the spine. */
const TRUNK = { neck: 0.03, shoulder: 0.021, chest: 0.043, hip: 0.031, pelvis: 0.036 };
/** A shoulder or hip farther than this from the spine is not taken for a part of the trunk. */
const TRUNK_REACH = 0.2;
const HULL_STEPS = 12;
const HALO = 0.012;
const TAU = 2 * Math.PI;

/** @returns {"left" | "right" | "core"} */
const sideOf = (segment) => ({ l_: "left", r_: "right" })[segment.slice(0, 2)] ?? "core";
const boneOf = (segment) => (sideOf(segment) === "core" ? segment : segment.slice(2));
const distance = ([x1, y1], [x2, y2]) => Math.hypot(x2 - x1, y2 - y1);
const isArm = (segment) => boneOf(segment).endsWith("arm");

function addDisc(path, x, y, radius) {
  path.moveTo(x + radius, y);
  path.arc(x, y, radius, 0, TAU);
}

/** Add a bone with round ends, of radius `a` at its start and `b` at its end, to a path. */
function addBone(path, x1, y1, a, x2, y2, b) {
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

/** Add two bones that meet, with the corner between them rounded. Points are x, y and radius. */
function addBend(path, start, joint, end) {
  const between = (p, q, share) => p.map((value, i) => value + share * (q[i] - value));
  const [into, out] = [between(joint, start, BEND), between(joint, end, BEND)];
  const points = [start, into];
  for (let step = 1; step <= BEND_STEPS; step += 1) {
    const share = step / BEND_STEPS;
    points.push(between(between(into, joint, share), between(joint, out, share), share));
  }
  points.push(end);
  for (let i = 1; i < points.length; i += 1) addBone(path, ...points[i - 1], ...points[i]);
}

/** Add the band stretched around discs (x, y, radius): their convex hull. */
function addHull(path, discs) {
  const points = discs.flatMap(([x, y, radius]) => Array.from({ length: HULL_STEPS }, (_, i) => {
    const angle = (TAU * i) / HULL_STEPS;
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  })).sort(([x1, y1], [x2, y2]) => x1 - x2 || y1 - y2);
  const turnsLeft = ([ax, ay], [bx, by], [cx, cy]) => (bx - ax) * (cy - ay) - (by - ay) * (cx - ax) > 0;
  const half = (ordered) => ordered.reduce((chain, next) => {
    while (chain.length > 1 && !turnsLeft(chain[chain.length - 2], chain[chain.length - 1], next)) chain.pop();
    chain.push(next);
    return chain;
  }, []).slice(0, -1);
  [...half(points), ...half(points.reverse())].forEach(([x, y], i) => (i ? path.lineTo(x, y) : path.moveTo(x, y)));
  path.closePath();
}

/** Shoulders, chest and hips, with the spine between them, as one body. */
function addTrunk(path, point, unit) {
  const disc = (segment, radius, spine) => {
    const place = point(segment, 0);
    return distance(place, spine) < TRUNK_REACH * unit ? [[...place, radius * unit]] : [];
  };
  const [neck, chest, pelvis] = [point("upper_torso", 0), point("upper_torso", 1), point("lower_torso", 1)];
  const shoulders = ["l_upper_arm", "r_upper_arm"].flatMap((arm) => disc(arm, TRUNK.shoulder, neck));
  const hips = ["l_thigh", "r_thigh"].flatMap((thigh) => disc(thigh, TRUNK.hip, pelvis));
  const middle = [...chest, TRUNK.chest * unit];
  addHull(path, [[...neck, TRUNK.neck * unit], ...shoulders, middle]);
  addHull(path, [middle, ...hips, [...pelvis, TRUNK.pelvis * unit]]);
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
  const point = (segment, end) => {
    const i = clip.segments.indexOf(segment) * 4 + 2 * end;
    return i < 0 ? null : [view.x(pose[i]), view.y(pose[i + 1])];
  };
  const drawn = new Set();
  for (const segment of clip.segments) {
    if (drawn.has(segment)) continue;
    const [side, bone] = [sideOf(segment), boneOf(segment)];
    const path = (paths[side === "core" ? "core" : `${side}_${isArm(segment) ? "arm" : "leg"}`] ??= new Path2D());
    const next = NEXT[bone] && segment.replace(bone, NEXT[bone]);
    const bends = clip.segments.includes(next) && distance(point(segment, 1), point(next, 0)) < MEETING * unit;
    const last = bends ? next : segment;
    const [a, joint] = BONES[bone].map((radius) => radius * unit);
    if (bends) {
      const end = [...point(next, 1), BONES[NEXT[bone]][1] * unit];
      addBend(path, [...point(segment, 0), a], [...point(segment, 1), joint], end);
      drawn.add(next);
    } else {
      addBone(path, ...point(segment, 0), a, ...point(segment, 1), joint);
    }
    if (ENDS[boneOf(last)]) addDisc(path, ...point(last, 1), ENDS[boneOf(last)] * unit);
  }
  const neck = point("head", 0) ?? point("torso", 0);
  if (point("upper_torso", 0)) addTrunk(paths.core, point, unit);
  const [x, y] = point("head", 1) ?? headAbove(neck, point("torso", 1), unit);
  addDisc(paths.core, x, y, HEAD_RADIUS * unit);
  return paths;
}

/** A skeleton without a head carries it on the neck, in line with the torso. */
function headAbove(neck, hip, unit) {
  const along = Math.atan2(neck[1] - hip[1], neck[0] - hip[0]);
  return [neck[0] + NECK * unit * Math.cos(along), neck[1] + NECK * unit * Math.sin(along)];
}

/** All paths of a pose as one, to be filled in one colour. */
function silhouette(clip, pose, view) {
  const whole = new Path2D();
  Object.values(outline(clip, pose, view)).forEach((path) => whole.addPath(path));
  return whole;
}

/**
 * The figure in full colours, from the far arm to the near one. Each part first clears a margin around itself,
 * so that it stands off from those behind it: this canvas holds figures and nothing else.
 */
function drawFigure(context, clip, pose, view, colours) {
  const paths = outline(clip, pose, view);
  const [far, near] = nearSide(clip) === "right" ? ["left", "right"] : ["right", "left"];
  context.lineJoin = "round";
  context.lineWidth = 2 * HALO * clip.height * view.scale;
  for (const part of [`${far}_arm`, `${far}_leg`, `${near}_leg`, "core", `${near}_arm`]) {
    if (!paths[part]) continue;
    context.globalCompositeOperation = "destination-out";
    context.stroke(paths[part]);
    context.globalCompositeOperation = "source-over";
    context.fillStyle = colours[part.split("_")[0]];
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
  context.fillStyle = colours.ghost;
  context.fill(silhouette(clip, pose, view));
}
