// One line under the messages: what the network does, and words in passing. Screen readers say it by themselves.

export class State {
  #line;
  #words;
  #network = "";
  #passing = "";

  constructor(line, words) {
    this.#line = line;
    this.#words = words;
    window.addEventListener("offline", () => this.network("offline"));
    window.addEventListener("online", () => this.network(""));
    if (!navigator.onLine) this.network("offline");
  }

  /** "" when all is well, "offline" or "reconnecting". */
  network(how) {
    if (this.#network === how) return;
    const back = this.#network && !how;
    this.#network = how;
    this.#passing = back ? this.#words.online : "";
    this.#show();
  }

  say(text) {
    this.#passing = text;
    this.#show();
  }

  #show() {
    const trouble = this.#network ? this.#words[this.#network] : "";
    this.#line.textContent = [trouble, this.#passing].filter(Boolean).join(" ");
    this.#line.classList.toggle("alarm", Boolean(trouble));
  }
}
