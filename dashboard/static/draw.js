// The one way in which what is live is drawn anew. An answer counts only while the page still shows its address
// and nothing newer has been drawn: one that was on its way when somebody searched would undo the search.
import { merge } from "./merge.js";

let [asked, drawn] = [0, 0];

// Resolves to the HTTP status, 0 for an answer that came too late; rejects when there was none.
export async function draw(place, address = place.dataset.live) {
  const mine = ++asked;
  place.dataset.live = address;
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  const html = await answer.text();
  if (mine < drawn || address !== place.dataset.live) return 0;
  if (!answer.ok) return answer.status;
  drawn = mine;
  merge(place, html);
  document.dispatchEvent(new Event("live:drawn"));
  return answer.status;
}
