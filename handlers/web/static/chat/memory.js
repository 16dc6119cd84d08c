// What the tab remembers over a reload. A browser may keep nothing (a private window, cookies refused, no room): then
// the page does without.

export function recall(name) {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Gives whether it was kept. */
export function keep(name, value) {
  try {
    sessionStorage.setItem(name, value);
    return true;
  } catch {
    return false;
  }
}
