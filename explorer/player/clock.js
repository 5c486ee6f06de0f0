// Time for something that moves.

/** Milliseconds between ticks at the slow pace. */
const BEAT = 40;
/** Seconds of a tick, however long the browser kept it waiting. */
const MAX_TICK = 0.25;

export class Clock {
  /**
   * @param {object} owner
   * @param {() => boolean} owner.moves whether another tick is needed
   * @param {() => "screen" | "slow" | "rest"} owner.pace
   * @param {(seconds: number) => void} owner.tick called with the seconds since the last tick
   */
  constructor(owner) {
    Object.assign(this, { owner, cancel: null });
  }

  /** Tick from now on, while something moves. */
  start() {
    if (this.cancel) return;
    this.last = undefined;
    this.askForTick();
  }

  stop() {
    this.cancel?.();
    this.cancel = null;
  }

  /** The next tick comes with the screen's next picture, at a slow pace after a beat that all players share. */
  askForTick() {
    if (!this.owner.moves()) return;
    const ask = () => {
      const request = requestAnimationFrame((now) => this.tick(now));
      this.cancel = () => cancelAnimationFrame(request);
    };
    if (this.owner.pace() === "screen") {
      ask();
    } else {
      const timer = setTimeout(ask, BEAT - (performance.now() % BEAT));
      this.cancel = () => clearTimeout(timer);
    }
  }

  tick(now) {
    const passed = this.last === undefined ? 0 : Math.min((now - this.last) / 1000, MAX_TICK);
    this.last = now;
    this.owner.tick(passed);
    this.cancel = null;
    this.askForTick();
  }
}
