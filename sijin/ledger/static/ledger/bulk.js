// Many units to tick: narrowed by a part of the name, with the count of those ticked.
document.addEventListener("input", (event) => {
  const box = event.target.closest(".several");
  if (!box) return;
  const part = box.querySelector("[data-narrow]").value.trim();
  const ticked = box.querySelectorAll(":checked").length;
  const count = box.querySelector("[data-count]");
  count.hidden = !ticked;
  count.textContent = ticked;
  for (const label of box.querySelectorAll(".options label")) {
    label.hidden = !label.textContent.includes(part) && !label.querySelector(":checked");
  }
});
