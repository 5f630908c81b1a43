/* Sends what waits on this device, the oldest first, as README says for apps of stations. */

import { filesOf, listOf, read, save, saveFiles } from "./drafts.js";

const ITEMS = "/intake/v1/items";
const FIRST_WAIT = 2, LONGEST_WAIT = 60, PATIENCE = 20, PATIENCE_OF_A_FILE = 120; // seconds
const FINAL = new Set([400, 403, 409, 413, 415, 422]);
const JSON_TYPE = { "Content-Type": "application/json" };

export const person = document.body.dataset.person;
const english = document.documentElement.lang === "en";

/* What an answer asks of the device: see the table of answers in README. */
export function verdict(status, told) {
  if (status === 200 || status === 201) return told.item_id || told.attachment_id ? "sent" : "stop";
  if (told.code === "occurred_in_future" || told.code === "under_repair") return "later";
  if (status === 401) return "expired";
  if (told.code === "date_far_back") return "asked";
  if (FINAL.has(status) && told.code && told.code !== "unknown_station") return "refused";
  return "stop";
}

/* The answer of the service; throws without one. Another person's session is refused (401). */
async function ask(path, body) {
  const isFile = body instanceof FormData;
  const options = {
    headers: { ...(isFile ? {} : JSON_TYPE), Accept: "application/json", "Jianyi-Person": person },
    signal: AbortSignal.timeout((isFile ? PATIENCE_OF_A_FILE : PATIENCE) * 1000),
  };
  const answer = await fetch(path, body ? { ...options, method: "POST", body } : options);
  const isJson = (answer.headers.get("Content-Type") ?? "").includes("json");
  return [answer, isJson ? await answer.json() : {}];
}

async function askSignedIn(path, body) {
  const first = await ask(path, body);
  if (first[0].status !== 401) return first;
  const renewed = await fetch("/router/renew", { method: "POST", headers: JSON_TYPE });
  return renewed.ok ? ask(path, body) : first;
}

/* Errors by field, and what else is to be said, in the language of the page. */
function answerOf(told) {
  const tail = english ? "_en" : "";
  const errors = (told.errors ?? []).map((one) => [one.pointer.slice(2), one[`detail${tail}`]]);
  const words = `${told[`detail${tail}`] ?? ""}${english ? " " : ""}${told[`what_to_do${tail}`] ?? ""}`;
  return { code: told.code, errors, words };
}

const lookupAt = (what, query) => `/intake/v1/lookups/${what}?${new URLSearchParams(query)}`;

export const lookUp = async (what, query) => (await ask(lookupAt(what, query)))[1];

/* An enterprise typed by name has no code yet: the register finds it once there is a line. */
async function withFirm(record) {
  if (!record.firm) return record;
  const [answer, { firms }] = await askSignedIn(lookupAt("firms", { name: record.firm }));
  if (!firms) return answer;
  const same = firms.filter((one) => one.name === record.firm);
  const fitting = same.length === 1 ? same : firms;
  if (fitting.length !== 1) {
    const code = firms.length ? "several_firms" : "no_firm";
    await save({ ...record, state: "refused", answer: { code, errors: [], words: "" } });
    return null;
  }
  const body = { ...record.body, enterprise_code: fitting[0].code };
  if (body.entered_by_proxy) body.source_kind = "enterprise"; // not a deputy's own item
  const found = { ...record, firm: "", body };
  await save(found);
  return found;
}

/* Seconds to wait, as the service says. */
const pause = (answer) => Number(answer.headers.get("Retry-After")) || 0;

/* A file as our own pages send it: with the token of the page. */
function formOf(file) {
  const form = new FormData();
  form.append("form_token", document.querySelector("[name=form_token]")?.value ?? "");
  form.append("file", file);
  return form;
}

