// The Gantt of the portfolio by mouse and keyboard: a bar or a step of the list that is chosen shows why it stands
// there; L goes to the field of its lock. Without this script each bar is a link to the same.
(() => {
  const gantt = document.querySelector(".gantt[data-panel-url]");
  const why = document.getElementById("why");
  if (!gantt || !why) return;

  const show = (step) => {
    gantt.querySelectorAll(".chosen").forEach((bar) => bar.classList.remove("chosen"));
    gantt.querySelectorAll(`[data-step="${step}"]`).forEach((bar) => bar.classList.add("chosen"));
    history.replaceState(null, "", `${location.pathname}?${withStep(step)}`);
    const address = gantt.dataset.panelUrl.replace(/\/0\/$/, `/${step}/`);
    return htmx.ajax("GET", address, { target: "#why", swap: "innerHTML" }).then(() => {
      if (why.getBoundingClientRect().top > innerHeight - 80) why.scrollIntoView({ block: "nearest" });
    });
  };
  const withStep = (step) => {
    const asked = new URLSearchParams(location.search);
    asked.delete("project");
    asked.set("step", step);
    return asked;
  };
  const follow = (event, selector, key) => {
    const found = event.target.closest(selector);
    if (!found || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(found.dataset[key]);
  };
  gantt.addEventListener("click", (event) => follow(event, "[data-step]", "step"));
  why.addEventListener("click", (event) => follow(event, "[data-panel]", "panel"));

  const bars = () => [...gantt.querySelectorAll("[data-step]")].filter((bar) => bar.getClientRects().length);
  const rows = () => [...gantt.querySelectorAll(".gantt-row")].filter((row) => row.querySelector("[data-step]"));
  const aside = (bar, by) => bars()[bars().indexOf(bar) + by];
  const down = (bar, by) => rows()[rows().indexOf(bar.closest(".gantt-row")) + by]?.querySelector("[data-step]");
  gantt.addEventListener("keydown", (event) => {
    const bar = event.target.closest("[data-step]");
    if (!bar || event.ctrlKey || event.metaKey || event.altKey) return;
    const go = { ArrowRight: [aside, 1], ArrowLeft: [aside, -1], ArrowDown: [down, 1], ArrowUp: [down, -1] }[event.key];
    if (!go && event.key !== "l") return;
    event.preventDefault();
    event.stopPropagation();
    if (go) go[0](bar, go[1])?.focus();
    else show(bar.dataset.step).then(() => why.querySelector("[data-lock] input[name=on]")?.focus());
  });
})();
