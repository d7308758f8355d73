// The order of the page's views, from the first to the last.

import { AboutMe, Lines } from "./person/about_me.js";
import { Asker } from "./person/asker.js";
import { wakeSound } from "./voice/beeps.js";
import { Answers, Emergency, careCards } from "./person/care.js";
import { Desk } from "./desk.js";
import { find, make, say } from "./dom.js";
import { act } from "./gestures.js";
import { listen } from "./keys.js";
import { Live } from "./practice/live.js";
import { Memory } from "./memory.js";
import { MyData } from "./person/my_data.js";
import { OWN_PLAN, OwnPlan } from "./person/own_plan.js";
import * as page from "./page.js";
import { PainToday, reportPain, sendKeptPain } from "./practice/pain.js";
import { People } from "./person/people.js";
import { Phone } from "./camera/phone.js";
import { Player, endParts, sessionLines } from "./practice/player.js";
import { Reminders } from "./person/reminders.js";
import { doneOf, forgetSet, isLoadedAgain, keepResult, keptResult, keptSet } from "./practice/resume.js";
import { Routine, askRoutines, forgetRoutine, keptRoutine } from "./practice/routine.js";
import { BeforeForm, Screening, askScreening, button, decisionParts } from "./person/screening.js";
import { Settings } from "./settings.js";
import { openSounds } from "./voice/sounds.js";
import { Summary } from "./practice/summary.js";
import { Teach } from "./practice/teach.js";
import { Voice } from "./voice/voice.js";
import { Welcome, decisionNote } from "./welcome.js";
import { fill, words } from "./words.js";

const NOTHING_DECIDED = { route: "go", locked: false, text: "", confirm: false, hidden: [], notes: [] };
const CALM = ["teach", "summary"];
const PAIN_STAYS = new Set(["same", "worse"]);
const AT_WORK = ["setup", "countdown", "calibration", "practise"];

class Practise {
  constructor(config) {
    this.config = config;
    this.settings = new Settings(find("#settings"), { answers: () => this.toAnswers(), data: () => this.toData(),
      about: () => this.toAbout(), reminders: () => this.toReminders(), plan: () => this.toPlan(), people: () => this.toPeople() });
    this.voice = new Voice(this.settings);
    this.memory = new Memory();
    this.plans = [];
    this.asked = this.answered = this.planned = 0; // what was asked of the server, by number, and the newest answers
    this.welcome = new Welcome(find("#welcome"), config, this.memory, {
      choose: (id) => this.plan({ id }), routine: (plan) => this.plan({ routine: plan.id }), fit: () => this.fit() });
    this.teach = new Teach(find("#teach"), this);
    this.player = new Player(find("#step"), this, {
      set: (set) => this.runSet(set),
      movement: (id) => this.welcome.find(id),
      watch: (seconds) => this.live.linger(seconds),
      done: (routine) => this.routineDone(routine),
      hurts: (reported) => this.routineHurts(reported),
      leave: () => this.toWelcome(),
    });
    this.screening = new Screening(new Asker(find("#screening")), {
      decided: () => this.decided(),
      emergency: (said) => this.toEmergency(said),
      unfinished: () => this.refresh().then(() => this.toScreening()),
      leave: () => (this.isChanging ? this.toAnswers() : this.toWelcome()),
    });
    this.before = new Asker(find("#before"));
    this.painToday = new PainToday(new Asker(find("#howis")), { decided: () => this.saidHowItIs(), later: () => this.toWelcome() });
    this.painNow = new PainToday(this.painToday.asker, { decided: (today) => this.saidHowItIsNow(today), later: () => this.endHurt() });
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
    this.about = new AboutMe(find("#about"), { leave: () => this.toWelcome(), changed: () => this.refresh().then(() => this.toWelcome()) });
    this.reminders = new Reminders(find("#reminders"), { leave: () => this.refresh().then(() => this.toWelcome()) });
    this.ownPlan = new OwnPlan(find("#own-plan"), { leave: (isOther) => (isOther ? location.assign("/practise") : this.toWelcome()), changed: () => this.planChanged() });
    this.desk = new Desk(find("#desk"), this, { leave: () => this.toWelcome() });
    this.lines = new Lines(find("#lines"), { about: () => this.toAbout(), changed: () => this.refresh({ keepsLines: true }) });
    this.people = new People(find("#people"), find("#who"), {
      open: () => this.toPeople(), leave: () => this.toWelcome(), changed: () => location.assign("/practise") });
    this.phone = new Phone(find("#phone-dialog"), {
      here: (isHere) => this.live.phoneIsHere(isHere),
      chosen: () => this.cameraChosen(),
    });
    this.live = new Live(this, {
      summary: (...all) => this.summed(...all),
      leave: () => this.toWelcome(),
      change: (how) => this.player.change(how),
      hurts: (reported) => this.routineHurts(reported),
      refused: () => this.refused(),
      record: (what) => page.privacy(config, what),
    });
    this.summary = new Summary(find("#summary"), this, {
      again: () => this.again(),
      otherSide: (side) => this.otherSide(side),
      next: (id) => this.next(id),
      done: () => this.setDone(),
      decided: (one) => this.afterSet(one),
    });
    this.bind();
  }

