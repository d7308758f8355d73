// One set from the camera to the summary: it may be stopped, interrupted and continued, and keeps all that was done.

import { closeCamera, openCamera, problemWords } from "../camera/camera.js";
import { find, make, say } from "../dom.js";
import { gestured } from "../gestures.js";
import { log } from "../log.js";
import * as page from "../page.js";
import { reportPain } from "./pain.js";
import { forgetSet, keepSet } from "./resume.js";
import { button } from "../person/screening.js";
import { SelfView } from "../camera/self_view.js";
import { Session } from "./session.js";
import { Stage } from "../stage/stage.js";
import { words } from "../words.js";

const CAMERA_STAYS_MS = 120_000; // on the summary, so that "Again" needs no second permission
const HANDS_EVERY_MS = 150;
const OVER_MS = 1500;
const NOTE_MS = 10_000;

export class Live {
  /** @param on called with: summary(summary, set, hurts), leave(), change(how), hurts(reported), refused(), record(what is being recorded). */
  constructor({ settings, voice, phone }, on) {
    this.settings = settings;
    this.phone = phone;
    this.voice = voice;
    this.selfView = new SelfView();
    this.on = on;
    this.stage = new Stage(find("#stage"), { stage: (name) => this.entered(name) });
    this.stage.screen.onEnd = () => this.clipEnded();
    this.stage.screen.onFail = () => this.interrupted("clip");
    document.addEventListener("visibilitychange", () => this.seenAgain());
    document.addEventListener("formcheck:act", ({ detail }) => this.act(detail));
    voice.onSay = (one) => this.stage.heard(one);
  }

  /** Does what a hand, a key or a button asks for, where it has a meaning. */
  act(detail) {
    const { view } = document.body.dataset;
    if (view === "stage" && detail === "stop" && this.stage.name === "practise") this.stop("pause");
    else if (view === "stage" && detail === "go" && this.stage.name === "setup") this.command("go");
    else if (view === "stopped" && this.paused === "pause" && !this.finishing) {
      if (detail === "go") this.goOn();
      else if (detail === "stop") this.finish();
    }
  }

  // Beginning --------------------------------------------------------------------------------------------------------

  /** Begins a set: {movement, side, isClip}; `kept` is one that a reload interrupted. */
  async begin(set, kept = null) {
    this.end({ keepCamera: !set.isClip });
    this.set = set;
    if (set.isClip || (await this.cameraOn())) this.connect(kept);
  }

  async cameraOn() {
    clearTimeout(this.cameraStays);
    if (this.stream?.active) return true;
    this.cameraView(words("camera_title"), [words("camera_allow")], []);
    const set = this.set;
    try {
      const { phone } = this, stream = phone.isChosen ? phone.stream() : await openCamera(this.settings.cameraId);
      if (set !== this.set) return closeCamera(stream), false; // the person went back in the meantime
      this.stream = stream;
      stream.getVideoTracks()[0].onended = () => this.interrupted("ended");
      return true;
    } catch ({ problem = "busy" }) {
      if (set === this.set) this.cameraProblem(problem);
      return false;
    }
  }

  /** Says when the phone sends no pictures; the set waits, and goes on by itself when they come again. */
  phoneIsHere(isHere) {
    const running = this.session && !this.set.isClip && document.body.dataset.view === "stage";
    const isSilent = this.phone.isChosen && running && !isHere;
    this.stage.screen.dim(isSilent); // the picture that stays is an old one
    if (this.phone.isChosen && running) this.note(isSilent ? words("phone_silent") : "", 0);
  }

  cameraProblem(problem) {
    const { title, texts } = problemWords(problem);
    const running = Boolean(this.session);
    const buttons = [button(words("camera_again"), "first", () => this.tryCamera())];
    if (running) buttons.push(button(words("stopped_done"), "", () => this.finish()));
    else {
      if (this.set.movement.sample_url && !this.set.isClip)
        buttons.push(button(words("camera_sample"), "", () => this.begin({ ...this.set, isClip: true })));
      buttons.push(button(words("camera_back"), "quiet", () => this.on.leave()));
    }
    this.cameraView(title, running ? [...texts, words("camera_kept")] : texts, buttons);
    this.aloud(`${title}.`, ...(running ? [words("camera_kept")] : texts));
  }

