// A scenario shows the fields that its kind asks for.
(() => {
  document.querySelectorAll(".scenario").forEach((scenario) => {
    const kind = scenario.querySelector("select[name$=-kind]");
    const show = () => {
      scenario.querySelectorAll(".field[data-kinds]").forEach((field) => {
        field.hidden = !field.dataset.kinds.split(" ").includes(kind.value);
        field.querySelectorAll("input, select").forEach((input) => (input.disabled = field.hidden));
      });
    };
    kind.addEventListener("change", show);
    addEventListener("pageshow", show);
    show();
  });
})();
