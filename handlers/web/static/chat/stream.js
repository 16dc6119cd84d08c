// What is new, told by the server as it happens. After a broken connection the page says where it stopped.

const HIDDEN_FOR = 60_000; // milliseconds: a tab nobody looks at gives its connection back (browsers allow six a site)

export function listen({ log, state, language, after }) {
  let last = after;
  let source = null;
  let tries = 0;
  let timer = 0;
  let asleep = 0;

  function open() {
    clearTimeout(timer);
    source?.close();
    source = new EventSource(`/chat/events?langue=${language}&after=${last}`);
    source.addEventListener("open", () => {
      tries = 0;
      state.network("");
    });
    source.addEventListener("entry", (event) => {
      last = event.lastEventId || last;
      log.place(JSON.parse(event.data));
    });
    source.addEventListener("erased", () => log.forget());
    source.addEventListener("error", () => {
      state.network(navigator.onLine ? "reconnecting" : "offline");
      if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      tries += 1;
      timer = setTimeout(open, Math.min(30, 2 ** tries) * 1000);
    });
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(asleep);
    if (document.hidden) asleep = setTimeout(() => source.close(), HIDDEN_FOR);
    else if (source.readyState === EventSource.CLOSED) open();
  });
  window.addEventListener("online", open);
  window.addEventListener("pageshow", (event) => event.persisted && open());
  open();
}
