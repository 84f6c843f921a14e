// While a need is typed and its category is not chosen: three categories to take with one click. Without a signal, or when
// the server does not answer, nothing is shown and nothing is lost. The form names the address and where its words stand.
(() => {
  const form = document.querySelector("form[data-suggest]");
  if (!form) return;
  const words = JSON.parse(document.getElementById(form.dataset.words).textContent);
  const LEAST = 4; // characters: fewer say nothing
  const PAUSE = 600; // milliseconds without a key
  const waiting = new WeakMap();

  const part = (finding, name) => finding.querySelector(`[name="${name}"], [name$="-${name}"]`);
  const textOf = (finding) => `${part(finding, "title").value}\n${part(finding, "text").value}`.trim();

  const clear = (finding) => {
    const place = finding.querySelector("[data-suggested]");
    place.hidden = true;
    place.replaceChildren();
  };

  const show = (finding, { choices, unsure }) => {
    const place = finding.querySelector("[data-suggested]");
    const category = part(finding, "category");
    if (!choices.length) return clear(finding);
    part(finding, "suggested").value = choices[0].code;
    const label = document.createElement("p");
    label.textContent = unsure ? words.unsure : words.suggested;
    const buttons = choices.map((choice) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "choice";
      button.value = choice.code;
      button.setAttribute("aria-pressed", String(category.value === choice.code));
      const name = document.createElement("b");
      name.textContent = choice.name;
      button.append(name);
      for (const line of [choice.lead, !unsure && choice.because && words.because + choice.because]) {
        if (!line) continue;
        const small = document.createElement("small");
        small.textContent = line;
        button.append(small);
      }
      return button;
    });
    place.replaceChildren(label, ...buttons);
    place.hidden = false;
  };

  const ask = async (finding) => {
    const text = textOf(finding);
    if (text.length < LEAST || part(finding, "category").value || !navigator.onLine) return;
    const body = new FormData();
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.set("text", text);
    try {
      const answer = await fetch(form.dataset.suggest, { method: "POST", body });
      // what came late for a text that has changed, or after a choice, is passed over
      if (answer.ok && text === textOf(finding) && !part(finding, "category").value) show(finding, await answer.json());
    } catch {
      clear(finding);
    }
  };

  form.addEventListener("input", (event) => {
    const finding = event.target.closest("[data-finding]");
    if (!finding || !event.target.matches('[name$="title"], [name$="text"]')) return;
    clearTimeout(waiting.get(finding));
    if (textOf(finding).length < LEAST && !part(finding, "category").value) {
      clear(finding);
      part(finding, "suggested").value = "";
    }
    waiting.set(finding, setTimeout(() => ask(finding), PAUSE));
  });

  const press = (finding) => {
    for (const each of finding.querySelectorAll("[data-suggested] .choice"))
      each.setAttribute("aria-pressed", String(each.value === part(finding, "category").value));
  };
  form.addEventListener("change", (event) => {
    if (event.target.matches('[name$="category"]')) press(event.target.closest("[data-finding]"));
  });
  form.addEventListener("click", (event) => {
    const choice = event.target.closest(".choice");
    if (!choice) return;
    const finding = choice.closest("[data-finding]");
    const category = part(finding, "category");
    category.value = category.value === choice.value ? "" : choice.value; // a second click takes it back
    category.dispatchEvent(new Event("input", { bubbles: true }));
    press(finding);
  });
})();
