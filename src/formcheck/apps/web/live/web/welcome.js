// The first page: what to do now, as one card; one stretch by picture instead; and a look at the coach at work.

import { Demo } from "./demo.js";
import { chip, find, list, make, say } from "./dom.js";
import { describeOwnPlan, OWN_PLAN } from "./person/own_plan.js";
import { words } from "./words.js";

const FOR_YOU = "for_you", EVERY = "every";

const minutesOf = (plan) => (plan.minutes === 1 ? words("today_minute") : words("today_minutes", plan));

export class Welcome {
  /**
   * @param config movements and wishes; `movement` is the one that the page was opened with, if any.
   * @param memory what was chosen before.
   * @param on called with: choose(movement), routine(plan), fit() when minutes or way were changed.
   */
  constructor(root, { movements, movement: asked, wishes, demo }, memory, on) {
    this.root = root;
    this.memory = memory;
    this.on = on;
    this.movements = movements.filter((one) => !one.advanced || one.id === asked);
    this.all = movements;
    this.wishes = wishes;
    this.demo = new Demo(find(".demo", root), demo);
    find("#whole").addEventListener("click", () => this.on.routine(this.instead));
    this.calm = find("#calm-way");
    this.calm.addEventListener("change", () => this.fit({ isCalm: this.calm.checked }));
    this.less = find("#little-less");
    this.less.addEventListener("change", () => this.fit({ isLess: this.less.checked }));
  }

  /** Offers the movements that the answers allow. */
  offer({ hidden = [] } = {}) {
    const offered = this.movements.filter((one) => !hidden.includes(one.id));
    this.offered = new Set(offered.map((one) => one.id));
    this.showWishes();
    this.showStretches();
  }

  find(id) {
    return this.all.find((one) => one.id === id);
  }

  fit(values) {
    this.memory.choose(values);
    this.on.fit();
  }

  /** Lists the routines of today; and own files that cannot be used. */
  showRoutines(plans, refused) {
    find(".others", this.root).hidden = plans.length < 2;
    find(".routines", this.root).replaceChildren(...plans.map((plan) => {
      const item = make("li"), button = make("button", "routine");
      button.type = "button";
      button.dataset.routine = plan.id;
      button.append(make("strong", "", plan.name), make("span", "soft", minutesOf(plan)));
      button.addEventListener("click", () => this.on.routine(plan));
      item.append(button);
      return item;
    }), ...refused.map(({ kind, name }) => make("li", "soft", words(kind === "movement" ? "today_refused_movement" : "today_refused", { name }))));
  }

  /** Shows one stretch in the card; `instead` is the routine that it stands for. */
  show(movement, instead) {
    this.instead = instead;
    for (const button of this.root.querySelectorAll(".routine")) button.setAttribute("aria-pressed", "false");
    find(".changes", this.root).hidden = find(".minutes", this.root).hidden = find(".calm-way", this.root).hidden = true;
    find(".fit", this.root).hidden = false;
    this.showOwnPlan(null);
    this.less.checked = this.memory.isLess;
    const picture = make("img", "single");
    Object.assign(picture, { src: movement.picture_url, alt: words("welcome_picture", { name: movement.name }) });
    this.card({ name: movement.name, about: movement.about,
      amount: [minutesOf(movement), movement.dose_words, words(`place_${movement.place}`),
        movement.advanced ? words("welcome_advanced") : ""] }, movement.picture_url ? [picture] : []);
    find("#follow").href = movement.follow_url;
    find("#sample").hidden = !movement.sample_url;
    find("#whole").hidden = !instead;
    if (instead) say(find("#whole"), words("today_whole", instead));
    this.mark(movement.id);
    this.demo.show();
  }

  /** Shows today's plan of a routine in the card: a row of pictures; `done` are the indices of the parts that are done. */
  showRoutine(plan, { done }) {
    const row = make("ol", plan.parts.length <= 3 ? "row few" : "row"), own = plan.id === OWN_PLAN ? this.plan : null;
    row.append(...plan.parts.map(({ index, kind, name, amount, movement: id }) => {
      const isDone = done.includes(index), item = make("li", isDone ? "is-done" : "");
      if (isDone) item.append(chip("ok", { spoken: true }));
      item.append(id ? image(this.find(id).picture_url, { isFirst: true }) : make("span", `tile is-${kind}`), make("span", "", name));
      if (own && amount) item.append(make("span", "soft", amount));
      return item;
    }));
    const places = new Set(plan.parts.filter(({ movement }) => movement).map(({ movement }) => this.find(movement).place));
    const place = places.has("floor") ? "floor" : places.has("standing") ? "standing" : "chair";
    const left = done.length ? words("today_go_on", { done: done.length, of: plan.parts.length }) : "";
    this.card({ name: plan.name, about: plan.about, amount: [minutesOf(plan), words(`place_${place}`), left] }, [row]);
    this.showOwnPlan(own);
    this.showFit(plan);
    find("#follow").href = "#step";
    find("#sample").hidden = !plan.parts.some(({ movement }) => movement && this.find(movement).sample_url);
    find("#whole").hidden = true;
    for (const button of this.root.querySelectorAll(".routine")) button.setAttribute("aria-pressed", String(button.dataset.routine === plan.id));
    this.mark("");
    this.demo.show();
  }

  /** The minutes that the person has, the calm way, and what both and the answers changed. */
  showFit({ shorter, changes }) {
    find(".fit", this.root).hidden = find(".calm-way", this.root).hidden = false;
    this.calm.checked = this.memory.isCalm;
    this.less.checked = this.memory.isLess;
    const minutes = [...shorter, 0], row = find(".minutes", this.root);
    row.hidden = !shorter.length;
    row.replaceChildren(...minutes.map((one) => {
      const button = make("button", "wish", one ? words("today_up_to", { minutes: one }) : words("today_all"));
      button.type = "button";
      button.setAttribute("aria-pressed", String(one === (shorter.includes(this.memory.minutes) ? this.memory.minutes : 0)));
      button.addEventListener("click", () => this.fit({ minutes: one }));
      return button;
    }));
    const lines = find(".changes", this.root);
    lines.hidden = !changes.length;
    lines.replaceChildren(...changes.map((text) => make("li", "", text)));
  }

  /** What the therapist wants with the plan: the goal, how often, and when they look again. */
  showOwnPlan(own) {
    const lines = find(".therapist", this.root);
    lines.replaceChildren(...(own ? describeOwnPlan(own).map((text) => make("span", "", text)) : []));
    lines.hidden = !own;
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
