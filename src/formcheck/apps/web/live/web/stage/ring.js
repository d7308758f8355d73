// The ring that fills while the hold counts. When it stops it becomes hatched and shows the reason.

import { draw, make, say } from "../dom.js";
import { words } from "../words.js";

const RADIUS = 54, WIDTH = 10, BOX = 120;
const AROUND = 2 * Math.PI * RADIUS;
const LONG_REASON = 20;

export class Ring {
  constructor(root) {
    this.root = root;
    this.gone = circle("gone");
    this.number = make("span", "number");
    this.unit = make("span", "unit");
    this.why = make("span", "why");
    const picture = draw("svg", { viewBox: `0 0 ${BOX} ${BOX}`, "aria-hidden": "true" });
    picture.append(hatches(), circle("way"), this.gone);
    const inside = make("div", "inside");
    inside.append(this.number, this.unit, this.why);
    root.append(picture, inside);
  }

  /** Shows a hold: how much of it counts, whether it runs, and if not why. */
  hold({ valid_s: valid, target_s: target, why }) {
    this.show(Math.floor(valid), target ? words("hud_seconds_of", { of: Math.round(target) }) : words("hud_seconds"),
      target ? valid / target : 0);
    this.root.classList.toggle("paused", Boolean(why));
    this.root.classList.toggle("running", !why);
    say(this.why, why ? words("hud_paused", { why }) : "");
    this.why.classList.toggle("long", why.length > LONG_REASON);
  }

  /** Shows repetitions instead, if the movement has no hold. */
  times({ done, of }) {
    this.show(done, words("hud_times", { of }), of ? done / of : 0);
    this.root.classList.remove("paused");
    this.root.classList.add("running");
    say(this.why, words("hud_times_done"));
  }

  show(number, unit, share) {
    say(this.number, String(number));
    say(this.unit, unit);
    const length = (Math.min(Math.max(share, 0), 1) * AROUND).toFixed(1);
    if (length === this.length) return;
    this.length = length;
    this.gone.style.strokeDasharray = `${length} ${AROUND}`;
  }
}

function circle(className) {
  const middle = BOX / 2;
  return draw("circle", { class: className, cx: middle, cy: middle, r: RADIUS, "stroke-width": WIDTH,
    transform: `rotate(-90 ${middle} ${middle})` });
}

/** Draws the hatching of a stopped ring: of the track, and of the part that is done. */
function hatches() {
  const all = draw("defs");
  for (const part of ["way", "gone"]) {
    const pattern = draw("pattern", { id: `hatch-${part}`, class: `hatch-${part}`, width: 7, height: 7, patternUnits: "userSpaceOnUse",
      patternTransform: "rotate(45)" });
    pattern.append(draw("rect", { class: "ground", width: 7, height: 7 }), draw("rect", { class: "line", width: 3, height: 7 }));
    all.append(pattern);
  }
  return all;
}