  bind() {
    find("#start").addEventListener("click", () => this.start());
    find("#phone").addEventListener("click", () => this.phone.open());
    this.phone.restore();
    this.cameraChosen();
    find("#desk-open").addEventListener("click", () => this.toDesk());
    find("#follow").addEventListener("click", (event) => {
      if (!this.today) return; // a stretch alone is followed on its own page
      event.preventDefault();
      this.start({ hasCamera: false });
    });
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
    if (await this.people.refresh()) return this.toPeople();
    await sendKeptPain();
    await this.refresh();
    this.choose(this.config.movement || this.memory.plan);
    if (this.screen.pain) return this.toPainToday();
    if (this.config.ask && this.screen.answers_needed) return this.toScreening();
    page.show("welcome");
    this.askToGoOn();
  }

  /** Asks the gate again: another tab may have changed what is offered. */
  async refresh({ keepsLines = false } = {}) {
    const routines = this.loadRoutines(), number = (this.asked += 1), screen = await askScreening();
    if (number > this.answered) Object.assign(this, { screen, answered: number }); // an old answer may come after a newer one
    if (this.memory.suggest(this.screen.easier)) await routines.then(() => this.loadRoutines());
    if (!keepsLines) this.showLines();
    this.welcome.forYou = this.screen.for_you?.movements ?? [];
    this.welcome.plan = this.screen.plan;
    this.take(this.screen.decision);
    await routines;
  }

  showLines() {
    const easier = this.memory.follows(this.screen.easier) ? this.screen.easier : null;
    this.lines.show({ ...this.screen, easier }, this.people.trouble);
  }

  /** Asks for today's plans: what is offered may have changed, and so may the minutes. */
  async loadRoutines() {
    const { minutes, isCalm: calm, isLess: less } = this.memory, number = (this.asked += 1);
    try {
      const { routines, refused, suits } = await askRoutines({ minutes, calm, less });
      if (number < this.planned) return; // the person has chosen otherwise since
      this.planned = number;
      const first = ({ id }) => id === suits; // what suits the person's answers comes first
      Object.assign(this, { plans: [...routines.filter(first), ...routines.filter((one) => !first(one))], refusedFiles: refused });
    } catch {
      page.banner(words("today_routines_failed"));
    }
    if (this.today) this.today = this.plans.find(({ id }) => id === this.today.id) ?? this.plans[0] ?? null;
    this.welcome.showRoutines(this.plans, this.refusedFiles ?? []);
  }

