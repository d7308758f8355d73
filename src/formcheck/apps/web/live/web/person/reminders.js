// When to be reminded: days and a time for sessions, hours for a minute at the desk; and a file for the own calendar.

import { find, make, say } from "../dom.js";
import { button, sendFor } from "./screening.js";
import { words } from "../words.js";

const HOURS = Array.from({ length: 12 }, (_, number) => number + 7);

export class Reminders {
  /** @param on called with: leave(). */
  constructor(root, on) {
    this.root = root;
    this.on = on;
  }

  show({ reminders }) {
    this.plan = structuredClone(reminders?.plan ?? { days: [], at: "18:00", breaks: [] });
    const days = this.group(words("reminders_days"), [0, 1, 2, 3, 4, 5, 6].map((day) => [day, words(`day_${day}`)]), "days");
    const at = make("label", "labelled"), time = make("input");
    Object.assign(time, { type: "time", name: "at", value: this.plan.at });
    time.addEventListener("input", () => (this.plan.at = time.value || "18:00"));
    at.append(make("span", "", words("reminders_at")), time);
    const breaks = this.group(words("reminders_breaks"), HOURS.map((hour) => [hour, `${hour}:00`]), "breaks");
    find(".plan-form", this.root).replaceChildren(days, at, breaks, make("p", "soft", words("reminders_note")));
    say(find(".status", this.root), "");
    find(".buttons", this.root).replaceChildren(button(words("reminders_save"), "first", () => this.save()),
      button(words("reminders_file"), "", () => this.save({ andFile: true })), button(words("screening_back"), "quiet", () => this.on.leave()));
  }

  group(title, choices, name) {
    const group = make("fieldset"), row = make("div", "options");
    row.append(...choices.map(([value, text]) => {
      const label = make("label", "option"), input = make("input");
      Object.assign(input, { type: "checkbox", checked: this.plan[name].includes(value) });
      input.addEventListener("change", () => {
        const others = this.plan[name].filter((one) => one !== value);
        this.plan[name] = input.checked ? [...others, value].sort((a, b) => a - b) : others;
      });
      label.append(input, make("span", "", text));
      return label;
    }));
    group.append(make("legend", "", title), row);
    return group;
  }

  async save({ andFile = false } = {}) {
    const status = find(".status", this.root);
    try {
      await sendFor("/live/reminders", this.plan);
      say(status, words("reminders_saved"));
      if (!andFile) return;
      const link = make("a");
      Object.assign(link, { href: "/live/reminders.ics", download: "formcheck.ics" });
      link.click();
      say(status, words("reminders_file_how"));
    } catch {
      say(status, words("screening_failed"));
    }
  }
}
