// What Streamlit calls on every change of data or theme.

import { Player } from "./player.js";

/** Players by the element they live in: a rerun finds its player here and leaves it running. */
const players = new WeakMap();

export default function update({ data, parentElement }) {
  let player = players.get(parentElement);
  if (!player) {
    player = new Player(parentElement.querySelector(".player"), data.key);
    players.set(parentElement, player);
  }
  player.update(data);
  const cleanUp = () => {
    // Streamlit also cleans up after a call that a later one has overtaken, and that one needs the player.
    if (player.cleanUp !== cleanUp) return;
    players.delete(parentElement);
    player.dispose();
  };
  player.cleanUp = cleanUp;
  return cleanUp;
}
