// The list of the library. The search stays as long as the tab is open, so that Back shows it again.
// Words from outside are inserted as text, never as HTML.

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
    this.find(".note").textContent = data.note;
    this.find(".note").hidden = !data.note;
    this.find(".advanced").hidden = !data.has_advanced;
    this.offer("place", "Where", "Anywhere", data.places);
    this.offer("help", "Helps with", "Anything", data.helps);
    this.items = data.cards.map((card) => [card, this.card(card)]);
    this.find(".cards").replaceChildren(...this.items.map(([, item]) => item));
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
    }
    const text = make("div", "card-text");
    text.append(make("h2", "", card.name));
    if (card.advanced) text.append(make("span", "badge", "advanced: with a therapist"));
    if (card.offer_words) text.append(make("span", `badge ${card.offer}`, card.offer === "closed" ? "not now" : "gently"), make("p", "why", card.offer_words));
    text.append(make("p", "", `${card.place_words}. ${card.dose}.`));
    if (card.helps.length) text.append(make("p", "soft", `Helps with: ${card.helps.join(", ")}`));
    link.append(picture, text);
    const item = make("li");
    item.append(link);
    return item;
  }

  fits(card) {
    const { words, place, help, advanced } = this.asked;
    const text = plain(card.words);
    return (advanced || !card.advanced) && (!place || card.place === place) && (!help || card.helps.includes(help))
      && plain(words).split(/\s+/).every((word) => text.includes(word));
  }

  draw() {
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
