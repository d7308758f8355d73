// The order of the page's views, from the first to the last.

import { wakeSound } from "./beeps.js";
import { find, make, say } from "./dom.js";
import { act } from "./gestures.js";
import { listen } from "./keys.js";
import { Live } from "./live.js";
import * as page from "./page.js";
import { Phone } from "./phone.js";
import { doneOf, forgetSet, keptSet } from "./resume.js";
import { Screening, ShortForm, askScreening, button, decisionParts } from "./screening.js";
import { Settings } from "./settings.js";
import { openSounds } from "./sounds.js";
import { Summary } from "./summary.js";
import { Voice } from "./voice.js";
import { Welcome, decisionNote } from "./welcome.js";
import { fill, words } from "./words.js";

const NOTHING_DECIDED = { route: "go", locked: false, text: "", confirm: false, hidden: [], notes: [], places: null };
const AT_WORK = ["setup", "countdown", "calibration", "practise"];

class Practise {
  constructor(config) {
    this.config = config;
    this.settings = new Settings(find("#settings"));
    this.voice = new Voice(this.settings);
    this.welcome = new Welcome(find("#welcome"), config, { choose: (id) => this.choose(id) });
    this.screening = new Screening(find("#screening"), { decided: (one) => this.decided(one), back: () => this.toWelcome() });
    this.phone = new Phone(find("#phone-dialog"), {
      here: (isHere) => this.live.phoneIsHere(isHere),
      chosen: () => this.cameraChosen(),
    });
    this.live = new Live(this, {
      summary: (...all) => this.summed(...all),
      leave: () => this.toWelcome(),
      record: (what) => page.privacy(config, what),
    });
    this.summary = new Summary(find("#summary"), {
      again: () => this.live.begin(this.set),
      otherSide: (side) => this.otherSide(side),
      next: (id) => this.next(id),
      done: () => this.toWelcome(),
      decided: (one) => this.take(one),
    });
    this.bind();
  }

  bind() {
    find("#start").addEventListener("click", () => this.start());
    find("#phone").addEventListener("click", () => this.phone.open());
    this.cameraChosen();
    find("#sample").addEventListener("click", () => this.startClip());
    find("#stop").addEventListener("click", () => this.live.stop("pause"));
    find("#pain").addEventListener("click", () => this.live.stop("pain"));
    for (const name of ["go", "skip", "calibrate"]) find(`#${name}`).addEventListener("click", () => this.live.command(name));
    find("#mute").addEventListener("click", () => this.mute());
    find("#degrees").addEventListener("click", () => this.live.stage.showDegrees());
    find("#sounds-open").addEventListener("click", () => openSounds(this.voice));
    for (const opener of document.querySelectorAll("[data-opens=settings]"))
      opener.addEventListener("click", () => this.settings.open(this.voice));
    this.settings.listeners.push(() => this.soundChanged());
    this.soundChanged();
    listen(() => this.keys());
    addEventListener("pagehide", () => this.live.end());
  }

  async begin() {
    page.privacy(this.config, "none");
    page.title();
    this.screen = await askScreening();
    this.take(this.screen.decision);
    this.choose(this.config.movement);
    page.show("welcome");
    this.askToGoOn();
  }

  /** After a reload or a closed tab: asks whether the set that ran goes on; everything of it is kept. */
  askToGoOn() {
    const kept = keptSet(), movement = this.config.movements.find(({ id }) => id === kept?.movement);
    if (!kept || !movement || this.decision.locked || this.screen.answers_needed || !this.welcome.offered.has(movement.id)) return;
    const root = find("#message"), name = movement.name;
    say(find("h1", root), words("resume_title"));
    find(".said", root).replaceChildren(make("p", "large", words("resume_text", { name, done: doneOf(kept), of: kept.of })));
    find(".buttons", root).replaceChildren(
      button(words("resume_yes"), "first", () => this.goOnWith(kept, movement)),
      button(words("resume_no"), "", () => {
        forgetSet();
        this.toWelcome();
      }));
    page.show("message", "resume");
  }

  goOnWith(kept, movement) {
    wakeSound();
    this.welcome.leave();
    this.choose(movement.id);
    this.set = { movement, side: kept.side, isClip: false };
    this.sides = [];
    this.live.begin(this.set, { session: kept.session, carried: kept.carried });
  }

  // Welcome ----------------------------------------------------------------------------------------------------------

  /** Takes in the decision about the answers; updates the list of movements. */
  take(decision) {
    this.decision = decision ?? NOTHING_DECIDED;
    this.welcome.offer(this.decision);
    const note = find("#welcome .decision"), parts = decisionNote(this.decision);
    note.hidden = !parts.length;
    note.replaceChildren(...parts);
  }

  movement(id) {
    const allowed = this.config.movements.filter((one) => this.welcome.offered.has(one.id));
    return allowed.find((one) => one.id === id) ?? allowed[0] ?? this.config.movements[0];
  }

  choose(id) {
    this.chosen = this.movement(id);
    this.welcome.show(this.chosen);
  }

  toWelcome() {
    this.live.end();
    forgetSet();
    page.show("welcome");
    this.choose(this.chosen.id);
  }

  start() {
    wakeSound();
    this.welcome.leave();
    if (this.screen.answers_needed) return this.toScreening();
    if (this.decision.locked || this.decision.confirm) return this.toDecision(() => this.toBefore());
    this.toBefore();
  }

