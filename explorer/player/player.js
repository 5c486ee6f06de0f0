// The player: its controls, its clock, and what Streamlit calls on every change of data or theme.

const SPEEDS = [0.25, 0.5, 1, 1.5, 2];
const SWAP_SECONDS = 0.35;
const WRAP_SECONDS = 0.14;
const PANEL_MIN_WIDTH = 150;
const LABEL_HEIGHT = 26;
/** Where panels are at least this wide, the label stands beside the head and needs no room above it. */
const LABEL_ASIDE_WIDTH = 260;
const FRAME_EVENT = "stickgen:frame";

/** Players by the element they live in: a rerun finds its player here and leaves it running. */
const players = new WeakMap();
/** What a player was doing when its element went away, by key, for when the element returns. */
const left = new Map();

/** Colours the drawing takes from the style sheet. */
const COLOURS = ["left", "right", "core", "ghost", "sky", "floor", "ground", "muted", "shadow"];
for (let i = 1; i <= 6; i += 1) COLOURS.push(`series-${i}`);

const ease = (u) => u * u * (3 - 2 * u);
const floorHeight = (box) => clamp(0.12 * box.height, 22, 44);
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

class Player {
  constructor(parent, key) {
    this.parent = parent;
    this.root = parent.querySelector(".player");
    const find = (name) => this.root.querySelector(`.${name}`);
    this.parts = Object.fromEntries(
      ["stage", "drawing", "labels", "legend", "still", "previous", "play", "next", "scrubber", "time", "loop", "trail", "speed", "said", "tracks"]
        .map((name) => [name, find(name)]),
    );
    this.context = this.parts.drawing.getContext("2d");
    this.calm = window.matchMedia("(prefers-reduced-motion: reduce)");
    Object.assign(this, { key, clips: [], seconds: 0, speed: 1, playing: false, looping: true, trailing: false });
    Object.assign(this, { started: false, visible: true, scale: 0, travelled: 0, blend: null, shown: -1, request: 0 });
    this.off = new AbortController();
    this.tick = this.tick.bind(this);
    this.dispose = this.dispose.bind(this);
    this.listen();
  }

  listen() {
    const { parts } = this;
    const { signal } = this.off;
    const on = (target, type, handler) => target.addEventListener(type, handler, { signal });
    SPEEDS.forEach((speed) => parts.speed.add(new Option(`${speed}×`, String(speed))));
    on(parts.play, "click", () => this.setPlaying(!this.playing));
    on(parts.still, "click", () => this.startFromStage());
    on(parts.drawing, "click", () => this.startFromStage());
    on(parts.previous, "click", () => this.step(-1));
    on(parts.next, "click", () => this.step(1));
    on(parts.loop, "click", () => this.setLooping(!this.looping));
    on(parts.trail, "click", () => this.setTrailing(!this.trailing));
    on(parts.speed, "change", () => this.setSpeed(Number(parts.speed.value)));
    on(parts.scrubber, "input", () => this.seek(Number(parts.scrubber.value)));
    on(parts.scrubber, "pointerdown", () => { this.held = true; });
    for (const type of ["pointerup", "pointercancel", "change"]) {
      on(parts.scrubber, type, () => { this.held = false; this.schedule(); });
    }
    on(this.root, "keydown", (event) => this.onKey(event));
    on(document, "visibilitychange", () => this.schedule());
    on(this.calm, "change", () => { if (this.calm.matches) this.setPlaying(false); });
    this.resizing = new ResizeObserver(() => this.draw());
    this.resizing.observe(parts.drawing);
    this.watching = new IntersectionObserver(([entry]) => {
      this.visible = entry.isIntersecting;
      this.schedule();
    });
    this.watching.observe(parts.stage);
  }

  dispose() {
    const { seconds, speed, playing, looping, trailing, started } = this;
    players.delete(this.parent);
    left.set(this.key, { seconds, speed, playing, looping, trailing, started });
    this.off.abort();
    this.resizing.disconnect();
    this.watching.disconnect();
    cancelAnimationFrame(this.request);
  }

