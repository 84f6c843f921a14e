// The round of the day: distances from where the phone is, and what is still on the phone.
(() => {
  const words = Drafts.words();

  // ---- distances
  const list = document.querySelector(".round");
  const button = document.getElementById("here");
  const kilometres = (a, b, c, d) => {
    const turn = Math.PI / 180;
    const s = Math.sin(((c - a) * turn) / 2) ** 2;
    const t = Math.cos(a * turn) * Math.cos(c * turn) * Math.sin(((d - b) * turn) / 2) ** 2;
    return 2 * 6371.0088 * Math.asin(Math.sqrt(s + t));
  };
  const arrange = ({ coords }) => {
    const stops = [...list.children].map((item) => ({
      item,
      rank: Number(item.dataset.rank),
      km: kilometres(coords.latitude, coords.longitude, Number(item.dataset.lat), Number(item.dataset.lon)),
    }));
    stops.sort((a, b) => a.rank - b.rank || a.km - b.km);
    for (const { item, km } of stops) {
      item.querySelector(".km").textContent = `${km.toFixed(1)} ${words.km}`;
      list.append(item);
    }
    document.getElementById("origin").textContent = words.from_here;
    button.hidden = true;
  };
  const locate = () =>
    navigator.geolocation.getCurrentPosition(
      arrange,
      () => {
        document.getElementById("origin").textContent = words.no_position;
      },
      { timeout: 15_000, maximumAge: 60_000 },
    );
  if (list && navigator.geolocation) {
    button.hidden = false;
    button.onclick = locate;
    navigator.permissions?.query({ name: "geolocation" }).then((permission) => {
      if (permission.state === "granted") locate();
    });
  }

  // ---- not sent yet
  const section = document.getElementById("unsent");
  const account = section.dataset.account;
  const row = (draft) => {
    const item = document.createElement("li");
    const about = document.createElement("span");
    const at = new Date(draft.at);
    const time = `${at.getMonth() + 1}-${at.getDate()} ${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
    const pictures = draft.photos ? ` · ${draft.photos} ${words.photos}` : "";
    about.textContent = `${draft.title || words.unnamed} · ${time}${pictures} · ${words[draft.state]}`;
    const told = document.createElement("small");
    told.className = "wrong";
    told.textContent = draft.message ?? "";
    const open = document.createElement("a");
    open.className = "btn quiet";
    open.href = `${draft.path}?draft=${draft.uuid}`;
    open.textContent = words.open;
    const drop = document.createElement("button");
    drop.className = "btn quiet";
    drop.textContent = words.discard;
    drop.onclick = async () => {
      if (!window.confirm(words.sure)) return;
      await Drafts.drop(account, draft.uuid);
      show();
    };
    item.append(about, open);
    if (draft.state === "unsent") {
      const send = document.createElement("button");
      send.className = "btn";
      send.textContent = words.send;
      send.onclick = async () => {
        send.disabled = true;
        send.textContent = words.sending;
        const token = section.querySelector("[name=csrfmiddlewaretoken]").value;
        const answer = await Drafts.send(draft.path, await Drafts.body(draft, token));
        if (answer.kind === "kept") {
          await Drafts.drop(account, draft.uuid);
          location.assign(answer.url);
          return;
        }
        Drafts.keep(account, { ...draft, message: answer.words ?? words[answer.kind] });
        show();
      };
      item.append(send);
    }
    item.append(drop, told);
    return item;
  };
  const show = () => {
    const drafts = Drafts.list(account);
    section.hidden = !drafts.length;
    section.querySelector("ul").replaceChildren(...drafts.map(row));
  };
  show();
})();
