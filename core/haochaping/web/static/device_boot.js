/* Sends browsers that cannot run the window screen to the one without script.
   Plain ECMAScript 5: older browsers must be able to read this much. */
(function () {
  "use strict";
  var able = "fetch" in window && "Promise" in window && "EventSource" in window &&
    typeof HTMLDialogElement === "function" && "append" in document.createElement("p");
  if (!able && document.body) { location.replace(document.body.getAttribute("data-plain")); }
})();
