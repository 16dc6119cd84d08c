// What the person sent and the server has not confirmed: one after the other, again and again until it arrives. Each
// carries a mark by which the server knows a second sending. What has no photos also survives a reload.

import { append } from "./log.js";
import { keep, recall } from "./memory.js";

const KEPT = "parvis-outbox";
const MOST_TRIES = 6; // after a fault of the server; a broken network is tried for ever
const LONGEST_WAIT = 30; // seconds between two tries

export class Outbox {
  #log;
  #state;
  #words;
  #language;
  #items = [];
  #busy = false;
  #tries = 0;
  #timer = 0;

  constructor(log, state, words, language) {
    this.#log = log;
    this.#state = state;
    this.#words = words;
    this.#language = language;
    window.addEventListener("online", () => this.#now());
  }

  /** `shown`: the words to show at once, none for what changes a message in place. */
  add(action, fields, shown = "", files = [], key = crypto.randomUUID?.() ?? random()) {
    const item = { action, fields, shown, files, key };
    this.#items.push(item);
    this.#keep();
    this.#show(item);
    this.#now();
  }

  /** Take up what an earlier load of the page could not send. */
  resume() {
    const kept = JSON.parse(recall(KEPT) ?? "[]");
    for (const item of kept) {
      this.#items.push({ ...item, files: [] });
      this.#show(this.#items.at(-1));
    }
    this.#now();
  }

  #show(item) {
    if (!item.shown && !item.files.length) return;
    item.addresses = item.files.map((file) => URL.createObjectURL(file));
    item.entry = this.#log.pend(item.key, item.shown, item.addresses);
  }

  #keep() {
    const plain = this.#items.filter((item) => !item.files.length && !item.failed);
    keep(KEPT, JSON.stringify(plain.map(({ action, fields, shown, key }) => ({ action, fields, shown, key }))));
  }

  #now() {
    clearTimeout(this.#timer);
    this.#work();
  }

  async #work() {
    if (this.#busy) return;
    this.#busy = true;
    for (let item; (item = this.#items.find((one) => !one.failed)); ) {
      const answer = await this.#send(item);
      const ours = answer.status >= 500 && this.#tries >= MOST_TRIES; // it will not get better: let the rest pass
      if (answer.status === 0 || answer.status === 429 || (answer.status >= 500 && !ours)) {
        this.#later(item, answer);
        break;
      }
      this.#tries = 0;
      if (answer.status < 300) this.#done(item, answer.body);
      else this.#fail(item, answer.body?.error ?? this.#words.failed);
      this.#keep();
    }
    this.#busy = false;
  }

  #done(item, { entry, toast, reload }) {
    this.#items = this.#items.filter((one) => one !== item);
    this.#keep();
    if (reload) return location.reload(); // the session had ended: this began a new one
    if (entry) this.#log.place(entry);
    else this.#log.drop(item.key);
    this.#log.release();
    this.#state.say(toast);
    for (const address of item.addresses ?? []) URL.revokeObjectURL(address);
  }

  #later(item, answer) {
    const wait = Math.max(answer.wait, Math.min(LONGEST_WAIT, 2 ** this.#tries)) * (1 + Math.random() / 4);
    this.#tries += 1;
    this.#fate(item, this.#words.waiting);
    if (answer.status === 0) this.#state.network(navigator.onLine ? "reconnecting" : "offline");
    else this.#state.say(answer.body?.error ?? this.#words.waiting);
    this.#timer = setTimeout(() => this.#work(), wait * 1000);
  }

  #fail(item, why) {
    item.failed = true;
    this.#log.release();
    this.#state.say(why);
    if (item.action === "tap") return this.#drop(item); // pressing it again is as quick, where it still serves
    if (!item.entry) return;
    item.entry.classList.replace("waiting", "failed");
    const fate = this.#fate(item, this.#words.failed);
    const again = append(fate, "button");
    again.type = "button";
    again.textContent = this.#words.retry;
    again.addEventListener("click", () => {
      item.failed = false;
      item.entry.classList.replace("failed", "waiting");
      this.#fate(item, this.#words.sending);
      this.#now();
    });
    this.#log.refresh();
  }

  #drop(item) {
    this.#items = this.#items.filter((one) => one !== item);
    this.#log.drop(item.key);
  }

  #fate(item, words) {
    const fate = item.entry?.querySelector(".fate");
    if (fate) fate.textContent = words;
    return fate;
  }

  #send(item) {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...item.fields, key: item.key })) {
      if (value !== undefined && value !== null) form.append(name, value);
    }
    for (const file of item.files) form.append("photos", file, file.name || "photo.jpg");
    return post(`/chat/${item.action}?langue=${this.#language}`, form, (share) => this.#progress(item, share));
  }

  #progress(item, share) {
    if (!item.files.length || !item.entry) return;
    const percent = Math.round(share * 100);
    const fate = this.#fate(item, this.#words.uploading.replace("{percent}", percent));
    const bar = append(fate, "progress");
    Object.assign(bar, { max: 100, value: percent });
    bar.setAttribute("aria-label", this.#words.photos);
  }
}

/** XMLHttpRequest, because fetch does not tell how far an upload is. Status 0: the network failed. */
function post(address, form, progress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("Accept", "application/json");
    request.timeout = form.has("photos") ? 180_000 : 20_000;
    request.upload.addEventListener("progress", (event) => progress(event.loaded / event.total));
    request.addEventListener("loadend", () => {
      const wait = Number(request.getResponseHeader("Retry-After") ?? 0) || 0;
      let body = null;
      try {
        body = JSON.parse(request.responseText);
      } catch {
        // a proxy on the way answered with a page of its own
      }
      resolve({ status: body ? request.status : request.status < 400 ? 0 : request.status, body, wait });
    });
    request.send(form);
  });
}

/** For pages that are not served over https, where browsers do not offer randomUUID. */
function random() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