  /** Take what Python sent. The same data again, as after a change of theme, only draws it anew. */
  update(data) {
    this.readColours();
    if (data !== this.data) {
      const before = this.data ? this.relativePoses() : null;
      const first = !this.data;
      this.data = data;
      this.clips = data.figures.map(readClip);
      this.panels = data.layout === "overlay" ? [this.clips] : this.clips.map((clip) => [clip]);
      this.reaches = this.panels.map(reachOf);
      this.duration = Math.max(...this.clips.map(durationOf));
      this.tracks = data.tracks.map((track) => new Track(track, this.clips[0], (seconds) => this.seek(seconds)));
      this.parts.tracks.replaceChildren(...this.tracks.map(({ element }) => element));
      this.shown = -1;
      if (first) this.begin();
      else this.blendFrom(before, SWAP_SECONDS);
      this.seconds = this.duration ? Math.min(this.seconds, this.duration) : 0;
      this.describe();
    }
    this.showState();
    this.draw();
    this.schedule();
  }

  /** First data: start as asked, or take up what the player of this key was doing before. */
  begin() {
    const { autoplay, loop } = this.data;
    const before = left.get(this.key);
    const still = this.calm.matches || !autoplay;
    Object.assign(this, { playing: !still, started: !still, looping: loop }, before);
    this.started ||= this.duration === 0;
    if (!before && still) this.seconds = widestMoment(this.clips[0]);
  }

  // What people do

  setPlaying(playing) {
    if (playing && !this.looping && this.seconds >= this.duration) this.seek(0);
    this.playing = playing && this.duration > 0;
    this.started ||= this.playing;
    this.showState();
    this.schedule();
  }

  startFromStage() {
    this.setPlaying(!this.playing);
    this.parts.play.focus({ preventScroll: true });
  }

  setLooping(looping) {
    this.looping = looping;
    this.showState();
  }

  setTrailing(trailing) {
    this.trailing = trailing;
    this.showState();
    this.draw();
  }

  setSpeed(speed) {
    this.speed = speed;
    this.showState();
    this.parts.said.textContent = `Speed ${speed} times`;
  }

  /** Go to a moment, in seconds. */
  seek(seconds) {
    this.seconds = clamp(seconds, 0, this.duration);
    this.blend = null;
    this.draw();
  }

  /** Go to the frame `frames` further on, and stay there. */
  step(frames) {
    const { rate } = this.clips[0];
    this.setPlaying(false);
    this.started = true;
    this.seek((Math.round(this.seconds * rate) + frames) / rate);
    this.showState();
  }

