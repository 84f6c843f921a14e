// The board by mouse, finger and keyboard. What is chosen shows its why; what is dragged or picked shows what it costs.
(() => {
  const why = document.getElementById("why");
  const board = document.querySelector(".board");
  if (!why || !board) return;
  const picks = document.getElementById("picks");
  const mode = document.getElementById("pick-mode");
  const emptied = why.innerHTML;
  const things = ".chip.person, .site";
  const picked = new Map(); // href → kind:key:team
  const figure = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1, signDisplay: "exceptZero" });
  let chosen = null; // href of the person or site whose why is shown
  let byKey = false; // whether the last step was made by the keyboard
  let asked = null; // href of the why that is on its way
  let whenShown = null; // what is done once it is there
  let carried = []; // what is dragged: kind:key:team of each
  let prices = new Map();

  const href = (thing) => thing.getAttribute("href");
  const pick = (thing) => {
    const [, kind, key] = href(thing).match(/(official|site)s\/(\d+)\/$/);
    return `${kind}:${key}:${thing.closest(".team")?.dataset.team || ""}`;
  };
  const find = (address) => [...board.querySelectorAll(things)].find((thing) => href(thing) === address);
  const query = (list, more = {}) => {
    const found = new URLSearchParams(more);
    list.forEach((one) => found.append("pick", one));
    return found;
  };

  // --- choosing, picking
  const mark = () => {
    board.querySelectorAll(".chosen").forEach((thing) => thing.classList.toggle("chosen", href(thing) === chosen));
    if (chosen) find(chosen)?.classList.add("chosen");
    board.querySelectorAll(".picked").forEach((thing) => picked.has(href(thing)) || thing.classList.remove("picked"));
    picked.forEach((_, address) => find(address)?.classList.add("picked"));
    if (!picks) return;
    picks.hidden = !picked.size;
    const words = picks.querySelector("[data-words]");
    words.textContent = words.dataset.words.replace("{n}", picked.size);
    picks.querySelector(".inputs").replaceChildren(...[...picked.values()].map((value) => {
      return Object.assign(document.createElement("input"), { type: "hidden", name: "pick", value });
    }));
  };
  const choose = (thing) => {
    chosen = asked = href(thing);
    whenShown = null;
    mark();
    return htmx.ajax("GET", chosen, { target: "#why", swap: "innerHTML" });
  };
  const subject = () => why.querySelector("[data-subject]")?.dataset.subject;
  const toggle = (thing) => {
    picked.delete(href(thing)) || picked.set(href(thing), pick(thing));
    mark();
  };
  const clear = () => {
    const thing = chosen && find(chosen);
    why.innerHTML = emptied;
    chosen = asked = whenShown = null;
    mark();
    thing?.focus();
  };
  const pickNone = () => {
    picked.clear();
    mark();
  };
  mode?.addEventListener("click", () => mode.setAttribute("aria-pressed", String(mode.getAttribute("aria-pressed") !== "true")));

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-clear=why]")) return clear();
    if (event.target.closest("[data-clear=picks]")) return pickNone();
    const thing = event.target.closest(things);
    if (!thing || event.button) return;
    event.preventDefault();
    event.stopPropagation();
    const several = event.ctrlKey || event.metaKey || event.shiftKey || mode?.getAttribute("aria-pressed") === "true";
    if (several && picks) return toggle(thing);
    byKey = event.detail === 0;
    choose(thing);
  }, true);

  // --- the keyboard: arrows from one to the next, Enter to choose and to take, space to pick, L to lock, Ctrl+Z to undo
  const beside = (thing, step) => {
    const all = [...board.querySelectorAll(things)];
    return all[all.indexOf(thing) + step];
  };
  const below = (thing, step) => {
    const teams = [...board.querySelectorAll(".team")];
    const team = teams[teams.indexOf(thing.closest(".team")) + step];
    return team?.querySelector(things);
  };
  const go = (next) => {
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };
  const press = () => why.querySelector("[data-lock] button")?.click();
  const lock = (thing) => {
    if (chosen === href(thing)) return press();
    choose(thing);
    whenShown = press;
  };
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (document.querySelector("dialog[open]") || event.isComposing) return;
    const thing = target.closest?.(things);
    const fit = target.closest?.(".fit");
    if (key === "Escape") return picked.size ? pickNone() : chosen || why.querySelector(".preview") ? clear() : undefined;
    if ((event.ctrlKey || event.metaKey) && key === "z" && !target.matches("input, textarea, select")) {
      event.preventDefault();
      return document.querySelector("#undo button")?.click();
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = thing && {
      ArrowRight: () => go(beside(thing, 1)),
      ArrowLeft: () => go(beside(thing, -1)),
      ArrowDown: () => go(below(thing, 1)),
      ArrowUp: () => go(below(thing, -1)),
      " ": () => picks && toggle(thing),
      l: () => picks && lock(thing),
    };
    const turns = fit && {
      ArrowDown: () => fit.closest("li").nextElementSibling?.querySelector(".fit").focus(),
      ArrowUp: () => fit.closest("li").previousElementSibling?.querySelector(".fit").focus(),
    };
    const step = (steps || turns || {})[key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    step();
  }, true);
  document.addEventListener("htmx:afterSettle", (event) => {
    const { target } = event.detail;
    if (target.id === "why" && asked && subject() === asked) {
      const done = whenShown;
      asked = whenShown = null;
      if (done) return done();
    }
    if (target.id === "preview" || (target.id === "why" && why.querySelector(".preview"))) {
      why.querySelector(".preview")?.scrollIntoView({ block: "nearest" });
      why.querySelector(".preview button")?.focus({ preventScroll: true });
    } else if (byKey && why.contains(event.target) && event.target.querySelector(".fit")) {
      event.target.querySelector(".fit").focus();
    }
    mark();
  });
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.verb !== "post" || detail.target !== why) return;
    detail.parameters.set("shown", [...board.querySelectorAll(".team")].map((team) => team.dataset.team).join(","));
  });
  document.addEventListener("moved", () => {
    pickNone();
    if (asked) return; // the reader has gone on to another
    chosen = subject() || null;
    mark();
    if (chosen) find(chosen)?.focus({ preventScroll: true });
  });

  // --- dragging: every team in view says what it would cost to drop here
  const inView = () => [...board.querySelectorAll(".team")].filter((team) => {
    const box = team.getBoundingClientRect();
    return box.bottom > -200 && box.top < innerHeight + 200;
  });
  const paint = (team) => {
    const price = prices.get(team.dataset.team);
    if (!price) return;
    const words = document.createElement("span");
    words.className = `price ${price.forbidden || price.cost > 0 ? "soon" : "ok"}`;
    const bent = price.appear.length ? ` ▲ ${price.appear[0]}${price.appear.length > 1 ? " …" : ""}` : "";
    words.textContent = price.forbidden || `${figure.format(price.cost)} km${bent}`;
    team.querySelector(".price")?.remove();
    team.querySelector("header").append(words);
  };
  const ask = (teams) => {
    const open = teams.filter((team) => !prices.has(team.dataset.team)).slice(0, 30);
    if (!open.length) return;
    const mine = prices;
    open.forEach((team) => mine.set(team.dataset.team, null));
    const asked = query(carried);
    open.forEach((team) => asked.append("team", team.dataset.team));
    fetch(`${board.dataset.prices}?${asked}`, { headers: { Accept: "application/json" } })
      .then((answer) => (answer.ok ? answer.json() : {}))
      .then((found) => {
        if (mine !== prices) return; // another drag has begun
        Object.entries(found).forEach(([team, price]) => mine.set(team, price));
        open.forEach(paint);
      })
      .catch(() => {});
  };
  board.addEventListener("dragstart", (event) => {
    const thing = event.target.closest(things);
    if (!thing || !picks) return;
    carried = picked.has(href(thing)) ? [...picked.values()] : [pick(thing)];
    prices = new Map();
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", thing.textContent.trim());
    ask(inView());
  });
  const ended = () => {
    carried = [];
    board.querySelectorAll(".team.over").forEach((team) => team.classList.remove("over"));
    board.querySelectorAll(".price").forEach((words) => words.remove());
  };
  board.addEventListener("dragend", ended);
  board.addEventListener("dragover", (event) => {
    const team = event.target.closest(".team");
    if (!carried.length || !team) return;
    event.preventDefault();
    if (team.classList.contains("over")) return;
    board.querySelectorAll(".team.over").forEach((other) => other.classList.remove("over"));
    team.classList.add("over");
    if (!prices.has(team.dataset.team)) ask([team, ...inView()]);
  });
  board.addEventListener("drop", (event) => {
    const team = event.target.closest(".team");
    if (!carried.length || !team) return;
    event.preventDefault();
    const asked = query(carried, { team: team.dataset.team });
    ended();
    htmx.ajax("GET", `${board.dataset.preview}?${asked}`, { target: "#why", swap: "innerHTML" });
  });
})();
