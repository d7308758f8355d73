// A map of the body: a drawing from the front and from the back, and the same places as a list of buttons. A place is
// chosen in either; both show it.

import { draw, make } from "../dom.js";
import { words } from "../words.js";

// Each place in a drawing of 100 by 212, as ellipses: [x, y, half width, half height].
const PLACES = {
  neck: [[50, 33, 9, 5], [36, 38, 8, 4.5], [64, 38, 8, 4.5]], upper_back: [[50, 54, 15, 11]], flank: [[33, 76, 3.5, 13], [67, 76, 3.5, 13]],
  low_back: [[50, 82, 11, 12]], buttock: [[42, 106, 8.5, 10], [58, 106, 8.5, 10]], thigh_back: [[41, 138, 7, 17], [59, 138, 7, 17]],
  calf: [[41, 177, 5.5, 14], [59, 177, 5.5, 14]], belly: [[50, 78, 12, 15]], hip_front: [[41, 104, 7, 6], [59, 104, 7, 6]],
  thigh_front: [[41, 134, 7, 19], [59, 134, 7, 19]],
};
const OUTLINE = "M50 3c-8 0-11 6-11 12s3 10 6 13c0 4-3 5-9 7-9 3-12 8-13 17l-3 30-4 26c-1 5 6 6 7 2l6-27 4-24 1 22-2 26c-1 14 0 25 2 38l2 26c1 12 0 22 1 32 0 6 11 6 11 0l2-58 0-24 0 24 2 58c0 6 11 6 11 0 1-10 0-20 1-32l2-26c2-13 3-24 2-38l-2-26 1-22 4 24 6 27c1 4 8 3 7-2l-4-26-3-30c-1-9-4-14-13-17-6-2-9-3-9-7 3-3 6-7 6-13S58 3 50 3z";

export class BodyMap {
  /** @param areas the places [{code, name, muscles, seen_from}]. @param taken codes that are chosen. @param changed called with them. */
  constructor(areas, taken, changed) {
    this.areas = areas;
    this.taken = new Set(taken);
    this.changed = changed;
    this.element = make("div", "body-map");
    const drawings = make("div", "drawings");
    drawings.append(...["front", "back"].map((side) => this.drawing(side)));
    this.element.append(drawings, this.list());
    this.mark();
  }

  drawing(side) {
    const figure = make("figure"), picture = draw("svg", { viewBox: "0 0 100 212", role: "group", "aria-label": words(`body_${side}`) });
    picture.append(draw("path", { d: OUTLINE, class: "outline" }));
    for (const area of this.areas.filter(({ seen_from: from }) => from === side)) picture.append(this.place(area));
    figure.append(picture, make("figcaption", "soft", words(`body_${side}`)));
    return figure;
  }

  place({ code, name }) {
    const place = draw("g", { class: "place", role: "button", tabindex: "0", "aria-label": name, "data-area": code });
    for (const [x, y, wide, high] of PLACES[code] ?? []) place.append(draw("ellipse", { cx: x, cy: y, rx: wide, ry: high }));
    place.addEventListener("click", () => this.toggle(code));
    place.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      this.toggle(code);
    });
    return place;
  }

  list() {
    const list = make("ul", "places");
    list.append(...this.areas.map(({ code, name, muscles }) => {
      const item = make("li"), button = make("button", "answer");
      button.type = "button";
      button.dataset.area = code;
      button.append(make("span", "", name), make("small", "soft", muscles));
      button.addEventListener("click", () => this.toggle(code));
      item.append(button);
      return item;
    }));
    return list;
  }

  toggle(code) {
    if (!this.taken.delete(code)) this.taken.add(code);
    this.mark();
    this.changed([...this.taken]);
  }

  mark() {
    for (const one of this.element.querySelectorAll("[data-area]")) one.setAttribute("aria-pressed", String(this.taken.has(one.dataset.area)));
  }
}

/** Returns a list of buttons of which several can be chosen; `one` = only one. */
export function choices(answers, taken, changed, { isOne = false } = {}) {
  let chosen = [...taken];
  const list = make("ul", "places");
  const mark = () => {
    for (const button of list.querySelectorAll("button")) button.setAttribute("aria-pressed", String(chosen.includes(button.dataset.code)));
  };
  list.append(...answers.map(([code, text]) => {
    const item = make("li"), button = make("button", "answer");
    button.type = "button";
    button.dataset.code = code;
    button.append(make("span", "", text));
    button.addEventListener("click", () => {
      const others = isOne || code === "nothing" ? [] : chosen.filter((one) => one !== code && one !== "nothing");
      chosen = chosen.includes(code) ? chosen.filter((one) => one !== code) : [...others, code];
      mark();
      changed(chosen);
    });
    item.append(button);
    return item;
  }));
  mark();
  return list;
}
