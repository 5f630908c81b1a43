/* What was typed at this device and has not been sent: one record an item, kept until it is sent.

   {id, person, state, at, opened_at, fields, title, station, body, firm, tried, not_before, answer}
   state: draft (being written), waiting (to be sent), asked (is the date right?), refused, sent.
   A sent one keeps nothing but {id, person, state, at, item_id}. */

let opened;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open("jianyi-station", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("items", { keyPath: "id" }).createIndex("person", "person");
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

/* Resolves once it is on the disk: a device may lose its power in the next moment. */
async function run(mode, work) {
  const done = (await database()).transaction("items", mode, { durability: "strict" });
  const asked = work(done.objectStore("items"));
  return new Promise((resolve, reject) => {
    done.oncomplete = () => resolve(asked.result);
    done.onerror = done.onabort = () => reject(done.error);
  });
}

export const read = (id) => run("readonly", (items) => items.get(id));
export const listOf = (person) => run("readonly", (items) => items.index("person").getAll(person));

const told = (result) => {
  document.dispatchEvent(new Event("drafts"));
  return result;
};
export const save = (record) => run("readwrite", (items) => items.put(record)).then(told);
export const drop = (id) => run("readwrite", (items) => items.delete(id)).then(told);

/* In one transaction: killed in between, neither both nor none are there. */
export const replace = (old, record) =>
  run("readwrite", (items) => {
    items.delete(old);
    return items.put(record);
  }).then(told);

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
