// A test instead of a stretch: the page opens with it, its set is the trials, and it ends where it was asked for.

import { find, say } from "../dom.js";
import * as page from "../page.js";
import { sendKeptPain } from "./pain.js";

/** Returns the page of one test, made of that of practice. */
export function testFlow(Practise) {
  return class extends Practise {
    async begin() {
      page.privacy(this.config, "none");
      page.title();
      await sendKeptPain();
      await this.refresh();
      this.today = null;
      this.chosen = this.config.movements[0];
      say(find("#teach-back"), this.config.test.back_words);
      if (!(await this.mustFirst())) this.toBefore();
    }

    async loadRoutines() {} // none belongs to a test

    /** A test is offered by the page before and by the socket, which ask about this test; the list is that of stretches. */
    take(decision) {
      super.take(decision);
      this.welcome.offered.add(this.config.movements[0].id);
    }

    /** Asks how it is today once in a visit; the page before asks for the rest. */
    toBefore(options) {
      if (!this.config.test.asks) this.screen = { ...this.screen, session_questions: [] };
      super.toBefore(options);
    }

    summed(...all) {
      this.screen = { ...this.screen, session_questions: [] };
      super.summed(...all);
    }

    choose() {
      this.chosen = this.config.movements[0];
    }

    beginSet(set) {
      const { moment, side } = this.config.test;
      super.beginSet({ ...set, side: set.side ?? side, isClip: false, hello: { moment } });
    }

    /** The page of the tests says what comes next. */
    toEnd() {
      this.toWelcome();
    }

    toWelcome() {
      this.live.end();
      location.assign(this.config.test.back_url);
    }
  };
}
