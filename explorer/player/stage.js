// The picture: panels with one or more figures each, one scale, and soft changes from one pose to another.

const PANEL_MIN_WIDTH = 150;
/** Where panels stand in several rows, a row is at least this high. */
const ROW_MIN_HEIGHT = 150;
const LABEL_HEIGHT = 26;
/** Where panels are at least this wide, the label stands beside the head and needs no room above it. */
const LABEL_ASIDE_WIDTH = 520;
const DENSEST = 3;
/** What is farther off, in body heights above the ground and to either side, may leave the view. */
const TALLEST = 1.8;
const WIDEST = 1.2;

const ease = (u) => u * u * (3 - 2 * u);
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const floorHeight = (box) => clamp(0.12 * box.height, 22, 44);

/**
 * Match a canvas to a size in CSS pixels at the screen's own density; drawing then goes on in CSS pixels.
 * Sizes are read when they change and kept: to ask for them at every frame makes the browser lay out the page.
 */
function fitCanvas({ canvas }, { width, height }) {
  const density = Math.min(window.devicePixelRatio || 1, DENSEST);
  const [across, down] = [Math.round(width * density), Math.round(height * density)];
  if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
  if (width && height) canvas.getContext("2d").setTransform(across / width, 0, 0, down / height, 0, 0);
}

/** The size of an element's box in CSS pixels. */
const sizeOf = ({ clientWidth, clientHeight }) => ({ width: clientWidth, height: clientHeight });

/** Draw inside a box, and leave the canvas as it was. */
function inBox(context, box, draw) {
  context.save();
  context.beginPath();
  context.rect(box.x, box.y, box.width, box.height);
  context.clip();
  draw();
  context.restore();
}

class Stage {
  /**
   * Figures have a canvas of their own, over the one with what is behind them: they clear margins around their
   * limbs, and two canvases cost less than copying one onto the other at every frame.
   * @param {HTMLCanvasElement} backdrop
   * @param {HTMLCanvasElement} drawing
   * @param {HTMLElement} labels holds an element for each panel, or none
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

  /** The whole run again: the ground goes on from where the figure got to. */
  runAgain() {
    const { camera, length } = this.clips[0];
    this.travelled += camera[length - 1] - camera[0];
  }

  // Changes: for a short while the drawing is between the poses before and those of the moment.

  /** Poses of a moment as they stand before the camera, to come from when figures or time jump. */
  posesAt(seconds) {
    return this.panels.flatMap((clips) => clips.map((clip) => this.poseBeforeCamera(clip, clips[0], seconds)));
  }

  changeFrom(poses, duration) {
    this.change = { poses, scale: this.scale, duration, passed: 0 };
  }

  /** Let time pass for a change that is under way. */
  pass(seconds) {
    if (!this.change) return;
    this.change.passed += seconds;
    if (this.change.passed >= this.change.duration) this.change = null;
  }

  /** From what was to what is, by how far the change has come. */
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

  /** As few rows as the width allows, and evenly filled. */
  grid(width) {
    const rows = Math.ceil(this.panels.length / Math.max(1, Math.floor(width / PANEL_MIN_WIDTH)));
    return { columns: Math.ceil(this.panels.length / rows), rows };
  }

  /** Height the panels need at a width, in CSS pixels; nothing in particular when they fit one row. */
  leastHeight(width) {
    const { rows } = this.grid(width);
    return rows > 1 ? rows * ROW_MIN_HEIGHT : 0;
  }

  /** Boxes of the panels, in CSS pixels; a last row with fewer is filled. */
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

  /** One scale for all panels, so that sizes compare: the largest at which clips stay in view. */
  fittingScale(box) {
    const headroom = box.width < LABEL_ASIDE_WIDTH && this.clips.some((clip) => clip.label) ? LABEL_HEIGHT : 0;
    return Math.min(...this.panels.map(([clip], i) => {
      const { side, top } = this.reaches[i];
      const tall = clamp(top, clip.height, TALLEST * clip.height) + 0.14 * clip.height;
      const wide = 2 * clamp(side, 0.4 * clip.height, WIDEST * clip.height) + 0.2 * clip.height;
      return Math.min((box.height - floorHeight(box) - headroom) / tall, box.width / wide);
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
    const fitting = this.fittingScale(boxes[0]);
    this.scale = this.change?.scale ? this.between(this.change.scale, fitting) : fitting;
    boxes.forEach((box, i) => this.drawPanel(box, this.panels[i], seconds, trailing, colours));
  }

  drawPanel(box, clips, seconds, trailing, colours) {
    const { backdrop, figures } = this;
    const centre = cameraAt(clips[0], seconds);
    const level = box.y + box.height - floorHeight(box);
    const view = {
      scale: this.scale,
      x: (x) => box.x + box.width / 2 + (x - centre) * this.scale,
      y: (y) => level - (y + SOLE * clips[0].height) * this.scale,
      level,
    };
    const posed = clips.map((clip) => {
      const pose = this.poseBeforeCamera(clip, clips[0], seconds);
      return { clip, pose: pose.map((value, i) => (i % 2 ? value : value + centre)) };
    });
    const main = clips.find(({ role }) => role === "main") ?? clips[0];
    inBox(backdrop, box, () => {
      drawGround(backdrop, box, view, centre + this.travelled, colours);
      for (const { clip, pose } of posed) drawShadow(backdrop, clip, pose, view, colours);
      if (trailing) drawTrail(backdrop, main, seconds, view, colours);
    });
    inBox(figures, box, () => {
      for (const { clip, pose } of posed) if (clip.role === "ghost") drawGhost(figures, clip, pose, view, colours);
      for (const { clip, pose } of posed) if (clip.role === "main") drawFigure(figures, clip, pose, view, colours);
    });
  }
}
