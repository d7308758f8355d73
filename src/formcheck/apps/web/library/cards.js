// The list of the library. The search stays as long as the tab is open, so that Back shows it again.
// Words from outside are inserted as text, never as HTML.

const STILL = matchMedia("(prefers-reduced-motion: reduce)");
const LEAST_LETTERS = 3; // of a word that names a trouble
const MEMORY = "formcheck-library";
const lists = new WeakMap();

export default function ({ parentElement, data }) {
  const list = lists.get(parentElement) ?? new List(parentElement);
  lists.set(parentElement, list);
  list.show(data);
}

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

// "Für den Rücken" and "fur den rucken" give the same search.
function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[-–]/g, " ");
}

class List {
  constructor(root) {
    this.find = (name) => root.querySelector(name);
    this.asked = { words: "", place: "", help: "", advanced: false, ...this.remembered() };
    this.search = this.find("input[type=search]");
    this.search.value = this.asked.words;
    this.search.addEventListener("input", () => this.ask({ words: this.search.value }));
    this.switch = this.find(".advanced input");
    this.switch.checked = this.asked.advanced;
    this.switch.addEventListener("change", () => this.ask({ advanced: this.switch.checked }));
    this.find(".clear").addEventListener("click", () => {
      this.search.value = "";
      this.ask({ words: "", place: "", help: "" });
      this.search.focus();
    });
  }

  remembered() {
    try { return JSON.parse(sessionStorage.getItem(MEMORY)) ?? {}; } catch { return {}; }
  }

  ask(more) {
    Object.assign(this.asked, more);
    try { sessionStorage.setItem(MEMORY, JSON.stringify(this.asked)); } catch { /* a private window may refuse */ }
    this.draw();
  }

  show(data) {
    const text = JSON.stringify(data);
    if (text === this.text) return;
    this.text = text;
    this.data = data;
    this.find(".advanced").hidden = !data.has_advanced;
    this.offer("place", "Where", "Anywhere", data.places);
    this.offer("help", "Helps with", "Anything", data.helps);
    this.items = data.cards.map((card) => [card, this.card(card)]);
    this.find(".cards").replaceChildren();
    this.find(".refused").replaceChildren(...data.refused.map((line) => make("li", "", line)));
    this.find(".refused").hidden = !data.refused.length;
    this.ordered = undefined;
    this.draw();
  }

  offer(name, title, all, choices) {
    const group = this.find(`.${name}s`);
    if (!choices.some(([value]) => value === this.asked[name])) this.asked[name] = "";
    const head = make("span", "title", title);
    head.setAttribute("aria-hidden", "true");
    const offered = make("div", "offered");
    offered.append(...[["", all], ...choices].map(([value, words]) => {
      const button = make("button", "", words);
      button.type = "button";
      button.dataset.value = value;
      button.addEventListener("click", () => this.ask({ [name]: value }));
      return button;
    }));
    group.replaceChildren(head, offered);
    group.hidden = choices.length < 2;
  }

  card(card) {
    const link = make("a");
    link.href = card.url;
    link.target = "_self";
    const picture = make("div", "picture", card.picture_url ? undefined : "picture to come");
    if (card.picture_url) {
      const image = make("img");
      image.alt = "";
      image.loading = "lazy";
      image.src = card.picture_url;
      picture.append(image);
      this.moveOnHover(link, picture, card.clip_url);
    }
    const text = make("div", "card-text");
    text.append(make("h2", "", card.name));
    if (card.own) text.append(make("span", "badge", "own"));
    if (card.advanced) text.append(make("span", "badge", "advanced: with a therapist"));
    if (card.offer_words) text.append(make("span", `badge ${card.offer}`, card.offer === "closed" ? "not now" : "gently"), make("p", "why", card.offer_words));
    text.append(make("p", "", `${card.place_words}. ${card.dose}.`));
    if (card.helps.length) text.append(make("p", "soft", `Helps with: ${card.helps.join(", ")}`));
    link.append(picture, text);
    const item = make("li");
    item.append(link);
    return item;
  }

  /** Plays the clip in place of the picture while the mouse or the focus is on the card. */
  moveOnHover(link, picture, url) {
    if (!url) return;
    let video;
    const begin = () => {
      if (video || STILL.matches) return;
      video = make("video");
      Object.assign(video, { src: url, muted: true, loop: true, playsInline: true, tabIndex: -1 });
      video.setAttribute("aria-hidden", "true");
      video.addEventListener("playing", () => video?.classList.add("playing"));
      picture.append(video);
      video.play().catch(() => {});
    };
    const end = () => {
      video?.remove();
      video = undefined;
    };
    for (const name of ["pointerenter", "focus"]) link.addEventListener(name, begin);
    for (const name of ["pointerleave", "blur"]) link.addEventListener(name, end);
  }

  /** Returns the groups that people mean with their words: "sciatica", "after sitting", or the beginning of such words. */
  meant() {
    const asked = plain(this.asked.words).trim();
    if (asked.length < LEAST_LETTERS) return [];
    return this.data.groups.filter(({ words }) => words.some((one) => {
      const name = plain(one);
      return name.startsWith(asked) || (name.length >= LEAST_LETTERS && ` ${asked} `.includes(` ${name} `));
    }));
  }

  fits(card) {
    const { words, place, help, advanced } = this.asked;
    const text = plain(card.words);
    return (advanced || !card.advanced) && (!place || card.place === place) && (!help || card.helps.includes(help))
      && (this.groups.some(({ movements }) => movements.includes(card.id))
        || plain(words).split(/\s+/).every((word) => text.includes(word)));
  }

  /** Puts the cards in order: those of what is meant first, else the most useful first. */
  order() {
    const meant = this.groups.flatMap(({ movements }) => movements);
    const rank = ([card]) => (meant.includes(card.id) ? meant.indexOf(card.id) : meant.length);
    const ordered = [...this.items].sort((a, b) => rank(a) - rank(b));
    const text = ordered.map(([card]) => card.id).join();
    if (text === this.ordered) return;
    this.ordered = text;
    this.find(".cards").append(...ordered.map(([, item]) => item));
  }

  draw() {
    this.groups = this.meant();
    this.order();
    const note = [this.data.note, ...this.groups.map((one) => one.note)].filter(Boolean).join(" ");
    if (this.find(".note").textContent !== note) this.find(".note").textContent = note;
    this.find(".note").hidden = !note;
    let count = 0;
    for (const [card, item] of this.items) {
      item.hidden = !this.fits(card);
      if (!item.hidden) count += 1;
    }
    for (const name of ["place", "help"])
      for (const button of this.find(`.${name}s`).querySelectorAll("button"))
        button.setAttribute("aria-pressed", String(button.dataset.value === this.asked[name]));
    this.find(".count").textContent = count === 1 ? "1 movement" : `${count} movements`;
    this.find(".none").hidden = count > 0;
  }
}