  /** After a reload or a closed tab: asks whether the set that ran goes on; everything of it is kept. */
  askToGoOn() {
    if (this.decision.locked || this.screen.answers_needed) return;
    const result = keptResult();
    if (result && !result.at && isLoadedAgain() && this.isWanted(result.set.movement)) return this.toResult(result);
    const routine = keptRoutine(), kept = keptSet(), movement = this.config.movements.find(({ id }) => id === kept?.movement);
    if (routine && !routine.isLeft && !this.config.movement && this.plans.some(({ id }) => id === routine.id))
      return this.askResume({ name: routine.name, done: routine.done.length, of: routine.of }, () => this.goOnWithRoutine(routine, kept));
    if (kept && movement && this.welcome.offered.has(movement.id))
      this.askResume({ name: movement.name, done: doneOf(kept), of: kept.of }, () => this.goOnWith(kept, movement));
  }

  /** Whether the page was not opened for another stretch. */
  isWanted(id) {
    return this.welcome.offered.has(id) && (!this.config.movement || this.config.movement === id);
  }

  askResume(what, goOn) {
    this.welcome.leave();
    const root = find("#message");
    say(find("h1", root), words("resume_title"));
    find(".said", root).replaceChildren(make("p", "large", words("resume_text", what)));
    find(".buttons", root).replaceChildren(button(words("resume_yes"), "first", goOn), button(words("resume_no"), "", () => {
      forgetSet();
      forgetRoutine();
      this.toWelcome();
    }));
    page.show("message", "resume");
  }

  /** Goes on at the step that a reload interrupted, in the middle of its set if there was one. */
  async goOnWithRoutine(kept, keptOne) {
    wakeSound();
    this.welcome.leave();
    const { routines: [plan] } = await askRoutines(kept).catch(() => ({ routines: [] }));
    if (!plan) return this.toWelcome();
    this.memory.choose({ plan: "", routine: plan.id });
    this.choose("");
    this.welcome.leave();
    const routine = new Routine(plan, kept), result = keptResult(), isAfterSet = Boolean(result?.at) && result.at === routine.step.id;
    this.player.begin(routine, keptOne, { isAfterSet });
    if (isAfterSet) this.toResult(result);
  }

  /** Shows the result of a set again, with the questions that are left. */
  toResult({ summary, set, card, sideBefore, asked }) {
    const movement = { ...this.welcome.find(set.movement), ...card };
    if (!this.player.isRunning) this.choose(movement.id);
    this.welcome.leave();
    this.sides = sideBefore;
    this.showResult(summary, { ...set, movement }, { asked: asked ?? {} });
  }

  goOnWith(kept, movement) {
    wakeSound();
    this.choose(movement.id);
    this.welcome.leave(); // the card of the first page may have begun its clip
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
    const isStretch = this.welcome.offered.has(id) || Boolean(this.config.test) || !this.plans.length;
    this.today = isStretch ? null : this.plans.find((one) => one.id === this.memory.routine) ?? this.plans[0];
    if (!this.today) return this.welcome.show((this.chosen = this.movement(id)), this.plans.find((one) => one.id === this.memory.routine) ?? this.plans[0]);
    this.chosen = this.movement(this.today.parts.find(({ movement }) => movement).movement);
    this.welcome.showRoutine(this.today, { done: this.keptOfToday?.done ?? [] });
  }

  /** What is kept of the routine in the card, null if it begins from the start. */
  get keptOfToday() {
    const kept = keptRoutine();
    const isUsable = kept?.id === this.today?.id && this.today.parts.some(({ index }) => !kept.done.includes(index));
    return isUsable ? kept : null;
  }

  /** Takes the person's own choice: it is remembered. */
  plan({ id = "", routine = this.memory.routine }) {
    this.config.movement = "";
    this.memory.choose({ plan: id, routine });
    this.choose(id);
    scrollTo({ top: 0 });
    find("#start").focus({ preventScroll: true });
  }

  /** The minutes or the way were changed. */
  async fit() {
    await this.loadRoutines();
    this.showLines();
    if (this.today) this.choose("");
  }

  toWelcome() {
    this.player.stop();
    this.live.end();
    forgetSet();
    page.show("welcome");
    this.choose(this.today ? "" : this.chosen.id);
  }

