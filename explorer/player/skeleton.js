// Which segment of a pose is which part of the body.

/**
 * @typedef {object} Part what one segment is drawn as; radii are shares of the body height
 * @property {"left" | "right" | "core"} side
 * @property {"arm" | "leg" | "core"} limb
 * @property {number} start radius at the start
 * @property {number} end radius at the end
 * @property {number} tip radius of the hand or foot at the end, 0 without one
 * @property {number} next index of the segment that it may bend into, -1 without one
 */

/** @returns {"left" | "right" | "core"} */
const sideOf = (segment) => ({ l_: "left", r_: "right" })[segment.slice(0, 2)] ?? "core";

/**
 * @param {string[]} segments names in the order of a pose
 * @param {object} bones shapes by bone name, from Python
 * @returns {Part[]}
 */
export function readParts(segments, bones) {
  return segments.map((segment) => {
    const side = sideOf(segment);
    const bone = side === "core" ? segment : segment.slice(2);
    const { next, ...shape } = bones[bone];
    return { ...shape, side, next: next ? segments.indexOf(segment.replace(bone, next)) : -1 };
  });
}
