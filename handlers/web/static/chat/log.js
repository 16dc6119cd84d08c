// The messages on the page. The server draws every entry; here they are put in order, once each, and what the person
// sends is shown at once, before the server has confirmed it.

import { keep, recall } from "./memory.js";

const NEAR_THE_END = 120; // pixels: somebody who reads further up is left where they are
const ABOVE = 12; // pixels that stay free above a message whose beginning is shown

export class Log {
  #words;
  #language;
  #known = new Set();
  #held = null;
  #atEnd = true;
  #down = document.getElementById("down");

  constructor(root, words, language) {
    this.root = root;
    this.#words = words;
    this.#language = language;
    for (const entry of this.#entries()) this.#known.add(entry.dataset.id);
    root.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#down.addEventListener("click", () => this.#goDown());
    // The messages lose room when photos are chosen, a line of state appears or a keyboard rises.
    new ResizeObserver(() => (this.#atEnd ? this.toEnd() : this.#scrolled())).observe(root);
  }

  #entries() {
    return [...this.root.querySelectorAll(".entry")];
  }

  /** Put an entry drawn by the server in its place. */
  place({ id, order, by, key, slot, html }) {
    if (this.#known.has(id)) return;
    this.#known.add(id);
    if (slot && this.#hasNewer(slot, order)) return; // what came lately is told again to a page that was just opened
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const entry = holder.content.querySelector(".entry");
    for (const part of entry.querySelectorAll("[data-scripted]")) part.hidden = false;
    const pending = by === "you" && this.#pending(key);
    if (pending) this.#adopt(pending, entry);
    else if (!this.#replace(entry, slot)) this.#insert(entry, order);
    this.refresh();
    if (by === "parvis") this.#afterQuestion(entry);
    this.#followLanguage(this.#entries().at(-1)); // what waited for its confirmation may have held it back
  }

  #insert(entry, order) {
    entry.classList.add("new");
    const next = this.#entries().find((other) => other.dataset.order > order);
    this.root.insertBefore(entry, next ?? document.getElementById("dernier"));
  }

  #hasNewer(slot, order) {
    return this.#entries().some((entry) => entry.dataset.slot === slot && entry.dataset.order > order);
  }

  /** A place that changes: where it stood, or at the end when something was said since. */
  #replace(entry, slot) {
    const earlier = slot && this.#entries().find((other) => other.dataset.slot === slot);
    if (!earlier) return false;
    const spoken = this.#entries().some((other) => other.dataset.by === "you" && follows(earlier, other));
    if (spoken) {
      earlier.remove();
      return false;
    }
    if (this.#held) this.#hush(); // the button that takes the focus back says it all
    earlier.replaceWith(entry);
    const button = this.#held && [...entry.querySelectorAll("button")].find((one) => one.value === this.#held);
    button?.focus({ preventScroll: true });
    this.#held = null;
    return true;
  }

  /** For the next change, screen readers are not to read the whole message out again. */
  #hush() {
    this.root.setAttribute("aria-live", "off");
    setTimeout(() => this.root.setAttribute("aria-live", "polite"), 100);
  }

  /** While a box is being ticked its message keeps its buttons, asleep. `value`: the button that takes the focus back. */
  hold(entry, value) {
    this.#held = value;
    const choices = entry.querySelector(".choices");
    choices.setAttribute("aria-busy", "true");
    for (const button of choices.querySelectorAll("button")) button.disabled = true;
  }

  release() {
    for (const choices of this.root.querySelectorAll("[aria-busy]")) {
      choices.removeAttribute("aria-busy");
      for (const button of choices.querySelectorAll("button")) button.disabled = false;
    }
  }

  /** Show something that is on its way. Gives its element. */
  pend(key, text, pictures) {
    const entry = document.createElement("article");
    entry.className = "entry you waiting new";
    Object.assign(entry.dataset, { by: "you", key });
    const byline = append(entry, "p", "byline");
    append(byline, "bdi", "author").textContent = this.#words.you;
    const bubble = append(entry, "div", "bubble");
    if (pictures.length) {
      const list = append(bubble, "ul", "pictures");
      for (const source of pictures) {
        const image = append(append(list, "li"), "img");
        Object.assign(image, { src: source, alt: this.#words.photo });
      }
    }
    if (text) {
      const line = append(bubble, "p", "words");
      line.textContent = text;
      line.dir = "auto";
    }
    append(entry, "p", "fate").textContent = this.#words.sending;
    this.root.insertBefore(entry, document.getElementById("dernier"));
    this.#atEnd = true;
    this.refresh();
    return entry;
  }

  #pending(key) {
    return this.#entries().find((entry) => !entry.dataset.id && entry.dataset.key === key);
  }

  /** The server's own drawing takes over; words already shown stay, so that they are not read out twice. */
  #adopt(pending, entry) {
    const same = pending.querySelector(".bubble").textContent.trim() === entry.querySelector(".bubble").textContent.trim();
    const plain = !pending.querySelector("img");
    if (same && plain && !this.#outOfOrder(pending, entry.dataset.order)) {
      Object.assign(pending.dataset, entry.dataset);
      pending.classList.remove("waiting", "failed");
      pending.querySelector(".byline").replaceWith(entry.querySelector(".byline"));
      pending.querySelector(".fate").remove();
    } else {
      pending.remove();
      this.#insert(entry, entry.dataset.order);
    }
  }

  #outOfOrder(pending, order) {
    const all = this.#entries();
    const at = all.indexOf(pending);
    return all.some((other, index) => other.dataset.order && (index < at ? other.dataset.order > order : other.dataset.order < order && index > at));
  }

  drop(key) {
    this.#pending(key)?.remove();
    this.refresh();
  }

  /** The person had everything erased: nothing that was said before stays on the page, nor can be pressed. */
  forget() {
    const inside = this.root.contains(document.activeElement);
    for (const entry of this.#entries()) if (entry.dataset.id) entry.remove();
    if (inside) this.root.focus({ preventScroll: true });
    this.refresh();
  }

  /** Only the last question has its choices, and only until something is said after it. */
  refresh() {
    const entries = this.#entries();
    const open = entries.findLast((entry) => entry.dataset.asks || (entry.dataset.by === "you" && !entry.classList.contains("failed")));
    for (const entry of entries) {
      const choices = entry.querySelector(".choices.question");
      if (!choices) continue;
      const hide = entry !== open;
      if (hide && choices.contains(document.activeElement)) this.root.focus({ preventScroll: true });
      choices.hidden = hide;
    }
    if (this.#atEnd) this.toEnd();
  }

  /** Whoever answered with a button finds the keyboard at the next question. */
  #afterQuestion(entry) {
    const active = document.activeElement;
    const idle = active === this.root || active?.classList.contains("entry");
    if (idle && entry.dataset.asks) entry.focus({ preventScroll: true });
  }

  /** The person chose another language: the page around the messages must follow. */
  #followLanguage(entry) {
    const spoken = entry.lang;
    if (!spoken || spoken === this.#language || !entry.dataset.asks || this.root.querySelector(".waiting")) return;
    if (recall("language-followed") === entry.dataset.id) return;
    keep("language-followed", entry.dataset.id);
    location.replace("/chat");
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.root;
    this.#atEnd = scrollTop > this.#rest() - NEAR_THE_END;
    this.#down.hidden = scrollHeight - scrollTop - clientHeight < NEAR_THE_END;
  }

  /** Where the messages come to rest: at their end, or at the beginning of the last one when it is higher than they. */
  #rest() {
    const end = this.root.scrollHeight - this.root.clientHeight;
    const last = this.#entries().at(-1);
    if (!last) return end;
    const top = last.getBoundingClientRect().top - this.root.getBoundingClientRect().top + this.root.scrollTop;
    return Math.min(end, Math.floor(top) - ABOVE);
  }

  /** Further down already, in the last message, nobody is drawn back to its beginning. */
  toEnd() {
    this.#atEnd = true;
    this.root.scrollTop = Math.max(this.root.scrollTop, this.#rest());
    this.#scrolled();
  }

  /** What is still hidden below, a screen at a time: a message may be longer than the screen. */
  #goDown() {
    this.root.scrollTop += this.root.clientHeight - 3 * ABOVE;
    this.#scrolled();
    if (this.#down.hidden) this.root.focus({ preventScroll: true });
  }
}

export function append(parent, name, className = "") {
  const child = document.createElement(name);
  if (className) child.className = className;
  return parent.appendChild(child);
}

function follows(first, second) {
  return Boolean(first.compareDocumentPosition(second) & Node.DOCUMENT_POSITION_FOLLOWING);
}
