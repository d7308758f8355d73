// Advice in its own look: the emergency screen, and cards that say what an answer closes or softens, and why.

import { button } from "./screening.js";
import { find, make, say } from "../dom.js";
import { words } from "../words.js";

// The emergency number by time zone first, because a browser's language says less about the place. 112 works in Europe
// and much of the world; where nothing is known, all three are named.
const NUMBERS = [
  [/^Europe\/(London|Belfast|Jersey|Guernsey|Isle_of_Man)/, "999"], [/^Europe\//, "112"], [/^Atlantic\/(Canary|Madeira|Azores|Reykjavik|Faroe)/, "112"],
  [/^America\/(New_York|Chicago|Denver|Los_Angeles|Phoenix|Anchorage|Detroit|Boise|Indiana|Kentucky|North_Dakota|Toronto|Vancouver|Edmonton|Winnipeg|Halifax|Regina|St_Johns|Montreal|Mexico_City)/, "911"],
  [/^Pacific\/Honolulu/, "911"], [/^Australia\//, "000"], [/^Pacific\/Auckland/, "111"], [/^Asia\/(Kolkata|Calcutta)/, "112"],
];
const BY_REGION = { GB: "999", US: "911", CA: "911", MX: "911", AU: "000", NZ: "111", IN: "112", IE: "112", DE: "112", FR: "112", NL: "112",
  BE: "112", AT: "112", ES: "112", IT: "112", PT: "112", SE: "112", FI: "112", DK: "112", NO: "112", PL: "112", CZ: "112", GR: "112" };
const EVERYWHERE = ["112", "911", "999"];

/** Returns the emergency number where the person seems to be, empty if that is not known. */
export function emergencyNumber(zone = Intl.DateTimeFormat().resolvedOptions().timeZone, language = navigator.language) {
  const byZone = NUMBERS.find(([pattern]) => pattern.test(zone ?? ""));
  if (byZone) return byZone[1];
  if (zone && !/^(Etc\/|UTC|GMT)/.test(zone)) return ""; // a known place without a number here: the language may be of another
  return BY_REGION[/-([A-Z]{2})\b/.exec(language ?? "")?.[1]] ?? "";
}

export class Emergency {
  /** @param on called with: answers(), leave(). */
  constructor(root, dialog, on) {
    this.root = root;
    this.dialog = dialog;
    this.on = on;
    find(".show", root).addEventListener("click", () => this.showDoctor());
    find(".change", root).addEventListener("click", () => this.on.answers());
    find(".leave", root).addEventListener("click", () => this.on.leave());
    find("button", dialog).addEventListener("click", () => dialog.close());
  }

  /** @param said what the person reported, in words for a doctor. @param text what to do now. */
  show(said, text) {
    this.said = said.length ? said : [words("emergency_new_signs")];
    say(find(".what", this.root), text);
    const number = emergencyNumber(), numbers = number ? [number] : EVERYWHERE;
    find(".numbers", this.root).replaceChildren(...numbers.map((one) => {
      const link = make("a", "call", words("emergency_call", { number: one }));
      link.href = `tel:${one}`;
      return link;
    }));
    say(find(".where", this.root), words(number ? "emergency_where" : "emergency_unknown"));
    find(".say", this.root).replaceChildren(make("p", "", words("emergency_say", { said: this.said.join(" ") })));
  }

  /** Shows what the person reported, large and plain, to hand to a doctor. */
  showDoctor() {
    const at = new Date().toLocaleString(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" });
    const list = make("ul");
    list.append(...this.said.map((one) => make("li", "", one)));
    find(".report", this.dialog).replaceChildren(list, make("p", "soft", words("doctor_when", { at })),
      make("p", "soft", words("doctor_note")));
    this.dialog.showModal();
  }
}

/** Returns one card for each answer that closes or softens something, with its reason. */
export function careCards(cards) {
  const all = make("ul", "care-cards");
  all.append(...cards.map(({ title, text, closes, softens, closes_all: closesAll }) => {
    const card = make("li"), facts = make("dl");
    card.append(make("h3", "", title), make("p", "", text));
    const add = (key, names) => facts.append(make("dt", "", words(key)), make("dd", "", names));
    if (closesAll) add("care_closed", words("care_everything"));
    else if (closes.length) add("care_closed", closes.join(", "));
    if (!closesAll && softens.length) add("care_softened", softens.join(", "));
    if (facts.children.length) card.append(facts);
    return card;
  }));
  return all;
}

/** The person's answers: seen, and changed one by one. */
export class Answers {
  /** @param on called with: change(question), all(), leave(). */
  constructor(root, on) {
    this.root = root;
    this.on = on;
  }

  show({ questions, answers, cards }) {
    const said = questions.filter(({ id }) => id in answers), list = find(".answer-list", this.root);
    say(find(".lead", this.root), words(said.length ? "answers_lead" : "answers_none"));
    list.replaceChildren(...said.map((question) => this.row(question, answers[question.id])));
    const care = find(".care", this.root);
    care.hidden = !cards.length;
    care.replaceChildren(make("h2", "", words("answers_care")), careCards(cards));
    find(".buttons", this.root).replaceChildren(button(words("screening_back"), "first", () => this.on.leave()),
      button(words(said.length ? "answers_all" : "answers_begin"), "", () => this.on.all()));
  }

  row(question, answer) {
    const item = make("li"), change = button(words("answers_change"), "quiet", () => this.on.change(question));
    change.setAttribute("aria-label", words("answers_change_this", { short: question.short }));
    const mark = make("strong", answer ? "said yes" : "said no", words(answer ? "screening_yes" : "screening_no"));
    item.append(mark, make("span", "question", question.text), change);
    return item;
  }
}
