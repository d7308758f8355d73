// The plan that a therapist gave: taken from a file, shown, and let go of. While there is one, Today follows it.

import { find, make, say } from "../dom.js";
import { button } from "./screening.js";
import { freshToken } from "../practice/socket.js";
import { words } from "../words.js";

const PATH = "/live/plan";
/** The id of the routine that a plan is on Today. */
export const OWN_PLAN = "prescribed";

export class OwnPlan {
  /** @param on called with: leave(whether the plan is another one now), changed() which returns a promise of what `show` takes. */
  constructor(root, on) {
    this.root = root;
    this.on = on;
    this.status = find(".status", root);
    this.file = find("input[type=file]", root);
    this.file.addEventListener("change", () => this.file.files.length && this.take(this.file.files[0]));
  }

  /** @param parts what Today makes of the plan: how much of each movement. */
  show({ plan }, parts) {
    const lines = plan ? [words(plan.by ? "plan_by" : "plan_by_any", plan), ...describeOwnPlan(plan)] : [words("plan_none")];
    find(".plan-of", this.root).replaceChildren(...lines.map((text) => make("p", "", text)), ...(plan ? [movements(plan, parts)] : []));
    const buttons = [button(words(plan ? "plan_other" : "plan_choose"), "first", () => this.file.click())];
    if (plan) buttons.push(button(words("plan_forget"), "", () => this.forget()));
    find(".buttons", this.root).replaceChildren(...buttons, button(words("screening_back"), "quiet", () => this.on.leave(this.isOther)));
    say(this.status, "");
    find(".problems", this.root).replaceChildren();
  }

  async take(file) {
    this.file.value = "";
    try {
      const { problems } = await ask("POST", file);
      if (!problems.length) return this.changed("plan_taken");
      say(this.status, words("plan_refused"));
      find(".problems", this.root).replaceChildren(...problems.map((text) => make("li", "", text)));
    } catch ({ status }) {
      say(this.status, words(status === 507 ? "plan_not_kept" : "plan_failed"));
    }
  }

  async forget() {
    try {
      await ask("DELETE");
      await this.changed("plan_forgotten");
    } catch {
      say(this.status, words("screening_failed"));
    }
  }

  async changed(what) {
    this.isOther = true;
    this.show(...(await this.on.changed()));
    say(this.status, words(what));
    find("h1", this.root).focus({ preventScroll: true });
  }
}

/** Returns the goal, how often, and when the therapist looks again, in words. */
export function describeOwnPlan(plan) {
  const day = new Intl.DateTimeFormat(document.documentElement.lang, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  const review = plan.review_due || (plan.review_on && words("plan_review", { day: day.format(new Date(plan.review_on)) }));
  return [plan.goal && words("plan_goal", plan), words(plan.days_a_week === 1 ? "plan_day" : "plan_days", plan), review].filter(Boolean);
}

function movements({ movements: all }, parts) {
  const list = make("ol", "plan-movements");
  list.append(...all.map(({ id, name, note }) => {
    const item = make("li", "", name), amount = parts.find(({ movement }) => movement === id)?.amount;
    for (const text of [amount, note]) if (text) item.append(make("span", "soft", ` · ${text}`));
    return item;
  }));
  return list;
}

async function ask(method, body = undefined) {
  const answer = await fetch(PATH, { method, body, headers: { "X-Formcheck-Token": await freshToken() } });
  if (!answer.ok) throw Object.assign(new Error(`${PATH}: ${answer.status}`), { status: answer.status });
  return answer.json();
}
