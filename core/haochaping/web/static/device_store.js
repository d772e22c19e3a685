/* Ratings that wait on this device: sealed to the server's key, kept in IndexedDB until the
   server has acknowledged them one by one. Nothing is ever kept that is not sealed. ES2018. */
(function () {
  "use strict";

  const MOST = 5000;              // far above the 2,000 that must fit
  const INFO = "haochaping/1/exchange";
  const encoder = new TextEncoder();

  function bytesOf(text) {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, sign => sign.charCodeAt(0));
  }

  function textOf(bytes) {
    let plain = "";
    bytes.forEach(byte => { plain += String.fromCharCode(byte); });
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function joined(parts) {
    const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let place = 0;
    parts.forEach(part => { all.set(part, place); place += part.length; });
    return all;
  }

  function randomId() {
    return textOf(crypto.getRandomValues(new Uint8Array(18)));
  }

  /* ECDH on P-256, HKDF-SHA256 salted with the throw-away point, AES-256-GCM. */
  async function sealed(key, text, context) {
    const curve = { name: "ECDH", namedCurve: "P-256" };
    const theirs = await crypto.subtle.importKey("raw", bytesOf(key.public), curve, false, []);
    const once = await crypto.subtle.generateKey(curve, true, ["deriveBits"]);
    const point = new Uint8Array(await crypto.subtle.exportKey("raw", once.publicKey));
    const agreed = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, once.privateKey, 256);
    const base = await crypto.subtle.importKey("raw", agreed, "HKDF", false, ["deriveKey"]);
    const secret = await crypto.subtle.deriveKey(
      { name: "HKDF", hash: "SHA-256", salt: point, info: encoder.encode(INFO) },
      base, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
    const nonce = crypto.getRandomValues(new Uint8Array(12));
    const how = { name: "AES-GCM", iv: nonce, additionalData: encoder.encode(context) };
    const cipher = new Uint8Array(await crypto.subtle.encrypt(how, secret, encoder.encode(text)));
    return textOf(joined([point, nonce, cipher]));
  }

  function promised(request) {
    return new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }

  function done(transaction) {
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  }

  /* Why this browser cannot keep ratings, or "ready". */
  function keeping() {
    if (!window.isSecureContext || !window.crypto || !crypto.subtle) return "insecure";
    return window.indexedDB ? "ready" : "no_storage";
  }

  function open(device) {
    const request = indexedDB.open("haochaping-device-" + device, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("waiting", { keyPath: "id" });
      request.result.createObjectStore("refused", { keyPath: "id" });
    };
    return promised(request);
  }

  function create(device) {
    let opened = null;
    let fault = "";

    function database() {
      if (!opened) {
        opened = open(device);
        opened.catch(() => { opened = null; fault = "no_storage"; });
      }
      return opened;
    }

    async function count(name) {
      const base = await database();
      return promised(base.transaction(name).objectStore(name).count());
    }

    /* Seal and keep what was said; resolves when it is safely stored, rejects otherwise. */
    async function keep(key, said) {
      if (keeping() !== "ready" || !key.public) throw new Error("this device cannot keep ratings");
      if (await count("waiting") >= MOST) { fault = "full"; throw new Error("no room left"); }
      const id = randomId();
      const box = await sealed(key, JSON.stringify(said), "device:" + device + ":" + id);
      const base = await database();
      const transaction = base.transaction("waiting", "readwrite");
      const kept = done(transaction);
      transaction.objectStore("waiting").add({ id: id, kid: key.id, box: box });
      try { await kept; } catch (error) { fault = "full"; throw error; }
      fault = "";
      return id;
    }

    /* The next items to send: at most so many, and so many signs in all. */
    async function some(most, signs, without) {
      const base = await database();
      const found = [];
      let size = 0;
      const store = base.transaction("waiting").objectStore("waiting");
      return new Promise((resolve, reject) => {
        const walk = store.openCursor();
        walk.onerror = () => reject(walk.error);
        walk.onsuccess = () => {
          const cursor = walk.result;
          if (!cursor || found.length >= most) { resolve(found); return; }
          const item = cursor.value;
          if (!without.has(item.id)) {
            size += item.box.length + 200;
            if (size > signs && found.length) { resolve(found); return; }
            found.push(item);
          }
          cursor.continue();
        };
      });
    }

    /* Do what the server answered: only what it acknowledged leaves the device. */
    async function settle(results) {
      const base = await database();
      const transaction = base.transaction(["waiting", "refused"], "readwrite");
      const waiting = transaction.objectStore("waiting");
      const refused = transaction.objectStore("refused");
      const settled = done(transaction);
      results.forEach(result => {
        if (result.status === "created" || result.status === "duplicate") waiting.delete(result.id);
        if (result.status !== "refused") return;
        const asked = waiting.get(result.id);
        asked.onsuccess = () => {
          if (!asked.result) return;
          refused.put(Object.assign({ reason: result.reason }, asked.result));
          waiting.delete(result.id);
        };
      });
      return settled;
    }

    /* Refused ratings by reason. */
    async function refusals() {
      const base = await database();
      const all = await promised(base.transaction("refused").objectStore("refused").getAll());
      return all.reduce((found, item) => {
        found[item.reason] = (found[item.reason] || 0) + 1;
        return found;
      }, {});
    }

    /* Put refused ratings back in the queue, to be tried once more. */
    async function again() {
      const base = await database();
      const transaction = base.transaction(["waiting", "refused"], "readwrite");
      const settled = done(transaction);
      const refused = transaction.objectStore("refused");
      const asked = refused.getAll();
      asked.onsuccess = () => asked.result.forEach(item => {
        transaction.objectStore("waiting").put({ id: item.id, kid: item.kid, box: item.box });
        refused.delete(item.id);
      });
      return settled;
    }

    return {
      keep: keep, some: some, settle: settle, refusals: refusals, again: again,
      waiting: () => count("waiting"),
      keeping: () => (keeping() === "ready" && fault ? fault : keeping()),
    };
  }

  window.haochapingStore = { create: create, keeping: keeping, randomId: randomId };
})();
