// The chat page. Everything works without this script through plain forms; with it, nothing is reloaded, what is
// sent waits for the network when there is none, and the map and the position can answer "where is it?".

import { Log } from "./chat/log.js";
import { Outbox } from "./chat/outbox.js";
import { Panel } from "./chat/panel.js";
import { findPosition } from "./chat/position.js";
import { State } from "./chat/state.js";
import { listen } from "./chat/stream.js";
import { Tray } from "./chat/tray.js";

const chat = document.getElementById("chat");
const words = JSON.parse(chat.dataset.words);
const language = document.documentElement.lang;
const message = document.getElementById("message");
const composer = document.getElementById("say");

const state = new State(document.getElementById("state"), words);
const log = new Log(document.getElementById("log"), words, language);
const tray = new Tray(document.getElementById("tray"), document.getElementById("files"), words, state, Number(chat.dataset.photosAtOnce));
const outbox = new Outbox(log, state, words, language);
const panel = new Panel(document.getElementById("panel"), {
  words, language, leaflet: chat.dataset.leaflet, town: JSON.parse(chat.dataset.map),
  send: (place) => outbox.add("place", place, words.chosen_place),
});

for (const part of document.querySelectorAll("[data-scripted]")) part.hidden = false;

function grow() {
  message.style.height = "auto";
  message.style.height = `${message.scrollHeight + 3}px`;
}

function send() {
  const text = message.value.trim();
  const photos = tray.take();
  if (photos.length) outbox.add("photos", { text }, text, photos);
  else if (text) outbox.add("say", { text }, text);
  else return message.focus();
  message.value = "";
  grow();
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
composer.noValidate = true; // a photo needs no words
message.addEventListener("input", grow);
message.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
});
message.addEventListener("paste", (event) => {
  const images = [...event.clipboardData.files].filter((file) => file.type.startsWith("image/"));
  if (images.length) tray.add(images);
});
document.getElementById("add").addEventListener("click", () => tray.choose());

const tongues = document.querySelector(".tongues");
document.addEventListener("click", (event) => tongues?.contains(event.target) || tongues?.removeAttribute("open"));
tongues?.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  tongues.removeAttribute("open");
  tongues.querySelector("summary").focus();
});

// Buttons of the dialogue: forms that we send ourselves, and acts that only a script can do.
log.root.addEventListener("submit", (event) => {
  const { target, submitter } = event;
  if (!target.dataset.send || !submitter) return;
  event.preventDefault();
  const label = submitter.textContent.trim();
  if (target.dataset.send === "say") outbox.add("say", { text: submitter.value }, label);
  else {
    const entry = target.closest(".entry");
    const fields = { letter: target.elements.letter.value, data: submitter.value };
    if (entry.dataset.slot) {
      log.hold(entry, submitter.value);
      outbox.add("tap", fields);
    } else outbox.add("tap", fields, label);
  }
});

log.root.addEventListener("click", async (event) => {
  const act = event.target.closest("[data-act]")?.dataset.act;
  if (act === "photos") tray.choose();
  else if (act === "map") openMap(null, event.target);
  else if (act === "locate") locate(event.target);
});

async function openMap(place, opener) {
  try {
    await panel.open(place, opener);
  } catch {
    state.say(words.map_failed);
  }
}

async function locate(opener) {
  state.say(words.locating);
  const found = await findPosition();
  if (found.refused) state.say(words[found.refused]);
  else if (found.accuracy <= 30) {
    state.say("");
    outbox.add("place", found, words.my_position);
  } else {
    state.say("");
    openMap(found, opener);
  }
}

function begin() {
  listen({ log, state, language, after: chat.dataset.after });
  outbox.resume();
  const opening = document.getElementById("opening");
  if (!opening) return;
  outbox.add("say", { text: opening.elements.text.value }, "", [], opening.elements.key.value);
  opening.remove();
  history.replaceState(null, "", location.pathname);
}

log.refresh();
log.toEnd();
if (navigator.cookieEnabled) begin();
else state.say(words.no_cookie);
