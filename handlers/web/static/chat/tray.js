// Photos chosen and not sent yet.

import { append } from "./log.js";

const HEAVIEST = 20 * 1024 * 1024; // bytes, as the server takes them
const LONGEST_SIDE = 2048; // pixels, as the server keeps them: sending more would only cost the person's data plan
const WORTH_SHRINKING = 1.5 * 1024 * 1024;

export class Tray {
  #list;
  #input;
  #words;
  #state;
  #most;
  #files = [];
  #send = document.querySelector("#say .main");

  constructor(list, input, words, state, most) {
    this.#list = list;
    this.#input = input;
    this.#words = words;
    this.#state = state;
    this.#most = most;
    input.addEventListener("change", () => {
      this.add([...input.files]);
      input.value = "";
    });
  }

  choose() {
    this.#input.click();
  }

  async add(files) {
    for (const file of files) {
      if (this.#files.length >= this.#most) return this.#state.say(this.#words.most_photos);
      const lighter = await shrunk(file);
      if (lighter.size > HEAVIEST) this.#state.say(this.#words.too_heavy);
      else this.#show(lighter);
    }
  }

  #show(file) {
    this.#files.push(file);
    const item = append(this.#list, "li");
    const image = append(item, "img");
    image.src = URL.createObjectURL(file);
    image.alt = `${this.#words.photo} ${this.#files.length}`;
    const remove = append(item, "button");
    remove.type = "button";
    remove.textContent = "×";
    remove.setAttribute("aria-label", `${this.#words.remove} (${this.#files.length})`);
    remove.addEventListener("click", () => {
      this.#files = this.#files.filter((other) => other !== file);
      URL.revokeObjectURL(image.src);
      item.remove();
      this.#list.hidden = !this.#files.length;
      document.getElementById("add").focus();
    });
    this.#list.hidden = false;
    this.#send.focus(); // not the text: a keyboard would rise over the photos
  }

  /** The chosen photos; the tray is empty afterwards. */
  take() {
    const taken = this.#files;
    this.#files = [];
    for (const image of this.#list.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    this.#list.replaceChildren();
    this.#list.hidden = true;
    return taken;
  }
}

/** The photo no larger than it will be kept; as it was when the browser cannot read it (HEIC) or it is light enough. */
async function shrunk(file) {
  if (file.size < WORTH_SHRINKING) return file;
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    image.close();
    const lighter = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
    return lighter && lighter.size < file.size ? new File([lighter], "photo.jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file;
  }
}
