// One look for all charts: a theme made from the tokens, for light and dark, redrawn when the width or the scheme changes.
// sijinCharts.make(node, build, {words, click}) draws `build(tokens, width)`; numbers stand beside what they name, so no legend.
(() => {
  const DOORS = ["enterprise", "project", "village", "community"];
  const LIGHTS = { late: "--red", soon: "--amber", ok: "--green", held: "--held", none: "--muted", done: "--edge" };
  const SHAPES = { late: "rect", soon: "triangle", ok: "circle", held: "diamond", none: "circle", done: "circle" };
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const drawn = new Set();

  const tokens = () => {
    const style = getComputedStyle(document.documentElement);
    const read = (name) => style.getPropertyValue(name).trim();
    return {
      paper: read("--paper"),
      card: read("--card"),
      line: read("--line"),
      edge: read("--edge") || read("--line"),
      ink: read("--ink"),
      muted: read("--muted"),
      faint: read("--faint"),
      red: read("--red"),
      sans: read("--sans"),
      doors: Object.fromEntries(DOORS.map((door) => [door, read(`--${door}`)])),
      lights: Object.fromEntries(Object.entries(LIGHTS).map(([light, name]) => [light, read(name) || read("--line")])),
    };
  };

  const theme = (t) => {
    const axis = {
      axisLine: { lineStyle: { color: t.line } },
      axisTick: { show: false },
      axisLabel: { color: t.muted, fontSize: 12 },
      splitLine: { lineStyle: { color: t.line } },
    };
    return {
      color: Object.values(t.doors),
      backgroundColor: "transparent",
      textStyle: { fontFamily: t.sans, color: t.ink, fontSize: 13 },
      categoryAxis: { ...axis, splitLine: { show: false } },
      valueAxis: { ...axis, axisLine: { show: false } },
      tooltip: {
        renderMode: "richText", // no HTML with style attributes: the content policy forbids it
        backgroundColor: t.card,
        borderColor: t.edge,
        borderWidth: 1,
        padding: [6, 10],
        textStyle: { color: t.ink, fontSize: 13, fontFamily: t.sans, textShadowBlur: 0 },
        shadowBlur: 0,
        shadowOffsetX: 0,
        shadowOffsetY: 0,
      },
      label: { color: t.ink, textBorderColor: t.card },
    };
  };

  const draw = (chart) => {
    const t = tokens();
    chart.view?.dispose();
    chart.node.replaceChildren();
    chart.view = echarts.init(chart.node, theme(t), { renderer: "canvas" });
    if (chart.click) chart.view.on("click", chart.click);
    show(chart, t, false);
  };
  const show = (chart, t, moves) => {
    const option = chart.build(t, chart.node.clientWidth);
    const animation = moves && !still.matches;
    chart.view.setOption({ aria: { enabled: true, label: { description: chart.words } }, animation, ...option }, { notMerge: !moves, replaceMerge: moves ? ["series"] : undefined });
  };

  const make = (node, build, { words = "", click = null } = {}) => {
    const chart = { node, build, words, click, view: null, width: 0 };
    node.setAttribute("role", "img");
    node.setAttribute("aria-label", words);
    node.classList.remove("skeleton");
    drawn.add(chart);
    new ResizeObserver(() => {
      if (!node.clientWidth || node.clientWidth === chart.width) return;
      chart.width = node.clientWidth;
      if (!chart.view) return draw(chart);
      chart.view.resize();
      show(chart, tokens(), false);
    }).observe(node);
    return {
      redraw: () => chart.view && show(chart, tokens(), true),
      view: () => chart.view,
    };
  };

  dark.addEventListener("change", () => drawn.forEach((chart) => chart.view && draw(chart)));
  window.sijinCharts = { make, tokens, DOORS, SHAPES };
})();
