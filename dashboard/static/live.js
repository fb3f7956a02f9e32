// One event stream per page. Events say that something changed; the server draws what it looks like now.
import { draw } from "./draw.js";

const kinds = ["queued", "started", "waiting", "recovered", "progress", "succeeded", "failed", "stalled", "canceled"]
  .map((word) => `operation.${word}`).concat("store.status");
const noise = ["engine.step", "kubernetes.event"];
const soon = 250;      // ms after an event until the page is asked for again: a burst is one request
const atMost = 1000;   // ms between two requests
const often = 3000;    // ms between two looks at an operation that runs
const patience = 2500; // ms of silence before a person is told: a restart of the server is shorter

export function follow(address, store) {
  const place = document.getElementById("live");
  const refresh = refresher(place);
  const tell = teller();
  listen(address, store, place, refresh, tell);
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
  // Pods and progress change without an event of their own; worth a look only while a stopwatch runs.
  setInterval(() => place.querySelector("[data-since]") && refresh(), often);
}

function listen(address, store, place, refresh, tell) {
  const source = new EventSource(address);
  source.onopen = () => { tell(true); refresh(); };
  source.onerror = () => {
    tell(false);
    // The browser reconnects by itself, but not after an answer that is no stream (503 while starting).
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 3000, address, store, place, refresh, tell);
  };
  for (const kind of kinds) source.addEventListener(kind, (message) => { announce(JSON.parse(message.data)); refresh(); });
  for (const kind of noise) source.addEventListener(kind, (message) => store ? refresh() : mention(place, JSON.parse(message.data)));
  source.addEventListener("replay.incomplete", refresh);
  window.addEventListener("pagehide", () => source.close(), { once: true });
}

let lostTimer = 0;

function teller() {
  const [link, lost] = [document.getElementById("link"), document.getElementById("lost")];
  const show = (live) => {
    link.hidden = false;
    link.dataset.state = live ? "live" : "lost";
    link.innerHTML = live ? "<span>Live</span>" : "<span>Reconnecting</span>";
    if (!live && lost.hidden) say("Live updates are interrupted");
    if (live && !lost.hidden) say("Live updates are back");
    lost.hidden = live;
  };
  return (live) => {
    // A failed attempt to reconnect must not start the patience anew.
    if (!live) { lostTimer ||= setTimeout(show, patience, false); return; }
    clearTimeout(lostTimer);
    lostTimer = 0;
    show(true);
  };
}

function refresher(place) {
  let [timer, last, busy, again] = [0, 0, false, false];
  const run = async () => {
    timer = 0;
    if (document.hidden) return;
    if (busy) { again = true; return; }
    [busy, last] = [true, Date.now()];
    try {
      if (await draw(place) === 404) location.reload();
    } catch { /* the stream's own error says so */ }
    busy = false;
    if (again) { again = false; ask(); }
  };
  const ask = () => { timer ||= setTimeout(run, Math.max(soon, last + atMost - Date.now())); };
  return ask;
}

// On the list, chatter of pods changes one cell; asking the server for it would cost more than it tells.
function mention(place, event) {
  const row = place.querySelector(`tr[data-store="${CSS.escape(event.store)}"]`);
  const cell = row?.querySelector("[data-said]");
  if (!cell) return;
  cell.textContent = event.message || event.reason;
  const time = row.querySelector(".said time");
  if (time) time.dateTime = event.at;
}

function announce(event) {
  if (event.message) say(`${event.store}: ${event.message}`);
}

function say(text) {
  document.getElementById("said").textContent = text;
}
