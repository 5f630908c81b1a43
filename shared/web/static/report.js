"use strict";
/* A report outlives a lost line: this tab keeps what was typed and sends it again until it has
   arrived. The form works without this file; sent twice it is one report. */

const PATIENCE = 10000;
const nameOf = (form) => `report:${new URL(form.action).pathname}`;
const drop = () => Object.keys(sessionStorage).filter((name) => name.startsWith("report:")).forEach((name) => sessionStorage.removeItem(name));

for (const form of document.querySelectorAll("form[data-resend]")) {
  const status = form.querySelector(".resend");
  const button = form.querySelector("button.primary");
  const say = (words) => { status.hidden = !words; status.textContent = words; };
  const keep = (sending) => sessionStorage.setItem(nameOf(form), JSON.stringify({ sending, fields: [...new FormData(form)] }));
  let timer = 0;
  let wait = 1000;

  const again = (seconds) => {
    say(status.dataset.waiting);
    timer = setTimeout(send, seconds ? seconds * 1000 : wait);
    wait = Math.min(wait * 2, 15000);
  };

  async function send() {
    clearTimeout(timer);
    timer = 0;
    const late = new AbortController();
    const bell = setTimeout(() => late.abort(), PATIENCE);
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual",
        headers: { Accept: "text/html" }, signal: late.signal,
      });
      if (answer.type === "opaqueredirect") {
        drop();
        location.assign(`${form.dataset.resend}${form.elements.secret.value}?new=1`);
      } else if (answer.status >= 500 || answer.status === 429) {
        again(Number(answer.headers.get("Retry-After")));
      } else {
        drop();
        form.submit(); // the answer is a page that says what to change
      }
    } catch {
      again(0);
    } finally {
      clearTimeout(bell);
    }
  }

  const kept = JSON.parse(sessionStorage.getItem(nameOf(form)) ?? "null");
  if (form.querySelector(".errors")) {
    drop();
  } else if (kept) {
    for (const [name, value] of kept.fields) {
      const field = form.elements[name];
      if (!field || name === "form_token") continue;
      if (field.type === "checkbox") field.checked = field.value === value;
      else field.value = value;
      field.closest("details")?.toggleAttribute("open", true);
    }
  }
  form.addEventListener("input", () => keep(false));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    keep(true);
    say(status.dataset.sending);
    send();
  });
  addEventListener("online", () => { if (timer) send(); });
  addEventListener("pageshow", (event) => { if (event.persisted) button.disabled = false; });
  if (kept?.sending) form.requestSubmit();
}
if (document.querySelector("[data-arrived]")) drop();
