"use strict";
/* The stations' pages without a line. VERSION (the hash of all of FILES) and FILES stand before
   this text: services/intake/console/offline_pages.py. */

const CACHE = `station-${VERSION}`, PAGES = "station-pages";
const NEW = "/intake/new", FIRST = "/intake/", OFFLINE = "/intake/offline";
const PATIENCE = 4000; // ms: a line that is there and carries nothing is none

addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll([...FILES.map((file) => new Request(file, { cache: "no-cache" })), OFFLINE]);
    await skipWaiting();
  })());
});

/* A kept page names the files of its version: both go together. */
addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("station-") && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await clients.claim();
    await keepAnew().catch(() => {}); // the next page asks again
  })());
});

/* Asks for the page of a new item and keeps it, marked as kept: its times are those of then. */
async function keep(request) {
  const answer = await fetch(request);
  if (answer.ok && !answer.redirected) {
    const html = (await answer.clone().text()).replace("data-fresh", "data-kept");
    const pages = await caches.open(PAGES);
    await pages.put(NEW, new Response(html, { headers: answer.headers }));
  }
  return answer;
}

async function keepAnew() {
  await keep(new Request(NEW, { credentials: "same-origin", headers: { Accept: "text/html" } }));
  await (await caches.open(PAGES)).add(OFFLINE);
}

/* From a page: of another person, in another language, or half a day later. */
addEventListener("message", (event) => event.waitUntil(keepAnew().catch(() => {})));

const withoutLine = async () =>
  (await (await caches.open(PAGES)).match(OFFLINE)) ?? caches.match(OFFLINE);

async function file(request) {
  const kept = await caches.match(request);
  if (kept && new URL(request.url).search) return kept; // its address names its content
  try {
    return await fetch(request);
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

async function newItem(request) {
  const asked = keep(request);
  const kept = await (await caches.open(PAGES)).match(NEW);
  if (!kept) return asked.catch(withoutLine);
  const late = new Promise((done) => { setTimeout(done, PATIENCE, kept); });
  return Promise.race([asked.then((answer) => (answer.status < 500 ? answer : kept), () => kept), late]);
}

async function elsewhere(path) {
  const kept = await (await caches.open(PAGES)).match(NEW);
  return path === FIRST && kept ? Response.redirect(NEW) : withoutLine();
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (pathname.startsWith("/static/")) event.respondWith(file(request));
  else if (request.mode !== "navigate") return;
  else if (pathname === NEW) event.respondWith(newItem(request));
  else event.respondWith(fetch(request).catch(() => elsewhere(pathname)));
});