  cameraView(title, texts, buttons) {
    const root = find("#camera");
    say(find("h1", root), title);
    find(".said", root).replaceChildren(...texts.map((text) => make("p", "", text)));
    find(".buttons", root).replaceChildren(...buttons);
    page.show("camera");
    find("nav.pages").hidden = Boolean(this.session); // a stray click must not end a set
  }

  async tryCamera() {
    if (!this.set.isClip && !(await this.cameraOn())) return;
    if (this.session) this.goOn({ newPicture: true });
    else this.connect();
  }

  connect(kept = null) {
    const { movement, side = null, isClip, dose = null, isCalm: calm = false } = this.set;
    const record = this.settings.record;
    this.stage.begin(movement, isClip);
    page.show("stage", "setup");
    page.stayAwake(true);
    this.on.record(record);
    this.showPicture();
    const hello = { movement: movement.id, side, camera: isClip ? "sample" : "camera", from: "setup", record, dose, calm,
      ...this.set.hello };
    this.open(hello, kept ?? undefined);
    this.voice.isMissing().then((isMissing) => (find("#voiceless").hidden = !isMissing));
    if (!this.phone.isHere) this.phoneIsHere(false);
  }

  open(hello, kept) {
    this.session = new Session(this.stage.screen, hello, {
      seen: (reply) => this.seen(reply),
      summary: (summary) => this.summed(summary),
      welcome: ({ stage }) => this.welcomed(stage),
      silent: () => this.lost(),
      lost: () => this.lost(),
      heard: () => this.found(),
      away: (text) => this.note(text, 0),
      back: (how) => this.back(how),
      full: (text) => this.closed("full", text, () => this.reopen(hello)),
      bye: (parting) => this.dismissed(parting, hello),
    }, kept);
  }

  showPicture() {
    const { isClip, movement } = this.set;
    if (isClip) this.stage.screen.showClip(movement.sample_url);
    else this.stage.screen.showCamera(this.stream);
  }

  // Running ----------------------------------------------------------------------------------------------------------

  seen(reply) {
    gestured(reply.gesture);
    if (document.body.dataset.view !== "stage") return; // the person rests: only the hands count
    if (reply.carried) this.keep();
    if (reply.note) this.note(reply.note.text);
    if (reply.stage === "over") return this.over(reply);
    this.stage.show(reply);
    for (const one of reply.say ?? []) this.voice.say(one);
  }

  /** Keeps what was done in this browser, so that a reload loses nothing. */
  keep() {
    const { movement, side = null, isClip } = this.set, { repetitions } = movement;
    if (isClip || !this.session || this.set.hello) return;
    keepSet({ movement: movement.id, side, of: repetitions, ...this.session.kept });
  }

  /** Says aloud what the page shows: the person may lie where the screen is out of sight. */
  aloud(...texts) {
    this.voice.say({ id: "state", text: texts.filter(Boolean).join(" "), kind: "coach" });
  }

  /** Shows a line for a while; 0 ms = until it is removed: such a state is spoken, too. */
  note(text, forMs = NOTE_MS) {
    page.banner(text);
    if (text && !forMs) this.aloud(text);
    clearTimeout(this.notes);
    if (forMs) this.notes = setTimeout(() => page.banner(""), forMs);
  }

  /** Ends the set; the summary comes by itself, or is requested if it does not. */
  over(reply) {
    this.stage.show(reply);
    for (const one of reply.say ?? []) this.voice.say(one);
    this.asks ??= setTimeout(() => this.session?.command("finish"), OVER_MS);
  }

  entered(name) {
    log.state = name;
    this.session?.reached(name);
    if (this.set?.isClip) this.clipFollows(name);
  }

  /** Holds a clip at its start until practice begins: it shows the person getting ready only once. */
  clipFollows(name) {
    const screen = this.stage.screen;
    if (name === "countdown" || name === "calibration") screen.holdFirst();
    else if (name === "practise") screen.rewind();
  }

  clipEnded() {
    if (this.stage.name === "practise") this.finish();
    else this.stage.screen.rewind();
  }

  command(name) {
    this.session?.command(name);
  }

  seenAgain() {
    page.title();
    const screen = this.stage.screen, running = document.body.dataset.view === "stage";
    if (!running) return;
    if (this.set.isClip) document.hidden ? screen.pause() : screen.play();
    if (document.hidden) return this.voice.hush();
    page.stayAwake(true); // a hidden page loses its lock
    this.stage.greet();
  }

