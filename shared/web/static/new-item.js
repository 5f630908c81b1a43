/* The form of a new item: kept on this device at every stroke, sent when there is a line. */

import { drop, filesOf, listOf, newId, read, replace, save, saveFiles } from "./drafts.js";
import { lookUp, person, sendNow } from "./sending.js";

const form = document.getElementById("new-item");
const kept = document.getElementById("kept");
const { dataset: said } = form;
const PLACES = JSON.parse(said.places), DIVISIONS = JSON.parse(said.divisions);
const OWN = new Set(["form_token", "id", "opened_at"]);
const OF_BODY = { co_proposers_person_id: "co_deputies", co_proposers: "co_deputies", enterprise_code: "enterprise", division_code: "station", occurred_at: "day" };
const english = document.documentElement.lang === "en";
const SHANGHAI = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai" });
const dayOf = (time) => SHANGHAI.format(time);
const when = new Intl.DateTimeFormat(english ? "en-GB" : "zh-CN", { dateStyle: "medium", timeStyle: "short" });

/* A deputy who is signed in raises an item in their own name. */
const own = "own" in said;

/* The clock of the device, put right by the last page that came from the service. */
const fresh = "fresh" in said;
if (fresh) localStorage.setItem("clock", Date.parse(form.elements.opened_at.value) - Date.now());
const now = () => Date.now() + Number(localStorage.getItem("clock"));

const typed = () => [...new FormData(form)].filter(([name, value]) => !OWN.has(name) && typeof value === "string");
const blank = JSON.stringify(typed().filter(([name]) => name !== "day"));
const chosen = () => [...new FormData(form)].filter(([, value]) => value instanceof File && value.size);
let current = begin();

function begin() {
  return { id: newId(), person, state: "draft", opened_at: new Date(now()).toISOString() };
}

const fieldOf = (name) => document.getElementById(`f-${name}`)?.closest(".field");
const controls = (name) => form.querySelectorAll(`[name="${CSS.escape(name)}"]`);

function fill(fields, files = []) {
  const values = new Map();
  for (const [name, value] of fields) values.set(name, [...(values.get(name) ?? []), value]);
  for (const one of form.elements) {
    if (!one.name || OWN.has(one.name)) continue;
    const given = values.get(one.name) ?? [];
    if (one.type === "file") {
      const kept = new DataTransfer();
      for (const [name, file] of files) if (name === one.name) kept.items.add(file);
      one.files = kept.files;
    } else if (one.type === "radio" || one.type === "checkbox") one.checked = given.includes(one.value);
    else if (one.type !== "hidden" || given.length) one.value = given[0] ?? "";
  }
  form.dispatchEvent(new Event("filled"));
}

function clear() {
  form.reset();
  form.dispatchEvent(new Event("filled"));
  showErrors([]);
  form.querySelector("[name=date_confirmed]")?.closest(".field").remove();
  current = begin();
  form.elements.day.value = dayOf(now());
  sessionStorage.removeItem("draft");
}

