// A phone as the camera: a code to pair it, then its pictures as a stream like that of any other camera.

import { find, make, say } from "../dom.js";
import { button } from "../person/screening.js";
import { freshToken } from "../practice/socket.js";
import { words } from "../words.js";

const HEADER_BYTES = 12;
const READY_MS = 4000, READY_STEP_MS = 100;
const FIRST_WAIT_MS = 500, LONGEST_WAIT_MS = 4000;
const OPENS_AGAIN = new Set(["token"]);
const PLACE = "formcheck.phone"; // in this tab: a page that is loaded again keeps its phone

export class Phone {
  /** @param on called with: here(whether pictures come), chosen(whether the phone is the camera). */
  constructor(dialog, on) {
    this.dialog = dialog;
    this.on = on;
    this.canvas = make("canvas");
    this.pen = this.canvas.getContext("2d", { alpha: false });
    Object.assign(this, { isHere: false, isComing: false, isChosen: false, number: null });
    this.tries = 0;
    dialog.addEventListener("close", () => this.dismissed());
  }

  // The dialog -------------------------------------------------------------------------------------------------------

  open() {
    this.problem = "";
    this.isForAnother = false;
    this.show();
    this.dialog.showModal();
    if (!this.socket) this.connect();
    else if (!this.isHere && !this.code) this.ask();
  }

  /** After the page was loaded again: goes on with the phone that it had. */
  restore() {
    if (!isKept()) return;
    this.isChosen = true;
    this.connect();
  }

  /** Whether pictures come; waits a moment for a page that was just loaded. */
  async isReady() {
    for (let waited = 0; waited < READY_MS && this.wanted && !this.isHere; waited += READY_STEP_MS)
      await new Promise((done) => setTimeout(done, READY_STEP_MS));
    return this.isHere;
  }

  dismissed() {
    if (!this.isChosen) this.close();
  }

  choose(isChosen) {
    this.isChosen = isChosen;
    keep(isChosen);
    this.dialog.close();
    if (!isChosen) this.close();
    this.on.chosen(isChosen);
  }

  show() {
    const form = find("form", this.dialog), title = make("h2", "", words("phone_title"));
    title.id = "phone-title";
    const parts = this.problem ? this.problemParts() : this.isHere && !this.isForAnother ? this.pictureParts() : this.codeParts();
    form.replaceChildren(title, ...parts);
    form.onsubmit = (event) => event.preventDefault();
  }

  codeParts() {
    const status = make("p", "soft", words(this.isComing ? "phone_coming" : this.code ? "phone_waiting" : "phone_opening"));
    status.setAttribute("role", "status");
    const buttons = [button(words("phone_new_code"), "", () => this.ask()), this.back()];
    if (!this.code) return [status, row(this.isComing ? buttons : [this.back()])];
    const picture = make("img", "code");
    Object.assign(picture, { src: this.code.picture, alt: words("phone_code_alt") });
    const texts = make("div", "said");
    texts.append(...["phone_how", "phone_warning"].map((key) => make("p", "", words(key))), this.networks(), status);
    const both = make("div", "pairing");
    both.append(picture, texts);
    return [both, row(buttons)];
  }

  /** Returns the choice of a network where this computer is in several. */
  networks() {
    const { address, addresses } = this.code;
    if (addresses.length < 2) return "";
    const label = make("label", "labelled"), select = make("select");
    select.append(...addresses.map((one) => new Option(one, one)));
    select.value = address;
    select.addEventListener("change", () => this.ask(select.value));
    label.append(make("span", "", words("phone_network")), select);
    return label;
  }

  pictureParts() {
    this.canvas.className = "preview";
    const status = make("p", "", words("phone_here"));
    status.setAttribute("role", "status");
    return [status, this.canvas, make("p", "soft", words("phone_place")),
      row([button(words("phone_use"), "first", () => this.choose(true)), button(words("phone_another"), "", () => this.another()), this.back()])];
  }

  problemParts() {
    const retry = button(words("camera_again"), "first", () => this.again());
    return [make("p", "", words(`phone_${this.problem === "network" ? "network_missing" : this.problem}`)), row([retry, this.back()])];
  }

  /** Shows a code for another phone; the present one stays until that one comes. */
  another() {
    this.isForAnother = true;
    this.ask();
  }

