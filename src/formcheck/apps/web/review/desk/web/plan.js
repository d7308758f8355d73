// The other movements of a plan, with their amounts. Limits of each are set at a recording of it, and stay.

import { button, make, say } from "./dom.js";

export class PlanMovements {
  /** @param onChange called when a movement came or went. */
  constructor({ others, choices }, onChange) {
    this.others = others.map(one => ({ ...one }));
    this.choices = choices;
    this.onChange = onChange;
    this.root = make("fieldset", "plan");
    this.draw();
  }

  draw() {
    const list = make("ol", "plan-rows");
    list.append(...this.others.map((one, place) => this.row(one, place)));
    const open = this.choices.filter(({ id }) => !this.others.some(other => other.id === id));
    const choice = make("select");
    choice.setAttribute("aria-label", say("plan_add"));
    choice.append(new Option(say("plan_add"), ""), ...open.map(({ id, name }) => new Option(name, id)));
    choice.addEventListener("change", () => this.add(choice.value));
    this.root.replaceChildren(make("legend", "", say("plan_others")), make("p", "soft", say("plan_lead")), list, choice);
  }

  row(one, place) {
    const item = make("li", "field"), amounts = make("span", "amounts");
    for (const [key, step] of [["hold_s", "any"], ["repetitions", 1]]) {
      if (one.usual[key] === null) continue;
      const label = make("label"), input = make("input");
      Object.assign(input, { type: "number", min: 1, step, value: one[key] ?? "" });
      input.dataset.field = `others.${place}.${key}`;
      input.addEventListener("input", () => (one[key] = input.validity.badInput ? "?" : input.value === "" ? null : Number(input.value)));
      label.append(make("span", "", say(`form_${key === "hold_s" ? "hold" : key}`)), input);
      amounts.append(label);
    }
    const away = button(say("plan_away"), "small", () => this.remove(one.id)), problem = make("span", "problem");
    away.setAttribute("aria-label", say("plan_away_of", one));
    problem.setAttribute("role", "alert");
    item.append(make("span", "name", one.name), amounts, away, problem);
    if (one.has_limits) item.append(make("span", "soft", say("plan_has_limits")));
    return item;
  }

  add(id) {
    const one = this.choices.find(other => other.id === id);
    if (one) this.others.push({ ...one, ...one.usual });
    this.draw();
    this.onChange();
  }

  remove(id) {
    this.others = this.others.filter(one => one.id !== id);
    this.draw();
    this.onChange();
  }

  read() {
    return this.others.map(({ id, hold_s, repetitions }) => ({ movement: id, hold_s, repetitions }));
  }
}
