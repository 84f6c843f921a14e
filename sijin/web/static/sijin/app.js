// What every page can do: keys, confirmations, menus, the drawer, and words when the server cannot be reached.
(() => {
  const byId = (id) => document.getElementById(id);
  let at = -1;
  let going = false; // after `g`, the next key names a tab

  const rows = () => [...document.querySelectorAll("[data-href]")].filter((row) => row.offsetParent);
  const move = (step) => {
    const all = rows();
    if (!all.length) return;
    all[at]?.classList.remove("here");
    at = Math.max(0, Math.min(all.length - 1, at + step));
    all[at].classList.add("here");
    all[at].scrollIntoView({ block: "nearest" });
  };
  const next = () => {
    const verb = document.querySelector("[data-next]");
    if (!verb) return;
    verb.closest("details")?.setAttribute("open", "");
    verb.focus();
    verb.scrollIntoView({ block: "center" });
  };
  const search = () => {
    const own = document.querySelector("main input[type=search]");
    (own && own.offsetParent ? own : byId("find"))?.focus();
  };
  const open = (dialog) => dialog && !dialog.open && dialog.showModal();
  const keys = {
    "/": search,
    j: () => move(1),
    k: () => move(-1),
    e: next,
    "?": () => open(byId("keys")),
    g: () => {
      going = true;
      setTimeout(() => (going = false), 1500);
    },
    Enter: () => at >= 0 && rows()[at] && location.assign(rows()[at].dataset.href),
  };
  // a row of tabs that is wider than a phone begins at the one that is open
  for (const bar of document.querySelectorAll(".tabs")) {
    const tab = bar.querySelector("[aria-current]")?.getBoundingClientRect();
    if (tab) bar.scrollLeft += tab.left - bar.getBoundingClientRect().left - (bar.clientWidth - tab.width) / 2;
  }

  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (key === "Escape") {
      document.querySelectorAll("details.menu[open]").forEach((menu) => {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
      if (target.id === "find") target.blur();
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
    if (target.matches("input, textarea, select, [contenteditable]")) return;
    if (going) {
      going = false;
      const tab = [...document.querySelectorAll(".rail a[data-key]")].find((a) => a.dataset.key === key);
      if (tab) location.assign(tab.href);
      return;
    }
    if (key === "Enter" && target.matches("a, button, summary")) return;
    if (!keys[key]) return;
    if (key === "/" || key === "e") event.preventDefault();
    keys[key]();
  });

  // A click anywhere in a row opens it; a click elsewhere closes menus.
  document.addEventListener("click", (event) => {
    const { target } = event;
    document.querySelectorAll("details.menu[open]").forEach((menu) => menu.contains(target) || (menu.open = false));
    const opener = target.closest("[data-open]");
    if (opener) open(byId(opener.dataset.open));
    if (target.closest("[data-shut]")) target.closest("dialog").close();
    if (target.matches("dialog")) target.close();
    if (target.closest("[data-print]")) window.print();
    const row = target.closest("[data-href]");
    if (row && !target.closest("a, button, input, label, select, summary, form") && !String(getSelection())) {
      location.assign(row.dataset.href);
    }
  });

  // `data-confirm` on a form, a button or hx-confirm asks once, in our own dialog.
  const ask = (words) =>
    new Promise((answer) => {
      const dialog = byId("ask");
      byId("ask-words").textContent = words;
      dialog.returnValue = "no";
      dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
      dialog.showModal();
    });
  const sure = new WeakSet();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const words = event.submitter?.dataset.confirm || form.dataset.confirm;
    if (!words || sure.delete(form)) return;
    event.preventDefault();
    event.stopPropagation();
    const button = event.submitter;
    ask(words).then((yes) => {
      if (!yes) return;
      sure.add(form);
      form.requestSubmit(button);
    });
  }, true);
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question).then((yes) => yes && event.detail.issueRequest(true));
  });

  // A form is sent once: its button rests until the page answers.
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || event.defaultPrevented || event.target.method === "dialog" || event.target.target) return;
    setTimeout(() => {
      button.disabled = true;
      setTimeout(() => (button.disabled = false), 4000);
    });
  });
  addEventListener("pageshow", () => document.querySelectorAll("[data-once][disabled]").forEach((b) => (b.disabled = false)));

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "drawer-body") open(byId("drawer"));
    at = -1;
  });
  for (const fault of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(fault, () => byId("notices")?.replaceChildren(byId("no-connection").content.cloneNode(true)));
  }
})();