  back() {
    return button(words("phone_back"), "quiet", () => this.choose(false));
  }

  again() {
    this.problem = "";
    this.show();
    this.connect();
  }

  // The connection ---------------------------------------------------------------------------------------------------

  async connect() {
    this.wanted = true;
    try {
      const token = await freshToken();
      if (!this.wanted) return;
      const socket = (this.socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live/phone/ws`));
      socket.binaryType = "arraybuffer";
      socket.onopen = () => socket.send(JSON.stringify({ type: "hello", version: 1, token }));
      socket.onmessage = ({ data }) => socket === this.socket && this.take(data);
      socket.onclose = () => socket === this.socket && this.closed();
    } catch ({ isRefused }) {
      if (isRefused) this.fails("door");
      else this.closed();
    }
  }

  take(data) {
    if (typeof data !== "string") return this.picture(data);
    const message = JSON.parse(data);
    this.tries = 0;
    if (message.type === "phone") this.hears(message);
    else if (message.type === "bye") this.parting = message.code;
    else if (message.type === "code") {
      this.code = message;
      this.expires(message.valid_s);
      this.show();
    }
  }

  /** @param number how many phones have come so far; a new one has used the code. */
  hears({ is_here: isHere, number = this.number }) {
    const isNew = this.number !== null && number > this.number, changes = this.isHere !== isHere;
    this.number = number;
    this.isHere = isHere;
    if (isNew) Object.assign(this, { code: null, isForAnother: false, isComing: true });
    if (isHere) this.isComing = false;
    if (changes || isNew) this.show();
    if (!isHere && !this.isComing && !this.code && this.dialog.open) this.send(null);
    if (changes) this.on.here(isHere);
  }

  /** Asks for another code when this one is no longer valid, or when the dialog is opened next. */
  expires(validS) {
    clearTimeout(this.expiry);
    this.expiry = setTimeout(() => (this.dialog.open ? this.send(null) : (this.code = null)), 1000 * validS);
  }

  /** Asks for a new code, or for one of another network. */
  ask(address = null) {
    Object.assign(this, { code: null, isComing: false });
    this.show();
    this.send(address);
  }

  send(address) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type: "code", address }));
  }

  closed() {
    this.socket = null;
    const parting = this.parting;
    this.parting = null;
    if (!this.wanted) return;
    if (parting && !OPENS_AGAIN.has(parting)) return this.fails(parting);
    this.hears({ is_here: false });
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** this.tries, LONGEST_WAIT_MS);
    this.tries += 1;
    this.retry = setTimeout(() => this.connect(), waitMs);
  }

  fails(code) {
    this.wanted = false;
    this.problem = ["network", "door", "taken_over"].includes(code) ? code : "door";
    this.hears({ is_here: false });
    this.show();
  }

  close() {
    this.wanted = false;
    clearTimeout(this.retry);
    clearTimeout(this.expiry);
    this.socket?.close(1000);
    Object.assign(this, { socket: null, code: null, isHere: false, isComing: false, number: null });
  }

  // Pictures ---------------------------------------------------------------------------------------------------------

  /** Paints the newest picture; one that comes while another is decoded replaces a waiting one. */
  async picture(message) {
    this.next = message;
    if (this.painting) return;
    this.painting = true;
    while (this.next) {
      const jpeg = new Blob([new Uint8Array(this.next, HEADER_BYTES)], { type: "image/jpeg" });
      this.next = null;
      const bitmap = await createImageBitmap(jpeg).catch(() => null);
      if (!bitmap) continue;
      const { width, height } = bitmap;
      if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
      this.pen.drawImage(bitmap, 0, 0);
      bitmap.close();
    }
    this.painting = false;
  }

  /** Returns the pictures as the stream of a camera. */
  stream() {
    return this.canvas.captureStream();
  }
}

function row(buttons) {
  const element = make("div", "buttons");
  element.append(...buttons);
  return element;
}

function keep(isChosen) {
  try {
    if (isChosen) sessionStorage.setItem(PLACE, "1");
    else sessionStorage.removeItem(PLACE);
  } catch {
    // a browser that stores nothing: the choice lasts until the page is closed
  }
}

function isKept() {
  try {
    return Boolean(sessionStorage.getItem(PLACE));
  } catch {
    return false;
  }
}
