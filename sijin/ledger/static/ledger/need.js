// The forms of a need: files dropped, taken by the camera, listed and taken out again; links copied.
(() => {
  const size = (bytes) => (bytes < 1048576 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`);

  function ready(drop) {
    if (drop.dataset.ready) return;
    drop.dataset.ready = "1";
    const input = drop.querySelector("input[type=file]:not([data-camera])");
    const camera = drop.querySelector("[data-camera]");
    const list = drop.querySelector(".picked");
    let kept = [];

    const show = (leftOut) => {
      const carrier = new DataTransfer();
      kept.forEach((file) => carrier.items.add(file));
      input.files = carrier.files;
      list.replaceChildren(
        ...kept.map((file, at) => {
          const row = document.createElement("li");
          const off = document.createElement("button");
          off.type = "button";
          off.className = "small";
          off.textContent = drop.dataset.remove;
          off.setAttribute("aria-label", `${drop.dataset.remove}: ${file.name}`);
          off.addEventListener("click", () => {
            kept.splice(at, 1);
            show([]);
          });
          row.append(`${file.name} · ${size(file.size)}`, off);
          return row;
        }),
        ...leftOut.map((words) => {
          const row = document.createElement("li");
          row.className = "left-out";
          row.textContent = `■ ${words}`;
          return row;
        }),
      );
    };
    const add = (files) => {
      const leftOut = [];
      for (const file of files) {
        if (file.size > Number(drop.dataset.bytes)) leftOut.push(`${file.name} · ${size(file.size)}: ${drop.dataset.tooBig}`);
        else if (kept.length >= Number(drop.dataset.most)) leftOut.push(`${file.name}: ${drop.dataset.tooMany}`);
        else if (!kept.some((one) => one.name === file.name && one.size === file.size && one.lastModified === file.lastModified)) kept.push(file);
      }
      input.required = input.required && !kept.length;
      show(leftOut);
    };
    input.addEventListener("change", () => add([...input.files]));
    camera.addEventListener("change", () => {
      add([...camera.files]);
      camera.value = "";
    });
    for (const kind of ["dragenter", "dragover"]) {
      drop.addEventListener(kind, (event) => {
        event.preventDefault();
        drop.classList.add("over");
      });
    }
    for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      add([...event.dataTransfer.files]);
    });
  }

  // Many units to tick: narrowed by a part of the name, with the count of those ticked.
  const narrow = (box) => {
    const part = box.querySelector("[data-narrow]").value.trim();
    const ticked = box.querySelectorAll(":checked").length;
    const count = box.querySelector("[data-count]");
    count.hidden = !ticked;
    count.textContent = ticked;
    box.querySelectorAll("label.tick").forEach((label) => (label.hidden = !label.textContent.includes(part) && !label.querySelector(":checked")));
  };
  document.addEventListener("input", (event) => {
    const box = event.target.closest(".several");
    if (box) narrow(box);
  });

  const all = (root) => {
    root.querySelectorAll?.("[data-drop]").forEach(ready);
    root.querySelectorAll?.(".several").forEach(narrow);
  };
  all(document);
  document.addEventListener("htmx:load", (event) => {
    all(event.detail.elt);
    const form = event.detail.elt.closest?.(".verb-form") || event.detail.elt.querySelector?.(".verb-form");
    if (!form) return;
    document.querySelectorAll("details.menu[open]").forEach((menu) => (menu.open = false));
    form.querySelector("[aria-invalid], .field input:not([type=hidden]), .field select, .field textarea")?.focus();
  });
  // A form that was not taken comes back with what is wrong: it is shown in the place of the one that was sent.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target } = event.detail;
    if (target.id === "act" && [409, 422].includes(xhr.status) && !xhr.getResponseHeader("HX-Retarget")) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.querySelector(button.dataset.copy);
    field.select();
    const told = () => (button.textContent = button.dataset.copied);
    if (navigator.clipboard && isSecureContext) navigator.clipboard.writeText(field.value).then(told);
    else if (document.execCommand("copy")) told();
  });
})();
