// A small line chart below the figure, in step with it.

import { fitCanvas, sizeOf } from "./canvas.js";
import { durationOf, neighbours } from "./clip.js";
import { make } from "./element.js";
import { addDisc } from "./shape.js";

const TRACK_PADDING = 8;
/** Room for the numbers on the left. */
const TRACK_GUTTER = 48;
const DASHES = [[], [7, 4], [2, 4]];
const numberFormat = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

export class Track {
  /**
   * @param {{name: string, unit: string, lines: {label: string, values: number[]}[]}} data a value for each frame
   * @param {Clip} clip the figure whose frames the values belong to
   * @param {(seconds: number) => void} seek called when someone points at a moment
   */
  constructor(data, clip, seek) {
    Object.assign(this, { data, clip, duration: durationOf(clip) });
    const all = data.lines.flatMap(({ values }) => values);
    this.min = Math.min(...all);
    this.max = Math.max(...all);
    this.element = make("figure", "track");
    this.canvas = make("canvas", "chart");
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", this.summary());
    this.context = this.canvas.getContext("2d");
    const caption = make("figcaption", "");
    caption.append(make("strong", "", data.name), make("span", "unit", data.unit));
    const legend = make("ul", "lines");
    this.outputs = data.lines.map(({ label }, i) => {
      const item = make("li", "", label);
      item.style.setProperty("--swatch", `var(--series-${i + 1})`);
      item.style.setProperty("--stroke", ["solid", "dashed", "dotted"][i % DASHES.length]);
      const output = make("span", "value");
      item.append(output);
      legend.append(item);
      return output;
    });
    this.element.append(caption, this.canvas, legend);
    const pointAt = (event) => {
      const box = this.canvas.getBoundingClientRect();
      seek((this.duration * (event.clientX - box.left - TRACK_GUTTER)) / (box.width - TRACK_GUTTER - TRACK_PADDING));
    };
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      pointAt(event);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (event.buttons) pointAt(event);
    });
  }

  /** What a screen reader says of the chart. */
  summary() {
    const { name, unit, lines } = this.data;
    const ranges = lines.map(({ label, values }) =>
      `${label} from ${numberFormat.format(Math.min(...values))} to ${numberFormat.format(Math.max(...values))}`);
    return `${name}${unit ? ` (${unit})` : ""} over time: ${ranges.join(", ")}`;
  }

  /** Take the size that the page gives the chart, and lay out its lines. */
  resize() {
    this.size = sizeOf(this.canvas);
    this.font = `11px ${getComputedStyle(this.canvas).fontFamily}`;
    const { width, height } = this.size;
    this.lines = this.data.lines.map(({ values }) => {
      const path = new Path2D();
      values.forEach((value, frame) => path.lineTo(this.x(frame / this.clip.rate, width), this.y(value, height)));
      return path;
    });
  }

  x(seconds, width) {
    return TRACK_GUTTER + ((width - TRACK_GUTTER - TRACK_PADDING) * seconds) / (this.duration || 1);
  }

  y(value, height) {
    const range = this.max - this.min;
    const share = range ? (value - this.min) / range : 0.5;
    return height - TRACK_PADDING - share * (height - 2 * TRACK_PADDING);
  }

  /** The value of a line between two frames. */
  at(values, seconds) {
    const { frames, between } = neighbours(this.clip, seconds);
    return values[frames[1]] + between * (values[frames[2]] - values[frames[1]]);
  }

  draw(seconds, colours) {
    const { context, min, max } = this;
    const { width, height } = this.size;
    if (!width) return;
    fitCanvas(context, this.size);
    context.clearRect(0, 0, width, height);
    const rule = (x1, y1, x2, y2, colour, thickness) => {
      context.strokeStyle = colour;
      context.lineWidth = thickness;
      context.beginPath();
      context.moveTo(x1, y1);
      context.lineTo(x2, y2);
      context.stroke();
    };
    if (min <= 0 && max >= 0) rule(TRACK_GUTTER, this.y(0, height), width, this.y(0, height), colours.ground, 1);
    const moment = this.x(Math.min(seconds, this.duration), width);
    rule(moment, 0, moment, height, colours.muted, 1.5);
    this.lines.forEach((path, i) => {
      const colour = colours[`series-${i + 1}`];
      context.lineWidth = 2;
      context.lineJoin = "round";
      context.setLineDash(DASHES[i % DASHES.length]);
      context.strokeStyle = colour;
      context.stroke(path);
      context.setLineDash([]);
      const dot = new Path2D();
      addDisc(dot, moment, this.y(this.at(this.data.lines[i].values, seconds), height), 4);
      context.fillStyle = colour;
      context.fill(dot);
    });
    context.fillStyle = colours.muted;
    context.font = this.font;
    context.textAlign = "right";
    context.fillText(numberFormat.format(max), TRACK_GUTTER - 6, 13);
    context.fillText(numberFormat.format(min), TRACK_GUTTER - 6, height - 5);
  }

  /** Put the values of a moment beside the names of the lines. */
  showValues(seconds) {
    this.outputs.forEach((output, i) => {
      output.textContent = numberFormat.format(this.at(this.data.lines[i].values, seconds));
    });
  }
}
