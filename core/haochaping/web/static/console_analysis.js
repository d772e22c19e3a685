/* Draws reasons over time from their own table. Without this script the table is all there is. */
(function () {
  "use strict";
  if (!window.echarts) return;
  var still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  var charts = [];

  function ink(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function size() {
    return parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.8;
  }

  function list(found) { return Array.prototype.slice.call(found); }

  function read(table) {
    var rows = list(table.tBodies[0].rows);
    return {
      heads: list(table.tHead.rows[0].cells).slice(1).map(function (cell) { return cell.textContent; }),
      names: rows.map(function (row) { return row.cells[0].textContent; }),
      cells: rows.map(function (row) { return list(row.cells).slice(1); })
    };
  }

  function value(cell) {
    var data = cell.querySelector("data");
    return data && data.value !== "" ? Number(data.value) : null;
  }

  function common(box) {
    return {
      aria: { enabled: true, label: { description: box.dataset.about } },
      animation: !still, animationDuration: 400,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: size() }
    };
  }

  function tooltip(more) {
    return Object.assign({
      renderMode: "richText", confine: true, backgroundColor: ink("--surface"),
      borderColor: ink("--edge"), textStyle: { color: ink("--ink"), fontSize: size() }
    }, more);
  }

  function axis(names, more) {
    return Object.assign({
      type: "category", data: names, axisTick: { show: false },
      axisLine: { lineStyle: { color: ink("--edge") } },
      axisLabel: { color: ink("--muted"), fontSize: size(), hideOverlap: true }
    }, more);
  }

  function lines(box, told) {
    var colours = ["--accent", "--bad", "--warn", "--good", "--muted"].map(ink);  // as .key-1 to .key-5
    var shapes = ["circle", "rect", "triangle", "diamond", "emptyCircle"];
    return Object.assign(common(box), {
      color: colours,
      grid: { left: 8, right: 16, top: size(), bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      tooltip: tooltip({ trigger: "axis" }),
      xAxis: axis(told.names),
      yAxis: { type: "value", minInterval: 1, splitNumber: 4, axisLabel: { color: ink("--muted"), fontSize: size() }, splitLine: { lineStyle: { color: ink("--line") } } },
      series: told.heads.map(function (name, place) {
        return {
          name: name, type: "line", symbol: shapes[place], symbolSize: 8, lineStyle: { width: 2.5 },
          data: told.cells.map(function (row) { return value(row[place]); })
        };
      })
    });
  }

  function legend(box, names) {
    var keys = document.createElement("ul");
    keys.className = "keys";
    names.forEach(function (name, place) {
      var key = document.createElement("li");
      key.className = "key-" + (place + 1);
      key.textContent = name;
      keys.appendChild(key);
    });
    box.parentNode.insertBefore(keys, box.nextSibling);
  }

  function draw(name, options) {
    var box = document.getElementById(name + "-chart"), table = document.getElementById(name + "-table");
    if (!box || !table) return;
    var told = read(table);
    box.hidden = false;
    legend(box, told.heads);
    table.closest("details").open = false;
    var chart = null;
    charts.push(function () {
      if (chart) chart.dispose();
      chart = window.echarts.init(box, null, { renderer: "svg" });
      chart.setOption(options(box, told));
    });
  }

  function all() { charts.forEach(function (each) { each(); }); }

  draw("trend", lines);
  all();
  window.addEventListener("resize", all);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
}());
