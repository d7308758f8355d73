// My data: what is stored on this computer and in this browser, a copy of it, and its deletion.

import { find, make, say } from "../dom.js";
import { button, sendFor } from "./screening.js";
import { chooseLanguage, words } from "../words.js";

const BROWSER = "browser";
const OURS = "formcheck";

export class MyData {
  /** @param on called with: leave(), changed() after something was deleted. */
  constructor(root, on) {
    this.root = root;
    this.on = on;
    this.status = find(".status", root);
    find(".buttons", root).append(button(words("screening_back"), "first", () => this.on.leave()), this.copyLink());
  }

  copyLink() {
    const link = make("a", "button", words("data_export"));
    link.href = "/live/data/export";
    link.download = "formcheck-my-data.json";
    return link;
  }

  async show() {
    say(this.status, "");
    try {
      const answer = await fetch("/live/data", { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.status);
      this.draw((await answer.json()).parts);
    } catch {
      say(this.status, words("data_failed"));
    }
  }

  draw(parts) {
    const here = keptHere().length;
    const all = [...parts, { code: BROWSER, count: here, place: words("data_browser_place"), bytes: 0 }];
    find(".parts", this.root).replaceChildren(...all.map((part) => this.row(part)));
  }

  row({ code, count, place, bytes }) {
    const item = make("li"), text = make("div"), act = make("div", "act");
    item.dataset.part = code;
    text.append(make("h2", "", words(`data_${code}`)), make("p", "", words(`data_${code}_what`)),
      make("p", "soft", count ? `${amount(code, count)}${bytes ? ` · ${size(bytes)}` : ""} · ${place}` : words("data_nothing")));
    act.append(this.deleteButton(code, act));
    item.append(text, ...(count ? [act] : []));
    return item;
  }

  deleteButton(code, act) {
    const first = button(words("data_delete"), "quiet", () => {
      const really = button(words("data_really"), "danger", () => this.delete(code));
      act.replaceChildren(really, button(words("data_keep"), "", () => {
        act.replaceChildren(first);
        first.focus();
      }));
      really.focus();
    });
    first.setAttribute("aria-label", words("data_delete_this", { what: words(`data_${code}`) }));
    return first;
  }

  async delete(code) {
    try {
      const gone = code === BROWSER ? this.deleteHere() : (await sendFor("/live/data/delete", { parts: [code] })).gone[code];
      await this.show();
      say(this.status, words("data_gone", { what: amount(code, gone) }));
      find("h1", this.root).focus();
      this.on.changed(code);
    } catch {
      say(this.status, words("data_failed"));
    }
  }

  deleteHere() {
    const found = keptHere();
    for (const key of found) localStorage.removeItem(key);
    chooseLanguage("");
    return found.length;
  }
}

function keptHere() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(OURS));
  } catch {
    return []; // a browser that stores nothing
  }
}

const amount = (code, count) => words(count === 1 ? `data_${code}_one` : `data_${code}_many`, { count });

function size(bytes) {
  if (bytes < 1000) return words("data_bytes", { count: bytes });
  return bytes < 1e6 ? words("data_kb", { count: Math.round(bytes / 1000) }) : words("data_mb", { count: Math.round(bytes / 1e6) });
}
