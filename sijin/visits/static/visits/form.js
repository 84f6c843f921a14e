// The visit's form as three steps. What is typed is kept on the phone at every change; a sending that fails keeps all.
(() => {
  const form = document.getElementById("visit-form");
  if (!form) return;
  const words = Drafts.words();
  const account = form.dataset.account;
  const uuid = form.elements.client_uuid?.value && form.elements.client_uuid; // amending keeps no draft
  const state = document.getElementById("visit-state");
  const steps = [...form.querySelectorAll(".step")];
  const tabs = [...form.querySelectorAll(".steps button")];
  const [back, forth, save] = ["back", "forth", "save"].map((id) => document.getElementById(id));
  let here = 1;

  const say = (text, kind = "") => {
    state.hidden = !text;
    state.className = `notice ${kind}`;
    state.textContent = text;
  };

  // ---- steps
  const go = (step, focus = true) => {
    here = Math.max(1, Math.min(steps.length, step));
    for (const each of steps) each.classList.toggle("here", Number(each.dataset.step) === here);
    for (const tab of tabs) {
      if (Number(tab.dataset.step) === here) tab.setAttribute("aria-current", "step");
      else tab.removeAttribute("aria-current");
    }
    back.hidden = here === 1;
    forth.hidden = here === steps.length;
    save.hidden = here !== steps.length;
    if (focus) window.scrollTo({ top: 0 });
  };
  form.classList.add("stepped");
  form.querySelector(".steps").hidden = false;
  for (const tab of tabs) tab.onclick = () => go(Number(tab.dataset.step));
  back.onclick = () => go(here - 1);
  forth.onclick = () => go(here + 1);
  // Enter in a line of text goes on instead of sending half a visit.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input:not([type=checkbox])")) return;
    event.preventDefault();
    if (here < steps.length) go(here + 1);
  });

  // ---- words beside the fields
  const fieldOf = (name) => form.querySelector(`[data-field="${name}"]`);
  const mark = () => {
    for (const tab of tabs) {
      const step = form.querySelector(`.step[data-step="${tab.dataset.step}"]`);
      tab.classList.toggle(
        "has-wrong",
        [...step.querySelectorAll(".wrong")].some((each) => each.textContent.trim()),
      );
    }
  };
  const clear = () => {
    for (const each of form.querySelectorAll(".wrong")) each.textContent = "";
    for (const each of form.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
    mark();
  };
  const show = (errors) => {
    clear();
    const whole = [...(errors[""] ?? [])];
    for (const [name, texts] of Object.entries(errors)) {
      if (!name) continue;
      const field = fieldOf(name);
      const place = field?.querySelector(":scope > .wrong") ?? field?.querySelector(".wrong");
      if (!place) whole.push(...texts);
      else {
        place.textContent = texts.join(" ");
        if (name === "same_day_reason") document.getElementById("beside-reason").hidden = false;
        if (name === "late_reason") document.getElementById("late-reason").hidden = false;
        form.elements[name]?.setAttribute?.("aria-invalid", "true");
      }
    }
    mark();
    say([words.fix, ...whole].join(" "), "error");
    first();
  };
  const first = () => {
    const wrong = [...form.querySelectorAll(".step .wrong")].find((each) => each.textContent.trim());
    if (!wrong) return;
    go(Number(wrong.closest(".step").dataset.step), false);
    const field = wrong.closest("[data-field]");
    field?.querySelector("input:not([type=hidden]), textarea, select")?.focus({ preventScroll: true });
    (field ?? wrong).scrollIntoView({ block: "center" });
  };

  // ---- the draft
  const values = () =>
    [...new FormData(form)].filter(([name, value]) => name !== "csrfmiddlewaretoken" && typeof value === "string");
  const draft = (kind, message = "") => ({
    uuid: uuid.value,
    path: location.pathname,
    title: form.elements.site?.selectedOptions[0]?.textContent ?? "",
    at: new Date().toISOString(),
    state: kind,
    message,
    values: values(),
    photos: photos.all().length,
  });
  let timer = 0;
  let standing = "draft"; // unsent once it was sent and did not arrive
  const keep = (kind = standing, message = "") => {
    clearTimeout(timer);
    timer = 0;
    if (!uuid) return;
    standing = kind;
    Drafts.keep(account, draft(kind, message));
    const address = new URL(location.href);
    if (address.searchParams.get("draft") !== uuid.value) {
      address.searchParams.set("draft", uuid.value);
      history.replaceState(null, "", address);
    }
    const now = new Date();
    document.getElementById("kept").textContent =
      `${words.typed_at} ${String(now.getHours()).padStart(2, "0")}:${String(now.getMinutes()).padStart(2, "0")}`;
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => keep(), 300);
  };
  form.addEventListener("input", (event) => {
    const field = event.target.closest("[data-field]");
    const wrong = field?.querySelector(":scope > .wrong");
    if (wrong) {
      wrong.textContent = "";
      event.target.removeAttribute("aria-invalid");
      mark();
    }
    soon();
  });
  window.addEventListener("pagehide", () => {
    if (timer && !sent) keep();
  });

  const photos = Photos(form, words.remove, (kept) => {
    fieldOf("photos").querySelector(":scope > .wrong").textContent = "";
    mark();
    if (uuid) Drafts.photos.put(uuid.value, kept);
    soon();
  });
  const findings = Findings(form, soon);

  const restore = async () => {
    const asked = new URL(location.href).searchParams.get("draft");
    const found = uuid && asked && Drafts.get(account, asked);
    if (!found) return;
    findings.grow(
      Object.fromEntries(
        found.values
          .filter(([name]) => name.endsWith("-TOTAL_FORMS"))
          .map(([name, value]) => [name.replace("-TOTAL_FORMS", ""), Number(value)]),
      ),
    );
    for (const box of form.querySelectorAll("input[type=checkbox]")) box.checked = false;
    for (const [name, value] of found.values) {
      if (/-(TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS$/.test(name)) continue;
      for (const element of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (element.type === "checkbox") element.checked ||= element.value === value;
        else element.value = value;
      }
    }
    standing = found.state;
    photos.set(await Drafts.photos.get(found.uuid), true);
    say(found.message || words.restored);
    changedPlace();
    changedTime();
  };

  // ---- who else is there, and visits of an earlier day
  const changedPlace = () => {
    const other = words.beside?.[form.elements.site?.value];
    const notice = document.getElementById("beside");
    if (!notice) return;
    notice.hidden = !other;
    notice.textContent = other ? `▲ ${other}` : "";
    const reason = document.getElementById("beside-reason");
    if (other) reason.hidden = false;
    else if (!form.elements.same_day_reason.value && !reason.querySelector(".wrong").textContent) reason.hidden = true;
  };
  const changedTime = () => {
    const late = document.getElementById("late-reason");
    if (!late) return;
    const earlier = form.elements.at.value && form.elements.at.value.slice(0, 10) < form.dataset.day;
    late.hidden = !earlier && !form.elements.late_reason.value && !late.querySelector(".wrong").textContent.trim();
  };
  form.elements.site?.addEventListener("change", changedPlace);
  form.elements.at?.addEventListener("change", changedTime);

  // ---- the position, when asked for
  const locate = document.getElementById("locate");
  if (locate && navigator.geolocation) {
    const told = document.getElementById("position");
    locate.hidden = false;
    if (form.elements.lat.value) told.textContent = "✓";
    locate.onclick = () => {
      told.textContent = words.seeking;
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          form.elements.lat.value = coords.latitude.toFixed(6);
          form.elements.lon.value = coords.longitude.toFixed(6);
          told.textContent = `✓ ${words.position.replace("%s", Math.round(coords.accuracy))}`;
          soon();
        },
        () => {
          told.textContent = words.no_position;
        },
        { enableHighAccuracy: true, timeout: 15_000 },
      );
    };
  }

  // ---- sending
  let sent = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (save.disabled) return;
    save.disabled = true;
    const label = save.textContent;
    save.textContent = words.sending;
    clear();
    say("");
    const body = new FormData(form);
    for (const photo of photos.all()) body.append("photos", photo.blob, photo.name);
    const answer = await Drafts.send(location.pathname, body);
    if (answer.kind === "kept") {
      sent = true;
      clearTimeout(timer);
      if (uuid) await Drafts.drop(account, uuid.value);
      location.assign(answer.url);
      return;
    }
    save.disabled = false;
    save.textContent = answer.kind === "errors" ? label : words.send;
    if (answer.kind === "errors") {
      if (answer.version) form.elements.version.value = answer.version;
      keep("draft");
      show(answer.errors);
      return;
    }
    const message = answer.words ?? words[answer.kind];
    keep("unsent", message);
    say(message, "error");
    if (answer.kind === "signed_out") {
      const link = document.createElement("a");
      link.href = `/account/login/?next=${encodeURIComponent(location.pathname + location.search)}`;
      link.textContent = " →";
      state.append(link);
    }
    state.scrollIntoView({ block: "center" });
  });

  go(1, false);
  changedPlace();
  changedTime();
  mark();
  if (form.querySelector(".wrong:not(:empty)")) first();
  restore();
})();
