// The board of the pool by mouse, finger and keyboard: a bar that is chosen shows its share; dragged to another maker
// it shows what the move would cost. Nothing changes before the button in the panel is pressed.
(() => {
  const gantt = document.querySelector(".gantt");
  const why = document.getElementById("why");
  if (!gantt || !why) return;
  const pattern = gantt.dataset.shareUrl; // only who may move has it
  const FAR = 6; // px from which a press is a drag
  let press = null; // {run, x, y, dragged}
  let over = null;

  const address = (share, to) => {
    const base = pattern.replace(/\/0\/$/, `/${share}/`);
    return to ? `${base}?to=${to}` : base;
  };
  const show = (run, to) => {
    gantt.querySelectorAll(".chosen").forEach((one) => one.classList.remove("chosen"));
    gantt.querySelectorAll(`[data-share="${run.dataset.share}"]`).forEach((one) => one.classList.add("chosen"));
    return htmx.ajax("GET", address(run.dataset.share, to), { target: "#why", swap: "innerHTML" }).then(() => {
      const button = why.querySelector(".preview button");
      if (button) button.focus({ preventScroll: true });
      if (why.getBoundingClientRect().top > innerHeight - 80) why.scrollIntoView({ block: "nearest" });
    });
  };
  const mark = (row) => {
    if (row === over) return;
    over?.classList.remove("over");
    over = row;
    over?.classList.add("over");
  };
  const end = () => {
    press?.run.classList.remove("carried");
    press?.run.removeAttribute("transform");
    mark(null);
    press = null;
  };

  gantt.addEventListener("dragstart", (event) => event.preventDefault());
  if (!pattern) return;
  gantt.addEventListener("pointerdown", (event) => {
    const run = event.target.closest("[data-share]");
    if (run && event.button === 0) press = { run, x: event.clientX, y: event.clientY, dragged: false };
  });
  addEventListener("pointermove", (event) => {
    if (!press) return;
    const [x, y] = [event.clientX - press.x, event.clientY - press.y];
    if (!press.dragged && Math.hypot(x, y) < FAR) return;
    press.dragged = true;
    press.run.classList.add("carried");
    press.run.setAttribute("transform", `translate(${x} ${y})`);
    mark(document.elementFromPoint(event.clientX, event.clientY)?.closest(".gantt-row[data-maker]") || null);
  });
  addEventListener("pointercancel", end);
  addEventListener("pointerup", () => {
    if (!press) return;
    const { run, dragged } = press;
    const row = over;
    if (dragged) addEventListener("click", (event) => event.preventDefault(), { capture: true, once: true });
    end();
    if (dragged && row && row !== run.closest(".gantt-row")) show(run, row.dataset.maker);
  });
  gantt.addEventListener("click", (event) => {
    const run = event.target.closest("[data-share]");
    if (!run || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const prevented = event.defaultPrevented;
    event.preventDefault();
    if (!prevented) show(run);
  });
  const beside = (run, step) => {
    const all = [...gantt.querySelectorAll("[data-share]")];
    return all[all.indexOf(run) + step];
  };
  const below = (run, step) => {
    const rows = [...gantt.querySelectorAll(".gantt-row")].filter((row) => row.querySelector("[data-share]"));
    return rows[rows.indexOf(run.closest(".gantt-row")) + step]?.querySelector("[data-share]");
  };
  gantt.addEventListener("keydown", (event) => {
    const run = event.target.closest("[data-share]");
    if (!run || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = {
      ArrowRight: () => beside(run, 1)?.focus(),
      ArrowLeft: () => beside(run, -1)?.focus(),
      ArrowDown: () => below(run, 1)?.focus(),
      ArrowUp: () => below(run, -1)?.focus(),
      l: () => show(run).then(() => why.querySelector("[data-lock] button")?.click()),
    };
    if (!steps[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    steps[event.key]();
  });
})();