/* Errors at their fields and above the form; of those without a field only above. */
function showErrors(errors, words = "") {
  for (const one of form.querySelectorAll(".wrong, .errors")) one.remove();
  for (const one of form.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
  if (!errors.length && !words) return;
  const box = document.getElementById("wrong").content.firstElementChild.cloneNode(true);
  const many = said[errors.length > 1 ? "wrongMany" : "wrongOne"].replace("{count}", errors.length);
  box.querySelector("p").textContent = errors.length ? many : words;
  for (const [name, text] of errors) {
    const field = fieldOf(name);
    const line = box.querySelector("ul").appendChild(document.createElement("li"));
    if (!field) {
      line.textContent = text;
      continue;
    }
    const label = field.querySelector("label, legend").firstChild.textContent.trim();
    const link = line.appendChild(document.createElement("a"));
    link.href = `#f-${name}`;
    link.textContent = `${label}${english ? ": " : "："}${text}`;
    const below = field.appendChild(document.createElement("p"));
    Object.assign(below, { className: "wrong", id: `e-${name}`, textContent: text });
    for (const one of controls(name)) {
      one.setAttribute("aria-invalid", "true");
      one.setAttribute("aria-describedby", below.id);
    }
  }
  form.prepend(box);
  box.focus();
}

/* An answer's errors by the fields of this form. */
function errorsOf({ code, errors, words }) {
  if (code in PLACES) return [[PLACES[code], words]];
  return errors.map(([pointer, text]) => {
    const name = pointer.split("/").filter((part) => !/^\d+$/.test(part)).join("_");
    return [OF_BODY[name] ?? name, text];
  });
}

const OWN_WORDS = { no_firm: said.noFirm, several_firms: said.severalFirms };
const wordsOf = (answer) => OWN_WORDS[answer?.code] ?? answer?.words ?? "";

function showAnswer({ answer, state }) {
  if (!answer) return;
  if (state === "asked" && !form.querySelector("[name=date_confirmed]")) {
    form.querySelector(".form-acts").before(document.getElementById("ask-date").content.cloneNode(true));
  }
  const words = wordsOf(answer);
  const errors = errorsOf({ ...answer, words });
  showErrors(errors, errors.length ? "" : words);
}

/* A refused one goes on under a new id; what was only asked about stays the same one. */
async function edit(record) {
  await keeping;
  const draft = { ...record, state: "draft", answer: undefined, tried: false, not_before: 0 };
  if (record.state === "refused") {
    draft.id = newId();
    await replace(record.id, draft);
  } else {
    await save(draft);
  }
  clear();
  current = draft;
  fill(draft.fields, await filesOf(draft.id));
  sessionStorage.setItem("draft", draft.id);
  showAnswer(record);
  if (!record.answer) form.elements.title.focus();
}

let keeping = Promise.resolve();

function written(fields) {
  return { ...current, fields, title: form.elements.title.value.trim(), at: Date.now() };
}

/* One after the other: the last stroke is the one that stays. */
function keep() {
  const fields = typed();
  if (JSON.stringify(fields.filter(([name]) => name !== "day")) === blank && !chosen().length) return;
  current = written(fields);
  sessionStorage.setItem("draft", current.id);
  const record = current;
  keeping = keeping.then(() => save(record)).catch(() => {
    document.getElementById("not-kept").hidden = false;
  });
}

/* The files go apart from the words, which are written at every stroke. */
function keepFiles() {
  const { id } = current, files = chosen();
  keep();
  keeping = keeping.then(() => saveFiles(id, files)).catch(() => {
    document.getElementById("not-kept").hidden = false;
  });
}

function wrongFiles() {
  const files = chosen();
  if (files.length > Number(said.maxFiles)) return [["files", said.tooMany]];
  const large = files.find(([, file]) => file.size > Number(said.maxBytes));
  return large ? [[large[0], said.tooLarge]] : [];
}

/* The item as the service takes it; an enterprise typed by name is looked up before it is sent. */
function itemOf(draft) {
  const data = new FormData(form);
  const one = (name) => String(data.get(name) ?? "").trim();
  const firm = one("enterprise").toUpperCase();
  const code = /^[0-9A-Z]{18}$/.test(firm) ? firm : "";
  const deputy = one("deputy_id");
  const opened = new Date(draft.opened_at);
  const body = {
    id: draft.id,
    title: one("title"),
    body: one("body"),
    item_type: one("item_type"),
    policy_codes: data.getAll("policy_codes"),
    division_code: DIVISIONS[one("station")],
    occurred_at: dayOf(opened) === one("day") ? draft.opened_at : `${one("day")}T12:00:00+08:00`,
    source_kind: own ? "deputy" : code ? "enterprise" : deputy ? "deputy" : "station",
    confidential: data.has("confidential"),
    self_interest: data.has("self_interest"),
    date_confirmed: data.has("date_confirmed"),
    entered_by_proxy: !own && Boolean(one("enterprise") || deputy),
    co_proposers: data.getAll("co_deputies").map((id) => ({ person_id: id })),
  };
  if (code) body.enterprise_code = code;
  if (deputy) body.deputy_id = deputy;
  if (one("contact_name") || one("contact_phone") || one("contact_email")) {
    body.contact = { name: one("contact_name"), phone: one("contact_phone") };
    if (one("contact_email")) body.contact.email = one("contact_email");
  }
  return { body, firm: code ? "" : one("enterprise"), station: one("station") };
}

form.addEventListener("input", ({ target }) => (target.type === "file" ? keepFiles() : keep()));
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const missing = said.required.split(" ").filter((name) => !String(new FormData(form).get(name) ?? "").trim());
  const wrong = [...missing.map((name) => [name, said.missing]), ...wrongFiles()];
  showErrors(wrong);
  if (wrong.length) return;
  form.inert = true; // nothing typed now would be of this item
  await keeping;
  const { id } = current;
  try {
    await save({ ...written(typed()), ...itemOf(current), state: "waiting", answer: undefined });
    if ((await filesOf(id)).length !== chosen().length) throw new Error("not kept");
  } catch { // no room on this device: the form goes as it would without scripts
    await drop(id).catch(() => {});
    form.elements.id.value = id;
    form.inert = false;
    form.submit();
    return;
  }
  sessionStorage.removeItem("draft");
  const late = new Promise((done) => { setTimeout(done, 6000); });
  await Promise.race([sendNow(id).catch(() => {}), late]);
  const after = await read(id);
  const isWhole = after.state === "sent" && !after.lost.length;
  if (isWhole) return location.assign(`/intake/items/${after.item_id}/receipt`);
  form.inert = false;
  if (after.item_id || after.state === "waiting") {
    clear();
    kept.focus();
  } else {
    await edit(after);
  }
});

