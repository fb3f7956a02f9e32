// Keeps relative ages and the stopwatch right between updates.
const units = [[86400, "d"], [3600, "h"], [60, "min"]];

export function age(seconds) {
  for (const [size, unit] of units) if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
  return `${Math.max(0, Math.floor(seconds))} s`;
}

export function watch(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function now() {
  for (const element of document.querySelectorAll("time[data-age]"))
    put(element, age((Date.now() - Date.parse(element.dateTime)) / 1000));
  for (const element of document.querySelectorAll("[data-since]"))
    put(element, watch((Date.now() - Date.parse(element.dataset.since)) / 1000));
}

export function tick() {
  now();
  setInterval(() => document.hidden || now(), 1000);
  document.addEventListener("visibilitychange", () => document.hidden || now());
}
