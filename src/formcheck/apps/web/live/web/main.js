// The order of the page's views, from the first to the last.

import { Asker } from "./asker.js";
import { wakeSound } from "./beeps.js";
import { Answers, Emergency, careCards } from "./care.js";
import { find, make, say } from "./dom.js";
import { act } from "./gestures.js";
import { listen } from "./keys.js";
import { Live } from "./live.js";
import { Memory } from "./memory.js";
import { MyData } from "./my_data.js";
import * as page from "./page.js";
import { PainToday, sendKeptPain } from "./pain.js";
import { Phone } from "./phone.js";
import { doneOf, forgetSet, keptSet } from "./resume.js";
import { BeforeForm, Screening, askScreening, button, decisionParts } from "./screening.js";
import { Settings } from "./settings.js";
import { openSounds } from "./sounds.js";
import { Summary } from "./summary.js";
import { Teach } from "./teach.js";
import { Voice } from "./voice.js";
import { Welcome, decisionNote } from "./welcome.js";
import { fill, words } from "./words.js";

const NOTHING_DECIDED = { route: "go", locked: false, text: "", confirm: false, hidden: [], notes: [] };
const CALM = ["teach", "summary"];
const AT_WORK = ["setup", "countdown", "calibration", "practise"];

class Practise {
  constructor(config) {
    this.config = config;
    this.settings = new Settings(find("#settings"), { answers: () => this.toAnswers(), data: () => this.toData() });
    this.voice = new Voice(this.settings);
    this.memory = new Memory();
    this.doneParts = new Set(); // of the routine, since the page was opened
    this.welcome = new Welcome(find("#welcome"), config, this.memory, {
      choose: (id) => this.plan({ id }), routine: (routine) => this.plan({ routine }) });
    this.teach = new Teach(find("#teach"), this);
    this.screening = new Screening(new Asker(find("#screening")), {
      decided: () => this.decided(),
      emergency: (said) => this.toEmergency(said),
      leave: () => (this.isChanging ? this.toAnswers() : this.toWelcome()),
    });
    this.before = new Asker(find("#before"));
    this.painToday = new PainToday(new Asker(find("#howis")), { decided: () => this.saidHowItIs(), later: () => this.toWelcome() });
    this.answers = new Answers(find("#answers"), {
      change: (question) => this.changeAnswer(question),
      all: () => this.toScreening({ again: true, isChanging: true }),
      leave: () => this.toWelcome(),
    });
    this.emergency = new Emergency(find("#emergency"), find("#doctor"), {
      answers: () => this.toAnswers(),
      leave: () => this.toWelcome(),
    });
    this.data = new MyData(find("#data"), { leave: () => this.toWelcome(), changed: (code) => this.dataChanged(code) });
    this.phone = new Phone(find("#phone-dialog"), {
      here: (isHere) => this.live.phoneIsHere(isHere),
      chosen: () => this.cameraChosen(),
    });
    this.live = new Live(this, {
      summary: (...all) => this.summed(...all),
      leave: () => this.toWelcome(),
      refused: () => this.refused(),
      record: (what) => page.privacy(config, what),
    });
    this.summary = new Summary(find("#summary"), this, {
      again: () => this.beginSet(this.set),
      otherSide: (side) => this.otherSide(side),
      next: (id) => this.next(id),
      done: () => this.toWelcome(),
      decided: (one) => this.afterSet(one),
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
    await sendKeptPain();
    await this.refresh();
    this.choose(this.config.movement || this.memory.plan);
    if (this.screen.pain) return this.toPainToday();
    if (this.config.ask && this.screen.answers_needed) return this.toScreening();
    page.show("welcome");
    this.askToGoOn();
  }

  /** Asks the gate again: another tab may have changed what is offered. */
  async refresh() {
    this.screen = await askScreening();
    this.take(this.screen.decision);
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

  /** Puts a stretch into the card, or the routine if the id is not that of a stretch on offer. */
  choose(id) {
    const { routine } = this.welcome;
    this.routine = routine && !this.welcome.offered.has(id) && !this.config.movement ? routine : null;
    if (!this.routine) this.welcome.show((this.chosen = this.movement(id)));
    else this.continueRoutine();
  }

  /** Puts the routine into the card; it goes on after the parts that are done, or begins again when all are. */
  continueRoutine() {
    const { parts } = this.routine, first = parts.findIndex(({ movement }) => !this.doneParts.has(movement));
    if (first < 0) this.doneParts.clear();
    this.at = Math.max(first, 0);
    this.chosen = this.movement(parts[this.at].movement);
    this.welcome.showRoutine(this.routine, { done: this.doneParts, at: this.at });
  }

  /** Takes the person's own choice: it is remembered. */
  plan({ id = "", routine = null }) {
    this.config.movement = "";
    this.memory.choose({ plan: routine ? "" : id });
    this.choose(id);
    scrollTo({ top: 0 });
    find("#start").focus({ preventScroll: true });
  }

  /** The part of the routine that comes next, null at its end or without one. */
  get nextPart() {
    const part = this.routine?.parts.slice(this.at + 1).find(({ movement }) => this.welcome.offered.has(movement));
    return part ? this.movement(part.movement) : null;
  }

  /** Why a stretch comes now, and its place; empty outside of the routine. */
  inRoutine({ id }) {
    const part = this.routine?.parts[this.at];
    return part?.movement === id ? { why: part.why, place: { number: this.at + 1, of: this.routine.parts.length } } : {};
  }

  toWelcome() {
    this.live.end();
    forgetSet();
    page.show("welcome");
    this.choose(this.routine ? "" : this.chosen.id);
  }

  async start() {
    wakeSound();
    this.welcome.leave();
    if (await this.mustFirst()) return;
    if (this.decision.confirm) return this.toDecision(() => this.toBefore());
    this.toBefore();
  }

  /** Asks the gate again and leads to what must come first; returns whether something must. */
  async mustFirst() {
    await this.refresh();
    if (this.screen.pain) this.toPainToday();
    else if (this.decision.route === "emergency") this.toEmergency(this.screen.answers);
    else if (this.screen.answers_needed) this.toScreening();
    else if (this.decision.locked) this.toDecision(() => {});
    else return false;
    return true;
  }

  /** The coach refused: something has changed since this page was opened, perhaps in another tab. */
  async refused() {
    this.live.end();
    if (!(await this.mustFirst())) this.toDecision(() => this.toBefore());
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

  toScreening({ again = false, isChanging = false } = {}) {
    this.isChanging = isChanging;
    this.screening.show(this.screen, { again });
    page.show("screening");
  }

  changeAnswer(question) {
    this.isChanging = true;
    this.screening.change(question, this.screen);
    page.show("screening");
  }

  async toAnswers() {
    this.welcome.leave();
    await this.screening.saving.catch(() => {});
    await this.refresh();
    this.answers.show(this.screen);
    page.show("answers");
  }

  toData() {
    this.welcome.leave();
    this.data.show();
    page.show("data");
  }

  async dataChanged(code) {
    if (code === "browser") this.settings.forget();
    await this.refresh();
  }

  async decided() {
    await this.refresh();
    if (this.isChanging) return this.toAnswers();
    if (this.config.ask === "follow") return this.follow();
    const { route, text, notes } = this.decision;
    if (route !== "go" || text || notes.length) this.toDecision(() => this.toBefore());
    else this.toBefore();
  }

  /** Shows where to get help; the person's own answers are what to say there. */
  toEmergency(said) {
    const reported = this.screen.questions.filter(({ id, tell }) => tell && said[id]).map(({ tell }) => tell);
    this.emergency.show(reported, this.decision.route === "emergency" ? this.decision.text : words("emergency_text"));
    page.show("emergency");
  }

  toPainToday() {
    this.welcome.leave();
    const signs = this.screen.session_questions.find(({ id }) => id === "new_signs");
    const later = button(words("pain_later"), "", () => this.toWelcome());
    this.painToday.ask(this.screen.pain, signs.text, later);
    page.show("howis");
  }

  async saidHowItIs() {
    await this.refresh();
    this.chosen = this.movement(this.chosen.id);
    if (this.decision.route === "emergency") return this.toEmergency({});
    const goOn = () => (this.config.ask === "follow" ? this.follow() : this.toWelcome());
    if (this.screen.cards.some(({ code }) => code === "pain")) return this.toDecision(goOn);
    goOn();
  }

  /** Goes back to following along, which had sent the person here to answer first. */
  follow() {
    location.assign(`/library?movement=${this.config.movement || this.chosen.id}&practise=1`);
  }

  /** Shows the decision; goes on only if it allows that and the person agrees. */
  toDecision(goOn) {
    const root = find("#decision"), { route, locked } = this.decision;
    if (route === "emergency") return this.toEmergency(this.screen.answers);
    const gone = !locked && !this.welcome.offered.has(this.chosen.id);
    const parts = decisionParts({ text: this.decision.text });
    if (gone) parts.push(make("p", "", words("decision_elsewhere", { name: this.chosen.name })));
    if (this.screen.cards.length) parts.push(make("h2", "", words("decision_cards")), careCards(this.screen.cards));
    const pain = this.screen.cards.some(({ code }) => code === "pain") && route === "go";
    say(find("h1", root), words(pain ? "pain_gentler_title" : `decision_title_${route}`));
    find(".said", root).replaceChildren(...parts);
    const buttons = [button(words("screening_back"), locked || gone ? "first" : "", () => this.toWelcome()),
      button(words("decision_answers"), "quiet", () => this.toAnswers())];
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
    new BeforeForm(this.before, {
      skip: begin,
      leave: () => this.toWelcome(),
      decided: async (decision) => {
        this.take(decision);
        if (decision.route === "emergency") return this.toEmergency({});
        if (this.decision.locked || this.decision.confirm) this.toDecision(begin);
        else begin();
      },
    }).show(this.screen.session_questions);
    page.show("before");
  }

  // Practice ---------------------------------------------------------------------------------------------------------

  beginSet(set) {
    this.set = set;
    this.sides = [];
    this.teach.show(set.movement, this.inRoutine(set.movement), { go: () => this.live.begin(set), stop: () => this.toWelcome() });
  }

  summed(summary, set, hurts) {
    if (summary.ring?.done > 0) {
      this.memory.learn(set.movement.id);
      this.doneParts.add(set.movement.id);
    }
    this.summary.show(summary, {
      movement: set.movement, next: this.nextPart, place: this.inRoutine(set.movement).place, isClip: set.isClip, hurts, sideBefore: this.sides,
      notMedical: this.config.not_medical ?? "", questions: this.screen.session_questions ?? [],
    });
    this.set = set; // it may have begun with the camera and continued with the clip
    this.done = summary.sides ?? [];
    page.show("summary");
  }

  afterSet(decision) {
    this.take(decision);
    if (this.decision.route === "emergency") this.toEmergency({});
  }

  otherSide(side) {
    this.sides = this.done;
    this.set = { ...this.set, side };
    this.live.begin(this.set);
  }

  next(id) {
    const at = this.routine?.parts.findIndex(({ movement }, number) => number > this.at && movement === id) ?? -1;
    if (at > 0) this.at = at;
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

  /** The keys of the screens between two sets. */
  calmKeys() {
    const go = () => act("go"), stop = () => act("stop");
    return { Enter: go, " ": go, g: go, n: () => act("next"), a: () => act("again"), o: () => act("other_side"), Escape: stop };
  }

  keys() {
    const { view } = document.body.dataset, name = this.live.stage.name;
    if (CALM.includes(view)) return this.calmKeys();
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
const Page = config.test ? (await import("./test_flow.js")).testFlow(Practise) : Practise;
new Page(config).begin();
