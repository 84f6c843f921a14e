// Ticking parts of a draft. Ticks outlive the page, so that parts of several pages can be approved together.
(() => {
  const form = document.getElementById("approve");
  const sums = document.getElementById("sums");
  if (!form || !sums) return;
  const parts = new Map(JSON.parse(sums.textContent).map(([number, ...rest]) => [String(number), rest]));
  const place = `sijin-plan-${form.dataset.plan}-${form.dataset.mark}`;
  const boxes = [...form.querySelectorAll("[name=part]")];
  const all = document.getElementById("tick-all");
  const words = form.querySelector(".ticked");
  const button = form.querySelector("[value=ticked]");
  const figure = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 0 });
  const kept = new Map(JSON.parse(sessionStorage.getItem(place) || "[]"));

  const say = () => {
    sessionStorage.setItem(place, JSON.stringify([...kept]));
    const total = [0, 0, 0];
    kept.forEach((rest) => rest.forEach((value, n) => (total[n] += value)));
    const facts = { n: kept.size, of: words.dataset.of, people: total[1], sites: total[2], km: total[0] };
    words.textContent = kept.size
      ? words.dataset.some.replace(/\{(\w+)\}/g, (_, name) => figure.format(facts[name]))
      : words.dataset.none;
    button.disabled = !kept.size;
    boxes.forEach((box) => (box.checked = kept.has(box.value)));
    const ticked = [...parts.keys()].filter((number) => kept.has(number)).length;
    all.checked = ticked > 0 && ticked === parts.size;
    all.indeterminate = ticked > 0 && ticked < parts.size;
  };
  const tick = (number, on) => (on ? kept.set(number, parts.get(number)) : kept.delete(number));

  all.closest("label").hidden = false;
  all.addEventListener("change", () => {
    [...parts.keys()].forEach((number) => tick(number, all.checked));
    say();
  });
  form.addEventListener("change", (event) => {
    if (event.target.name !== "part") return;
    tick(event.target.value, event.target.checked);
    say();
  });
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    form.querySelectorAll("[data-elsewhere]").forEach((input) => input.remove());
    const here = new Set(boxes.map((box) => box.value));
    [...kept.keys()].filter((number) => !here.has(number)).forEach((number) => {
      const input = Object.assign(document.createElement("input"), { type: "hidden", name: "part", value: number });
      input.dataset.elsewhere = "";
      form.append(input);
    });
    sessionStorage.removeItem(place);
  });
  addEventListener("pageshow", say);
  say();
})();
