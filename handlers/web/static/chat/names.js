// The names on the map: the quartiers', and from close enough the known places', by which one finds one's street where
// the town has no map background. A name that would be printed over another one waits until there is room.

const CLOSE_ENOUGH = 15; // the zoom at which a telephone shows about one kilometre

export class Names {
  #map;
  #places;

  /** `features`: what /chat/map.geojson gives. */
  constructor(map, { features }) {
    const L = window.L;
    this.#map = map;
    const outlines = features.filter(({ properties }) => properties.role !== "place");
    L.geoJSON(outlines, {
      interactive: false,
      style: ({ properties }) => ({ className: properties.role === "town" ? "town-line" : "quartier", fill: properties.role !== "town" }),
      onEachFeature: ({ properties }, layer) => {
        if (properties.role === "quartier") layer.bindTooltip(properties.name, named("center", "quartier-name"));
      },
    }).addTo(map);
    const places = features.filter(({ properties }) => properties.role === "place");
    this.#places = L.geoJSON(places, {
      pointToLayer: (_feature, where) => L.circleMarker(where, { radius: 4, className: "known-place", interactive: false }),
      onEachFeature: ({ properties }, layer) => layer.bindTooltip(properties.name, named("right", "place-name")),
    });
    map.on("zoomend resize", () => this.show());
  }

  show() {
    if (this.#map.getZoom() >= CLOSE_ENOUGH) this.#places.addTo(this.#map);
    else this.#places.remove();
    const kept = [];
    for (const name of this.#map.getPane("tooltipPane").children) {
      const box = printed(name);
      const crowded = kept.some((other) => meet(box, other));
      name.classList.toggle("crowded", crowded);
      if (!crowded) kept.push(box);
    }
  }
}

function named(direction, className) {
  return { permanent: true, direction, className: `map-name ${className}`, opacity: 1 };
}

/** Where the words are: the box around them is wider. */
function printed(name) {
  const words = document.createRange();
  words.selectNodeContents(name);
  return words.getBoundingClientRect();
}

function meet(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
