// Workers who come back: the curve of promises, ticking many, a text message to all who are ticked.
(() => {
  const data = document.getElementById("promises");
  const node = document.getElementById("chart-promises");
  if (data && node && window.sijinCharts) {
    const days = JSON.parse(data.textContent);
    const last = days[days.length - 1];
    const line = (name, at, color, position) => ({
      name, type: "line", step: "end", symbol: "none", data: days.map((day) => [day[0], day[at]]),
      lineStyle: { width: 2, color }, itemStyle: { color },
      endLabel: { show: true, formatter: `${name} ${last[at]}`, color, offset: [0, position] },
    });
    sijinCharts.make(node, (t, width) => ({
      grid: { left: 44, right: width < 480 ? 76 : 96, top: 16, bottom: 28 },
      tooltip: { trigger: "axis" },
      xAxis: { type: "time", axisLabel: { formatter: "{M}-{d}", hideOverlap: true }, splitLine: { show: false } },
      yAxis: { type: "value", minInterval: 1, min: 0 },
      series: [line(node.dataset.promised, 1, t.lights.held, 0), line(node.dataset.back, 2, t.lights.ok, 0)],
    }), { words: `${node.dataset.promised} ${last[1]}, ${node.dataset.back} ${last[2]}` });
  }

  const form = document.getElementById("many");
  const sms = form?.querySelector("[data-sms]");
  if (!sms) return;
  const boxes = () => [...form.querySelectorAll('[name="pick"]')];
  const told = document.getElementById("picked");
  const show = () => {
    const ticked = boxes().filter((box) => box.checked);
    const words = ticked.length === 1 ? told.dataset.one : told.dataset.many.replace("{n}", ticked.length);
    told.textContent = ticked.length ? `· ${words}` : "";
    const numbers = ticked.map((box) => box.dataset.number).filter(Boolean);
    sms.hidden = !numbers.length;
    sms.href = `sms:${numbers.join(",")}?body=${encodeURIComponent(form.elements.words.value)}`;
    form.querySelector("details").open ||= ticked.length > 0;
  };
  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) boxes().forEach((box) => (box.checked = event.target.checked));
    show();
  });
  form.addEventListener("input", show);
  addEventListener("pageshow", show);
})();