  /** Names the camera that a set will use. */
  cameraChosen() {
    const { isChosen } = this.phone;
    this.live.cameraOff();
    say(find("#phone"), words(isChosen ? "welcome_phone_chosen" : "welcome_phone"));
    say(find("#start"), words(isChosen ? "welcome_start_phone" : "welcome_start"));
  }

  startClip() {
    wakeSound();
    this.welcome.leave();
    this.beginSet({ movement: this.chosen, side: null, isClip: true });
  }

  // Questions --------------------------------------------------------------------------------------------------------

  toScreening() {
    this.screening.show(this.screen);
    page.show("screening");
  }

  decided(decision) {
    this.screen.answers_needed = false;
    this.take(decision);
    if (this.decision.route !== "go" || this.decision.text || this.decision.notes.length) this.toDecision(() => this.toBefore());
    else this.toBefore();
  }

  /** Shows the decision; goes on only if it allows that and the person agrees. */
  toDecision(goOn) {
    const root = find("#decision"), { route, locked } = this.decision;
    const gone = !locked && !this.welcome.offered.has(this.chosen.id);
    const parts = decisionParts(this.decision);
    if (gone) parts.push(make("p", "", words("decision_elsewhere", { name: this.chosen.name })));
    say(find("h1", root), words(`decision_title_${route}`));
    find(".said", root).replaceChildren(...parts);
    const buttons = [button(words("screening_back"), locked || gone ? "first" : "", () => this.toWelcome()),
      button(words("decision_answers"), "quiet", () => this.toScreening())];
    if (!locked && !gone) buttons.unshift(button(words(route === "go" ? "screening_go" : "decision_confirm"), "first", goOn));
    find(".buttons", root).replaceChildren(...buttons);
    page.show("decision");
  }

  /** Asks before an advanced movement: it needs the advice of a therapist. */
  toAdvanced() {
    const root = find("#decision"), yes = () => this.toBefore({ confirmed: true });
    say(find("h1", root), words("advanced_title"));
    find(".said", root).replaceChildren(make("p", "large", words("advanced_text", { name: this.chosen.name })));
    find(".buttons", root).replaceChildren(button(words("advanced_no"), "first", () => this.toWelcome()),
      button(words("advanced_yes"), "", yes));
    page.show("decision");
  }

  toBefore({ confirmed = false } = {}) {
    if (this.decision.locked) return this.toDecision(() => {});
    if (!this.welcome.offered.has(this.chosen.id)) return this.toDecision(() => {});
    if (this.chosen.advanced && !confirmed) return this.toAdvanced();
    const begin = () => this.beginSet({ movement: this.chosen, side: null, isClip: false });
    if (!this.screen.session_questions?.length) return begin();
    new ShortForm(find("#before form"), "before", this.screen.session_questions, {
      skip: begin,
      decided: (decision) => {
        this.take(decision);
        if (this.decision.locked || this.decision.confirm) this.toDecision(begin);
        else begin();
      },
    });
    page.show("before");
  }

  // Practice ---------------------------------------------------------------------------------------------------------

  beginSet(set) {
    this.set = set;
    this.sides = [];
    this.live.begin(set);
  }

  summed(summary, set, hurts) {
    const next = summary.next && this.welcome.offered.has(summary.next.id) ? summary.next : null;
    this.summary.show(summary, {
      name: set.movement.name, next, hurts, sideBefore: this.sides, notMedical: this.config.not_medical ?? "",
      questions: set.isClip ? [] : this.screen.session_questions ?? [],
    });
    this.set = set; // it may have begun with the camera and continued with the clip
    this.done = summary.sides ?? [];
    page.show("summary");
  }

  otherSide(side) {
    this.sides = this.done;
    this.set = { ...this.set, side };
    this.live.begin(this.set);
  }

  next(id) {
    this.chosen = this.movement(id);
    const isClip = this.set.isClip && Boolean(this.chosen.sample_url);
    if (this.set.isClip && !isClip) return this.toWelcome();
    this.beginSet({ movement: this.chosen, side: null, isClip });
  }

  // Sound and keys ---------------------------------------------------------------------------------------------------

  mute() {
    this.settings.change({ sound: !this.settings.sound });
    if (!this.settings.sound) this.voice.hush();
  }

  soundChanged() {
    this.voice.onVoices ??= () => this.live?.session && this.voice.isMissing().then((is) => (find("#voiceless").hidden = !is));
    say(find("#mute span"), words(this.settings.sound ? "stage_mute" : "stage_unmute"));
  }

  keys() {
    const { view } = document.body.dataset, name = this.live.stage.name;
    if (view === "summary") return { n: () => act("next"), a: () => act("again"), o: () => act("other_side") };
    if (view === "stopped") return { g: () => act("go") };
    if (view !== "stage" || !AT_WORK.includes(name)) return {};
    const stop = () => this.live.stop("pause"), go = () => name === "setup" && this.live.command("go");
    return { " ": stop, Escape: stop, Enter: go, g: go, s: () => name !== "practise" && this.live.command("skip"),
      c: () => name !== "practise" && this.live.command("calibrate"), m: () => this.mute(),
      d: () => name === "practise" && this.live.stage.showDegrees(), p: () => this.live.stop("pain") };
  }
}

const config = JSON.parse(find("#config").textContent);
fill(document);
new Practise(config).begin();
