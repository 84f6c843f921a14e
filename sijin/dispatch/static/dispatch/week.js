// Arrow keys turn the weeks.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.isComposing) return;
  if (document.querySelector("dialog[open]") || event.target.matches("input, textarea, select, [contenteditable]")) return;
  const turn = { ArrowLeft: "earlier", ArrowRight: "later" }[event.key];
  const link = turn && document.querySelector(`[data-week="${turn}"]`);
  if (link) location.assign(link.href);
});
