// Choosing and dragging on the board. What is chosen shows its why; what is dropped on a team shows what the move costs.
(() => {
  const why = document.getElementById("why");
  const board = document.querySelector(".board");
  if (!why || !board) return;
  const emptied = why.innerHTML;
  const things = ".chip.person, .site";
  let dragged = null;

  const show = (url) => htmx.ajax("GET", url, { target: "#why", swap: "innerHTML" });
  const choose = (thing) => {
    document.querySelectorAll(".chosen").forEach((other) => other.classList.remove("chosen"));
    thing.classList.add("chosen");
    return show(thing.getAttribute("href"));
  };
  const clear = () => {
    why.innerHTML = emptied;
    document.querySelector(".chosen")?.focus();
    document.querySelectorAll(".chosen").forEach((thing) => thing.classList.remove("chosen"));
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-clear=why]")) return clear();
    const thing = event.target.closest(things);
    if (!thing || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    event.stopPropagation();
    choose(thing);
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.querySelector(".chosen")) clear();
  });

  board.addEventListener("dragstart", (event) => {
    dragged = event.target.closest(things);
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.textContent);
  });
  board.addEventListener("dragend", () => {
    dragged = null;
    document.querySelectorAll(".team.over").forEach((team) => team.classList.remove("over"));
  });
  board.addEventListener("dragover", (event) => {
    const team = event.target.closest(".team");
    if (!dragged || !team) return;
    event.preventDefault();
    document.querySelectorAll(".team.over").forEach((other) => other !== team && other.classList.remove("over"));
    team.classList.add("over");
  });
  board.addEventListener("drop", (event) => {
    const team = event.target.closest(".team");
    if (!dragged || !team) return;
    event.preventDefault();
    team.classList.remove("over");
    const [, kind, key] = dragged.getAttribute("href").match(/(official|site)s\/(\d+)\/$/);
    const query = new URLSearchParams({ kind, subject: key, team: team.dataset.team });
    choose(dragged).then(() => htmx.ajax("GET", `/dispatch/move/preview/?${query}`, { target: "#preview", swap: "innerHTML" }));
  });
})();
