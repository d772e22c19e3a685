/* Keys for people who enter ratings: digits choose, Enter goes on. Pages work without this file. */
(function () {
  "use strict";

  function writing(target) {
    return target.closest("textarea, select, dialog[open], input:not([type=checkbox]):not([type=radio])");
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || writing(event.target)) return;
    if (!/^[0-9]$/.test(event.key)) return;
    var chosen = document.querySelector('[data-key="' + event.key + '"]');
    if (!chosen) return;
    event.preventDefault();
    chosen.click();
    chosen.focus();
  });

  /* In a grid Enter goes to the next row, as on paper, and never sends the form by accident */
  var grid = document.querySelector("table.grid");
  if (!grid) return;
  grid.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    var inputs = Array.prototype.slice.call(grid.querySelectorAll("input:not([type=hidden])"));
    var next = inputs[inputs.indexOf(event.target) + 1];
    (next || document.querySelector("[data-after-grid]")).focus();
    if (next) next.select();
  });
})();
