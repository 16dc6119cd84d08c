// The telephone's own position, or the key of the words that say why there is none.

const PATIENCE = 15_000; // milliseconds

export function findPosition() {
  return new Promise((resolve) => {
    if (!navigator.geolocation) return resolve({ refused: "no_position" });
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ latitude: coords.latitude, longitude: coords.longitude, accuracy: coords.accuracy }),
      (error) => resolve({ refused: error.code === error.PERMISSION_DENIED ? "no_permission" : "no_position" }),
      { enableHighAccuracy: true, timeout: PATIENCE, maximumAge: 30_000 },
    );
  });
}
