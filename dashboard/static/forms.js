// What the forms do beyond being forms. The server checks all of it again.
import { draw } from "./draw.js";

const helpers = { name: checkName, deploy: deploying, confirm: confirming, reveal: revealing, search: searching };

export function help(root) {
  for (const [word, helper] of Object.entries(helpers))
    for (const element of root.querySelectorAll(`[data-${word}]`)) {
      if (element.helped) continue;
      element.helped = true;
      helper(element);
    }
}

function later(wait, run) {
  let timer = 0;
  return () => { clearTimeout(timer); timer = setTimeout(run, wait); };
}

function checkName(input) {
  const wrong = document.getElementById(`${input.id}-wrong`);
  const ask = later(250, async () => {
    const name = input.value.trim();
    if (!name) return tell("", false);
    try {
      const answer = await fetch(`/api/names/${encodeURIComponent(name)}`);
      if (input.value.trim() !== name) return;
      const { available, problem } = answer.ok ? await answer.json() : { problem: "This cannot be a store's name" };
      tell(available ? `${name} is free` : problem, !available);
    } catch { tell("", false); }
  });
  const tell = (text, bad) => {
    wrong.textContent = text;
    wrong.classList.toggle("fine", !bad);
    if (bad) input.setAttribute("aria-invalid", "true"); else input.removeAttribute("aria-invalid");
  };
  wrong.setAttribute("aria-live", "polite");
  input.addEventListener("input", () => {
    const tidy = input.value.toLowerCase().replace(/[\s_]+/g, "-");
    if (tidy !== input.value) input.value = tidy;
    ask();
  });
}

function deploying(form) {
  onlyChosen(form);
  once(form);
  document.getElementById("refused")?.focus();
}

function onlyChosen(form) {
  const show = () => {
    const chosen = new FormData(form).get("engine");
    for (const part of form.querySelectorAll("[data-engine]")) part.hidden = part.dataset.engine !== chosen;
  };
  for (const radio of form.querySelectorAll("[name=engine]")) radio.addEventListener("change", show);
  show();
}

function once(form) {
  form.addEventListener("submit", () => {
    const button = form.querySelector("button:not([type])");
    button.disabled = true;
    button.textContent = "Deploying …";
  });
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
}

function confirming(form) {
  const [input, button] = [form.elements.confirm, form.querySelector("button")];
  const judge = () => { button.disabled = input.value.trim() !== form.dataset.confirm; };
  input.addEventListener("input", judge);
  judge();
}

function revealing(form) {
  const place = form.closest("[data-credentials]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    button.textContent = "Asking the cluster …";
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.querySelector("[data-credentials]") ?? page.querySelector("main section");
      const refused = answer.ok ? [] : [...page.querySelectorAll("main .notice[role=alert]")];
      place.replaceChildren(...[...refused, ...found.childNodes].map((node) => document.importNode(node, true)));
      copyable(place);
      help(place);
    } catch {
      button.disabled = false;
      button.textContent = "No answer; try again";
    }
  });
}

function copyable(place) {
  for (const code of place.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button copy", textContent: "Copy" });
    button.setAttribute("aria-label", `Copy ${code.closest("div").querySelector("dt").textContent}`);
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    });
    code.after(button);
  }
}

function searching(form) {
  const place = document.getElementById("live");
  const go = async () => {
    const query = new URLSearchParams([...new FormData(form)].filter(([key, value]) => value && !(key === "sort" && value === "-created")));
    history.replaceState(null, "", query.size ? `/?${query}` : "/");
    try {
      if (await draw(place, `/live?${query}`) !== 200) return;
      document.getElementById("said").textContent = place.querySelector("caption")?.textContent ?? "No store matches";
    } catch { /* no connection, which the page says already; what is drawn next is what was searched for */ }
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); go(); });
  form.elements.q.addEventListener("input", later(180, go));
  for (const select of form.querySelectorAll("select")) select.addEventListener("change", go);
}
