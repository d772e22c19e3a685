/* How this device is, for whoever looks after it. ES2018. */
(function () {
  "use strict";

  const body = document.body;
  const find = id => document.getElementById(id);
  const usable = window.haochapingStore && window.indexedDB;
  const store = usable ? window.haochapingStore.create(body.dataset.device) : null;
  const sync = window.haochapingSync.create({
    base: "/device/" + body.dataset.device, token: body.dataset.token, store: store,
    key: { id: body.dataset.queueKey, public: body.dataset.queuePoint },
  });

  async function refresh() {
    const said = await sync.report();
    find("line").textContent = sync.state.online ? find("line").dataset.yes : find("line").dataset.no;
    find("waiting").textContent = said.waiting;
    document.querySelectorAll("[data-keeping]").forEach(one => {
      one.hidden = one.dataset.keeping !== said.keeping;
    });
    const list = find("refusals");
    list.textContent = "";
    Object.keys(said.refused).sort().forEach(reason => {
      const row = document.createElement("li");
      row.textContent = reason + " × " + said.refused[reason];
      list.append(row);
    });
    find("none").hidden = list.children.length > 0;
    find("again").disabled = list.children.length === 0;
    find("clock").textContent = new Date().toLocaleString(document.documentElement.lang);
  }

  find("send").addEventListener("click", async () => { await sync.flush(true); refresh(); });
  find("again").addEventListener("click", async () => { await store.again(); await sync.flush(true); refresh(); });
  refresh();
})();
