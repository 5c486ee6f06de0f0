// A motion as the browser holds it: its poses, between frames too, and the camera that follows it.

import { clamp } from "./math.js";
import { readParts } from "./skeleton.js";

/**
 * @typedef {object} Clip
 * @property {string} label
 * @property {"main" | "ghost"} role
 * @property {string[]} segments names in the order of a pose
 * @property {Part[]} parts what each segment is drawn as
 * @property {object} body how thick the parts are, from Python; shares of the body height
 * @property {number} thickness radius of the thickest part but the head
 * @property {number} length frames
 * @property {number} rate frames per second
 * @property {number} height body height in world units
 * @property {Float32Array} values length x segments x (x1, y1, x2, y2), y up, ground at 0
 * @property {Float32Array} camera the x the view follows, per frame
 */

const CAMERA_SMOOTHING_SECONDS = 0.35;

/** The coordinates of a figure from Python: base64 of int16 in steps of one scale, or of float32 without a scale. */
function readValues({ frames, scale }) {
  const { buffer } = Uint8Array.from(atob(frames), (character) => character.codePointAt(0));
  return scale ? Float32Array.from(new Int16Array(buffer), (step) => step * scale) : new Float32Array(buffer);
}

/** @returns {Clip} one figure from Python */
export function readClip(figure, body) {
  const values = readValues(figure);
  const length = values.length / (4 * figure.segments.length);
  const parts = readParts(figure.segments, body.bones);
  const radii = parts.flatMap(({ start, end, tip }) => [start, end, tip]);
  const { max_reach: _, ...trunk } = body.trunk;
  const thickness = Math.max(...radii, ...Object.values(trunk));
  const clip = { ...figure, values, length, parts, body, thickness };
  clip.camera = cameraPath(clip);
  return clip;
}

/** The pelvis's x over time, smoothed so that the view glides and neither bobs nor lags. */
function cameraPath(clip) {
  const torso = Math.max(clip.segments.indexOf("torso"), clip.segments.indexOf("lower_torso"), 0);
  const last = clip.length - 1;
  const rootAt = (frame) => clip.values[(frame * clip.segments.length + torso) * 4 + 2];
  const pace = last > 0 ? (rootAt(last) - rootAt(0)) / last : 0;
  const root = (frame) => {
    const inside = clamp(frame, 0, last);
    // Before the first frame and after the last, the figure keeps its pace, so that the view does not slow down.
    return rootAt(inside) + (frame - inside) * pace;
  };
  const reach = Math.ceil(2 * CAMERA_SMOOTHING_SECONDS * clip.rate);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - reach) / (CAMERA_SMOOTHING_SECONDS * clip.rate)) ** 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Float32Array.from({ length: clip.length }, (_, frame) =>
    weights.reduce((sum, weight, i) => sum + weight * root(frame + i - reach), 0) / total);
}

/** Seconds from the first frame to the last. */
export const durationOf = (clip) => (clip.length - 1) / clip.rate;

/** The four frames around `seconds`, and the share of the way between the middle two; a clip holds its last frame. */
export function neighbours(clip, seconds) {
  const exact = clamp(seconds * clip.rate, 0, clip.length - 1);
  const frame = Math.min(Math.floor(exact), Math.max(clip.length - 2, 0));
  const at = (index) => clamp(index, 0, clip.length - 1);
  return { frames: [at(frame - 1), frame, at(frame + 1), at(frame + 2)], between: exact - frame };
}

/** Weights of the four frames around a point: a Catmull-Rom spline, which passes through every frame. */
function splineWeights(u) {
  return [
    u * (-0.5 + u * (1 - 0.5 * u)),
    1 + u * u * (-2.5 + 1.5 * u),
    u * (0.5 + u * (2 - 1.5 * u)),
    u * u * (-0.5 + 0.5 * u),
  ];
}

/** The pose at `seconds`: segments x (x1, y1, x2, y2). */
export function poseAt(clip, seconds) {
  const width = clip.segments.length * 4;
  const { frames, between } = neighbours(clip, seconds);
  const weights = splineWeights(between);
  const pose = new Float32Array(width);
  for (let i = 0; i < width; i += 1) {
    for (let k = 0; k < 4; k += 1) pose[i] += weights[k] * clip.values[frames[k] * width + i];
  }
  return pose;
}

/** The x the view is centred on at `seconds`. */
export function cameraAt(clip, seconds) {
  const { frames, between } = neighbours(clip, seconds);
  return clip.camera[frames[1]] + between * (clip.camera[frames[2]] - clip.camera[frames[1]]);
}

/** The moment with the widest pose, to show while nothing moves. */
export function widestMoment(clip) {
  const width = clip.segments.length * 4;
  let widest = 0;
  let moment = 0;
  for (let frame = 0; frame < clip.length; frame += 1) {
    const xs = clip.values.subarray(frame * width, (frame + 1) * width).filter((_, i) => i % 2 === 0);
    const span = Math.max(...xs) - Math.min(...xs);
    if (span > widest) [widest, moment] = [span, frame / clip.rate];
  }
  return moment;
}
