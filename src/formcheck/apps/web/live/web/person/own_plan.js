// The plan that a therapist gave: taken from a file, shown, and let go of. While there is one, Today follows it.

import { find, make, say } from "../dom.js";
import { button } from "./screening.js";
import { freshToken } from "../practice/socket.js";
import { words } from "../words.js";

const PATH = "/live/plan";

export class OwnPlan {
  /** @param on called with: leave(whether the plan is another one now), changed() which returns a promise of what is kept now. */
  constructor(root, on) {
    this.root = root;
    this.on = on;
    this.status = find(".status", root);
    this.file = find("input[type=file]", root);
    this.file.addEventListener("change", () => this.file.files.length && this.take(this.file.files[0]));
  }

  show({ plan }) {
    const parts = plan ? [make("p", "", words(plan.by ? "plan_by" : "plan_by_any", plan)), plan.goal ? make("p", "", words("plan_goal", plan)) : null,
      make("p", "soft", words("plan_days", plan)), plan.review_due ? make("p", "", plan.review_due) : null, movements(plan)] : [make("p", "", words("plan_none"))];
    find(".plan-of", this.root).replaceChildren(...parts.filter(Boolean));
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
    this.show(await this.on.changed());
    say(this.status, words(what));
    find("h1", this.root).focus({ preventScroll: true });
  }
}

function movements({ movements: all }) {
  const list = make("ol", "plan-movements");
  list.append(...all.map(({ name, note }) => {
    const item = make("li", "", name);
    if (note) item.append(make("span", "soft", ` ${note}`));
    return item;
  }));
  return list;
}

async function ask(method, body = undefined) {
  const answer = await fetch(PATH, { method, body, headers: { "X-Formcheck-Token": await freshToken() } });
  if (!answer.ok) throw Object.assign(new Error(`${PATH}: ${answer.status}`), { status: answer.status });
  return answer.json();
}
