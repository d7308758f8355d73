// The form of a prescription: limits, dose, goal and review of this person, checked while it is typed.

import { button, draw, find, make, say } from "./dom.js";
import { PlanMovements } from "./plan.js";
import { quantity } from "./timeline.js";
import { download, madeUrl, Refusal, send } from "./server.js";

const WAIT_MS = 250;
const FIELDS = ["patient", "goal", "note"];
const ENDS = ["low", "high"];

export class PrescribeForm {
  constructor(does) {
    this.does = does;
    this.panel = find("#panel-prescribe");
    this.asked = 0;
  }

  show(data) {
    this.form = data.form;
    if (this.isDirty) return; // what is being typed is not thrown away by another correction
    if (!data.form) return this.panel.replaceChildren(make("p", "soft", say("form_none")));
    this.panel.replaceChildren(this.build(data));
    this.showChanges(data.prescription?.changes ?? [], data.form.kept);
  }

  build({ form }) {
    const root = make("form", "prescribe");
    root.noValidate = true;
    root.addEventListener("submit", event => { event.preventDefault(); this.keep(); });
    root.addEventListener("input", () => { this.isDirty = true; this.checkSoon(); });
    root.append(make("p", "soft", say("form_lead")), ...(form.plans.length ? [this.takeOver(form)] : []));
    const about = make("div", "fields");
    about.append(this.text("patient", "form_patient", form.patient, 300), this.text("goal", "form_goal", form.goal, 300),
      this.input("review_on", "form_review", "date", form.review_on),
      this.input("days_a_week", "form_days", "number", form.days_a_week, { min: 1, max: 7, step: 1 }));
    if (form.dose.hold_s.usual !== null)
      about.append(this.input("hold_s", "form_hold", "number", form.dose.hold_s.now, { min: 1, step: "any" }));
    if (form.dose.repetitions.usual !== null)
      about.append(this.input("repetitions", "form_repetitions", "number", form.dose.repetitions.now, { min: 1, step: 1 }));
    about.append(this.text("note", "form_note", form.note, 300));
    root.append(about);
    if (form.easier) root.append(this.easier(form));
    root.append(make("h2", "", say("form_limits")), this.limits(form));
    this.plan = new PlanMovements(form, () => { this.isDirty = true; this.checkSoon(); });
    root.append(this.plan.root);
    this.changes = make("div", "changes");
    this.changes.setAttribute("aria-live", "polite");
    const acts = make("p", "acts"), keep = make("button", "small first", say("form_judge"));
    keep.type = "submit";
    keep.id = "prescribe-keep";
    acts.append(keep);
    if (form.kept) {
      acts.append(button(say("form_file"), "small", () => download(madeUrl("prescription.toml"))),
        button(say("form_give"), "small", () => this.give()),
        button(say("form_remove"), "small", () => this.remove()));
    }
    root.append(this.changes, acts);
    this.root = root;
    return root;
  }

  text(name, words, value, most) {
    const field = this.input(name, words, "text", value);
    find("input", field).maxLength = most;
    field.classList.add("wide");
    return field;
  }

  input(name, words, type, value, limits = {}) {
    const label = make("label", "field"), input = make("input");
    Object.assign(input, { type, ...limits });
    input.value = value ?? "";
    input.dataset.field = name;
    label.append(make("span", "", say(words)), input, this.problem());
    return label;
  }

  problem() {
    const place = make("span", "problem");
    place.setAttribute("role", "alert");
    return place;
  }

  /** The plan of another result, to go on with: one plan has the movements of several recordings. */
  takeOver(form) {
    const label = make("label", "field wide"), choice = make("select");
    choice.append(new Option(say("plan_own"), ""), ...form.plans.map(({ key, words }) => new Option(words, key)));
    choice.addEventListener("change", () => choice.value && this.does.change("take", { from: choice.value }, () => { this.isDirty = false; }));
    label.append(make("span", "", say("plan_take")), choice);
    return label;
  }

  easier(form) {
    const label = make("label", "check"), box = make("input");
    box.type = "checkbox";
    box.checked = form.variant === "easier";
    box.dataset.field = "variant";
    label.append(box, make("span", "", say("form_easier", { easier: form.easier })));
    return label;
  }

  limits(form) {
    const root = make("div", "limits");
    for (const measure of form.measures) {
      const group = make("fieldset"), legend = make("legend", "", measure.name);
      group.append(legend, this.ruler(measure));
      for (const [band, { usual, now }] of Object.entries(measure.bands)) {
        const row = make("div", "band");
        row.append(make("span", "", say(`form_${band}`)));
        ENDS.forEach((end, place) => {
          const input = make("input");
          input.type = "number";
          input.step = "any";
          input.value = now[place] === "open" ? "" : now[place];
          input.placeholder = say("form_open");
          input.dataset.field = `limits.${measure.id}.${band}.${place}`;
          input.setAttribute("aria-label", say(`form_${end}`, { measure: measure.name, band: say(`form_${band}`) }));
          row.append(input, ...place ? [] : [make("span", "", "–")]);
        });
        const write = end => end === "open" ? say("form_open") : quantity(end, measure.unit);
        row.append(make("span", "soft usual", say("form_usual", { band: usual.map(write).join(" – ") })));
        group.append(row);
      }
      group.append(this.problem());
      group.dataset.field = `limits.${measure.id}`;
      root.append(group);
    }
    return root;
  }

