// A click on a figure opens the rows behind it at the side; with Ctrl, or without script, it is an ordinary link.
(() => {
  const opens = (event) => !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.fig[href], #drawer .pages a");
    if (!link || !opens(event) || !window.htmx) return;
    event.preventDefault();
    window.sijinRows(link.href);
  });
  window.sijinRows = (url) => htmx.ajax("GET", url, { target: "#drawer-body", swap: "innerHTML show:#drawer:top" });
})();