  /** Says once that no answers come; the page goes on by itself when they do. */
  lost() {
    if (this.isLost) return;
    this.isLost = true;
    this.note(words("stage_reconnecting"), 0);
  }

  found() {
    if (this.isLost && document.body.dataset.view === "stage") this.aloud(words("stage_back"));
    this.isLost = false;
    page.banner("");
  }

  /** A page that was loaded again, or opened in a second tab, goes on; the coach may still rest. */
  welcomed(stage) {
    if (stage === "paused" && this.session?.sending && !this.paused && !this.finishing) this.session.command("resume");
  }

  back({ wasAway = false } = {}) {
    this.found();
    if (wasAway) this.note(words("stage_was_away"));
    if (this.finishing) this.session.command("finish");
    else if (!this.session.sending) this.session.command(this.paused ?? "pause");
  }

  // Stopping ---------------------------------------------------------------------------------------------------------

  /** @param why "pause" or "pain"; in both cases the page is calm. It asks what happened; after pain the set does not go on. */
  stop(why) {
    if (document.body.dataset.view !== "stage") return;
    this.rest(why);
    if (why === "pain") return this.hurts();
    this.stoppedView(words("stopped_title"), words("stopped_ask"), [
      button(words("stopped_break"), "", () => this.goOn()),
      button(words("stopped_hurts"), "", () => this.hurts()),
      button(words("stopped_tingling"), "", () => this.hurts()),
      ...this.routineButtons(),
      button(words("stopped_done"), "", () => this.finish()),
    ]);
    this.aloud(words("stopped_title"), find("#stopped .hands").hidden ? "" : words("stopped_hands"));
  }

  /** In a routine: leave this part out today, or do it the harder way. */
  routineButtons() {
    const { isInRoutine, hasHarder } = this.set, leave = (how) => button(words(how === "harder" ? "step_too_easy" : "step_not_today"), "",
      () => this.finish({ then: () => this.on.change(how) }));
    return isInRoutine ? [leave("without"), ...(hasHarder ? [leave("harder")] : [])] : [];
  }

  rest(why) {
    this.paused = why;
    this.watchHands({ hurts: why === "pain" });
    this.session.command(why);
    this.voice.hush();
    page.stayAwake(false);
  }

  /** Judges nothing more, but sees a raised hand, a few pictures a second. */
  watchHands({ hurts = false } = {}) {
    const canSee = this.stream?.active && !this.set.isClip && !hurts;
    const session = this.session;
    session.rest(canSee ? { everyMs: HANDS_EVERY_MS, from: this.selfView.video } : {});
    this.stage.screen.pause();
    if (canSee) this.selfView.show(this.stream, (timeS) => session.newFrame(timeS));
    else this.selfView.hide();
  }

  /** A person who has stopped says by key that it hurts. */
  hurtsInBreak() {
    if (this.paused === "pause" && !this.finishing) this.hurts();
  }

  hurts() {
    const { isClip, isInRoutine, movement } = this.set, reported = isClip ? null : reportPain(movement.id);
    if (this.paused !== "pain") {
      this.session.command((this.paused = "pain"));
      this.watchHands({ hurts: true }); // after a break they were watched
    }
    if (isInRoutine && !isClip) return this.leaveHurt(reported);
    this.stoppedView(words("stopped_rest_title"), words("stopped_rest"), [
      button(words("stopped_finish"), "first", () => this.finish())]);
    this.aloud(words("stopped_rest"));
  }

  /** In a routine the set is over and kept as it is; the routine asks how it is. */
  leaveHurt(reported) {
    this.isLeft = this.finishing = true;
    this.watchHands({ hurts: true });
    this.session.command("finish");
    this.on.hurts(reported);
  }

  /** Shows that the person rests; what comes next is not known yet. */
  restView() {
    this.stoppedView(words("stopped_title"), words("stopped_wait"), []);
  }

  stoppedView(title, text, buttons) {
    const root = find("#stopped");
    say(find("h1", root), title);
    say(find(".asked", root), text);
    find(".buttons", root).replaceChildren(...buttons);
    find("[data-opens]", root).hidden = buttons.length < 2;
    find(".hands", root).hidden = buttons.length < 2 || !this.stream?.active || this.set.isClip;
    page.show("stopped");
    find("h1", root).focus({ preventScroll: true });
  }