  async start({ hasCamera = true } = {}) {
    wakeSound();
    this.welcome.leave();
    this.hasCamera = hasCamera;
    await this.refresh();
    if (document.body.dataset.view !== "welcome") return; // pressed twice, or the person went on meanwhile
    if (this.leadToFirst()) return;
    if (hasCamera && this.phone.isChosen && !(await this.phone.isReady())) return this.phone.open();
    if (this.decision.confirm) return this.toDecision(() => this.toBefore());
    this.toBefore();
  }

  /** Asks the gate again, and leads to what must come first; returns whether something must. */
  async mustFirst() {
    await this.refresh();
    return this.leadToFirst();
  }

  /** Leads to what must come first; returns whether something must. */
  leadToFirst() {
    if (this.screen.pain) this.toPainToday();
    else if (this.decision.route === "emergency") this.toEmergency(this.screen.answers);
    else if (this.screen.answers_needed) this.toScreening();
    else if (this.decision.locked) this.toDecision(() => {});
    else return false;
    return true;
  }

  /** The coach refused: something has changed since this page was opened, perhaps in another tab. */
  async refused() {
    this.player.stop();
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
    if (this.today) this.beginRoutine({ isClip: true });
    else this.beginSet({ movement: this.chosen, side: null, isClip: true });
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

  async toAbout() {
    this.welcome.leave();
    await this.refresh();
    this.about.show(this.screen);
    page.show("about");
  }

  async toReminders() {
    this.welcome.leave();
    await this.refresh();
    this.reminders.show(this.screen);
    page.show("reminders");
  }

  async toPlan() {
    this.welcome.leave();
    await this.refresh();
    this.ownPlan.show(this.screen, this.ownParts);
    page.show("own-plan");
  }

  /** Another plan: it is what Today shows from now on. */
  async planChanged() {
    await this.refresh();
    this.memory.choose({ plan: "", routine: this.plans[0]?.id ?? "" });
    return [this.screen, this.ownParts];
  }

  /** What Today makes of a therapist's plan. */
  get ownParts() {
    return this.plans.find(({ id }) => id === OWN_PLAN)?.parts ?? [];
  }

  toDesk() {
    wakeSound();
    this.welcome.leave();
    this.desk.show();
    page.show("desk");
  }

  async toPeople() {
    this.welcome.leave();
    await this.people.show();
    page.show("people");
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
    const goOn = () => {
      if (this.config.ask === "follow") return this.follow();
      this.toWelcome();
      this.askToGoOn(); // a reload may have come while it hurt
    };
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
    const begin = () => (this.today ? this.beginRoutine() : this.beginSet({ movement: this.chosen, side: null, isClip: false }));
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
    }).show(this.screen.session_questions, this.screen.body);
    page.show("before");
  }

  // Practice ---------------------------------------------------------------------------------------------------------

  beginSet(set) {
    set = this.lessen(set);
    this.set = set;
    this.sides = [];
    this.teach.show(set.movement, {}, { go: () => this.live.begin(set), stop: () => this.toWelcome() });
  }

  /** Returns a single set with a little less to do, if the person wants that today. */
  lessen(set) {
    const { movement, isClip } = set;
    if (!this.memory.isLess || isClip || set.dose || !movement.less) return set;
    return { ...set, dose: movement.less, movement: { ...movement, repetitions: movement.less.repetitions }, way: "less" };
  }

  /** Begins the routine in the card, or goes on after the parts of it that are done. */
  async beginRoutine({ hasCamera = this.hasCamera, isClip = false } = {}) {
    const { minutes, isCalm: calm, isLess: less } = this.memory, { done = [], without = [], harder = [] } = this.keptOfToday ?? {};
    const state = { minutes, calm, less, hasCamera: isClip || hasCamera, without, harder };
    const isAsItStands = state.hasCamera && !without.length && !harder.length;
    const plan = isAsItStands ? this.today : (await askRoutines({ ...state, id: this.today.id })).routines[0] ?? this.today;
    const routine = new Routine(plan, { ...state, isClip, done: [...done] });
    routine.goOn();
    this.player.begin(routine);
  }

  /** Runs a set of the routine. */
  runSet(set) {
    this.set = set;
    this.sides = [];
    this.live.begin(set, set.kept ?? null);
  }

  async routineDone(routine) {
    this.live.end();
    forgetSet();
    const { nextRound } = routine;
    const again = nextRound && button(words("routine_again"), "", () => this.beginRound(routine.plan.id, nextRound));
    this.routineMessage(words("routine_done_title"), [...endParts(routine), make("p", "", words("done_see_you"))], again ? [again] : []);
    const lines = await sessionLines(routine);
    if (document.body.dataset.view === "message") find("#message .said").append(...lines); // else the person went on
  }

  /** The same stretches once more; the body is warm. */
  async beginRound(id, choices) {
    wakeSound();
    const { routines: [plan] } = await askRoutines({ ...choices, id }).catch(() => ({ routines: [] }));
    if (plan) this.player.begin(new Routine(plan, choices));
    else this.toWelcome();
  }

  /** Pain in a routine: that movement is over at once. After a moment of rest it is asked how it is. */
  async routineHurts(reported) {
    this.live.restView();
    await reported;
    await this.refresh().catch(() => {}); // a server that is away: then it ends here
    if (!this.player.isRunning || !this.screen.pain) return this.endHurt();
    const signs = this.screen.session_questions.find(({ id }) => id === "new_signs");
    this.painNow.ask(this.screen.pain, signs.text, button(words("step_end"), "", () => this.endHurt()), { isNow: true });
    page.show("howis", "pain_now");
    this.voice.say({ id: "pain", text: `${words("stopped_title")} ${words("pain_now")}`, kind: "coach" });
  }

  /** New signs, or pain that stays, end the session; what has eased may go on, gently. */
  async saidHowItIsNow(today) {
    await this.refresh();
    if (this.decision.route === "emergency") {
      this.leaveRoutine();
      return this.toEmergency({});
    }
    if (PAIN_STAYS.has(today) || this.decision.locked) return this.endHurt({ isStrong: true });
    if (today === "mistake") return this.player.enter();
    const next = await this.player.ease().catch(() => null);
    if (!next) return this.endHurt();
    this.routineMessage(words("pain_offer_title"), [make("p", "large", words("pain_offer_text"))],
      [button(words("pain_go_gently", { name: next.name }), "", () => this.player.enter())], { end: () => this.endHurt(), state: "pain_offer" });
  }

  /** Pain in a lesson or after a set: it is remembered, and nothing goes on by itself. */
  async hurtsBetween() {
    const { movement, isClip } = this.set ?? {};
    if (!movement || isClip) return;
    this.teach.hold();
    const reported = reportPain(movement.id);
    if (this.player.isRunning) return this.routineHurts(reported);
    this.leaveRoutine();
    this.routineMessage(words("stopped_rest_title"), [make("p", "large", words("stopped_rest"))], [], { state: "pain_end" });
    this.voice.say({ id: "pain", text: words("stopped_rest"), kind: "coach" });
    await reported;
    await this.refresh().catch(() => {}); // a server that is away: the next visit asks
  }

  endHurt({ isStrong = false } = {}) {
    this.leaveRoutine();
    const advice = isStrong ? [make("p", "large", words("pain_ends")), make("p", "", words("stopped_rest"))] : [make("p", "large", words("stopped_rest"))];
    this.routineMessage(words("stopped_rest_title"), [...advice, make("p", "", words("routine_stopped"))], [], { state: "pain_end" });
  }

  leaveRoutine() {
    this.player.stop();
    this.live.end();
    forgetSet();
  }

  /** @param end what the first button does: it ends the routine, or leads back to Today from its end. */
  routineMessage(title, parts, more = [], { end = null, state = "routine" } = {}) {
    const root = find("#message");
    say(find("h1", root), title);
    find(".said", root).replaceChildren(...parts);
    find(".buttons", root).replaceChildren(button(words(end ? "step_end" : "teach_back"), "first", end ?? (() => this.toWelcome())), ...more);
    page.show("message", state);
  }

  summed(summary, set, hurts) {
    if (summary.ring?.done > 0) this.memory.learn(set.movement.id);
    if (hurts) this.player.stop();
    else if (!set.isClip) {
      const { id: movement, repetitions, breath_s: breath } = set.movement, at = this.player.isRunning ? this.player.routine.step.id : "";
      keepResult({ summary, set: { ...set, movement, kept: null }, card: { repetitions, breath_s: breath }, sideBefore: this.sides, at });
    }
    this.showResult(summary, set, { hurts });
  }

  showResult(summary, set, { hurts = false, asked = null }) {
    const inRoutine = this.player.isRunning ? { ...this.player.afterSet(summary), way: this.player.routine.way } : { way: set.way };
    this.summary.show(summary, {
      movement: set.movement, ...inRoutine, isClip: set.isClip, hurts, asked, sideBefore: this.sides,
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

  again() {
    if (this.player.isRunning && this.set.isInRoutine) this.runSet({ ...this.set, kept: null });
    else this.beginSet(this.set);
  }

  otherSide(side) {
    const before = this.done;
    if (this.player.isRunning) this.player.passed(side);
    else {
      this.set = { ...this.set, side };
      this.live.begin(this.set);
    }
    this.sides = before;
  }

  /** Goes on: to the next part of the routine, or to a milder stretch that an answer led to. */
  next(id) {
    const isNext = this.player.isRunning && this.player.routine.nextPart?.movement === (id || null);
    if (isNext) return this.player.passed();
    const movement = this.movement(id);
    if (!this.player.isRunning) this.chosen = movement;
    const isClip = this.set.isClip && Boolean(movement.sample_url);
    if (this.set.isClip && !isClip) return this.toWelcome();
    this.beginSet({ movement, side: null, isClip });
  }

  /** The result was seen, and nothing more follows: the end of the routine, or of what the person wants of it. */
  setDone() {
    const { ring, sentence } = this.summary.summary ?? {}, { isClip, movement } = this.set;
    if (this.player.isRunning && !this.player.routine.nextPart) this.player.passed();
    else if (this.player.isRunning || isClip || this.summary.isOver || !ring?.done) this.toWelcome();
    else this.toEnd(`${movement.name}: ${sentence}.`);
  }

  /** The end of a stretch that was done alone. */
  toEnd(text) {
    this.live.end();
    forgetSet();
    this.routineMessage(words("routine_done_title"), [make("p", "large", text), make("p", "", words("done_see_you"))], [], { state: "done" });
    this.voice.say({ id: "done", text: `${words("routine_done_title")}. ${words("done_see_you")}`, kind: "coach" });
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
    return { Enter: go, " ": go, g: go, n: () => act("next"), a: () => act("again"), o: () => act("other_side"), Escape: stop,
      m: () => this.mute(), p: () => this.hurtsBetween() };
  }

  keys() {
    const { view } = document.body.dataset, name = this.live.stage.name;
    if (CALM.includes(view)) return this.calmKeys();
    if (view === "step") {
      const does = (what) => () => act(what), wait = does("no"), go = does("go");
      return { Enter: go, g: go, " ": wait, Escape: wait, n: does("not_today"), e: () => !find("#step-harder").hidden && act("too_easy"),
        m: () => this.mute(), p: does("pain") };
    }
    if (view === "stopped") return { g: () => act("go"), p: () => this.live.hurtsInBreak() };
    if (view !== "stage" || !AT_WORK.includes(name)) return {};
    const stop = () => this.live.stop("pause"), go = () => name === "setup" && this.live.command("go");
    return { " ": stop, Escape: stop, Enter: go, g: go, s: () => name !== "practise" && this.live.command("skip"),
      c: () => name !== "practise" && this.live.command("calibrate"), m: () => this.mute(),
      d: () => name === "practise" && this.live.stage.showDegrees(), p: () => this.live.stop("pain") };
  }
}

const config = JSON.parse(find("#config").textContent);
fill(document);
const Page = config.test ? (await import("./practice/test_flow.js")).testFlow(Practise) : Practise;
new Page(config).begin();
