/* Draws reasons over time and hours of the week from their own tables. Without this script the table is all there is. */
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

  function mixed(share) {  // as .heat-1 to .heat-5: so much of the bad colour over the surface
    var parts = [ink("--bad"), ink("--surface")].map(function (colour) {
      var digits = colour.slice(1);
      if (digits.length === 3) digits = digits.replace(/./g, "$&$&");
      return [0, 2, 4].map(function (at) { return parseInt(digits.slice(at, at + 2), 16); });
    });
    return "rgb(" + parts[0].map(function (one, place) {
      return Math.round(one * share + parts[1][place] * (1 - share));
    }).join(",") + ")";
  }

  function heat(box, told) {
    var wide = box.clientWidth > 520, data = [];
    told.cells.forEach(function (row, hour) {
      row.forEach(function (cell, day) {
        var found = cell.querySelector("data");
        if (!found) return;
        data.push({
          value: [day, hour, Number((/heat-(\d)/.exec(cell.className) || [0, 0])[1])],
          told: told.heads[day] + " " + told.names[hour] + "\n" + found.textContent + "  " + cell.querySelector(".small").textContent,
          label: { formatter: wide || found.value === "" ? found.textContent : found.value }
        });
      });
    });
    box.style.height = (told.names.length * 2.1 + 2.5) + "rem";
    return Object.assign(common(box), {
      grid: { left: 4, right: 4, top: 4, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      tooltip: tooltip({ formatter: function (one) { return one.data.told; } }),
      xAxis: axis(told.heads, { position: "top", axisLine: { show: false }, axisLabel: { color: ink("--muted"), fontSize: size(), interval: 0 } }),
      yAxis: axis(told.names, { inverse: true, axisLine: { show: false } }),
      visualMap: {
        show: false, type: "piecewise", dimension: 2,
        pieces: [0, .08, .15, .22, .3, .38].map(function (share, level) { return { value: level, color: mixed(share) }; })
      },
      series: [{
        type: "heatmap", data: data,
        label: { show: true, color: ink("--ink"), fontSize: size() },
        itemStyle: { borderColor: ink("--surface"), borderWidth: 2 },
        emphasis: { itemStyle: { borderColor: ink("--ink") } }
      }]
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

  function draw(name, options, keys) {
    var box = document.getElementById(name + "-chart"), table = document.getElementById(name + "-table");
    if (!box || !table) return;
    var told = read(table);
    box.hidden = false;
    if (keys) legend(box, told.heads);
    table.closest("details").open = false;
    var chart = null;
    charts.push(function () {
      if (chart) chart.dispose();
      chart = window.echarts.init(box, null, { renderer: "svg" });
      chart.setOption(options(box, told));
    });
  }

  function all() { charts.forEach(function (each) { each(); }); }

  draw("trend", lines, true);
  draw("hours", heat, false);
  all();
  window.addEventListener("resize", all);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
}());
