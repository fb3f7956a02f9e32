// Adds to pages that already work: live updates, ages that tick, and checks while typing.
import { tick } from "./clock.js";
import { follow } from "./live.js";
import { help } from "./forms.js";

document.documentElement.classList.add("js");
tick();
help(document);
document.addEventListener("live:drawn", () => help(document));
if (document.body.dataset.stream) follow(document.body.dataset.stream, document.body.dataset.store ?? "");