  onKey(event) {
    const place = event.target.tagName;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const faster = (by) => this.setSpeed(SPEEDS[clamp(SPEEDS.indexOf(this.speed) + by, 0, SPEEDS.length - 1)]);
    const actions = { "+": () => faster(1), "=": () => faster(1), "-": () => faster(-1) };
    if (place !== "SELECT") {
      Object.assign(actions, {
        ArrowLeft: () => this.step(-1),
        ArrowRight: () => this.step(1),
        Home: () => this.seek(0),
        End: () => this.seek(this.duration),
      });
    }
    if (place === "INPUT") actions[" "] = () => this.setPlaying(!this.playing);
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  // The clock

  get running() {
    return this.playing && this.visible && !this.held && !document.hidden;
  }

  schedule() {
    if (this.request || !(this.running || this.blend)) return;
    this.last = undefined;
    this.request = requestAnimationFrame(this.tick);
  }

  tick(now) {
    const passed = this.last === undefined ? 0 : Math.min((now - this.last) / 1000, 0.25);
    this.last = now;
    if (this.blend) {
      this.blend.passed += passed;
      if (this.blend.passed >= this.blend.seconds) this.blend = null;
    }
    if (this.running) this.advance(passed * this.speed);
    this.draw();
    this.request = this.running || this.blend ? requestAnimationFrame(this.tick) : 0;
  }

  advance(seconds) {
    this.seconds += seconds;
    if (this.seconds < this.duration) return;
    if (!this.looping) {
      this.seconds = this.duration;
      this.setPlaying(false);
      return;
    }
    const over = this.seconds - this.duration;
    this.seconds = this.duration;
    const before = this.relativePoses();
    const [clip] = this.clips;
    this.travelled += clip.camera[clip.length - 1] - clip.camera[0];
    this.seconds = over % this.duration;
    this.blendFrom(before, WRAP_SECONDS);
  }

  // The drawing

  /** Poses as they stand before the camera, to move on from when data or time jump. */
  relativePoses() {
    return this.panels.flatMap((clips) => clips.map((clip) => this.relativePose(clip, clips[0])));
  }

  relativePose(clip, followed) {
    const centre = cameraAt(followed, this.seconds);
    const pose = poseAt(clip, this.seconds).map((value, i) => (i % 2 ? value : value - centre));
    const from = this.blend?.poses[this.clips.indexOf(clip)];
    if (from?.length !== pose.length) return pose;
    const part = ease(this.blend.passed / this.blend.seconds);
    return pose.map((value, i) => from[i] + part * (value - from[i]));
  }

  blendFrom(poses, seconds) {
    this.blend = this.calm.matches ? null : { poses, scale: this.scale, seconds, passed: 0 };
  }

  readColours() {
    const probe = this.context;
    probe.fillStyle = getComputedStyle(this.root).getPropertyValue("--st-background-color") || "#fff";
    const [red, green, blue] = [1, 3, 5].map((i) => parseInt(probe.fillStyle.slice(i, i + 2), 16));
    const dark = 0.299 * red + 0.587 * green + 0.114 * blue < 128;
    this.root.dataset.scheme = dark ? "dark" : "light";
    const style = getComputedStyle(this.root);
    this.colours = Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  }

  /** Boxes of the panels, in CSS pixels. */
  boxes(width, height) {
    const columns = Math.min(this.panels.length, Math.max(1, Math.floor(width / PANEL_MIN_WIDTH)));
    const rows = Math.ceil(this.panels.length / columns);
    this.parts.labels.style.gridTemplate = `repeat(${rows}, 1fr) / repeat(${columns}, 1fr)`;
    return this.panels.map((_, i) => ({
      x: ((i % columns) * width) / columns,
      y: (Math.floor(i / columns) * height) / rows,
      width: width / columns,
      height: height / rows,
    }));
  }

  /** One scale for all panels, so that sizes compare: the largest at which every clip stays in view. */
  fittingScale(box) {
    const headroom = box.width < LABEL_ASIDE_WIDTH && this.clips.some((clip) => clip.label) ? LABEL_HEIGHT : 0;
    return Math.min(...this.panels.map(([clip], i) => {
      const { side, top } = this.reaches[i];
      const tall = clamp(top, clip.height, 3 * clip.height) + 0.14 * clip.height;
      const wide = 2 * clamp(side, 0.4 * clip.height, 2.5 * clip.height) + 0.2 * clip.height;
      return Math.min((box.height - floorHeight(box) - headroom) / tall, box.width / wide);
    }));
  }

  draw() {
    if (!this.data) return;
    const { width, height } = fitCanvas(this.parts.drawing, this.context);
    if (!width || !height) return;
    const boxes = this.boxes(width, height);
    this.scale = this.fittingScale(boxes[0]);
    if (this.blend?.scale) {
      this.scale = this.blend.scale + ease(this.blend.passed / this.blend.seconds) * (this.scale - this.blend.scale);
    }
    boxes.forEach((box, i) => this.drawPanel(box, this.panels[i]));
    this.tracks.forEach((track) => track.draw(this.seconds, this.colours));
    this.showPosition();
  }

  drawPanel(box, clips) {
    const { context, colours } = this;
    const centre = cameraAt(clips[0], this.seconds);
    const level = box.y + box.height - floorHeight(box);
    const view = {
      scale: this.scale,
      x: (x) => box.x + box.width / 2 + (x - centre) * this.scale,
      y: (y) => level - (y + SOLE * clips[0].height) * this.scale,
      level,
    };
    context.save();
    context.beginPath();
    context.rect(box.x, box.y, box.width, box.height);
    context.clip();
    context.fillStyle = colours.sky;
    context.fillRect(box.x, box.y, box.width, box.height);
    drawGround(context, box, view, centre + this.travelled, colours);
    const posed = clips.map((clip) => [clip, this.relativePose(clip, clips[0]).map((value, i) => (i % 2 ? value : value + centre))]);
    posed.sort(([a], [b]) => (a.role === "ghost" ? 0 : 1) - (b.role === "ghost" ? 0 : 1));
    posed.forEach(([clip, pose]) => drawShadow(context, clip, pose, view, colours));
    if (this.trailing) drawTrail(context, clips.find((clip) => clip.role === "main") ?? clips[0], this.seconds, view, colours);
    posed.forEach(([clip, pose]) => (clip.role === "ghost" ? drawGhost : drawFigure)(context, clip, pose, view, colours));
    context.restore();
  }

  // What people read

  describe() {
    const { labels, legend, drawing, scrubber, stage } = this.parts;
    this.root.dataset.controls = this.data.controls;
    const names = this.clips.map((clip) => clip.label).filter(Boolean);
    this.root.setAttribute("aria-label", this.data.label);
    drawing.setAttribute("aria-label", [this.data.label, ...names].join(". "));
    stage.style.height = `${this.data.height}px`;
    scrubber.max = this.duration;
    const overlaid = this.data.layout === "overlay" && this.clips.length > 1;
    labels.replaceChildren(...(overlaid ? [] : this.clips).map(({ label }) => {
      const span = document.createElement("span");
      span.textContent = label;
      return span;
    }));
    const entries = [["Left side", "left"], ["Right side", "right"]];
    if (overlaid) this.clips.forEach(({ label, role }) => entries.push([label, role === "ghost" ? "ghost" : "core"]));
    legend.replaceChildren(...entries.map(([text, colour]) => {
      const item = document.createElement("li");
      item.textContent = text;
      item.style.setProperty("--swatch", `var(--${colour})`);
      return item;
    }));
  }

  showState() {
    const { play, still, loop, trail, speed } = this.parts;
    const does = this.playing ? "Pause" : "Play";
    this.root.dataset.playing = String(this.playing);
    this.root.toggleAttribute("data-still", !this.started);
    play.setAttribute("aria-label", does);
    play.title = `${does} (space)`;
    still.hidden = this.started || !this.duration;
    loop.setAttribute("aria-pressed", String(this.looping));
    trail.setAttribute("aria-pressed", String(this.trailing));
    speed.value = String(this.speed);
  }

  showPosition() {
    const { scrubber, time } = this.parts;
    const [clip] = this.clips;
    const frame = Math.round(this.seconds * clip.rate);
    scrubber.value = String(this.seconds);
    if (frame === this.shown) return;
    this.shown = frame;
    this.tracks.forEach((track) => track.showValues(this.seconds));
    time.textContent = `${this.seconds.toFixed(2)} / ${this.duration.toFixed(2)} s`;
    // A reader on the slider hears where it stands, and is not told every frame that passes.
    if (!this.playing) {
      scrubber.setAttribute("aria-valuetext", `frame ${frame + 1}, ${this.seconds.toFixed(2)} of ${this.duration.toFixed(2)} seconds`);
    }
    this.root.dataset.frame = String(frame);
    document.dispatchEvent(new CustomEvent(FRAME_EVENT, { detail: { key: this.key, frame, time: this.seconds } }));
  }
}

export default function ({ data, parentElement }) {
  let player = players.get(parentElement);
  if (!player) {
    player = new Player(parentElement, data.key);
    players.set(parentElement, player);
  }
  player.update(data);
  return player.dispose;
}
