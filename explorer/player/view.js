// Where the world is in a box: what lies before the camera, moved where a figure would not be whole.

import { cameraAt } from "./clip.js";
import { headCentre } from "./figure.js";
import { shiftInto } from "./math.js";

/**
 * Where the world is on the canvas.
 * @typedef {object} View
 * @property {(x: number) => number} x
 * @property {(y: number) => number} y
 * @property {number} scale pixels in a world unit
 * @property {number} level y of the ground line: below y(0) by the height of an ankle, so that soles rest on it
 * @property {number} centre the x in the middle of the box
 */

/**
 * From where to where something reaches, on each axis.
 * @typedef {{x: [number, number], y: [number, number]}} Bounds
 */

const AXES = ["x", "y"];
/** Pixels along the edges of a box that no figure touches. */
const EDGE = 2;
/** Share of the frames that one scale is chosen for; the others may be out of shape, and are drawn smaller. */
const USUAL_SHARE = 0.95;

/** @returns {Bounds} of a figure as it is drawn, in world coordinates */
export function boundsOf(clip, pose) {
  const limb = clip.thickness * clip.height;
  const place = (index, end) => [pose[index * 4 + 2 * end], pose[index * 4 + 2 * end + 1]];
  const head = headCentre(clip, place, clip.height);
  const radius = clip.body.head_radius * clip.height;
  return Object.fromEntries(AXES.map((axis, k) => {
    let [low, high] = [head[k] - radius, head[k] + radius];
    for (let i = k; i < pose.length; i += 2) {
      low = Math.min(low, pose[i] - limb);
      high = Math.max(high, pose[i] + limb);
    }
    return [axis, [low, high]];
  }));
}

const lengthOf = ([low, high]) => high - low;

/**
 * How far the joints of the clips reach from the camera of the first: half width and top. And how large the figures
 * are as they are drawn, in most frames: width and height. All in world units.
 */
export function reachOf(clips) {
  const reach = { side: 0, top: 0 };
  const sizes = { x: [], y: [] };
  for (const clip of clips) {
    const width = clip.segments.length * 4;
    for (let frame = 0; frame < clip.length; frame += 1) {
      const centre = cameraAt(clips[0], frame / clip.rate);
      const pose = clip.values.subarray(frame * width, (frame + 1) * width);
      for (let i = 0; i < width; i += 2) {
        reach.side = Math.max(reach.side, Math.abs(pose[i] - centre));
        reach.top = Math.max(reach.top, pose[i + 1]);
      }
      const bounds = boundsOf(clip, pose);
      for (const axis of AXES) sizes[axis].push(lengthOf(bounds[axis]));
    }
  }
  const [width, height] = AXES.map((axis) =>
    sizes[axis].toSorted((one, other) => one - other)[Math.floor(USUAL_SHARE * (sizes[axis].length - 1))]);
  return { ...reach, bounds: { x: [0, width], y: [0, height] } };
}

/** @returns {Bounds} of what a figure may fill of a box, in pixels; `headroom` is left clear at the top */
export const roomIn = (box, headroom) => ({
  x: [box.x + EDGE, box.x + Math.max(box.width - EDGE, 2 * EDGE)],
  y: [box.y + headroom + EDGE, box.y + Math.max(box.height - EDGE, headroom + 2 * EDGE)],
});

/** The largest scale at which something of the world fits into a room. */
export const largestScale = (room, bounds) =>
  Math.min(...AXES.map((axis) => lengthOf(room[axis]) / lengthOf(bounds[axis])));

/** Where bounds of the world are on the canvas. */
const onCanvas = (view, { x: [left, right], y: [bottom, top] }) =>
  ({ x: [view.x(left), view.x(right)], y: [view.y(top), view.y(bottom)] });

/** How many pixels to move something of the world so that it is inside a room: across and down. */
function shifts(room, view, bounds) {
  const seen = onCanvas(view, bounds);
  return AXES.map((axis) => shiftInto(seen[axis], room[axis]));
}

/** Whether something of the world is inside a room as a whole. */
export const isInside = (room, view, bounds) => shifts(room, view, bounds).every((shift) => shift === 0);

/** The view with `centre` in the middle of a box and the ground at `level`, moved where a figure would be cut. */
export function viewOf(box, room, { scale, centre, level, sole }, followed) {
  const at = (across, down) => ({
    scale,
    x: (x) => box.x + box.width / 2 + (x - centre) * scale + across,
    y: (y) => level - (y + sole) * scale + down,
    level: level + down,
    centre: centre - across / scale,
  });
  return at(...shifts(room, at(0, 0), followed));
}

/** The view for another figure there: one that is too far off is drawn at the edge, as a whole. */
export function viewBeside(view, room, bounds) {
  const [across, down] = shifts(room, view, bounds);
  return { ...view, x: (x) => view.x(x) + across, y: (y) => view.y(y) + down };
}