  goOn({ newPicture = false } = {}) {
    this.selfView.hide();
    this.paused = null;
    page.show("stage", this.stage.name);
    page.stayAwake(true);
    if (newPicture) this.showPicture();
    else this.stage.screen.play();
    if (this.set.isClip && this.stage.name !== "practise") this.clipFollows(this.stage.name);
    this.session.command("resume");
    this.session.goOn();
  }

  /** Handles a lost picture; what has been done is kept. */
  interrupted(problem) {
    if (!this.session || this.finishing) return;
    this.rest("pause");
    closeCamera(this.stream);
    this.stream = null;
    this.cameraProblem(problem);
  }

  // Ending -----------------------------------------------------------------------------------------------------------

  /** @param then what comes instead of the result. */
  finish({ then = null } = {}) {
    this.instead = then;
    if (this.summary) return this.showSummary();
    this.finishing = true;
    this.watchHands();
    this.session.command("finish");
    this.stoppedView(words("summary_title"), words("stopped_wait"), []);
  }

  /** Takes the summary once: it was requested again if it came late, and the person may be further by now. */
  summed(summary) {
    if (!this.session || this.isSummed) return;
    if (this.isLeft) return this.end();
    this.summary = summary;
    const asking = document.body.dataset.view === "stopped" && !this.finishing;
    if (!asking) this.showSummary(); // a person who has just stopped is asked first
  }

  showSummary() {
    this.isSummed = true;
    const { summary, set } = this, hurts = this.paused === "pain", watches = !hurts && !set.isClip && this.stream?.active;
    forgetSet();
    if (watches) this.settle();
    else this.end({ keepCamera: !hurts });
    if (!hurts) this.cameraStays = setTimeout(() => this.end(), CAMERA_STAYS_MS);
    const { instead } = this;
    this.instead = null;
    if (instead && !hurts) instead();
    else this.on.summary(summary, set, hurts);
  }

  /** Between two sets of a routine: the hands are watched for so long. @return whether they are. */
  linger(seconds) {
    const canSee = Boolean(this.session && this.stream?.active && !this.set.isClip);
    clearTimeout(this.cameraStays);
    if (canSee) this.cameraStays = setTimeout(() => this.end(), seconds * 1000 + CAMERA_STAYS_MS);
    return canSee;
  }

  /** After a set: camera and connection stay for a while, so that a raised hand can lead on. */
  settle() {
    this.watchHands();
    this.stage.rest();
    this.voice.hush();
    page.stayAwake(false);
    this.on.record("none");
    clearTimeout(this.asks);
    Object.assign(this, { asks: null, summary: null, paused: null, finishing: false });
  }

  dismissed({ code, text }, hello) {
    if (this.isLeft) return this.end();
    if (code === "locked") return this.on.refused();
    if (code === "taken_over") this.closed("gone", words("gone_text"), () => this.reopen(hello));
    else this.closed("closed", text, null);
  }

  /** Goes on after the connection was closed for good, with all that was done. */
  reopen(hello) {
    const kept = this.session.kept;
    page.show("stage", this.stage.name);
    this.open(hello, kept);
  }

  /** Says why the connection is closed for good, and what the person can do. */
  closed(what, text, again) {
    const root = find("#message");
    say(find("h1", root), words(`${what}_title`));
    find(".said", root).replaceChildren(make("p", "", text || words(`${what}_text`)));
    const first = again ? button(words(`${what}_again`), "first", again)
      : button(words("trouble_reload"), "first", () => location.reload());
    find(".buttons", root).replaceChildren(first, button(words("trouble_back"), "", () => this.on.leave()));
    page.show("message", what);
    this.aloud(`${words(`${what}_title`)}.`, text || words(`${what}_text`));
  }

  end({ keepCamera = false } = {}) {
    clearTimeout(this.asks);
    clearTimeout(this.notes);
    clearTimeout(this.cameraStays);
    this.session?.end();
    this.selfView.hide();
    this.stage.screen.empty();
    this.stage.rest();
    this.voice.hush();
    page.stayAwake(false);
    this.on.record("none");
    Object.assign(this, { session: null, asks: null, summary: null, paused: null, finishing: false, isLeft: false, isLost: false, isSummed: false });
    if (!keepCamera) this.cameraOff();
  }

  cameraOff() {
    clearTimeout(this.cameraStays);
    closeCamera(this.stream);
    this.stream = null;
  }
}
