/* The window screen: sleeps, wakes with a service, takes one rating, sleeps again.
   Keeps nothing but what is on the screen, and sealed ratings while the line is down
   (device_store.js); ES2018, no build step. */
(function () {
  "use strict";

  const body = document.body;
  const device = body.dataset.device;
  const base = "/device/" + device;
  const seconds = { idle: Number(body.dataset.idle), warning: Number(body.dataset.warning) };
  const THANKS = 3, KEPT = 6, POLL = 3, POLL_BESIDE_LINE = 10, DONE_KEPT = 50, RATE_SECONDS = 8;
  const keypad = JSON.parse(body.dataset.keypad || "{}");
  const panels = document.querySelectorAll(".panel");
  const find = id => document.getElementById(id);
  const warning = find("warning");
  const notice = find("privacy");

  let service = null;      // what is being rated now
  let attempt = null;      // what was sent and may be sent again under the same key
  let finished = [];       // services that had their turn since the page was opened
  let timers = [];
  let listening = false;
  let lastPoll = 0;
  let noticeTimer = 0;

  const store = window.indexedDB ? window.haochapingStore.create(device) : null;
  const sync = window.haochapingSync.create({
    base: base, token: body.dataset.token, store: store,
    key: { id: body.dataset.queueKey, public: body.dataset.queuePoint },
    refused: () => { if (!service) location.reload(); },
  });

  function show(id) {
    panels.forEach(panel => { panel.hidden = panel.id !== id; });
    find("under").hidden = !(id === "choose" || id.startsWith("reasons-"));
    body.dataset.state = id;
    const title = find(id).querySelector("h1");
    if (title && id !== "idle") title.focus();
    window.scrollTo(0, 0);
  }

  function stopTimers() {
    timers.forEach(timer => { clearTimeout(timer); clearInterval(timer); });
    timers = [];
    if (warning.open) warning.close();
  }

  function touched() {
    stopTimers();
    if (service) timers.push(setTimeout(warn, seconds.idle * 1000));
  }

  function warn() {
    let left = seconds.warning;
    find("left").textContent = left;
    if (!warning.open) warning.showModal();
    find("continue").focus();
    timers.push(setInterval(() => {
      left -= 1;
      find("left").textContent = left;
      if (left <= 0) leave();
    }, 1000));
  }

  /* Back to sleep: what was chosen or written is gone. */
  function leave() {
    if (service) finished = finished.concat(service.service).slice(-DONE_KEPT);
    service = attempt = null;
    stopTimers();
    closeNotice();
    silence();
    enlarge(false);
    document.querySelectorAll("form.panel").forEach(form => form.reset());
    document.querySelectorAll("[data-fault]").forEach(fault => { fault.hidden = true; });
    document.querySelectorAll("[data-asked]").forEach(group => group.remove());
    find("fields").textContent = "";
    find("receipt").textContent = find("short").textContent = "";
    find("qr").removeAttribute("src");
    if (body.dataset.home) { location.replace(body.dataset.home); return; }
    show("idle");
    look();
  }

  function wake(next) {
    if (service || finished.includes(next.service)) return;
    service = next;
    const list = find("fields");
    list.textContent = "";
    next.fields.forEach(field => {
      const row = document.createElement("div");
      const label = document.createElement("dt");
      const value = document.createElement("dd");
      label.textContent = field.label;
      value.textContent = field.value;
      row.append(label, value);
      list.append(row);
    });
    (next.questions || []).forEach(ask);
    show("choose");
    touched();
    say();
  }

  /* The same words for everybody, spoken before anything is chosen. */
  function say() {
    if (!body.dataset.voice || !window.speechSynthesis) return;
    const words = new SpeechSynthesisUtterance(body.dataset.voice);
    words.lang = document.documentElement.lang;
    speechSynthesis.cancel();
    speechSynthesis.speak(words);
  }

  function silence() {
    if (body.dataset.voice && window.speechSynthesis) speechSynthesis.cancel();
  }

  function enlarge(big) {
    document.documentElement.dataset.mode = big ? "elder" : "standard";
    find("big").setAttribute("aria-pressed", String(big));
  }

  /* A further question of a plugin, on every reasons page. */
  function ask(question) {
    document.querySelectorAll("form.panel").forEach(form => {
      const group = document.createElement("fieldset");
      const title = document.createElement("legend");
      const list = document.createElement("div");
      group.dataset.asked = question.name;
      title.textContent = question.title;
      list.className = "reasons";
      question.reasons.forEach(reason => {
        const row = document.createElement("label");
        const box = document.createElement("input");
        const label = document.createElement("span");
        row.className = "reason";
        box.type = question.input;
        box.name = question.name;
        box.value = reason.code;
        label.textContent = reason.label;
        row.append(box, label);
        list.append(row);
      });
      group.append(title, list);
      form.insertBefore(group, form.querySelector(".field"));
    });
  }

  /* Ask whether somebody was served here just now. */
  async function look() {
    lastPoll = Date.now();
    try {
      const answer = await fetch(base + "/next", { cache: "no-store", credentials: "same-origin" });
      find("offline").hidden = true;
      if (answer.status === 401) { location.reload(); return; }
      if (answer.status === 200) wake(await answer.json());
      if (!sync.state.online) { sync.state.online = true; sync.flush(true); }
    } catch (error) {
      sync.state.online = false;
      find("offline").hidden = false;
    }
  }

  function listen() {
    if (!window.EventSource || !body.dataset.line) return;
    const source = new EventSource(body.dataset.line, { withCredentials: true });
    source.addEventListener("open", () => { listening = true; look(); });
    source.addEventListener("wake", () => { if (!service) look(); });
    source.addEventListener("error", () => { listening = false; });
  }

  function choose(grade) {
    const form = find("reasons-" + grade);
    if (form) { show(form.id); touched(); return; }
    send(grade, [], "");
  }

  function sendForm(form, grade) {
    const data = new FormData(form);
    const options = [];
    data.forEach((value, name) => { if (name !== "text") options.push(value); });
    const text = String(data.get("text") || "").trim();
    const fault = form.querySelector("[data-fault]");
    fault.hidden = options.length > 0 || text !== "";
    if (!fault.hidden) { fault.scrollIntoView(); touched(); return; }
    send(grade, options, text);
  }

  function send(grade, options, text) {
    attempt = {
      at: performance.now(),
      said: { code: service.code, key: service.key, grade: grade, options: options, text: text },
    };
    post();
  }

  async function post() {
    stopTimers();
    show("sending");
    const waited = Math.round(performance.now() - attempt.at);
    const answer = await sync.post("/rate", {
      body: Object.assign({ waited_ms: waited }, attempt.said), seconds: RATE_SECONDS,
    });
    if (answer && answer.ok) { thank((await answer.json()).receipt); return; }
    if (answer && (answer.status === 409 || answer.status === 410)) { leave(); return; }
    if (answer && answer.status === 401) { location.reload(); return; }
    if (!answer || answer.status >= 500 || answer.status === 429) { await keep(); return; }
    show("failed");
    touched();
  }

  /* No line: sealed and kept here, or honestly not at all. */
  async function keep() {
    try {
      await sync.keep(attempt.said);
    } catch (error) {
      show("failed");
      touched();
      return;
    }
    attempt = null;
    show("kept");
    timers.push(setTimeout(leave, KEPT * 1000));
  }

  function thank(receipt) {
    find("receipt").textContent = receipt;
    attempt = null;
    show("thanks");
    timers.push(setTimeout(leave, THANKS * 1000));
  }

  /* The privacy notice lies over what is shown and goes by itself; a rating's own time runs on. */
  function openNotice() {
    if (!notice.open) notice.showModal();
    clearTimeout(noticeTimer);
    noticeTimer = setTimeout(closeNotice, seconds.idle * 1000);
    touched();
  }

  function closeNotice() {
    clearTimeout(noticeTimer);
    if (notice.open) notice.close();
  }

  function later() {
    find("qr").src = "/r/" + service.code + "/qr.svg";
    find("short").textContent = service.short;
    show("later");
    find("under").hidden = true;
    touched();
  }

  /* Number keys: a grade where one is asked for, then reasons in their order, Enter to send. */
  function pressed(event) {
    const typing = event.target.matches && event.target.matches("textarea, input[type=text]");
    if (event.ctrlKey || event.altKey || event.metaKey || typing || warning.open || !service) return;
    const state = body.dataset.state;
    if (state === "choose" && event.key in keypad) {
      event.preventDefault();
      if (keypad[event.key]) choose(keypad[event.key]); else later();
    } else if (state.startsWith("reasons-")) {
      pressedAtReasons(event, find(state));
    }
  }

  function pressedAtReasons(event, form) {
    const box = form.querySelectorAll("input")[Number(event.key) - 1];
    if (/^[1-9]$/.test(event.key) && box) { event.preventDefault(); box.click(); }
    if (event.key === "Enter" && !event.target.matches("button, input")) {
      event.preventDefault();
      form.querySelector("button.main").click();
    }
  }

  document.querySelectorAll("[data-grade]").forEach(key =>
    key.addEventListener("click", () => choose(Number(key.dataset.grade))));
  document.querySelectorAll("form.panel").forEach(form =>
    form.addEventListener("submit", event => {
      event.preventDefault();
      sendForm(form, Number(form.id.split("-")[1]));
    }));
  document.querySelectorAll("[data-leave]").forEach(key => key.addEventListener("click", leave));
  document.querySelectorAll("[data-again]").forEach(key =>
    key.addEventListener("click", () => { show("choose"); touched(); }));
  find("continue").addEventListener("click", touched);
  find("retry").addEventListener("click", post);
  find("phone").addEventListener("click", later);
  find("privacy-open").addEventListener("click", openNotice);
  find("privacy-close").addEventListener("click", closeNotice);
  find("big").addEventListener("click", () => enlarge(document.documentElement.dataset.mode !== "elder"));
  document.addEventListener("keydown", pressed);
  find("back").addEventListener("click", () => { show("choose"); touched(); });
  warning.addEventListener("cancel", event => { event.preventDefault(); touched(); });
  ["pointerdown", "keydown", "input"].forEach(kind =>
    document.addEventListener(kind, () => { if (service && !["thanks", "sending", "kept"].includes(body.dataset.state)) touched(); }, true));

  setInterval(() => {
    const every = listening ? POLL_BESIDE_LINE : POLL;
    if (!service && Date.now() - lastPoll >= every * 1000) look();
  }, 1000);

  if (window.isSecureContext && navigator.serviceWorker) {
    navigator.serviceWorker.register("/device/worker.js", { scope: "/device/" }).catch(() => {});
  }

  enlarge(false);
  show("idle");
  listen();
  look();
  sync.start();
})();