function rowOf(record) {
  const row = document.getElementById("kept-row").content.firstElementChild.cloneNode(true);
  const { state, answer } = record;
  const title = state === "sent" ? "" : record.title || said.untitled;
  const standing = record.item_id && state === "waiting" ? said.files : said[state];
  const lost = (record.lost ?? []).map(([name, words]) => `${name}${english ? ": " : "："}${words}`);
  row.querySelector("b").textContent = title;
  row.querySelector("[data-standing]").textContent =
    [standing, when.format(record.at), wordsOf(answer), ...lost].join(" ");
  const [more, gone, receipt] = row.querySelectorAll("button, a");
  more.textContent = state === "draft" ? said.goOn : said.change;
  more.hidden = state === "sent" || (state === "waiting" && record.tried) || answer?.code === "erased";
  gone.hidden = state === "sent" || (state === "waiting" && record.tried);
  receipt.hidden = state !== "sent";
  if (state === "sent") receipt.href = `/intake/items/${record.item_id}/receipt`;
  more.addEventListener("click", () => edit(record));
  gone.addEventListener("click", async () => {
    if (confirm(said.deleting)) await drop(record.id);
  });
  return row;
}

async function list() {
  const all = (await listOf(person)).filter((one) => one.id !== current.id || one.state !== "draft");
  kept.hidden = !all.length;
  kept.querySelector("ul").replaceChildren(...all.map(rowOf));
}

/* Enterprises of the register while one types; only with a line. */
const enterprise = form.elements.enterprise;
const firms = document.getElementById("firms");
let asking = 0;
enterprise.setAttribute("list", firms.id);
enterprise.addEventListener("input", () => {
  clearTimeout(asking);
  const name = enterprise.value.trim();
  if (name.length < 2 || [...firms.options].some((one) => one.value === name)) return;
  asking = setTimeout(async () => {
    const found = await lookUp("firms", { name }).catch(() => ({}));
    firms.replaceChildren(...(found.firms ?? []).map((one) => new Option(one.code, one.name)));
  }, 250);
});

/* What the station raised before about the same enterprise or in like words, and what came of it. */
async function showEarlier() {
  const query = new URLSearchParams({ enterprise: enterprise.value, title: form.elements.title.value });
  const answer = await fetch(`/intake/new/earlier?${query}`, { headers: { "HX-Request": "true" } });
  if (answer.ok) document.getElementById("earlier").innerHTML = await answer.text();
}
for (const one of [enterprise, form.elements.title]) {
  one.addEventListener("change", () => showEarlier().catch(() => {}));
}

const before = await read(sessionStorage.getItem("draft") ?? "");
if (before?.person === person && before.state === "draft") {
  current = before;
  fill(before.fields, await filesOf(before.id));
} else if (!fresh) {
  form.elements.day.value = dayOf(now());
}
document.addEventListener("drafts", list);
list();
