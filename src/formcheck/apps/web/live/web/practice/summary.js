// After a set: one ring, one sentence, one pair of pictures, one tip, one button. Everything else is folded away.

import { hear } from "./acts.js";
import { Afterwards } from "./afterwards.js";
import { chip, find, list, make, say } from "../dom.js";
import { act } from "../gestures.js";
import { Ring } from "../stage/ring.js";
import { button } from "../person/screening.js";
import { forgetResult, keepAsked } from "./resume.js";
import { words } from "../words.js";

const NEXT_S = 20;
const SECOND_MS = 1000;

export class Summary {
  /**
   * @param voice speaks the sentence. @param memory remembers where the easier way is due.
   * @param on called with: again(), otherSide(side), next(id), done(), decided(decision).
   */
  constructor(root, { voice, memory }, on) {
    this.root = root;
    this.voice = voice;
    this.memory = memory;
    this.on = on;
    this.title = find("h1", root);
    this.row = find(".buttons", root);
    this.ringRoot = find(".ring", root);
    this.ring = new Ring(this.ringRoot);
    this.led = find(".led", root);
    this.medical = find(".medical", root);
    this.asker = new Afterwards(find(".asker", root), {
      busy: () => this.wait(),
      led: (lead, answer) => this.lead(lead, answer),
      decided: (decision) => this.decided(decision),
      idle: () => this.isBusy && this.count(),
      asked: (asked) => keepAsked({ ...asked, isEnding: this.isEnding }),
    });
    hear("summary", () => this.acts());
    find("#wait").addEventListener("click", () => act("no"));
  }

  /**
   * @param summary the server's summary.
   * @param more `movement` of the set, the `next` one if a routine goes on, `place` in it, whether it wants the other side now
   * (`isSwitch`; undefined outside of one) and how long it rests (`seconds`), `isClip`, `sideBefore` the results of the other side,
   * the short form's `questions`, `hurts` after pain, `asked` how far the questions were in a page that was loaded again.
   */
  show(summary, { movement, next = null, place = null, isSwitch, seconds = NEXT_S, isClip = false, way = "usual", sideBefore = [], questions = [], hurts = false, asked = null, notMedical }) {
    this.summary = summary;
    this.movement = movement;
    this.next = next;
    this.seconds = seconds || NEXT_S;
    this.side = isSwitch === undefined ? summary.other_side : isSwitch ? summary.other_side ?? "other" : null;
    this.endsRoutine = isSwitch === false && !next;
    this.hasMore = Boolean(next) || isSwitch === true;
    this.isOver = hurts;
    this.isEnding = this.isBusy = false;
    say(this.title, summary.sentence);
    say(find(".name", this.root), [movement.name, place ? words("teach_place", place) : ""].filter(Boolean).join(" · "));
    this.showRing(summary);
    this.showTip(summary);
    find(".pair", this.root).replaceChildren(...pair(summary, movement, isClip));
    find(".pair", this.root).classList.toggle("mirrored", !isClip);
    this.showDetails(summary, sideBefore);
    this.led.hidden = true;
    if (hurts) this.offerRest();
    else this.offer();
    const short = isClip || hurts || this.hasMore ? [] : questions;
    this.later = this.side ? short : []; // the other side comes first: the short form is asked at the end
    this.way = way;
    if (asked?.isEnding) this.end(asked);
    else this.asker.show(isClip || hurts ? { questions: [] } : summary, this.later.length ? [] : short, way, asked ?? {});
    this.medical.textContent = notMedical;
    this.showKept(summary);
    this.speak();
    this.count();
    if (asked) this.wait(); // a page that was loaded again begins nothing by itself
  }

  showRing({ ring, state }) {
    this.ringRoot.hidden = !ring;
    if (!ring) return;
    this.ring.show(ring.done, ring.unit === "s" ? words("hud_seconds_of", { of: ring.of }) : words("hud_times", { of: ring.of }),
      ring.of ? ring.done / ring.of : 0);
    this.ringRoot.classList.toggle("paused", state === "cannot_tell");
  }

  /** Says what became of the set in the history, if it is not as it should be. */
  showKept({ kept }) {
    const place = find(".kept", this.root);
    place.hidden = !kept;
    if (!kept) return;
    const line = make("p");
    line.append(chip("warn"), make("span", "", kept.text));
    place.dataset.code = kept.code;
    place.replaceChildren(line);
  }

  showTip({ tip }) {
    const place = find(".tip", this.root);
    place.hidden = !tip;
    if (tip) place.replaceChildren(make("span", "", tip.text));
  }

  showDetails(summary, sideBefore) {
    const earlier = sideBefore.filter((one) => !summary.sides?.some((other) => other.side === one.side));
    const parts = [verdict(summary), facts(summary, [...earlier, ...(summary.sides ?? [])]), ...lists(summary),
      summary.recording ? recording(summary.recording) : null];
    find("details .body", this.root).replaceChildren(...parts.filter(Boolean));
    find("details", this.root).open = false;
  }

