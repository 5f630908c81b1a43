"use strict";
/* Keyboard, focus and what the reader closed. Every page works without this file. */

const typing = (el) => el.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, dialog");
const rows = () => [...document.querySelectorAll("table.rows tbody tr")].filter((row) => row.querySelector(".c-matter a"));
const current = () => document.querySelector("tr.current");

function goTo(row) {
  current()?.classList.remove("current");
  row.classList.add("current");
}

function move(step) {
  const all = rows();
  const at = all.indexOf(current());
  const row = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  if (!row) return;
  goTo(row);
  row.querySelector(".c-matter a").focus();
}

function toggle() {
  const box = current()?.querySelector(".c-tick input:not(:disabled)");
  if (box) box.click();
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  x: toggle,
  "/": () => document.querySelector(".search input")?.focus(),
  "?": () => document.getElementById("keys").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
  if (event.key === "Enter" && event.target === document.body) {
    current()?.querySelector(".c-matter a")?.click();
    return;
  }
  const act = keys[event.key] ?? document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!act) return;
  event.preventDefault();
  if (typeof act === "function") act();
  else act.click();
});

document.addEventListener("focusin", (event) => {
  const row = event.target.closest("table.rows tbody tr");
  if (row) goTo(row);
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open).showModal();
  if (event.target.closest("[data-print]")) print();
});

document.addEventListener("change", (event) => {
  const { target } = event;
  if (target.closest("[data-submit-on-change]")) target.form.requestSubmit();
  if (target.matches("[data-tick-all]")) {
    const boxes = target.closest("table").querySelectorAll(".c-tick input:not(:disabled):not([data-tick-all])");
    boxes.forEach((box) => { if (box.checked !== target.checked) box.click(); });
  }
});

