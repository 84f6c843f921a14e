// The map: the worst light of each town; a click goes from the city to a county, to a town, to a site. The list under it says
// the same in words and is worked by the keyboard.
(() => {
  const node = document.getElementById("map");
  if (!node) return;
  const { make, SHAPES } = window.sijinCharts;
  const crumbs = document.getElementById("map-crumbs");
  const list = document.getElementById("map-list");
  const chips = [...document.querySelectorAll("[data-map-door]")];
  const words = node.dataset;
  const at = { polygon: null, town: null, door: -1 };
  let data, polygons, chart;
  let shown = []; // what is drawn now: the chart copies its data, so its points only carry their place in this list

  const HALO = 2;
  const HOLLOW = new Set(["none", "done"]); // nothing presses here
  const worst = (sites) => Math.min(...sites.map((site) => site.light));
  const size = (open, most) => 7 + 15 * Math.sqrt(open / Math.max(most, 1));

  const read = (raw) => {
    const areas = raw.areas.map(([code, name, lon, lat, polygon]) => ({ code, name, lon, lat, polygon }));
    const towns = raw.towns.map(([name, lon, lat, area, approximate]) => ({ name, lon, lat, area: areas[area], approximate, sites: [] }));
    raw.sites.forEach(([key, name, lon, lat, door, town, light, open, page]) => {
      towns[town].sites.push({ key, name, lon, lat, door, light, open, page, town: towns[town] });
    });
    return { doors: raw.doors, lights: raw.lights, areas, towns };
  };
  const kept = (town) => (at.door < 0 ? town.sites : town.sites.filter((site) => site.door === at.door));
  const inPolygon = (town) => !at.polygon || town.area.polygon === at.polygon;

  // What stands on the map at this level: towns of the city or of a county, or the sites of a town.
  const marks = () => {
    const found = at.town
      ? kept(at.town).map((site) => ({ name: site.name, lon: site.lon, lat: site.lat, light: site.light, open: site.open, site }))
      : data.towns
          .filter((town) => inPolygon(town) && kept(town).length)
          .map((town) => ({ name: town.name, lon: town.lon, lat: town.lat, light: worst(kept(town)), open: kept(town).reduce((sum, site) => sum + site.open, 0), town }));
    return found.sort((a, b) => b.light - a.light || a.open - b.open); // the worst is drawn last, on top
  };
  const light = (mark) => data.lights[mark.light];
  const said = (mark) => `${words[light(mark)]} · ${node.dataset.open} ${mark.open}`;

  const told = (mark) => `${mark.name}${mark.town?.approximate ? ` (${node.dataset.about})` : ""}\n${said(mark)}`;

  const box = () => {
    const points = at.town ? kept(at.town).map((site) => [site.lon, site.lat]) : polygons.features.filter((f) => !at.polygon || f.properties.code === at.polygon).flatMap((f) => f.geometry.coordinates.flat(f.geometry.type === "MultiPolygon" ? 2 : 1));
    const [lons, lats] = [0, 1].map((n) => points.map((point) => point[n]));
    return points.length ? { west: Math.min(...lons), east: Math.max(...lons), south: Math.min(...lats), north: Math.max(...lats) } : null;
  };
  const view = (whole) => {
    const part = box();
    if (!part || (!at.polygon && !at.town)) return { center: null, zoom: 1 };
    const least = at.town ? 0.03 : 0;
    const zoom = Math.min((whole.east - whole.west) / Math.max(part.east - part.west, least), (whole.north - whole.south) / Math.max(part.north - part.south, least)) * (at.town ? 0.62 : 0.92);
    return { center: [(part.east + part.west) / 2, (part.north + part.south) / 2], zoom: Math.min(zoom, 26) };
  };

  const build = (t, width) => {
    shown = marks();
    const most = Math.max(1, ...shown.map((mark) => mark.open));
    const all = polygons.features.flatMap((f) => f.geometry.coordinates.flat(f.geometry.type === "MultiPolygon" ? 2 : 1));
    const whole = { west: Math.min(...all.map((p) => p[0])), east: Math.max(...all.map((p) => p[0])), south: Math.min(...all.map((p) => p[1])), north: Math.max(...all.map((p) => p[1])) };
    const labelled = Boolean(at.polygon || at.town);
    return {
      tooltip: { formatter: ({ data: point, name }) => (point?.place === undefined ? name : told(shown[point.place])) },
      geo: {
        map: "weihai",
        aspectScale: 0.8, // the cosine of 37 degrees north
        roam: false,
        left: 8,
        right: 8,
        top: 8,
        bottom: 8,
        ...view(whole),
        itemStyle: { areaColor: t.faint, borderColor: t.edge, borderWidth: 0.8 },
        label: { show: false },
        emphasis: { itemStyle: { areaColor: t.line }, label: { show: false } },
        select: { disabled: true },
        regions: at.polygon ? polygons.features.filter((f) => f.properties.code !== at.polygon).map((f) => ({ name: f.properties.name, itemStyle: { opacity: 0.45 } })) : [],
      },
      series: [
        {
          id: "marks",
          type: "scatter",
          coordinateSystem: "geo",
          cursor: "pointer",
          data: shown.map((mark, place) => ({
            name: mark.name,
            value: [mark.lon, mark.lat],
            place,
            symbol: SHAPES[light(mark)],
            symbolSize: mark.open ? size(mark.open, most) * (width < 420 ? 0.65 : 1) : 6,
            itemStyle: HOLLOW.has(light(mark)) ? { color: t.card, borderColor: t.lights[light(mark)], borderWidth: 1.5 } : { color: t.lights[light(mark)], opacity: 0.9, borderColor: t.card, borderWidth: 1 },
          })),
          label: { show: labelled, position: "right", distance: 4, formatter: ({ name }) => (name.length > 14 ? `${name.slice(0, 13)}…` : name), color: t.ink, fontSize: 12, textBorderColor: t.faint, textBorderWidth: HALO },
          labelLayout: { hideOverlap: true },
          emphasis: { scale: 1.25, label: { show: true } },
        },
        {
          id: "names",
          type: "scatter",
          coordinateSystem: "geo",
          silent: true,
          z: 5,
          symbolSize: 1,
          itemStyle: { color: "transparent" },
          data: [
            ...(labelled ? [] : polygons.features.map((f) => ({ name: f.properties.name, value: f.properties.centre, label: { fontSize: width < 420 ? 12 : 14, fontWeight: 600, color: t.ink } }))),
            ...(at.town ? [] : data.areas.filter((area) => area.code !== area.polygon && (!at.polygon || area.polygon === at.polygon)).map((area) => ({ name: area.name, value: [area.lon, area.lat] }))),
          ],
          label: { show: true, position: "inside", formatter: "{b}", color: t.muted, fontSize: 12, textBorderColor: t.faint, textBorderWidth: HALO + 1 },
        },
      ],
    };
  };

  const go = (mark) => {
    if (!mark.site) return move({ polygon: mark.town.area.polygon, town: mark.town });
    if (mark.site.page) location.assign(`/sites/${mark.site.key}/`);
    else window.sijinRows(`/figures/open.site-${mark.site.key}/`);
  };
  const move = (to) => {
    Object.assign(at, to);
    describe();
    chart.redraw();
  };

  const element = (tag, attributes = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), attributes);
    made.append(...children);
    return made;
  };
  const step = (name, to) => element("button", { type: "button", className: "step", textContent: name, onclick: () => move(to) });
  const describe = () => {
    const county = polygons.features.find((f) => f.properties.code === at.polygon);
    const path = [at.polygon || at.town ? step(node.dataset.city, { polygon: null, town: null }) : element("b", { textContent: node.dataset.city })];
    if (county) path.push("›", at.town ? step(county.properties.name, { town: null }) : element("b", { textContent: county.properties.name }));
    if (at.town) path.push("›", element("b", { textContent: at.town.name }));
    crumbs.replaceChildren(...path);
    chips.forEach((chip) => chip.setAttribute("aria-pressed", String(Number(chip.dataset.mapDoor) === at.door)));
    const listed = marks().reverse();
    list.replaceChildren(
      ...listed.map((mark) => {
        const name = mark.site
          ? element("a", { href: mark.site.page ? `/sites/${mark.site.key}/` : `/figures/open.site-${mark.site.key}/`, textContent: mark.name })
          : element("button", { type: "button", className: "step", textContent: mark.name, onclick: () => go(mark) });
        return element("tr", {}, element("td", {}, name), element("td", { className: `light ${light(mark)}`, textContent: words[light(mark)] }), element("td", { className: "num", textContent: mark.open }));
      }),
    );
    document.getElementById("map-empty").hidden = listed.length > 0;
  };

  chips.forEach((chip) => chip.addEventListener("click", () => move({ door: Number(chip.dataset.mapDoor) === at.door ? -1 : Number(chip.dataset.mapDoor) })));
  document.getElementById("map-card").addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || (!at.town && !at.polygon)) return;
    move(at.town ? { town: null } : { polygon: null });
  });

  const json = (url) => fetch(url, { headers: { Accept: "application/json" } }).then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)));
  Promise.all([json(node.dataset.boundaries), json(node.dataset.sites)]).then(
    ([shapes, raw]) => {
      polygons = shapes;
      polygons.features.forEach((f) => (f.properties.cp = f.properties.centre));
      data = read(raw);
      echarts.registerMap("weihai", polygons);
      chart = make(node, build, {
        words: node.dataset.words,
        click: (event) => {
          if (event.data?.place !== undefined) return go(shown[event.data.place]);
          const county = polygons.features.find((f) => f.properties.name === event.name);
          if (county) move({ polygon: county.properties.code, town: null });
        },
      });
      describe();
    },
    () => {
      node.classList.remove("skeleton");
      document.getElementById("map-failed").hidden = false;
      node.hidden = true;
    },
  );
})();