  // What comes next ------------------------------------------------------------------------------------------------------

  /** Offers one thing to do as the large button; the others are small. */
  offer() {
    const { side } = this, all = [];
    if (side) all.push(["other_side", words("summary_other_side", { side: words(`stage_${side}`) })]);
    if (this.next) all.push(["next", words("summary_next", { name: this.next.name })]);
    all.push(["again", words("summary_again")]);
    const isDone = !side && !this.next && (!this.isLittle || this.endsRoutine || this.isEnding);
    all.splice(isDone ? 0 : all.length, 0, ["stop", words("summary_done")]);
    if (this.isNothing && !this.next && !this.isEnding) all.unshift(...all.splice(all.findIndex(([name]) => name === "again"), 1));
    this.first = all[0][0];
    const [first, ...others] = all.map(([name, text], number) => button(text, number ? "quiet" : "first big", () => act(name)));
    this.row.replaceChildren(first, ...others);
  }

  get isNothing() {
    return this.summary.ring?.done === 0;
  }

  /** Whether less than half of it was done: then once more is the first thing offered. */
  get isLittle() {
    const { ring } = this.summary;
    return ring ? ring.done < ring.of / 2 : false;
  }

  acts() {
    if (this.isOver) return { stop: () => this.leave(this.on.done), next: () => this.leave(this.on.done) };
    const { side } = this;
    const otherSide = () => side && this.leave(() => this.on.otherSide(side === "other" ? null : side));
    const again = () => this.leave(this.on.again), stop = () => (this.later.length ? this.end() : this.leave(this.on.done));
    const next = () => this.next && this.leave(() => this.on.next(this.next.id));
    const first = { other_side: otherSide, next, again, stop }[this.first];
    return { again, stop, other_side: otherSide, next: this.first === "other_side" ? otherSide : this.next ? next : first,
      go: first, yes: first, no: () => this.toggle() };
  }

  /** The other side is left out: asks how it was, as at every end. A second "Done" leaves. */
  end(asked = {}) {
    const { summary, later, way } = this;
    this.asker.leave();
    Object.assign(this, { side: null, later: [], isEnding: true });
    this.stopCount();
    this.offer();
    this.count();
    this.asker.show({ carried: summary.carried }, later, way, asked);
    find("button", this.asker.root)?.focus();
  }

  /** Shows the end after pain: nothing more is offered today. */
  offerRest() {
    this.isOver = true;
    this.stopCount();
    this.row.replaceChildren(button(words("summary_done"), "first big", () => act("stop")));
  }

  // The time until the next one --------------------------------------------------------------------------------------------

  /** Begins to count down to the other side or the next stretch; alone, nothing begins by itself. */
  count() {
    this.stopCount();
    const goesOn = !this.isOver && (this.first === "other_side" || this.first === "next");
    find(".soon", this.root).hidden = !goesOn;
    if (!goesOn) return;
    this.leftS = this.seconds;
    this.isBusy = false;
    this.clock = setInterval(() => this.tick(), SECOND_MS);
    this.showTime();
  }

  tick() {
    if (document.hidden || document.querySelector("dialog[open]")) return;
    if (document.body.dataset.view !== "summary") return this.stopCount();
    this.leftS -= 1;
    this.showTime();
    if (this.leftS <= 0) act("go");
  }

  showTime() {
    const seconds = String(Math.max(this.leftS, 0)).padStart(2, "0");
    say(find(".time", this.root), this.clock ? words("summary_soon", { seconds }) : words("summary_waiting"));
    say(find("#wait"), words(this.clock ? "summary_wait" : "summary_go_on"));
  }

  /** Waits while the person answers. */
  wait() {
    this.isBusy = true;
    if (this.clock) this.stopCount();
    this.showTime();
  }

  toggle() {
    if (this.clock) this.wait();
    else this.count();
  }

  stopCount() {
    clearInterval(this.clock);
    this.clock = null;
  }

  leave(then) {
    this.stopCount();
    this.isBusy = false;
    this.asker.leave();
    forgetResult();
    this.voice.hush();
    then();
  }

  // What the answers lead to -----------------------------------------------------------------------------------------------

  lead(lead, answer) {
    const { easier, feel, swap } = this.summary, { id } = this.movement;
    if (lead === "on") return this.memory.ease(id, null);
    find(".tip", this.root).hidden = true; // "the same again next time" is not so any more
    const parts = [];
    if (lead === "easier" || (lead === "swap" && !swap)) {
      this.memory.ease(id, answer);
      parts.push(make("p", "large", words("led_easier", { easier })), make("p", "soft", words(feel ? "led_because" : "led_said", { answer, feel })),
        button(words("led_try"), "quiet", () => act("again")));
    } else if (lead === "swap") {
      parts.push(make("p", "large", words("led_swap", { name: swap.name })), make("p", "soft", words("led_said", { answer })),
        button(words("led_swap_go", { name: swap.name }), "quiet", () => this.leave(() => this.on.next(swap.id))));
    } else if (lead === "stop") {
      parts.push(make("p", "large", words("stopped_rest")), make("p", "soft", words("led_said", { answer })));
      this.offerRest();
    }
    this.led.replaceChildren(...parts);
    this.led.hidden = false;
    this.voice.say({ id: `led_${lead}`, text: parts[0].textContent, kind: "coach" });
  }

