/* Draws the trend from its own table. Without this script the table is all there is. */
(function () {
  "use strict";
  var box = document.getElementById("chart");
  var table = document.getElementById("trend-table");
  if (!box || !table || !window.echarts) return;

  function values(column) {
    return rows.map(function (row) {
      var value = row.cells[column].querySelector("data").value;
      return value === "" ? null : Number(value);
    });
  }

  function ink(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  var rows = Array.prototype.slice.call(table.tBodies[0].rows);
  var heads = Array.prototype.slice.call(table.tHead.rows[0].cells).map(function (cell) {
    return cell.textContent;
  });
  var months = rows.map(function (row) { return row.cells[0].querySelector("data").value; });
  var still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  var chart = null;

  function options() {
    var text = ink("--muted"), line = ink("--line"), accent = ink("--accent");
    var size = parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.8;
    var words = { color: text, fontSize: size };
    return {
      aria: { enabled: true, label: { description: box.dataset.about } },
      animation: !still,
      animationDuration: 400,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: size },
      grid: { left: 8, right: 8, top: size * 3, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      tooltip: {
        trigger: "axis", renderMode: "richText", confine: true, order: "seriesAsc",
        backgroundColor: ink("--surface"), borderColor: ink("--edge"),
        textStyle: { color: ink("--ink"), fontSize: size }, formatter: tip
      },
      xAxis: {
        type: "category", data: months, axisTick: { show: false },
        axisLine: { lineStyle: { color: ink("--edge") } },
        axisLabel: { color: text, fontSize: size, hideOverlap: true, formatter: function (month) { return month.slice(2).replace("-", "/"); } }
      },
      yAxis: [
        { type: "value", name: heads[1], nameTextStyle: { color: text, fontSize: size, align: "left" }, axisLabel: words, splitLine: { lineStyle: { color: line } }, splitNumber: 3, minInterval: 1 },
        { type: "value", name: heads[2], scale: true, max: 100, nameTextStyle: { color: accent, fontSize: size, align: "right" }, axisLabel: { color: accent, fontSize: size, formatter: "{value}%" }, splitLine: { show: false }, splitNumber: 3 }
      ],
      series: [
        { name: heads[1], type: "bar", data: values(1), barMaxWidth: 44, itemStyle: { color: line, borderRadius: [3, 3, 0, 0] } },
        { name: heads[2], type: "line", yAxisIndex: 1, data: values(2), connectNulls: false, symbol: "circle", symbolSize: 8, lineStyle: { width: 3, color: accent }, itemStyle: { color: accent } }
      ]
    };
  }

  function tip(points) {
    var cells = rows[points[0].dataIndex].cells;
    return heads.map(function (head, column) {
      var shown = cells[column].querySelector("data").textContent;
      return column ? head + "  " + shown : shown;
    }).join("\n");
  }

  function draw() {
    if (chart) chart.dispose();
    chart = window.echarts.init(box, null, { renderer: "svg" });
    chart.setOption(options());
  }

  box.hidden = false;
  draw();
  table.closest("details").open = false;
  window.addEventListener("resize", function () { chart.resize(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}());
