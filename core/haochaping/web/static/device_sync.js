/* Sends what waits on this device by itself, says how the device is, learns the server's key.
   Used by the window screen and by its health page. ES2018. */
(function () {
  "use strict";

  const ITEMS = 20, SIGNS = 44000, REPORT_SECONDS = 60, LONGEST_PAUSE = 300, TIMEOUT = 20;
  const SOFTWARE = "screen 2";

  function create(options) {
    const store = options.store;
    const run = store ? window.haochapingStore.randomId() : "";
    let key = options.key;
    let sending = false;
    let pause = 0;              // seconds until the next attempt after one that failed
    let notBefore = 0;
    const state = { online: true, heard: 0 };

    function stand() {
      return { clock: Date.now(), run: run, counter: performance.now() };
    }

    async function post(path, said) {
      const control = new AbortController();
      const timer = setTimeout(() => control.abort(), (said.seconds || TIMEOUT) * 1000);
      try {
        const answer = await fetch(options.base + path, {
          method: "POST", cache: "no-store", credentials: "same-origin", signal: control.signal,
          headers: { "Content-Type": "application/json", "Accept": "application/json", "X-Form-Token": options.token },
          body: JSON.stringify(said.body),
        });
        state.online = true;
        state.heard = Date.now();
        if (answer.status === 401 && options.refused) options.refused();
        return answer;
      } catch (error) {
        state.online = false;
        return null;
      } finally {
        clearTimeout(timer);
      }
    }

    function learn(answer) {
      if (answer.queue_key && answer.queue_key.public) key = answer.queue_key;
    }

    async function keep(said) {
      if (!store) throw new Error("this device cannot keep ratings");
      const id = await store.keep(key, Object.assign(stand(), said));
      changed();
      return id;
    }

    /* One batch; returns how many were answered for good. */
    async function batch(tried) {
      const items = await store.some(ITEMS, SIGNS, tried);
      if (!items.length) return -1;
      items.forEach(item => tried.add(item.id));
      const answer = await post("/ratings", { body: Object.assign(stand(), { items: items }) });
      if (!answer || !answer.ok) return 0;
      const said = await answer.json();
      learn(said);
      await store.settle(said.results);
      return said.results.filter(one => one.status !== "later").length;
    }

    function failed() {
      pause = Math.min(pause ? pause * 2 : 5, LONGEST_PAUSE);
      notBefore = performance.now() + pause * 1000;
    }

    /* Send all that waits; safe to call at any time. */
    async function flush(now) {
      if (!store || store.keeping() === "insecure" || sending) return;
      if (!now && performance.now() < notBefore) return;
      sending = true;
      const tried = new Set();
      try {
        let settled = 1;
        while (settled > 0) settled = await batch(tried);
        if (settled === 0) failed();
        if (settled < 0) pause = notBefore = 0;
        if (tried.size) changed();
      } catch (error) {
        failed();
      } finally {
        sending = false;
      }
    }

    async function told() {
      const found = { waiting: 0, refused: {}, keeping: window.haochapingStore.keeping() };
      if (!store || found.keeping !== "ready") return found;
      try {
        found.waiting = await store.waiting();
        found.refused = await store.refusals();
      } catch (error) { /* said below */ }
      found.keeping = store.keeping();
      return found;
    }

    async function report() {
      const body = Object.assign(await told(), { clock: Date.now(), software: SOFTWARE });
      const answer = await post("/report", { body: body });
      if (answer && answer.ok) learn(await answer.json());
      return body;
    }

    function changed() {
      if (options.changed) options.changed();
    }

    function start() {
      if (store && navigator.storage && navigator.storage.persist) navigator.storage.persist();
      window.addEventListener("online", () => { pause = notBefore = 0; flush(true); });
      setInterval(() => { flush(false); }, 5000);
      setInterval(report, REPORT_SECONDS * 1000);
      report().then(() => flush(true));
    }

    return { keep: keep, flush: flush, report: report, told: told, post: post, start: start, state: state };
  }

  window.haochapingSync = { create: create };
})();
