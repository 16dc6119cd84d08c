// The map on which a place is chosen: by touch, with a mouse, or with the keyboard alone. It shows the town's own
// outlines and names; a background from elsewhere only where the town has chosen one.

import { Names } from "./names.js";

const STEP = 8; // pixels the pin moves for an arrow key; five times as many with Shift
const CLOSEST = 19;
const CLOSEST_BARE = 17; // without a background, closer would show nothing at all; one pixel is 80 centimetres there
const PIN = `<svg viewBox="0 0 24 32" aria-hidden="true" focusable="false"><path d="M12 31C7 22 2 17 2 11a10 10 0 0 1 20 0c0 6-5 11-10 20z"/><circle cx="12" cy="11" r="3.6"/></svg>`;
const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

export class Panel {
  #dialog;
  #given;
  #map = null;
  #names = null;
  #pin = null;
  #around = null;
  #accuracy;
  #opener = null;
  #timer = 0;
  #asked = 0;
  #spot = document.getElementById("spot");
  #button = document.getElementById("send-place");

  constructor(dialog, given) {
    this.#dialog = dialog;
    this.#given = given;
    this.#button.addEventListener("click", () => this.#send());
    document.getElementById("close-panel").addEventListener("click", () => dialog.close());
    document.getElementById("map").addEventListener("keydown", (event) => this.#key(event));
    dialog.addEventListener("close", () => this.#opener?.isConnected && this.#opener.focus());
  }

  /** `place`: where to put the pin first, if anything is known. */
  async open(place, opener) {
    this.#opener = opener;
    this.#dialog.showModal();
    try {
      if (!this.#map) await this.#build();
    } catch (fault) {
      this.#dialog.close();
      throw fault;
    }
    this.#map.invalidateSize();
    this.#showTown();
    this.#names.show();
    if (place) this.#startAt(place);
    document.getElementById("map").focus();
  }

  async #build() {
    const { leaflet, town, words } = this.#given;
    const [known] = await Promise.all([fetchJson("/chat/map.geojson"), load(leaflet)]);
    const L = window.L;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#map = L.map("map", {
      keyboard: false, zoomControl: false, attributionControl: Boolean(town.tiles), zoomSnap: 0.5, minZoom: 11,
      maxZoom: town.tiles ? CLOSEST : CLOSEST_BARE, zoomAnimation: !calm, fadeAnimation: !calm, markerZoomAnimation: !calm,
    });
    this.#map.attributionControl?.setPrefix("Leaflet");
    L.control.zoom({ position: "topright", zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(this.#map);
    L.control.scale({ imperial: false }).addTo(this.#map);
    if (town.tiles) L.tileLayer(town.tiles.url, { attribution: town.tiles.attribution, maxZoom: CLOSEST }).addTo(this.#map);
    this.#names = new Names(this.#map, known);
    this.#map.on("click", (event) => this.#put(event.latlng));
  }

  #showTown() {
    const [south, west, north, east] = this.#given.town.bounds;
    this.#map.fitBounds([[south, west], [north, east]], { animate: false, padding: [8, 8] });
  }

  #startAt({ latitude, longitude, accuracy }) {
    const where = window.L.latLng(latitude, longitude);
    this.#map.setView(where, 16, { animate: false });
    this.#put(where, this.#given.words.rough_position.replace("{metres}", Math.round(accuracy)));
    this.#accuracy = accuracy;
    this.#around = window.L.circle(where, { radius: accuracy, className: "around", interactive: false }).addTo(this.#map);
  }

  #put(where, lead = "") {
    const L = window.L;
    if (!this.#pin) {
      const icon = L.divIcon({ className: "pin", html: PIN, iconSize: [30, 40], iconAnchor: [15, 39] });
      this.#pin = L.marker(where, { icon, draggable: true, keyboard: false, alt: this.#given.words.pin }).addTo(this.#map);
      this.#pin.on("dragend", () => this.#put(this.#pin.getLatLng()));
    }
    this.#around?.remove();
    this.#accuracy = undefined; // the person corrects the position: its radius no longer says anything
    this.#pin.setLatLng(where);
    this.#button.disabled = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#name(where, lead), 250);
  }

  /** Say in words where the pin is. */
  async #name({ lat, lng }, lead) {
    const asked = ++this.#asked;
    try {
      const spot = await fetchJson(`/chat/spot?langue=${this.#given.language}&latitude=${lat.toFixed(6)}&longitude=${lng.toFixed(6)}`);
      if (asked === this.#asked) this.#spot.textContent = `${lead} ${spot.words}`.trim();
    } catch {
      this.#spot.textContent = lead; // without the network the pin can still be placed; it is sent later
    }
  }

  #key(event) {
    const arrow = ARROWS[event.key];
    if (!this.#map) return; // still on its way
    if (arrow) this.#move(arrow, event.shiftKey ? 5 : 1);
    else if (event.key === "+" || event.key === "=") this.#map.zoomIn();
    else if (event.key === "-") this.#map.zoomOut();
    else if (event.key === "Enter" && this.#pin && event.target.id === "map") this.#send();
    else return;
    event.preventDefault();
  }

  #move([right, down], times) {
    const from = this.#map.latLngToContainerPoint(this.#pin?.getLatLng() ?? this.#map.getCenter());
    const step = this.#pin ? STEP * times : 0; // the first arrow puts the pin in the middle
    const to = this.#map.containerPointToLatLng(from.add([right * step, down * step]));
    this.#put(to);
    if (!this.#map.getBounds().pad(-0.1).contains(to)) this.#map.panTo(to);
  }

  #send() {
    const { lat, lng } = this.#pin.getLatLng();
    this.#given.send({ latitude: lat.toFixed(6), longitude: lng.toFixed(6), accuracy: this.#accuracy });
    this.#opener = null;
    this.#dialog.close();
  }
}

async function fetchJson(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

/** The map library, only for those who open the map. */
function load(address) {
  if (window.L) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    Object.assign(script, { src: address, onload: resolve, onerror: () => reject(new Error(address)) });
    document.head.append(script);
  });
}