  decided(decision) {
    if (decision?.locked) {
      this.offerRest();
      this.led.replaceChildren(make("p", "large", decision.text));
      this.led.hidden = false;
    }
    this.on.decided(decision);
    // a person who has gone on in the meantime is called back; help in an emergency stays
    if (decision?.locked && !["summary", "emergency"].includes(document.body.dataset.view)) this.on.done();
  }

  speak() {
    const { sentence, tip } = this.summary, { side } = this;
    const goesOn = this.isOver ? "" : side ? words("summary_say_side") : this.next ? words("summary_say_next", this.next) : "";
    this.voice.say({ id: "summary", text: [`${sentence}.`, tip?.text, goesOn].filter(Boolean).join(" "), kind: "coach" });
  }
}

/** Returns what to aim for and what happened: the person's own best second, else the example. */
function pair({ best, worst }, movement, isClip) {
  const example = movement.picture_url ? { picture: movement.picture_url, words: words("pair_example") } : null;
  const aim = worst ? best ?? example : example, happened = worst ?? best;
  if (!happened) return [];
  const isExample = aim === example, shownFacing = isClip ? happened.faces : { left: "right", right: "left" }[happened.faces];
  const isTurned = Boolean(movement.camera === "side" && movement.picture_faces && shownFacing && movement.picture_faces !== shownFacing);
  return [[aim, "pair_aim", "ok", isExample], [happened, "pair_happened", happened.state, false]].filter(([one]) => one)
    .map(([{ picture, words: text }, key, state, isOther]) => {
      const figure = make("figure", isOther ? (isTurned ? "example turned" : "example") : ""), image = make("img"), caption = make("figcaption"), title = make("strong");
      Object.assign(image, { src: picture, alt: words(`${key}_alt`) });
      title.append(chip(state), make("span", "", words(key)));
      caption.append(title, make("span", "soft", text));
      figure.append(image, caption);
      return figure;
    });
}

function verdict({ headline, why, state }) {
  const line = make("p"), head = make("strong", "", headline);
  line.append(chip(state, { spoken: true }), head, make("span", "", ` ${why}`));
  line.className = "verdict";
  return line;
}

function facts(summary, sides) {
  const rows = make("dl", "facts");
  const add = (name, value) => {
    const row = make("div");
    row.append(make("dt", "", name), make("dd", "", value));
    rows.append(row);
  };
  if (summary.held) {
    const { valid_s: valid, total_s: total, target_s: target } = summary.held;
    const held = words("summary_held_of", { valid: Math.round(valid), total: Math.round(total) });
    // nothing that could not be judged is called good
    add(words(summary.state === "cannot_tell" ? "summary_held_unjudged" : "summary_held"),
      target ? `${held}, ${words("summary_held_target", { target: Math.round(target) })}` : held);
  }
  if (summary.repetitions) add(words("summary_repetitions"), words("stage_one_of", summary.repetitions));
  for (const { side, valid_s: valid, repetitions } of sides)
    add(sentence(words("summary_side", { side: words(`stage_${side}`) })),
      words("summary_side_held", { valid: Math.round(valid), repetitions }));
  return rows;
}

function lists({ faults = [], unseen = [] }) {
  const isLight = faults.every(({ s: state }) => state === "info"); // the verdict says that nothing is to be corrected
  return [[faults.length && faultList(faults), isLight ? "summary_hints" : "summary_faults"], [unseen.length && list(unseen), "summary_unseen"]]
    .filter(([content]) => content).map(([content, key]) => {
      const part = make("section");
      part.append(make("h2", "", words(key)), content);
      return part;
    });
}

function faultList(faults) {
  const all = make("ul", "faults");
  all.append(...faults.map(({ name, cue, s: state, from, to, side }) => {
    const item = make("li"), what = make("p");
    const where = side ? `, ${words("summary_side", { side: words(`stage_${side}`) })}` : "";
    what.append(make("strong", "", sentence(name)), make("span", "soft", ` ${words("summary_when", { from, to })}${where}`));
    const said = make("div");
    said.append(what, make("p", "", cue));
    item.append(chip(state, { spoken: true }), said);
    return item;
  }));
  return all;
}

function recording({ url, words: text }) {
  const line = make("p", "recording");
  line.append(make("strong", "", `${words("summary_recording")}: `));
  if (url) {
    const link = make("a", "", text);
    link.href = url;
    line.append(link);
  } else line.append(text);
  return line;
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);
