// Findings and the things asked for in them: added and removed without a round trip; names follow Django's formsets.
const Findings = (form, changed) => {
  const list = form.querySelector("#findings");
  const total = (prefix) => form.querySelector(`[name="${prefix}-TOTAL_FORMS"]`);
  const most = (prefix) => Number(form.querySelector(`[name="${prefix}-MAX_NUM_FORMS"]`).value);

  const number = () => {
    list.querySelectorAll("[data-finding]").forEach((finding, n) => {
      finding.querySelector("[data-number]").textContent = n + 1;
      finding.querySelector("[data-remove=finding]").hidden = false;
      const items = finding.querySelectorAll("[data-item]");
      items.forEach((item) => {
        item.querySelector("[data-remove=item]").hidden = items.length < 2;
      });
    });
    form.querySelector("[data-add=finding]").hidden = list.children.length >= most("findings");
  };

  const addFinding = () => {
    const n = Number(total("findings").value);
    if (n >= most("findings")) return null;
    const holder = document.createElement("div");
    holder.innerHTML = form.querySelector("#finding-template").innerHTML.replaceAll("__prefix__", n);
    const made = holder.firstElementChild;
    list.append(made);
    total("findings").value = n + 1;
    number();
    return made;
  };

  const addItem = (finding) => {
    const prefix = finding.querySelector("[data-add=item]").value;
    const n = Number(total(prefix).value);
    const first = finding.querySelector("[data-item]");
    if (n >= most(prefix) || !first) return null;
    const made = first.cloneNode(true);
    for (const each of made.querySelectorAll("[name], [id], [for], [data-field]")) {
      for (const attribute of ["name", "id", "for", "data-field"]) {
        const value = each.getAttribute(attribute);
        if (value) each.setAttribute(attribute, value.replace(/(-items-)\d+(-)/, `$1${n}$2`));
      }
      if (each.matches("input")) each.value = "";
      if (each.matches(".wrong")) each.textContent = "";
    }
    finding.querySelector("[data-items]").append(made);
    total(prefix).value = n + 1;
    number();
    return made;
  };

  // Brings the rows up to what a draft holds: `wanted` is {prefix: total}.
  const grow = (wanted) => {
    while (Number(total("findings").value) < (wanted.findings ?? 0)) if (!addFinding()) break;
    for (const finding of list.children) {
      const prefix = finding.querySelector("[data-add=item]").value;
      while (Number(total(prefix).value) < (wanted[prefix] ?? 0)) if (!addItem(finding)) break;
    }
    number();
  };

  form.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add]");
    const remove = event.target.closest("[data-remove]");
    if (add) {
      event.preventDefault();
      const made = add.dataset.add === "finding" ? addFinding() : addItem(add.closest("[data-finding]"));
      made?.querySelector("input:not([type=hidden]), select")?.focus();
    } else if (remove) {
      remove.closest(remove.dataset.remove === "finding" ? "[data-finding]" : "[data-item]").remove();
      number();
    } else return;
    changed();
  });
  number();
  return { grow };
};
