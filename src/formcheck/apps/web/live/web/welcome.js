// The first page: what to do now, as one card; one stretch by picture instead; and a look at the coach at work.

import { Demo } from "./demo.js";
import { chip, find, list, make, say } from "./dom.js";
import { words } from "./words.js";

const FOR_YOU = "for_you", EVERY = "every";

export class Welcome {
  /**
   * @param config movements, routines and wishes; `movement` is the one that the page was opened with, if any.
   * @param memory what was chosen before.
   * @param on called with: choose(movement), routine(routine).
   */
  constructor(root, { movements, movement: asked, routines, wishes, demo }, memory, on) {
    this.root = root;
    this.memory = memory;
    this.on = on;
    this.movements = movements.filter((one) => !one.advanced || one.id === asked);
    this.routines = routines;
    this.wishes = wishes;
    this.demo = new Demo(find(".demo", root), demo);
    find("#whole").addEventListener("click", () => this.on.routine(this.routine));
  }

  /** Offers the movements that the answers allow. */
  offer({ hidden = [] } = {}) {
    const offered = this.movements.filter((one) => !hidden.includes(one.id));
    this.offered = new Set(offered.map((one) => one.id));
    this.showWishes();
    this.showStretches();
  }

  /** The routine of the first page, with the parts that are offered; undefined if too little is left of it. */
  get routine() {
    const [first] = this.routines;
    const parts = first?.parts.filter(({ movement }) => this.offered.has(movement)) ?? [];
    if (parts.length < 2) return undefined;
    const minutes = parts.length === first.parts.length ? first.minutes
      : parts.reduce((sum, { movement }) => sum + this.find(movement).minutes, 0);
    return { ...first, parts, minutes };
  }

  find(id) {
    return this.movements.find((one) => one.id === id);
  }

  /** Shows one stretch in the card. */
  show(movement) {
    const picture = make("img", "single");
    Object.assign(picture, { src: movement.picture_url, alt: words("welcome_picture", { name: movement.name }) });
    this.card({ name: movement.name, about: movement.about,
      amount: [words("today_minutes", movement), movement.dose_words, words(`place_${movement.place}`),
        movement.advanced ? words("welcome_advanced") : ""] }, movement.picture_url ? [picture] : []);
    find("#follow").href = movement.follow_url;
    find("#sample").hidden = !movement.sample_url;
    find("#whole").hidden = !this.routine;
    if (this.routine) say(find("#whole"), words("today_whole", this.routine));
    this.mark(movement.id);
    this.demo.show();
  }

  /** Shows a routine in the card: a row of pictures; `done` are the ids of what is done, `at` is where it goes on. */
  showRoutine(routine, { done, at }) {
    const row = make("ol", "row");
    row.append(...routine.parts.map(({ movement: id }) => {
      const item = make("li", done.has(id) ? "is-done" : ""), { name, picture_url: url } = this.find(id);
      if (done.has(id)) item.append(chip("ok", { spoken: true }));
      item.append(image(url, { isFirst: true }), make("span", "", name));
      return item;
    }));
    this.card({ name: routine.name, about: routine.about, amount: [words("today_minutes", routine), words("place_floor")] }, [row]);
    find("#follow").href = routine.parts[at].follow_url;
    find("#sample").hidden = !this.find(routine.parts[at].movement).sample_url;
    find("#whole").hidden = true;
    this.mark("");
    this.demo.show();
  }

  card({ name, about, amount }, pictures) {
    say(find("h1", this.root), name);
    say(find(".about", this.root), about);
    say(find(".amount", this.root), amount.filter(Boolean).join(" · "));
    find(".plan-pictures", this.root).replaceChildren(...pictures);
  }

  showWishes() {
    const every = { id: "", name: words("today_every") };
    const mine = this.forYou?.length ? [{ id: FOR_YOU, name: words("today_for_you"), movements: this.forYou }] : [];
    if (mine.length && !this.memory.wish) this.memory.wish = FOR_YOU;
    if (!mine.length && this.memory.wish === FOR_YOU) this.memory.wish = "";
    const chips = [...mine, every, ...this.wishes.filter(({ movements }) => movements.some((id) => this.offered.has(id)))];
    find(".wishes", this.root).replaceChildren(...chips.map(({ id: wish, name }) => {
      const button = make("button", "wish", name);
      button.type = "button";
      button.setAttribute("aria-pressed", String(this.memory.wish === (wish || EVERY) || (!wish && !this.memory.wish)));
      button.addEventListener("click", () => {
        this.memory.choose({ wish: wish || EVERY });
        for (const one of find(".wishes", this.root).children) one.setAttribute("aria-pressed", String(one === button));
        this.showStretches();
      });
      return button;
    }));
  }

  /** Shows the stretches of the chosen wish, the most useful first. */
  showStretches() {
    const isMine = this.memory.wish === FOR_YOU && this.forYou?.length;
    const wish = isMine ? { movements: this.forYou } : this.wishes.find(({ id }) => id === this.memory.wish);
    const ids = wish ? wish.movements : this.movements.map(({ id }) => id);
    const shown = ids.filter((id) => this.offered.has(id)).map((id) => this.find(id));
    find(".stretches", this.root).replaceChildren(...shown.map((movement) => {
      const item = make("li"), button = make("button", "stretch");
      button.type = "button";
      button.dataset.movement = movement.id;
      button.append(image(movement.picture_url), make("span", "", movement.name));
      button.addEventListener("click", () => this.on.choose(movement.id));
      item.append(button);
      return item;
    }));
    this.mark(this.marked);
  }

  /** Marks the stretch that is in the card. */
  mark(id) {
    this.marked = id;
    for (const button of this.root.querySelectorAll(".stretch")) button.setAttribute("aria-pressed", String(button.dataset.movement === id));
  }

  leave() {
    this.demo.leave();
  }
}

function image(url, { isFirst = false } = {}) {
  const element = make("img");
  Object.assign(element, { alt: "", loading: isFirst ? "eager" : "lazy", fetchPriority: isFirst ? "high" : "auto" });
  if (url) element.src = url;
  return element;
}

/** Returns the words below the buttons, if the answers lead to any. */
export function decisionNote({ route, text, notes = [] }) {
  const parts = [];
  if (text) {
    const said = make("p");
    said.append(chip(route === "go" ? "info" : "warn"), make("span", "", text));
    parts.push(said);
  }
  if (notes.length) parts.push(list(notes));
  return parts;
}
