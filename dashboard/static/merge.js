// Puts newly drawn HTML into the page and leaves alone what did not change: focus, selection and
// opened details stay where they are.
export function merge(place, html) {
  const drawn = new DOMParser().parseFromString(`<body>${html}`, "text/html").body;
  children(place, drawn);
}

const same = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && key(a) === key(b);
const key = (node) => node.dataset?.key ?? "";

function children(old, fresh) {
  let here = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    const match = find(here, next);
    if (!match) { old.insertBefore(arrive(document.importNode(next, true)), here); continue; }
    while (here !== match) { const gone = here; here = here.nextSibling; gone.remove(); }
    node(match, next);
    here = match.nextSibling;
  }
  while (here) { const gone = here; here = here.nextSibling; gone.remove(); }
}

function find(from, wanted) {
  if (!from) return null;
  if (!key(wanted)) return same(from, wanted) ? from : null;
  for (let node = from; node; node = node.nextSibling) if (same(node, wanted)) return node;
  return null;
}

function node(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) { if (old.data !== fresh.data) old.data = fresh.data; return; }
  // What a person works with (a half-typed confirmation, shown credentials) is left alone while it is there.
  if (old.hasAttribute("data-keep") || old.isEqualNode(fresh)) return;
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  for (const { name, value } of [...fresh.attributes]) {
    // A form that is on the page keeps its idempotency key, so that pressing twice stays one request.
    if (name === "value" && old.name === "key") continue;
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (old.dataset?.key?.startsWith("row-")) arrive(old);
  children(old, fresh);
}

function arrive(element) {
  if (element.dataset?.key?.startsWith("row-")) {
    element.classList.remove("fresh");
    requestAnimationFrame(() => element.classList.add("fresh"));
  }
  return element;
}