/* Sends the files of an item that has arrived; one that was sent before is the same attachment. */
async function sendFiles(record) {
  const { id, person: whose, at, title, item_id } = record;
  let left = { id, person: whose, at, title, item_id, state: "waiting", tried: true, lost: record.lost ?? [] };
  await save(left);
  for (let files = await filesOf(id); files.length; files = files.slice(1)) {
    const [, file] = files[0];
    const [answer, told] = await askSignedIn(`${ITEMS}/${item_id}/attachments`, formOf(file));
    const way = answer.status === 404 && told.code ? "refused" : verdict(answer.status, told);
    if (answer.status === 415 || !["sent", "refused"].includes(way)) return { way: way === "refused" ? "stop" : way, wait: pause(answer) };
    if (way === "refused") left = { ...left, lost: [...left.lost, [file.name, answerOf(told).words]] };
    await save(left);
    await saveFiles(id, files.slice(1));
  }
  await save({ id, person: whose, state: "sent", at: Date.now(), item_id, lost: left.lost });
  return { way: "sent" };
}

/* Sends one record and keeps what came of it; says whether to go on, and how long to wait. */
async function send(record) {
  if (record.item_id) return sendFiles(record);
  const ready = await withFirm(record);
  if (ready === null) return { way: "refused" };
  if (ready instanceof Response) {
    return { way: ready.status === 401 ? "expired" : "stop", wait: pause(ready) };
  }
  await save({ ...ready, tried: true }); // from now on it may have arrived
  const query = new URLSearchParams({ station: ready.station });
  const [answer, told] = await askSignedIn(`${ITEMS}?${query}`, JSON.stringify(ready.body));
  const way = verdict(answer.status, told);
  const wait = pause(answer);
  if (way === "sent") return sendFiles({ ...ready, item_id: told.item_id });
  if (way === "refused" || way === "asked") {
    await save({ ...ready, tried: true, state: way, answer: answerOf(told) });
  } else if (way === "later") {
    await save({ ...ready, tried: true, not_before: Date.now() + (wait || 60) * 1000 });
  }
  return { way, wait };
}

let wait = FIRST_WAIT, timer = 0;

/* offline, expired (the session) or nothing: what keeps the rest from being sent. */
export let hindrance = "";

function hindered(by) {
  hindrance = by;
  document.dispatchEvent(new Event("drafts"));
}

const firstOf = (first) => (one, other) =>
  (other.id === first) - (one.id === first) || (one.id < other.id ? -1 : 1);

/* Sends all that waits; gives the seconds until the next try, 0 if nothing is left to send. */
async function round(first) {
  const waiting = (await listOf(person)).filter((one) => one.state === "waiting");
  let next = 0;
  for (const { id } of waiting.sort(firstOf(first))) {
    const record = await read(id);
    if (record?.state !== "waiting") continue;
    const left = ((record.not_before ?? 0) - Date.now()) / 1000;
    if (left > 0) {
      next = Math.min(next || left, left);
      continue;
    }
    const { way, wait: asked } = await send(record).catch(() => ({ way: "offline" }));
    if (way === "later") next = Math.min(next || 60, asked || 60);
    if (["offline", "expired", "stop"].includes(way)) {
      hindered(way === "stop" ? "" : way);
      wait = Math.min(wait * 2, LONGEST_WAIT);
      return asked || wait * (0.8 + Math.random() * 0.4);
    }
  }
  wait = FIRST_WAIT;
  if (waiting.length) hindered("");
  return next;
}

/* Only one page of this device sends at a time. */
export async function sendNow(first = "") {
  clearTimeout(timer);
  const again = await navigator.locks.request("jianyi-sending", () => round(first));
  clearTimeout(timer);
  if (again) timer = setTimeout(sendNow, again * 1000);
}

/* Whether there is a line at all, where nothing waits to show it. */
export async function lookForLine() {
  try {
    await fetch("/intake/manifest.webmanifest", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE * 1000) });
    if (hindrance === "offline") hindered("");
  } catch {
    hindered("offline");
    setTimeout(lookForLine, LONGEST_WAIT * 500);
  }
}
