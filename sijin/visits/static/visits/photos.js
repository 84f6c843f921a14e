// The photos of a visit: taken or chosen, made smaller before they are sent, shown small, kept with the draft.
const Photos = (() => {
  const LONGEST = 2400; // pixels, the same as the server keeps
  const SMALL = 400_000; // bytes below which a picture is sent as it is

  const shrunk = async (file) => {
    if (file.size < SMALL || !window.createImageBitmap) return file;
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const made = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
      return made && made.size < file.size ? made : file;
    } catch {
      return file; // not a picture the browser knows: the server says what it thinks of it
    }
  };

  return (form, removeWord, changed) => {
    const box = form.querySelector("#photos");
    const thumbs = box.querySelector(".thumbs");
    let kept = [];

    const show = () => {
      thumbs.replaceChildren(
        ...kept.map((photo) => {
          const item = document.createElement("li");
          const image = document.createElement("img");
          image.src = URL.createObjectURL(photo.blob);
          image.alt = photo.name;
          image.onload = () => URL.revokeObjectURL(image.src);
          const remove = document.createElement("button");
          remove.type = "button";
          remove.textContent = "×";
          remove.setAttribute("aria-label", `${removeWord} ${photo.name}`);
          remove.onclick = () => set(kept.filter((other) => other !== photo));
          item.append(image, remove);
          return item;
        }),
      );
    };
    const set = (photos, quiet = false) => {
      kept = photos;
      show();
      if (!quiet) changed(kept);
    };

    box.querySelector(".camera").hidden = false;
    box.querySelector(".plain").hidden = true;
    box.querySelector(".plain input").disabled = true;
    for (const input of box.querySelectorAll(".camera input")) {
      input.addEventListener("change", async () => {
        const files = [...input.files];
        input.value = "";
        const added = [];
        for (const file of files) added.push({ name: file.name, blob: await shrunk(file) });
        set([...kept, ...added]);
      });
    }
    return { all: () => kept, set };
  };
})();
