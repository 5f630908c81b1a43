/* What was typed at this device and has not been sent: one record an item, kept until it is sent.

   {id, person, state, at, opened_at, fields, title, station, body, firm, tried, not_before, answer}
   state: draft (being written), waiting (to be sent), asked (is the date right?), refused, sent.
   Once the item has arrived, {id, person, state, at, title, tried, item_id, lost} is left: waiting
   until its files are sent too, then sent, with the files that were refused and why.
   The files chosen for it are a record of their own, {id, files}, written only as they change. */

let opened;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open("jianyi-station", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("items", { keyPath: "id" }).createIndex("person", "person");
      asked.result.createObjectStore("files", { keyPath: "id" });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

/* Resolves once it is on the disk: a device may lose its power in the next moment. */
async function run(mode, work, ...stores) {
  const done = (await database()).transaction(stores, mode, { durability: "strict" });
  const asked = work(...stores.map((name) => done.objectStore(name)));
  return new Promise((resolve, reject) => {
    done.oncomplete = () => resolve(asked.result);
    done.onerror = done.onabort = () => reject(done.error);
  });
}

export const read = (id) => run("readonly", (items) => items.get(id), "items");
export const listOf = (person) => run("readonly", (items) => items.index("person").getAll(person), "items");

const told = (result) => {
  document.dispatchEvent(new Event("drafts"));
  return result;
};
/* Without it a browser may clear what a page that is not installed keeps, some after a week. */
let lasting;
export const save = (record) => {
  lasting ??= navigator.storage?.persist?.();
  return run("readwrite", (items) => items.put(record), "items").then(told);
};
export const drop = (id) =>
  run("readwrite", (items, files) => {
    files.delete(id);
    return items.delete(id);
  }, "items", "files").then(told);

/* [[field, file], …] of an item. */
export const filesOf = async (id) => (await run("readonly", (files) => files.get(id), "files"))?.files ?? [];
export const saveFiles = (id, chosen) =>
  run("readwrite", (files) => (chosen.length ? files.put({ id, files: chosen }) : files.delete(id)), "files");

/* In one transaction: killed in between, neither both nor none are there. */
export const replace = (old, record) =>
  run("readwrite", (items, files) => {
    files.get(old).onsuccess = ({ target: { result } }) => {
      if (result) files.put({ ...result, id: record.id });
      files.delete(old);
    };
    items.delete(old);
    return items.put(record);
  }, "items", "files").then(told);

/* A UUIDv7: its time comes first, so that the oldest is sent first. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const now = Date.now();
  for (let at = 0; at < 6; at += 1) bytes[at] = Math.floor(now / 2 ** (8 * (5 - at))) % 256;
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const digits = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
