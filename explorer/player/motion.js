// Reading a motion: decoding, poses between frames, and the camera that follows them.

/**
 * @typedef {object} Clip
 * @property {string} label
 * @property {"main" | "ghost"} role
 * @property {string[]} segments names in the order of a pose
 * @property {number} length frames
 * @property {number} rate frames per second
 * @property {number} height body height in world units
 * @property {Float32Array} values length x segments x (x1, y1, x2, y2), y up, ground at 0
 * @property {Float32Array} camera the x the view follows, per frame
 */

const CAMERA_SMOOTHING_SECONDS = 0.35;

/** Decode one figure as it comes from Python (int16, base64, one scale a figure) into a {@link Clip}. */
function readClip(figure) {
  const bytes = Uint8Array.from(atob(figure.frames), (character) => character.charCodeAt(0));
  const values = Float32Array.from(new Int16Array(bytes.buffer), (step) => step * figure.scale);
  const length = values.length / (4 * figure.segments.length);
  const clip = { ...figure, values, length };
  clip.camera = cameraPath(clip);
  return clip;
}

/** The pelvis's x over time, smoothed so that the view glides and neither bobs nor lags. */
function cameraPath(clip) {
  const torso = Math.max(clip.segments.indexOf("torso"), clip.segments.indexOf("lower_torso"), 0);
  const root = (frame) => {
    const inside = Math.min(Math.max(frame, 0), clip.length - 1);
    const x = clip.values[inside * clip.segments.length * 4 + torso * 4 + 2];
    // Past either end the figure is taken to keep its pace, so that the view does not slow down there.
    return x + (frame - inside) * pace;
  };
  const last = (clip.length - 1) * clip.segments.length * 4 + torso * 4 + 2;
  const pace = clip.length > 1 ? (clip.values[last] - clip.values[torso * 4 + 2]) / (clip.length - 1) : 0;
  const reach = Math.ceil(2 * CAMERA_SMOOTHING_SECONDS * clip.rate);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - reach) / (CAMERA_SMOOTHING_SECONDS * clip.rate)) ** 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Float32Array.from({ length: clip.length }, (_, frame) =>
    weights.reduce((sum, weight, i) => sum + weight * root(frame + i - reach), 0) / total);
}

/** Seconds from the first frame to the last. */
const durationOf = (clip) => (clip.length - 1) / clip.rate;

/** Frame numbers around `seconds` and the place between the middle two; a clip that is over holds its end. */
function neighbours(clip, seconds) {
  const exact = Math.min(Math.max(seconds * clip.rate, 0), clip.length - 1);
  const frame = Math.min(Math.floor(exact), Math.max(clip.length - 2, 0));
  const at = (index) => Math.min(Math.max(index, 0), clip.length - 1);
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
function poseAt(clip, seconds) {
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
function cameraAt(clip, seconds) {
  const { frames, between } = neighbours(clip, seconds);
  return clip.camera[frames[1]] + between * (clip.camera[frames[2]] - clip.camera[frames[1]]);
}

/** How far the clips reach from the camera of the first: half width, top and bottom, in world units. */
function reachOf(clips) {
  const reach = { side: 0, top: 0, bottom: 0 };
  for (const clip of clips) {
    const width = clip.segments.length * 4;
    for (let frame = 0; frame < clip.length; frame += 1) {
      const centre = cameraAt(clips[0], frame / clip.rate);
      for (let i = frame * width; i < (frame + 1) * width; i += 2) {
        reach.side = Math.max(reach.side, Math.abs(clip.values[i] - centre));
        reach.top = Math.max(reach.top, clip.values[i + 1]);
        reach.bottom = Math.min(reach.bottom, clip.values[i + 1]);
      }
    }
  }
  return reach;
}

/** The moment with the widest pose: the one to show when nothing may move. */
function widestMoment(clip) {
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
