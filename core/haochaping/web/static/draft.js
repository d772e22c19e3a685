/* Keeps what a rater is writing on this telephone, for this link only, until it was sent. */
(function () {
  "use strict";
  var DAY = 86400000, BEGIN = "hcp-draft:", kept = null;
  try {
    kept = window.localStorage;
    kept.getItem(BEGIN);
  } catch (closed) {
    return; /* the browser keeps nothing: the page works as it is */
  }

  /* The link's code itself is not stored: who reads the storage cannot rate with it */
  function digest(text) {
    var sum = 5381;
    for (var i = 0; i < text.length; i += 1) sum = ((sum * 33) ^ text.charCodeAt(i)) >>> 0;
    return sum.toString(36);
  }

  function forgetOld() {
    for (var i = kept.length - 1; i >= 0; i -= 1) {
      var key = kept.key(i);
      if (key.indexOf(BEGIN) !== 0) continue;
      var age = Date.now() - parseInt(kept.getItem(key), 10);
      if (!(age >= 0 && age < DAY)) kept.removeItem(key);
    }
  }

  var name = BEGIN + digest(location.pathname);
  forgetOld();
  if (document.querySelector("[data-draft-done]")) kept.removeItem(name);
  var form = document.querySelector("form[data-draft]");
  if (!form) return;
  var box = form.querySelector("textarea"), note = document.getElementById("draft-note");

  function said() {
    var value = kept.getItem(name) || "";
    return value.slice(value.indexOf("|") + 1);
  }

  function save() {
    try {
      if (box.value) kept.setItem(name, Date.now() + "|" + box.value);
      else kept.removeItem(name);
    } catch (full) {
      kept.removeItem(name);
    }
    note.hidden = !box.value;
  }

  if (!box.value && said()) box.value = said();
  note.hidden = !said();
  box.addEventListener("input", save);
  document.getElementById("draft-drop").addEventListener("click", function () {
    box.removeEventListener("input", save);
    kept.removeItem(name);
    box.value = "";
    note.hidden = true;
    box.focus();
  });
})();
