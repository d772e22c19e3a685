/* The console works without this file; it adds keys, reply texts without a reload, a warning before a session ends. */
(function () {
  "use strict";

  function typing(target) {
    return target.closest("input, textarea, select, [contenteditable], dialog[open]");
  }

  function plain(event) {
    return !event.ctrlKey && !event.metaKey && !event.altKey && !event.defaultPrevented;
  }

  /* On a phone the navigation is one line to swipe: show where we are */
  var here = document.querySelector(".menu [aria-current]");
  if (here) here.scrollIntoView({ inline: "center", block: "nearest" });

  /* j and k walk through the queue, Enter opens, x chooses, r goes to the reply */
  var queue = document.getElementById("queue");
  if (queue) {
    var rows = Array.prototype.slice.call(queue.children);
    var at = -1;
    var hint = document.querySelector(".keys");
    if (hint) hint.hidden = false;
    document.addEventListener("keydown", function (event) {
      var step = { j: 1, k: -1 }[event.key];
      if (!step || !plain(event) || typing(event.target)) return;
      if (at >= 0) rows[at].classList.remove("at");
      at = Math.min(Math.max(at + step, 0), rows.length - 1);
      rows[at].classList.add("at");
      rows[at].querySelector(".title").focus();
      event.preventDefault();
    });
    document.addEventListener("keydown", function (event) {
      if (event.key !== "x" || at < 0 || !plain(event) || typing(event.target)) return;
      var box = rows[at].querySelector("[type=checkbox]");
      if (box) box.checked = !box.checked;
      event.preventDefault();
    });
  }

  var reply = document.querySelector("#answer textarea");
  if (reply) {
    document.addEventListener("keydown", function (event) {
      if (event.key !== "r" || !plain(event) || typing(event.target)) return;
      reply.focus();
      event.preventDefault();
    });
    Array.prototype.forEach.call(document.querySelectorAll("[data-text]"), function (link) {
      link.addEventListener("click", function (event) {
        event.preventDefault();
        reply.value = reply.value ? reply.value + "\n" + link.dataset.text : link.dataset.text;
        var outcome = document.querySelector('#answer [value="' + link.dataset.outcome + '"]');
        if (outcome && !document.querySelector("#answer [type=radio]:checked")) outcome.checked = true;
        reply.focus();
      });
    });
  }

  /* A form is sent once, however often its button is pressed */
  document.addEventListener("submit", function (event) {
    if (event.target.method !== "post") return;
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "1";
  });
  window.addEventListener("pageshow", function () {
    Array.prototype.forEach.call(document.forms, function (form) { delete form.dataset.sent; });
  });

  /* What was typed and not sent is not lost by a careless click */
  var changed = false;
  document.addEventListener("input", function (event) {
    if (event.target.tagName === "TEXTAREA") changed = true;
  });
  document.addEventListener("submit", function () { changed = false; });
  window.addEventListener("beforeunload", function (event) {
    if (changed) event.preventDefault();
  });

  /* Two minutes before the session ends a dialog asks whether to go on */
  var dialog = document.getElementById("expiry");
  var seconds = Number(document.body.dataset.seconds);
  if (!dialog || !seconds || !dialog.showModal) return;
  var WARN = 120;
  var end = Date.now() + seconds * 1000;
  var left = document.getElementById("expiry-left");
  var stay = document.getElementById("expiry-stay");
  setInterval(function () {
    var rest = Math.round((end - Date.now()) / 1000);
    if (rest <= 0) {
      left.textContent = "0";
      stay.disabled = true;
    } else if (rest <= WARN) {
      left.textContent = rest;
      if (!dialog.open) dialog.showModal();
    }
  }, 1000);
  stay.addEventListener("click", function () {
    fetch("/console/account/stay", { method: "POST", headers: { "X-CSRFToken": stay.dataset.token, Accept: "application/json" } })
      .then(function (answer) { return answer.ok ? answer.json() : Promise.reject(); })
      .then(function (body) { end = Date.now() + body.seconds * 1000; dialog.close(); })
      .catch(function () { stay.disabled = true; });
  });
})();
