// The picture: panels with one or more figures each, one scale, and soft changes from one pose to another.

import { fitCanvas, inBox, sizeOf } from "./canvas.js";
import { cameraAt, poseAt } from "./clip.js";
import { drawFigure, drawGhost } from "./figure.js";
import { drawGround } from "./ground.js";
import { clamp, ease } from "./math.js";
import { drawShadow } from "./shadow.js";
import { drawTrail } from "./trail.js";
import { boundsOf, largestScale, reachOf, roomIn, viewBeside, viewOf } from "./view.js";

const MIN_PANEL_WIDTH = 150;
/** Of each row, where the panels need several. */
const MIN_ROW_HEIGHT = 150;
const LABEL_HEIGHT = 26;
/** A panel at least this wide has its label beside the head, with no room above it. */
const MIN_WIDTH_FOR_LABEL_ASIDE = 520;
/** How far one scale lets the view reach above the ground and to either side, in body heights; then the view moves. */
const MAX_VIEW_HEIGHT = 1.8;
const MAX_VIEW_REACH = 1.2;

const floorHeight = (box) => clamp(0.12 * box.height, 22, 44);

export class Stage {
  /**
   * Figures are drawn on a canvas over the one with the ground, as they clear margins around their limbs. Two
   * canvases cost less than copying one onto the other in every frame.
   * @param {HTMLCanvasElement} backdrop
   * @param {HTMLCanvasElement} drawing
   * @param {HTMLElement} labels holds one element for each panel, or nothing
   */
  constructor(backdrop, drawing, labels) {
    this.backdrop = backdrop.getContext("2d");
    this.figures = drawing.getContext("2d");
    Object.assign(this, { labels, clips: [], panels: [], travelled: 0, change: null });
  }

  /** Take other figures, in one panel or in one each. */
  show(clips, layout) {
    this.clips = clips;
    this.panels = layout === "overlay" ? [clips] : clips.map((clip) => [clip]);
    this.reaches = this.panels.map(reachOf);
  }

  /** Take the size the page gives the canvas. */
  resize() {
    this.size = sizeOf(this.figures.canvas);
    this.boxes = this.boxesIn(this.size);
    this.placeLabels();
  }

  /** Start over, with the ground going on from where the figure is. */
  runAgain() {
    const { camera, length } = this.clips[0];
    this.travelled += camera[length - 1] - camera[0];
  }

  // Changes: for a short while the drawing is between the poses before and the present ones.

  /** The poses of a moment as the camera sees them, to start from when figures or time jump. */
  posesAt(seconds) {
    return this.panels.flatMap((clips) => clips.map((clip) => this.poseBeforeCamera(clip, clips[0], seconds)));
  }

  changeFrom(poses, duration) {
    this.change = { poses, scale: this.scale, duration, passed: 0 };
  }

  /** Let time pass for the present change. */
  pass(seconds) {
    if (!this.change) return;
    this.change.passed += seconds;
    if (this.change.passed >= this.change.duration) this.change = null;
  }

  /** From a value before to the present one, by how far the change has come. */
  between(before, now) {
    return before + ease(this.change.passed / this.change.duration) * (now - before);
  }

  poseBeforeCamera(clip, followed, seconds) {
    const centre = cameraAt(followed, seconds);
    const pose = poseAt(clip, seconds).map((value, i) => (i % 2 ? value : value - centre));
    const before = this.change?.poses[this.clips.indexOf(clip)];
    return before?.length === pose.length ? pose.map((value, i) => this.between(before[i], value)) : pose;
  }

  // Layout

  /** As few rows as the width allows, filled evenly. */
  grid(width) {
    const rows = Math.ceil(this.panels.length / Math.max(1, Math.floor(width / MIN_PANEL_WIDTH)));
    return { columns: Math.ceil(this.panels.length / rows), rows };
  }

  /** Minimum height of the panels at a width, in CSS pixels; 0 when they fit one row. */
  minHeight(width) {
    const { rows } = this.grid(width);
    return rows > 1 ? rows * MIN_ROW_HEIGHT : 0;
  }

