// The ledger's table: ticking rows, the keys x and e, refusals shown in their place.
(() => {
  const ledger = () => document.getElementById("ledger");
  const ticks = () => [...document.querySelectorAll('#ledger [name="pick"]')];
  const all = () => document.querySelector('#bulk [name="all"]');

  const count = () => {
    const boxes = ticks();
    const picked = boxes.filter((box) => box.checked).length;
    const shown = document.getElementById("picked");
    if (shown) shown.textContent = picked;
    const page = document.getElementById("pick-page");
    if (page) {
      page.checked = boxes.length > 0 && picked === boxes.length;
      page.indeterminate = picked > 0 && picked < boxes.length;
    }
    if (!picked && all()) all().checked = false;
  };
  const tick = (on) => {
    for (const box of ticks()) box.checked = on;
    count();
  };

  document.addEventListener("change", (event) => {
    if (event.target.id === "pick-page") tick(event.target.checked);
    else if (event.target.name === "all" && event.target.checked) tick(true);
    else if (event.target.name === "pick") count();
  });
  document.addEventListener("click", (event) => {
    if (event.target.id === "untick") tick(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.matches("input:not([type=checkbox]), textarea, select")) return;
    const row = document.querySelector("#ledger tr.here");
    if (event.key === "x" && row) {
      const box = row.querySelector('[name="pick"]');
      if (box) {
        box.checked = !box.checked;
        count();
      }
    } else if (event.key === "e" && row) row.querySelector(".step")?.click();
  });

  // Fields that were left empty do not belong into the address.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") return;
    for (const [name, value] of [...event.detail.formData.entries()]) {
      if (value === "") event.detail.formData.delete(name);
    }
  });
  // A refusal that carries the row or the table is shown in its place; anything else is said above the table.
  const broke = (on) => {
    const notice = document.getElementById("ledger-broke");
    if (notice) notice.hidden = !on;
  };
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target } = event.detail;
    if (xhr.status < 400) {
      broke(false);
      return;
    }
    const text = xhr.responseText;
    const fits = target.matches("tr") ? text.trimStart().startsWith("<tr") : text.includes('id="ledger"');
    event.detail.shouldSwap = fits;
    event.detail.isError = !fits;
    if (!fits) broke(true);
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (ledger()) count();
  });
})();
