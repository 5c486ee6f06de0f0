// The player: what it shows, and what people do with it.

import { durationOf, readClip, widestMoment } from "./clip.js";
import { Clock } from "./clock.js";
import { readColours } from "./colours.js";
import { make } from "./element.js";
import { clamp } from "./math.js";
import { Stage } from "./stage.js";
import { Track } from "./track.js";

const SPEEDS = [0.25, 0.5, 1, 1.5, 2];
const SWAP_SECONDS = 0.35;
const WRAP_SECONDS = 0.14;
const FRAME_EVENT = "stickgen:frame";
const PARTS = [
  "stage", "backdrop", "drawing", "labels", "legend", "still", "previous", "play", "next", "scrubber", "time",
  "loop", "trail", "speed", "said", "tracks",
];

/** What a player was doing when its element went away, by key, in case the element returns. */
const remembered = new Map();

export class Player {
  /**
   * @param {HTMLElement} root the `.player` of player.html
   * @param {string} key tells the players of a page apart
   */
  constructor(root, key) {
    Object.assign(this, { root, key });
    this.parts = Object.fromEntries(PARTS.map((name) => [name, this.root.querySelector(`.${name}`)]));
    this.stage = new Stage(this.parts.backdrop, this.parts.drawing, this.parts.labels);
    this.calm = window.matchMedia("(prefers-reduced-motion: reduce)");
    Object.assign(this, { seconds: 0, speed: 1, playing: false, looping: true, trailing: false, started: false });
    Object.assign(this, { held: false, visible: true, shown: -1, tracks: [] });
    this.clock = new Clock({
      moves: () => this.running || this.stage.change !== null,
      pace: () => this.data.pace,
      tick: (seconds) => this.tick(seconds),
    });
    this.listen();
  }

  listen() {
    const { parts } = this;
    this.off = new AbortController();
    const on = (target, type, handler) => target.addEventListener(type, handler, { signal: this.off.signal });
    SPEEDS.forEach((speed) => parts.speed.add(new Option(`${speed}×`, String(speed))));
    on(parts.play, "click", () => this.setPlaying(!this.playing));
    on(parts.still, "click", () => this.toggleFromStage());
    on(parts.drawing, "click", () => this.toggleFromStage());
    on(parts.previous, "click", () => this.step(-1));
    on(parts.next, "click", () => this.step(1));
    on(parts.loop, "click", () => this.set({ looping: !this.looping }));
    on(parts.trail, "click", () => this.set({ trailing: !this.trailing }));
    on(parts.speed, "change", () => this.setSpeed(Number(parts.speed.value)));
    on(parts.scrubber, "input", () => this.seek(Number(parts.scrubber.value)));
    on(parts.scrubber, "pointerdown", () => this.set({ held: true }));
    for (const type of ["pointerup", "pointercancel", "change"]) {
      on(parts.scrubber, type, () => this.set({ held: false }));
    }
    on(this.root, "keydown", (event) => this.onKey(event));
    on(document, "visibilitychange", () => this.clock.start());
    on(this.calm, "change", () => this.calm.matches && this.setPlaying(false));
    // A frame later, as changing a height while sizes are being reported is an error.
    this.resizing = new ResizeObserver(() => requestAnimationFrame(() => this.fit()));
    this.resizing.observe(parts.drawing);
    this.watching = new IntersectionObserver((entries) => this.set({ visible: entries.at(-1).isIntersecting }));
    this.watching.observe(parts.stage);
  }

  dispose() {
    const { seconds, speed, playing, looping, trailing, started } = this;
    remembered.set(this.key, { seconds, speed, playing, looping, trailing, started });
    this.off.abort();
    this.resizing.disconnect();
    this.watching.disconnect();
    this.clock.stop();
  }

  /** Take what Python sent. The same data again, as after a change of theme, is only drawn again. */
  update(data) {
    this.colours = readColours(this.root);
    if (data !== this.data) this.take(data);
    this.set({});
  }

  take(data) {
    const before = this.data ? this.stage.posesAt(this.seconds) : null;
    this.data = data;
    const clips = data.figures.map((figure) => readClip(figure, data.body));
    this.clip = clips[0];
    this.duration = Math.max(...clips.map((clip) => durationOf(clip)));
    this.stage.show(clips, data.layout);
    this.tracks = data.tracks.map((track) => new Track(track, this.clip, (seconds) => this.seek(seconds)));
    if (before) this.changeFrom(before, SWAP_SECONDS);
    else this.begin();
    this.seconds = Math.min(this.seconds, this.duration);
    this.describe(clips);
    this.fit();
  }

  /** Start as the data asks, or go on with what the player of this key was doing before. */
  begin() {
    const { autoplay, loop } = this.data;
    const still = this.calm.matches || !autoplay;
    if (still) this.seconds = widestMoment(this.clip);
    Object.assign(this, { playing: !still, started: !still, looping: loop }, remembered.get(this.key));
  }

  // What people do

  /** Change what the player is doing, and show it. */
  set(state) {
    Object.assign(this, state);
    if (!this.data) return;
    this.shown = -1;
    this.showState();
    this.draw();
    this.clock.start();
  }

