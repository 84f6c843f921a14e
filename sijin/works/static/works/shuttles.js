// The map of a plan: where people board (size: how many) and the way of each bus on a plane projection, true to scale
// around its middle. A chosen bus is drawn strong and named; the others step back. Ticked drop-outs are counted.
(() => {
  const node = document.getElementById("shuttle-map");
  const kept = document.getElementById("shuttle-ways");
  const counted = () => {
    const line = document.getElementById("ticked");
    if (!line) return;
    const n = [...document.querySelectorAll("[name=drop], [name=join]")].filter((box) => box.checked).length;
    line.textContent = n ? line.dataset.words + n : "";
  };
  document.addEventListener("change", (event) => event.target.matches("[name=drop], [name=join]") && counted());
  counted();
  if (!node || !kept) return;
  const { places, ways } = JSON.parse(kept.textContent);
  if (!ways.length) {
    node.remove();
    return;
  }
  let chosen = null;
  const ends = new Map(ways.map((way) => [way.end.name, way.end]));
  const all = [...places.map((place) => place.at), ...[...ends.values()].map((end) => end.at)];
  const middle = (Math.min(...all.map((at) => at[1])) + Math.max(...all.map((at) => at[1]))) / 2;
  const squeeze = Math.cos((middle * Math.PI) / 180);
  const flat = ([lon, lat]) => [lon * squeeze, lat];

  // One unit of both axes has the same length on the screen, whatever the shape of the card.
  const frame = (width) => {
    const points = (chosen ? chosen.points : all).map(flat);
    const height = node.clientHeight;
    const range = (n) => [Math.min(...points.map((at) => at[n])), Math.max(...points.map((at) => at[n]))];
    const [x, y] = [range(0), range(1)];
    const unit = Math.max((x[1] - x[0]) / Math.max(width - 120, 100), (y[1] - y[0]) / Math.max(height - 70, 100), 0.001);
    const half = [(unit * width) / 2, (unit * height) / 2];
    const centre = [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2];
    return centre.map((at, n) => [at - half[n], at + half[n]]);
  };

  const build = (t, width) => {
    const [x, y] = frame(width);
    const axis = { type: "value", show: false, scale: true };
    const on = chosen && new Set(chosen.points.map(String));
    const strong = (place) => !chosen || on.has(String(place.at));
    const most = Math.max(...places.map((place) => place.people));
    return {
      grid: { left: 0, right: 0, top: 0, bottom: 0 },
      xAxis: { ...axis, min: x[0], max: x[1] },
      yAxis: { ...axis, min: y[0], max: y[1] },
      dataZoom: [0, 1].map((n) => ({ type: "inside", [n ? "yAxisIndex" : "xAxisIndex"]: 0, filterMode: "none" })),
      tooltip: {},
      series: [
        {
          type: "lines",
          coordinateSystem: "cartesian2d",
          polyline: true,
          z: 1,
          tooltip: { formatter: (one) => `${one.data.name} · ${one.data.people} ${node.dataset.people}` },
          data: ways.map((way) => ({
            id: way.id,
            name: way.name,
            people: way.people,
            coords: way.points.map(flat),
            lineStyle: {
              color: way === chosen ? t.red : t.muted,
              width: way === chosen ? 3 : 1.4,
              opacity: chosen && way !== chosen ? 0.25 : 0.75,
            },
          })),
        },
        {
          type: "scatter",
          z: 2,
          symbol: "circle",
          symbolSize: (value) => 6 + 10 * Math.sqrt(value[2] / most),
          tooltip: { formatter: (one) => `${one.data.name} · ${one.data.value[2]} ${node.dataset.people}` },
          label: { show: true, position: "right", fontSize: 11, color: t.muted, formatter: (one) => one.data.name },
          labelLayout: { hideOverlap: true },
          data: places.map((place) => ({
            name: place.name,
            value: [...flat(place.at), place.people],
            itemStyle: { color: strong(place) ? t.ink : t.line },
            label: { show: strong(place) },
          })),
        },
        {
          type: "scatter",
          z: 3,
          symbol: "diamond",
          symbolSize: 16,
          itemStyle: { color: t.red },
          tooltip: { formatter: (one) => one.data.name },
          label: {
            show: true,
            position: "bottom",
            fontWeight: 600,
            color: t.ink,
            backgroundColor: t.card,
            padding: [2, 4],
            formatter: (one) => one.data.name,
          },
          data: [...ends.values()].map((end) => ({ name: end.name, value: flat(end.at) })),
        },
      ],
    };
  };

  const click = (event) => event.seriesType === "lines" && choose(event.data.id, true);
  const chart = sijinCharts.make(node, build, { words: node.dataset.words, click });
  function choose(id, scroll) {
    chosen = chosen && chosen.id === id ? null : ways.find((way) => way.id === id) || null;
    for (const card of document.querySelectorAll("[data-trip]")) {
      const here = Boolean(chosen) && card.dataset.trip === String(chosen.id);
      card.classList.toggle("here", here);
      card.querySelector("[data-show-trip]").setAttribute("aria-pressed", here);
      if (here && scroll) card.scrollIntoView({ block: "nearest" });
    }
    chart.redraw();
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show-trip]");
    if (!button) return;
    choose(Number(button.dataset.showTrip), false);
    if (chosen) node.scrollIntoView({ block: "nearest" });
  });
})();
