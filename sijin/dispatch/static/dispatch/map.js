// The map of the dispatch: county outlines, bases and sites; the chosen team's sites are joined to its base by lines.
(() => {
  const box = document.getElementById("map");
  if (!box || !window.echarts) return;
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const doors = ["enterprise", "project", "village", "community"];
  const words = box.dataset;
  const get = (url) => fetch(url, { headers: { Accept: "application/json" } }).then((answer) => answer.json());
  const own = document.getElementById("team-points");
  const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

  const small = (shapes) => {
    const points = JSON.parse(own.textContent);
    const sites = points.sites.map(([lon, lat, name, door, km]) => ({
      name, value: [lon, lat], km, itemStyle: { color: token(door) },
    }));
    const series = [{ type: "scatter", coordinateSystem: "geo", symbolSize: 10, data: sites,
      label: { show: true, position: "right", formatter: "{b}", color: token("ink"), fontSize: 11 }, labelLayout: { hideOverlap: true } }];
    if (points.base) {
      series.unshift(
        { type: "lines", coordinateSystem: "geo", silent: true, lineStyle: { color: token("muted"), width: 1, opacity: 0.8 },
          data: sites.map((site) => ({ coords: [points.base, site.value] })) },
        { type: "scatter", coordinateSystem: "geo", symbol: "rect", symbolSize: 11, itemStyle: { color: token("red") },
          data: [{ name: words.base, value: points.base }] });
    }
    const all = [...points.sites.map((site) => [site[0], site[1]]), ...(points.base ? [points.base] : [])];
    const edges = [0, 1].map((axis) => [Math.min(...all.map((p) => p[axis])), Math.max(...all.map((p) => p[axis]))]);
    const wide = Math.max(edges[0][1] - edges[0][0], edges[1][1] - edges[1][0], 0.06) * 0.7;
    const middle = edges.map(([least, most]) => (least + most) / 2);
    draw(shapes, series, { center: middle, zoom: Math.min(40, 0.9 / wide) });
  };

  const draw = (shapes, series, view = {}) => {
    echarts.registerMap("weihai", shapes);
    box.replaceChildren();
    const chart = echarts.init(box, null, { renderer: "canvas" });
    chart.setOption({
      animation: false,
      geo: { map: "weihai", roam: true, aspectScale: 0.8, ...view, silent: true, label: { show: true, color: token("muted"), fontSize: 12 },
        itemStyle: { areaColor: token("faint"), borderColor: token("edge") },
        emphasis: { disabled: true } },
      tooltip: { confine: true, backgroundColor: token("card"), borderColor: token("line"), textStyle: { color: token("ink"), fontSize: 13 },
        formatter: ({ data }) => escape(data.km === undefined ? data.name : `${data.name} · ${data.km.toFixed(1)} km`) },
      series,
    });
    addEventListener("resize", () => chart.resize());
    return chart;
  };

  const large = (shapes, points) => {
    const bases = points.bases.map(([lon, lat, name, key, provincial]) => ({
      name, key, value: [lon, lat], symbolSize: provincial ? 9 : 4,
    }));
    const sites = doors.map((door, n) => ({
      type: "scatter", coordinateSystem: "geo", symbolSize: 6, z: 4, itemStyle: { color: token(door), opacity: 0.75 },
      data: points.sites.filter((site) => site[5] === n).map(([lon, lat, name, key, team]) => ({ name, key, team, value: [lon, lat] })),
    }));
    const chart = draw(shapes, [
      { id: "lines", type: "lines", coordinateSystem: "geo", silent: true, z: 3, lineStyle: { color: token("red"), width: 1.5, opacity: 0.9 }, data: [] },
      ...sites,
      { id: "bases", type: "scatter", coordinateSystem: "geo", symbol: "rect", z: 5, cursor: "pointer",
        itemStyle: { color: token("ink"), opacity: 0.7 }, data: bases },
    ]);
    const choose = (team) => {
      const base = bases.find((row) => row.key === team);
      if (!base) return;
      const mine = points.sites.filter((site) => site[4] === team);
      chart.setOption({ series: [
        { id: "lines", data: mine.map((site) => ({ coords: [base.value, [site[0], site[1]]] })) },
        { id: "bases", data: bases.map((row) => (row.key === team ? { ...row, symbolSize: 15, itemStyle: { color: token("red"), opacity: 1 } } : row)) },
      ] });
      const link = document.createElement("a");
      link.href = words.team.replace("/0/", `/${team}/`);
      link.textContent = words.open;
      document.getElementById("map-words").replaceChildren(`${base.name} · ${mine.length} ${words.sites}: ${mine.map((site) => site[2]).join("、")} `, link);
    };
    chart.on("click", ({ data }) => data && choose(data.team || data.key));
  };

  get(words.shapes)
    .then((shapes) => (own ? small(shapes) : get(words.points).then((points) => large(shapes, points))))
    .catch(() => box.replaceChildren(document.getElementById("no-connection").content.cloneNode(true)));
})();
