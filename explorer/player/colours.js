// Colours of the drawings, from the style sheet.

const NAMES = ["left", "right", "core", "ghost", "floor", "ground", "muted", "shadow"];
const SERIES = 6;

/** Whether a CSS colour is a dark one. */
function isDark(colour) {
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = colour || "#fff";
  const [red, green, blue] = [1, 3, 5].map((i) => Number.parseInt(probe.fillStyle.slice(i, i + 2), 16));
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}

/** Set the player's colour scheme to that of the page, and read the colours by name. */
export function readColours(root) {
  const style = getComputedStyle(root);
  root.dataset.scheme = isDark(style.getPropertyValue("--st-background-color")) ? "dark" : "light";
  const names = [...NAMES, ...Array.from({ length: SERIES }, (_, i) => `series-${i + 1}`)];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}
