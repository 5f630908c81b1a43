/* What this device keeps for the person signed in: their page of a new item, and what was not sent. */

import { drop, listOf } from "./drafts.js";
import { hindrance, person, lookForLine, sendNow } from "./sending.js";

const PAGES = "station-pages", NEW = "/intake/new", OFFLINE = "/intake/offline";
const HALF_A_DAY = 12 * 3600 * 1000, WEEK = 14 * HALF_A_DAY;
const submits = "submits" in document.body.dataset;

const unsent = async () => (await listOf(person)).filter((one) => one.state !== "sent");

/* The counter of what is not sent: hidden while there is nothing to say. */
async function count() {
  const shown = document.getElementById("unsent");
  if (!shown) return;
  const all = await unsent();
  const stopped = all.some((one) => one.state === "refused" || one.state === "asked");
  const kind = hindrance || (stopped ? "stopped" : "kept");
  const words = all.length ? shown.dataset[kind] : hindrance === "offline" ? shown.dataset.noLine : "";
  const text = (words ?? "").replace("{count}", all.length);
  const line = shown.querySelector("p > span");
  if (line.textContent !== text) line.textContent = text;
  shown.hidden = !text;
  const link = shown.querySelector("a");
  link.href = kind === "expired" ? shown.dataset.signIn : `${NEW}#kept`;
  link.textContent = kind === "expired" ? shown.dataset.again : shown.dataset.see;
  link.hidden = !all.length;
}

/* The page that opens without a line is the one of whoever was signed in last, in their language. */
async function keepPage() {
  const whose = `${person} ${document.documentElement.lang}`;
  if (localStorage.getItem("whose") !== whose) {
    await caches.delete(PAGES);
    localStorage.setItem("whose", whose);
  }
  if (!submits) return;
  await navigator.serviceWorker.register("/intake/sw.js", { scope: "/intake/" });
  const pages = await caches.open(PAGES);
  const kept = (await pages.match(OFFLINE)) && (await pages.match(NEW));
  const age = kept ? Date.now() - Date.parse(kept.headers.get("Date")) : Infinity;
  if (!(age < HALF_A_DAY)) (await navigator.serviceWorker.getRegistration("/intake/")).active?.postMessage("keep");
}

async function forgetSent() {
  for (const { id, state, at } of await listOf(person)) {
    if (state === "sent" && Date.now() - at > WEEK) await drop(id);
  }
}

/* Whoever leaves is told what is not sent; their page goes, what they wrote stays theirs. */
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!new URL(form.action).pathname.startsWith("/router/leave")) return;
  event.preventDefault();
  const { length } = await unsent();
  const question = document.getElementById("unsent")?.dataset.leaving ?? "";
  if (length && !confirm(question.replace("{count}", length))) return;
  await caches.delete(PAGES);
  localStorage.removeItem("whose");
  form.submit();
});

if (person && "serviceWorker" in navigator) {
  keepPage().catch(() => {});
  if (submits) {
    document.addEventListener("drafts", count);
    addEventListener("online", () => lookForLine().then(() => sendNow()));
    addEventListener("offline", lookForLine);
    document.addEventListener("visibilitychange", () => document.hidden || sendNow());
    forgetSent().then(count).then(() => sendNow());
    if (document.querySelector("[data-kept]")) lookForLine();
  }
}