  /** Boxes of the panels, in CSS pixels; a last row with fewer panels has wider ones. */
  boxesIn({ width, height }) {
    const count = this.panels.length;
    const { columns, rows } = this.grid(width);
    return this.panels.map((_, i) => {
      const row = Math.floor(i / columns);
      const across = width / Math.min(columns, count - row * columns);
      return { x: (i % columns) * across, y: (row * height) / rows, width: across, height: height / rows };
    });
  }

  /** Put the labels into the upper corners of their boxes. */
  placeLabels() {
    [...this.labels.children].forEach(({ style }, i) => {
      const { x, y, width } = this.boxes[i];
      Object.assign(style, { left: `${x}px`, top: `${y}px`, maxWidth: `${width}px` });
    });
  }

  /** What is kept clear for labels at the top of a box. */
  headroom(box) {
    return box.width < MIN_WIDTH_FOR_LABEL_ASIDE && this.clips.some((clip) => clip.label) ? LABEL_HEIGHT : 0;
  }

  /** One scale for all panels, so that sizes can be compared: the largest that keeps the clips in view. */
  fittingScale(box) {
    const headroom = this.headroom(box);
    return Math.min(...this.panels.map(([clip], i) => {
      const { side, top, bounds } = this.reaches[i];
      const tall = clamp(top, clip.height, MAX_VIEW_HEIGHT * clip.height) + 0.14 * clip.height;
      const wide = 2 * clamp(side, 0.4 * clip.height, MAX_VIEW_REACH * clip.height) + 0.2 * clip.height;
      const scale = Math.min((box.height - floorHeight(box) - headroom) / tall, box.width / wide);
      return Math.min(scale, largestScale(roomIn(box, headroom), bounds));
    }));
  }

  // Drawing

  draw(seconds, trailing, colours) {
    const { boxes } = this;
    const { width, height } = this.size;
    if (!width || !height) return;
    for (const context of [this.backdrop, this.figures]) {
      fitCanvas(context, this.size);
      context.clearRect(0, 0, width, height);
    }
    const rooms = boxes.map((box) => roomIn(box, this.headroom(box)));
    const posed = this.panels.map((clips) => this.posed(clips, seconds));
    const fitting = this.fittingScale(boxes[0]);
    const scale = this.change?.scale ? this.between(this.change.scale, fitting) : fitting;
    const largest = posed.flatMap((figures, i) => figures.map(({ bounds }) => largestScale(rooms[i], bounds)));
    this.scale = Math.min(scale, ...largest);
    boxes.forEach((box, i) => this.drawPanel(box, rooms[i], posed[i], seconds, trailing, colours));
  }

  /** The figures of a panel in the poses of a moment. */
  posed(clips, seconds) {
    const centre = cameraAt(clips[0], seconds);
    return clips.map((clip) => {
      const before = this.poseBeforeCamera(clip, clips[0], seconds);
      const pose = before.map((value, i) => (i % 2 ? value : value + centre));
      return { clip, pose, bounds: boundsOf(clip, pose) };
    });
  }

  drawPanel(box, room, posed, seconds, trailing, colours) {
    const { backdrop, figures } = this;
    const [{ clip: followed, bounds }] = posed;
    const camera = {
      scale: this.scale,
      centre: cameraAt(followed, seconds),
      level: box.y + box.height - floorHeight(box),
      sole: followed.body.sole * followed.height,
    };
    const view = viewOf(box, room, camera, bounds);
    const drawn = posed.map((figure) => ({ ...figure, view: viewBeside(view, room, figure.bounds) }));
    const main = drawn.find(({ clip }) => clip.role === "main") ?? drawn[0];
    inBox(backdrop, box, () => {
      drawGround(backdrop, box, view, view.centre + this.travelled, colours);
      for (const figure of drawn) drawShadow(backdrop, figure.clip, figure.pose, figure.view, colours);
      if (trailing) drawTrail(backdrop, main.clip, seconds, main.view, room, colours);
    });
    inBox(figures, box, () => {
      for (const [role, drawRole] of [["ghost", drawGhost], ["main", drawFigure]]) {
        const those = drawn.filter(({ clip }) => clip.role === role);
        for (const { clip, pose, view: own } of those) drawRole(figures, clip, pose, own, colours);
      }
    });
  }
}