/* Of a folded choice the options are narrowed to what is typed, and those ticked are named below. */
function named(folded) {
  const boxes = [...folded.querySelectorAll("input[type=checkbox]")];
  const ticked = boxes.filter((box) => box.checked);
  const most = Number(folded.dataset.most);
  for (const box of boxes) box.disabled = !box.checked && ticked.length >= most;
  folded.parentElement.querySelector(".picked").replaceChildren(...ticked.map((box) => {
    const line = document.createElement("li");
    line.textContent = box.parentElement.textContent.trim();
    return line;
  }));
}
for (const folded of document.querySelectorAll("details.folded")) {
  const search = folded.querySelector("input[type=search]");
  search.hidden = false;
  search.addEventListener("input", () => {
    const words = search.value.trim().toLowerCase();
    for (const label of folded.querySelectorAll("label")) label.hidden = !label.textContent.toLowerCase().includes(words);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  for (const act of ["change", "filled"]) folded.closest("form").addEventListener(act, () => named(folded));
  named(folded);
}

/* Ticks taken back at once change what was shown for them. */
document.addEventListener("reset", ({ target }) => {
  setTimeout(() => target.querySelector("tbody tr")?.dispatchEvent(new Event("change")));
});

/* A batch waits some seconds in which it can be taken back; leaving the page sends it at once. */
document.querySelectorAll("form[data-undo-seconds]").forEach((form) => {
  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    document.querySelector(".undo")?.setAttribute("hidden", "");
  };
  const send = () => {
    stop();
    form.submit();
  };
  form.addEventListener("submit", (event) => {
    const shown = document.querySelector(".undo");
    if (!shown) return;
    event.preventDefault();
    if (timer) return;
    let left = Number(form.dataset.undoSeconds);
    const tick = () => {
      const seconds = document.querySelector(".undo [data-seconds]");
      if (!seconds) return stop();
      seconds.textContent = left;
      if (left === 0) return send();
      left -= 1;
    };
    shown.hidden = false;
    tick();
    timer = setInterval(tick, 1000);
  });
  form.addEventListener("reset", stop);
  form.addEventListener("change", stop);
  document.addEventListener("click", ({ target }) => {
    if (target.closest("[data-undo]")) stop();
    if (target.closest("[data-now]")) send();
  });
  addEventListener("pagehide", () => {
    if (timer) navigator.sendBeacon(form.action, new URLSearchParams(new FormData(form)));
    stop();
  });
});

/* A disclosure opens on the first visit, then stays as it was left. */
document.querySelectorAll("details[data-remember]").forEach((details) => {
  const name = `closed:${details.dataset.remember}`;
  if (localStorage.getItem(name)) details.open = false;
  details.addEventListener("toggle", () => {
    if (details.open) localStorage.removeItem(name);
    else localStorage.setItem(name, "1");
  });
});

/* A page in use keeps its session: a quarter of an hour is short at a form. */
if (document.querySelector(".who")) {
  const renewal = { method: "POST", headers: { "Content-Type": "application/json" } };
  let used = true;
  for (const act of ["keydown", "pointerdown", "scroll"]) {
    document.addEventListener(act, () => { used = true; }, { passive: true });
  }
  setInterval(() => {
    if (used) fetch("/router/renew", renewal).catch(() => {});
    used = false;
  }, 5 * 60 * 1000);
}

/* What was typed outlives a session that ran out: this tab keeps it for the person who typed it
   until the act is done or refused. */
const typist = document.body.dataset.person ?? "";
const draftOf = (form) => `draft:${typist}:${new URL(form.action || location.href).pathname}`;
document.querySelectorAll("form[data-keep]").forEach((form) => {
  if (form.querySelector(".errors")) sessionStorage.removeItem(draftOf(form)); // the answer holds it
  const kept = sessionStorage.getItem(draftOf(form));
  for (const [name, value] of JSON.parse(kept ?? "[]")) {
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]:not([type=hidden])`)) {
      if (field.type === "radio" || field.type === "checkbox") field.checked ||= field.value === value;
      else field.value ||= value;
    }
  }
  form.addEventListener("input", () => {
    sessionStorage.setItem(draftOf(form), JSON.stringify([...new FormData(form)]));
  });
  form.addEventListener("submit", () => sessionStorage.setItem("sent", draftOf(form)));
});
const sent = sessionStorage.getItem("sent");
sessionStorage.removeItem("sent");
const isHere = [...document.querySelectorAll("form[data-keep]")].some((form) => draftOf(form) === sent);
const isDone = typist && !isHere && !document.querySelector(".problem");
if (isDone || new URLSearchParams(location.search).has("seen")) sessionStorage.removeItem(sent);

/* A place that is still empty when its request fails says so. */
for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, ({ detail }) => {
    const words = detail.elt.querySelector("[data-failed]");
    if (words) words.textContent = words.dataset.failed;
  });
}

/* The sum of a column whose rows come from several services; not known before all have answered. */
document.addEventListener("htmx:afterSettle", () => {
  for (const sum of document.querySelectorAll("[data-sum]")) {
    const cell = sum.closest("td");
    const others = [...cell.closest("tbody").rows].filter((row) => row !== cell.parentElement);
    const values = others.map((row) => Number(row.cells[cell.cellIndex].dataset.value ?? NaN));
    const total = values.reduce((one, other) => one + other, 0);
    sum.textContent = Number.isNaN(total) ? "–" : total.toLocaleString("en");
  }
});

/* A refused fragment shows its note instead of nothing, an optional one goes; a form whose fields are
   wrong comes back in its place. The event is the target's; the element that asked is in its request. */
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { elt } = detail.requestConfig;
  if (detail.xhr.status < 400 || elt.closest("[data-quiet]")) return;
  if (detail.xhr.status === 422 && elt.matches("form")) {
    detail.shouldSwap = true;
    detail.isError = false;
    return;
  }
  if (elt.matches("[data-optional]")) {
    elt.remove();
    return;
  }
  detail.target = document.getElementById("notes");
  detail.shouldSwap = true;
});
document.addEventListener("htmx:afterSwap", ({ detail }) => detail.target.querySelector(".errors")?.focus());

/* A choice of language or type size is kept in a cookie, not in an address people pass on. */
const address = new URL(location.href);
for (const name of ["lang", "type"]) address.searchParams.delete(name);
if (address.href !== location.href) history.replaceState(null, "", address);

document.querySelector(".errors")?.focus();
if (!current()) rows()[0]?.classList.add("current");
