// A circle that grows while you breathe in and shrinks while you breathe out. It moves even where the system asks for less
// motion, because it is there to be followed; a few steps a second are enough and leave the processor to the coach.

import { make, say } from "../dom.js";
import { words } from "../words.js";

const STEP_MS = 80;
const SMALL = 0.5;

export class Breath {
  /** @param onTurn called with "in" or "out" as the breath turns. */
  constructor(root, onTurn = () => {}) {
    this.onTurn = onTurn;
    this.root = root;
    this.circle = make("span", "circle");
    this.words = make("span", "words");
    root.append(this.circle, this.words);
  }

  /** Starts or goes on at this pace, [in, out] in seconds; null hides it. */
  pace(inOut) {
    this.root.hidden = !inOut;
    const text = JSON.stringify(inOut);
    if (text === this.text) return;
    this.text = text;
    clearInterval(this.clock);
    if (!inOut) return;
    this.inOut = inOut;
    this.beganMs = performance.now();
    this.clock = setInterval(() => this.step(), STEP_MS);
    this.step();
  }

  step() {
    const [inS, outS] = this.inOut;
    const at = ((performance.now() - this.beganMs) / 1000) % (inS + outS);
    const filled = at < inS ? at / inS : 1 - (at - inS) / outS;
    const eased = (1 - Math.cos(Math.PI * filled)) / 2;
    this.circle.style.transform = `scale(${(SMALL + (1 - SMALL) * eased).toFixed(3)})`;
    const turn = at < inS ? "in" : "out";
    say(this.words, words(`breath_${turn}`));
    if (turn !== this.turn) this.onTurn(turn);
    this.turn = turn;
  }

  rest() {
    clearInterval(this.clock);
    this.turn = undefined;
    this.text = undefined;
  }
}
