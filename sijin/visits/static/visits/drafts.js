// What is typed on this phone and not sent yet: text in localStorage, photos in IndexedDB, each account its own.
// A draft is {uuid, path, title, at, state: "draft" | "unsent", message, values: [[name, value]], findings, items, photos}.
const Drafts = (() => {
  const key = (account, uuid) => `sijin.visit.${account}.${uuid}`;
  const read = (name) => {
    try {
      return JSON.parse(localStorage.getItem(name));
    } catch {
      return null;
    }
  };

  const list = (account) =>
    Object.keys(localStorage)
      .filter((name) => name.startsWith(key(account, "")))
      .map(read)
      .filter(Boolean)
      .sort((a, b) => (a.at < b.at ? 1 : -1));
  const get = (account, uuid) => read(key(account, uuid));
  const keep = (account, draft) => {
    try {
      localStorage.setItem(key(account, draft.uuid), JSON.stringify(draft));
      return true;
    } catch {
      return false; // the phone's store is full or shut
    }
  };

  const store = (mode, act) =>
    new Promise((resolve) => {
      const opening = indexedDB.open("sijin-visits", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("photos");
      opening.onerror = () => resolve(null);
      opening.onsuccess = () => {
        const transaction = opening.result.transaction("photos", mode);
        const asked = act(transaction.objectStore("photos"));
        transaction.oncomplete = () => {
          opening.result.close();
          resolve(asked.result ?? null);
        };
        transaction.onerror = transaction.onabort = () => resolve(null);
      };
    });
  const photos = {
    get: async (uuid) => (await store("readonly", (kept) => kept.get(uuid))) ?? [],
    put: (uuid, files) => store("readwrite", (kept) => kept.put(files, uuid)),
    drop: (uuid) => store("readwrite", (kept) => kept.delete(uuid)),
  };

  const drop = async (account, uuid) => {
    localStorage.removeItem(key(account, uuid));
    await photos.drop(uuid);
  };

  // Sends a form; answers {kind: kept | errors | signed_out | old_page | failed | broken, url?, errors?, version?, words?}.
  const send = async (path, body) => {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), 120_000);
    try {
      const answer = await fetch(path, {
        method: "POST",
        body,
        headers: { "X-Sijin-Send": "1" },
        signal: patience.signal,
      });
      if (answer.redirected && answer.url.includes("/account/")) return { kind: "signed_out" };
      if ((answer.headers.get("content-type") ?? "").includes("json")) {
        const told = await answer.json();
        return told.url ? { kind: "kept", url: told.url } : { kind: "errors", ...told };
      }
      if (answer.status === 403 || answer.status === 422 || answer.status === 404) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const words = page.querySelector("main p")?.textContent.trim();
        return words ? { kind: "refused", words } : { kind: "old_page" };
      }
      return { kind: "broken" };
    } catch {
      return { kind: "failed" };
    } finally {
      clearTimeout(timer);
    }
  };

  // The body of a draft, as its form would send it.
  const body = async (draft, token) => {
    const made = new FormData();
    made.append("csrfmiddlewaretoken", token);
    for (const [name, value] of draft.values) made.append(name, value);
    for (const photo of await photos.get(draft.uuid)) made.append("photos", photo.blob, photo.name);
    return made;
  };

  const words = () => JSON.parse(document.getElementById("visit-words")?.textContent ?? "{}");
  return { list, get, keep, drop, photos, send, body, words };
})();