  setPlaying(playing) {
    const over = !this.looping && this.seconds >= this.duration;
    this.set({ playing, started: this.started || playing, seconds: playing && over ? 0 : this.seconds });
  }

  toggleFromStage() {
    this.setPlaying(!this.playing);
    this.parts.play.focus({ preventScroll: true });
  }

  setSpeed(speed) {
    this.set({ speed });
    this.parts.said.textContent = `Speed ${speed} times`;
  }

  /** Go to a moment, in seconds. */
  seek(seconds) {
    this.stage.change = null;
    this.set({ seconds: clamp(seconds, 0, this.duration), started: true });
  }

  /** Go `frames` frames further, and stay there. */
  step(frames) {
    this.playing = false;
    this.seek((Math.round(this.seconds * this.clip.rate) + frames) / this.clip.rate);
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
    // Buttons handle the space bar themselves.
    if (place === "INPUT") actions[" "] = () => this.setPlaying(!this.playing);
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  // The clock

  get running() {
    const plays = this.playing && this.duration > 0 && this.data.pace !== "rest";
    return plays && this.visible && !this.held && !document.hidden;
  }

  tick(seconds) {
    this.stage.pass(seconds);
    if (this.running) this.advance(seconds * this.speed);
    this.draw();
  }

  advance(seconds) {
    const then = this.seconds + seconds;
    if (then < this.duration) {
      this.seconds = then;
    } else if (this.looping) {
      const before = this.stage.posesAt(this.duration);
      this.stage.runAgain();
      this.seconds = (then - this.duration) % this.duration;
      this.changeFrom(before, WRAP_SECONDS);
    } else {
      this.set({ playing: false, seconds: this.duration });
    }
  }

  changeFrom(poses, duration) {
    if (!this.calm.matches) this.stage.changeFrom(poses, duration);
  }

  /** Give the drawing the height asked for, or more where many figures share a narrow page; then draw. */
  fit() {
    if (!this.data) return;
    const { stage } = this.parts;
    stage.style.height = `${Math.max(this.data.height, this.stage.minHeight(stage.clientWidth))}px`;
    this.stage.resize();
    this.tracks.forEach((track) => track.resize());
    this.draw();
  }

  draw() {
    if (!this.data) return;
    this.stage.draw(this.seconds, this.trailing, this.colours);
    this.tracks.forEach((track) => track.draw(this.seconds, this.colours));
    this.showPosition();
  }

  // What people see and read

  describe(clips) {
    const { data, parts, root } = this;
    const names = clips.map((clip) => clip.label).filter(Boolean);
    root.dataset.controls = data.controls;
    root.setAttribute("aria-label", data.label);
    parts.drawing.setAttribute("aria-label", [data.label, ...names].join(". "));
    parts.scrubber.max = this.duration;
    const overlaid = data.layout === "overlay" && clips.length > 1;
    parts.labels.replaceChildren(...(overlaid ? [] : clips).map(({ label }) => make("span", "", label)));
    const entries = [["Left side", "left"], ["Right side", "right"]];
    if (overlaid) clips.forEach(({ label, role }) => entries.push([label, role === "ghost" ? "ghost" : "core"]));
    parts.legend.replaceChildren(...entries.map(([text, colour]) => {
      const item = make("li", "", text);
      item.style.setProperty("--swatch", `var(--${colour})`);
      return item;
    }));
    parts.tracks.replaceChildren(...this.tracks.map(({ element }) => element));
  }

  showState() {
    const { play, still, loop, trail, speed } = this.parts;
    const does = this.playing ? "Pause" : "Play";
    const waiting = !this.started && this.duration > 0;
    this.root.dataset.playing = String(this.playing);
    this.root.toggleAttribute("data-still", waiting);
    still.hidden = !waiting;
    play.setAttribute("aria-label", does);
    play.title = `${does} (space)`;
    loop.setAttribute("aria-pressed", String(this.looping));
    trail.setAttribute("aria-pressed", String(this.trailing));
    speed.value = String(this.speed);
  }

  showPosition() {
    const { scrubber, time } = this.parts;
    const frame = Math.round(this.seconds * this.clip.rate);
    if (frame === this.shown) return;
    this.shown = frame;
    // Only once for each frame of the motion: moving the thumb makes the browser lay out its layers, which costs far
    // more than the drawing.
    scrubber.value = String(this.seconds);
    const [now, end] = [this.seconds, this.duration].map((seconds) => seconds.toFixed(2));
    time.textContent = `${now} / ${end} s`;
    // A screen reader on the slider says where it is, but not every frame while it plays.
    const position = this.playing ? `playing, ${end} seconds long` : `frame ${frame + 1}, ${now} of ${end} seconds`;
    if (scrubber.getAttribute("aria-valuetext") !== position) scrubber.setAttribute("aria-valuetext", position);
    this.tracks.forEach((track) => track.showValues(this.seconds));
    this.root.dataset.frame = String(frame);
    document.dispatchEvent(new CustomEvent(FRAME_EVENT, { detail: { key: this.key, frame, time: this.seconds } }));
  }
}
