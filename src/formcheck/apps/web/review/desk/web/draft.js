// A movement from a demonstration: formcheck drafts it from this recording, a person reads, changes and keeps it.

import { button, find, make, say } from "./dom.js";
import { Refusal, send } from "./server.js";

export class DraftForm {
  constructor({ drafting }) {
    this.root = make("form", "draft");
    this.root.noValidate = true;
    this.root.addEventListener("submit", event => { event.preventDefault(); this.draft(); });
    this.name = make("input");
    Object.assign(this.name, { type: "text", maxLength: 80, id: "draft-name" });
    this.like = make("select");
    this.like.id = "draft-like";
    this.like.append(...drafting.like.map(one => new Option(one.name, one.id)), new Option(say("draft_bare"), ""));
    this.like.value = drafting.shown;
    const fields = make("div", "fields"), acts = make("p", "acts");
    for (const [input, words] of [[this.name, "draft_name"], [this.like, "draft_like"]]) {
      const label = make("label", "field wide");
      label.append(make("span", "", say(words)), input);
      fields.append(label);
    }
    const go = make("button", "small first", say("draft_make"));
    go.type = "submit";
    acts.append(go);
    this.state = make("p", "state");
    this.state.setAttribute("role", "status");
    this.found = make("div");
    this.root.append(make("p", "soft", say("draft_lead")), fields, acts, this.state, this.found);
    find("#panel-draft").replaceChildren(this.root);
  }

  async ask(route, form) {
    this.state.textContent = say("draft_making");
    this.state.classList.remove("problem");
    try {
      return await send(`movement/${route}`, { form });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.state.textContent = error.message;
      this.state.classList.add("problem");
      return null;
    }
  }

  async draft() {
    const found = await this.ask("draft", { name: this.name.value, like: this.like.value });
    if (!found) return;
    this.state.textContent = say("draft_made", { count: found.repetitions });
    this.show(found);
  }

  show({ text, unsure, taken }) {
    const label = make("label", "field wide"), list = make("ul", "unsure");
    list.append(...unsure.map(line => make("li", "", line)));
    this.text = make("textarea");
    this.text.value = text;
    this.text.spellcheck = false;
    this.text.id = "draft-text";
    label.append(make("span", "", say("draft_text")), this.text);
    const acts = make("p", "acts");
    if (taken) acts.append(make("span", "status", say("draft_taken")), button(say("draft_replace"), "small", () => this.keep(true)));
    else acts.append(button(say("draft_keep"), "small first", () => this.keep(false)));
    this.found.replaceChildren(make("h2", "", say("draft_unsure")), list, label, acts);
  }

  async keep(replaces) {
    const text = this.text.value, kept = await this.ask("keep", { text, replaces });
    if (!kept) return;
    this.state.textContent = say("draft_kept", { name: kept.name });
    const acts = make("p", "acts");
    for (const [words, url, kind] of [["draft_live", kept.live, "first"], ["draft_library", kept.library, ""], ["draft_review", kept.review, ""]]) {
      const link = make("a", `small link ${kind}`, say(words));
      link.href = url;
      acts.append(link);
    }
    acts.append(button(say("draft_change"), "small", () => this.show({ text, unsure: [], taken: true })));
    this.found.replaceChildren(acts);
  }
}