  /** Draws the bands of a measure as a small ruler: green is the target, hatched orange up to the limit. */
  ruler(measure) {
    const svg = draw("svg", { viewBox: "0 0 200 14", class: "ruler", preserveAspectRatio: "none", "aria-hidden": "true" });
    const bands = ["warn", "target"].filter(band => measure.bands[band]).map(band => [band, measure.bands[band].now]);
    const ends = bands.flatMap(([, now]) => now).filter(end => end !== "open");
    const low = Math.min(...ends), high = Math.max(...ends), pad = Math.max(5, 0.4 * (high - low));
    const x = (end, open) => end === "open" ? open : 200 * (end - low + pad) / (high - low + 2 * pad);
    for (const [band, [from, to]] of bands) {
      const left = x(from, 0), right = x(to, 200);
      svg.append(draw("rect", { x: left, width: Math.max(0, right - left), y: 0, height: 14, class: `band-${band}` }));
    }
    return svg;
  }

  // Checking and keeping -----------------------------------------------------------------------------------------------

  read() {
    const values = { by: this.does.by(), limits: {}, others: this.plan.read() };
    for (const input of this.root.querySelectorAll("input")) {
      const field = input.dataset.field;
      if (field.startsWith("others.")) continue;
      if (field.startsWith("limits.")) {
        const [, measure, band, place] = field.split(".");
        const bands = values.limits[measure] ??= {};
        (bands[band] ??= [])[place] = input.value === "" && !input.validity.badInput ? "open" : number(input);
      } else if (field === "variant") values.variant = input.checked ? "easier" : "usual";
      else if (input.type === "number") values[field] = number(input);
      else values[field] = input.value;
    }
    return values;
  }

  checkSoon() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.check(), WAIT_MS);
  }

  async check() {
    const asked = ++this.asked;
    try {
      const { problems, changes } = await send("draft", { form: this.read() });
      if (asked !== this.asked) return;
      this.showProblems(problems);
      this.showChanges(changes, false);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (asked === this.asked) this.showProblems([{ field: "", text: error.message }]);
    }
  }

  showProblems(problems) {
    for (const place of this.root.querySelectorAll(".problem")) place.textContent = "";
    for (const input of this.root.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
    const left = [];
    for (const { field, text } of problems) {
      const input = this.findField(field);
      const place = input?.closest(".field, fieldset")?.querySelector(".problem");
      if (!place) { left.push(text); continue; }
      input.setAttribute("aria-invalid", "true");
      place.textContent = [place.textContent, text].filter(Boolean).join(" ");
    }
    this.others = left;
    this.hasProblems = problems.length > 0;
    find("#prescribe-keep").disabled = this.hasProblems;
  }

  /** Returns the field that a problem names, or the group that it is in. */
  findField(name) {
    const parts = name.replace(/^measures\./, "limits.").split(".");
    while (parts.length) {
      const found = this.root.querySelector(`[data-field="${CSS.escape(parts.join("."))}"]`);
      if (found) return found;
      const first = this.root.querySelector(`[data-field^="${CSS.escape(parts.join("."))}."]`);
      if (first && parts.length > 1) return first;
      parts.pop();
    }
    return null;
  }

  showChanges(changes, kept) {
    if (!this.changes) return;
    const list = make("ul", "diff");
    list.append(...changes.map(words => make("li", "", words)));
    const lines = (this.others ?? []).map(text => make("p", "problem", text));
    this.others = [];
    const rest = this.hasProblems ? [] : [changes.length ? list : make("p", "soft", say("form_same"))];
    if (this.isDirty && !kept && !this.hasProblems) rest.push(make("p", "soft", say("form_unsaved")));
    this.changes.replaceChildren(make("h2", "", say("form_changes")), ...lines, ...rest);
  }

  async keep() {
    clearTimeout(this.waiting);
    this.asked += 1;
    const values = this.read();
    await this.does.change("prescribe", { form: values }, () => { this.isDirty = false; });
  }

  async give() {
    if (await this.does.change("give", {})) this.does.tell(say("form_given"));
  }

  async remove() {
    await this.does.change("prescribe", { form: null }, () => { this.isDirty = false; });
  }
}

/** Returns the number of a field; other text goes as it is, so that formcheck can say so. */
function number(input) {
  if (input.validity.badInput) return "?";
  return input.value === "" ? null : Number(input.value);
}
