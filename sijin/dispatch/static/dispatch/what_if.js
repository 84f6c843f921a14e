// The answers of a what-if as pictures: the objective by part, and in how many teams each skill is missing.
(() => {
  const data = document.getElementById("what-if-chart");
  if (!data || !window.sijinCharts) return;
  const { columns, parts, skills, uncovered } = JSON.parse(data.textContent);
  const figure = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 0 });
  const short = (words, most) => (words.length > most ? `${words.slice(0, most - 1)}…` : words);
  const total = columns.map((_, n) => parts.reduce((sum, [, values]) => sum + values[n], 0));

  const bars = document.getElementById("chart-parts");
  sijinCharts.make(bars, (t, width) => {
    const narrow = width < 480;
    const shades = [t.doors.enterprise, t.doors.village, t.red, t.doors.project, t.doors.community];
    return {
      grid: { left: narrow ? 92 : 190, right: 64, top: 30, bottom: 8 },
      legend: { top: 0, left: 0, itemWidth: 10, itemHeight: 10, textStyle: { color: t.muted, fontSize: 12 } },
      tooltip: { trigger: "item", formatter: ({ seriesName, name, value }) => `${name}\n${seriesName}: ${figure.format(value)} km` },
      xAxis: { type: "value", axisLabel: { show: false }, splitLine: { show: false } },
      yAxis: { type: "category", inverse: true, data: columns, axisLabel: { formatter: (words) => short(words, narrow ? 7 : 15), color: t.ink } },
      series: parts.map(([name, data], n) => ({
        name, type: "bar", stack: "all", data, barMaxWidth: 26, itemStyle: { color: shades[n] },
        label: n === parts.length - 1
          ? { show: true, position: "right", formatter: ({ dataIndex }) => figure.format(total[dataIndex]), color: t.ink }
          : { show: false },
      })),
    };
  }, { words: columns.map((name, n) => `${name}: ${figure.format(total[n])} km`).join("; ") });

  const heat = document.getElementById("chart-skills");
  sijinCharts.make(heat, (t, width) => {
    const narrow = width < 480;
    return {
      grid: { left: 70, right: 8, top: 8, bottom: 44 },
      tooltip: { formatter: ({ value }) => `${columns[value[0]]}\n${skills[value[1]]}: ${value[2]}` },
      xAxis: { type: "category", data: columns, axisLabel: { interval: 0, formatter: (words) => short(words, narrow ? 4 : 6), fontSize: 11 } },
      yAxis: { type: "category", inverse: true, data: skills, axisLabel: { color: t.ink } },
      visualMap: { show: false, min: 0, max: Math.max(1, ...uncovered.map((cell) => cell[2])), inRange: { color: [t.faint, t.red] } },
      series: [{ type: "heatmap", data: uncovered, label: { show: true, fontSize: 12, color: t.ink, textBorderWidth: 2 }, itemStyle: { borderColor: t.card, borderWidth: 2 } }],
    };
  }, { words: skills.join(", ") });
})();
