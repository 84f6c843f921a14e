// The funnel and the trend of the overview, from the numbers in the page.
(() => {
  const { make, DOORS } = window.sijinCharts;
  const data = JSON.parse(document.getElementById("charts").textContent);
  const node = (id) => document.getElementById(id);
  const number = new Intl.NumberFormat(document.documentElement.lang || "zh");
  const rows = (key) => {
    const query = document.body.querySelector("[data-as-of]")?.dataset.asOf || "";
    window.sijinRows(`/figures/${key}/${query}`);
  };

  // Choosing a day shows it at once; the button is for those without script.
  const asOf = document.querySelector("form.as-of");
  if (asOf) {
    asOf.querySelector("button").hidden = true;
    asOf.querySelector("input").addEventListener("change", ({ target }) => target.checkValidity() && asOf.requestSubmit());
  }

  const funnel = node("funnel");
  if (funnel) {
    const names = JSON.parse(funnel.dataset.doors);
    const steps = data.steps;
    make(
      funnel,
      (t, width) => ({
        grid: { left: 4, right: 52, top: 26, bottom: 0, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
        tooltip: { trigger: "axis", axisPointer: { type: "none" }, formatter: (all) => [`${all[0].name}  ${number.format(steps[all[0].dataIndex].all)}`, ...all.slice(0, 4).map((part) => `${part.seriesName}  ${number.format(part.value)}`)].join("\n") },
        xAxis: { type: "value", min: 0, max: steps[0].all || 1, show: false },
        yAxis: { type: "category", inverse: true, data: steps.map((step) => step.label), axisLine: { show: false }, axisLabel: { color: t.ink, fontSize: 13 } },
        series: [
          ...DOORS.map((door, n) => ({
            name: names[n],
            type: "bar",
            stack: "doors",
            barWidth: "62%",
            cursor: "pointer",
            color: t.doors[door],
            itemStyle: { borderColor: t.card, borderWidth: 1 },
            data: steps.map((step) => step.doors[n][1]),
            // Direct labels: the first bar says which hue is which door.
            label: { show: true, position: "top", distance: 4, color: t.doors[door], fontSize: 12, formatter: ({ dataIndex, value }) => (dataIndex === 0 && value / (steps[0].all || 1) > (width < 420 ? 0.1 : 0.05) ? names[n] : "") },
          })),
          {
            type: "bar",
            stack: "doors",
            silent: true,
            data: steps.map(() => 0),
            label: { show: true, position: "right", color: t.ink, fontSize: 13, formatter: ({ dataIndex }) => number.format(steps[dataIndex].all) },
          },
        ],
      }),
      { words: funnel.dataset.words, click: ({ dataIndex, seriesIndex }) => rows(steps[dataIndex].doors[seriesIndex][0]) },
    );
  }

  const trend = node("trend");
  if (trend) {
    const { days, found, closed } = data.trend;
    const short = (day) => (document.documentElement.lang.startsWith("zh") ? `${+day.slice(5, 7)}月${+day.slice(8)}日` : day.slice(5));
    const RECENT = 35; // days that a phone shows
    let first = 0;
    make(
      trend,
      (t, width) => {
        first = width < 480 ? Math.max(0, days.length - RECENT) : 0;
        const shown = days.slice(first);
        const series = [
          { id: "found", name: trend.dataset.found, data: found, color: t.muted },
          { id: "closed", name: trend.dataset.closed, data: closed, color: t.red },
        ];
        return {
          grid: { left: 0, right: 4, top: 26, bottom: 0, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
          // In place of a legend: each series' word in its own colour, with the day's own number.
          title: series.map(({ name, data, color }, n) => ({ text: `${name} ${number.format(data.at(-1) ?? 0)}`, right: n ? 4 : 84, top: 0, padding: 0, textStyle: { color, fontSize: 13, fontWeight: 600, fontFamily: t.sans } })),
          tooltip: { trigger: "axis", axisPointer: { type: "shadow", shadowStyle: { color: t.line, opacity: 0.5 } }, formatter: (all) => [short(shown[all[0].dataIndex]), ...all.map((bar) => `${bar.seriesName}  ${number.format(bar.value)}`)].join("\n") },
          xAxis: { type: "category", data: shown, axisLabel: { color: t.muted, formatter: short, hideOverlap: true, interval: (n) => n % 7 === 0 } },
          yAxis: { type: "value", min: 0, minInterval: 1, splitNumber: 3 },
          series: series.map((bars) => ({ ...bars, data: bars.data.slice(first), type: "bar", barGap: "0%", barCategoryGap: "25%", barMaxWidth: 16, cursor: "pointer" })),
        };
      },
      { words: trend.dataset.words, click: ({ seriesId, dataIndex }) => rows(`${seriesId}.day-${days[first + dataIndex]}`) },
    );
  }
})();
