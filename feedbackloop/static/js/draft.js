/* Keeps what was typed into a form until it has been sent: a lost connection, a reload or a closed page costs nothing.
   It stays on this device for a day, under the form's own path, without files; sending it clears it. Nothing is chosen
   that the person had not chosen here themselves. The page works the same without any of this. */
"use strict";
(() => {
  const PREFIX = "feedbackloop-draft:";
  const LIFE_MS = 24 * 60 * 60 * 1000;
  let store;
  try {
    store = window.localStorage;
    for (const key of Object.keys(store)) {
      if (key.startsWith(PREFIX) && !(JSON.parse(store.getItem(key))?.until > Date.now())) store.removeItem(key);
    }
  } catch {
    return; // no place to keep anything: a private window, or storage that is turned off or full
  }

  const sent = document.querySelector("[data-sent]");
  if (sent) store.removeItem(PREFIX + sent.dataset.sent);
  begin();

  /* What the server has to say of an answer that it did not take, in place of the page that was sent. */
  function show(page) {
    document.title = page.title;
    document.body.replaceWith(document.adoptNode(page.body));
    window.scrollTo(0, 0);
    document.querySelector(".errors")?.focus();
    begin();
  }

  function begin() {
    const form = document.querySelector("form[data-draft]");
    if (!form) return;
    const key = PREFIX + form.dataset.draft;
    const fields = () => [...form.elements].filter((one) => one.name && one.type !== "file" && one.type !== "hidden");
    const isBox = (one) => one.type === "radio" || one.type === "checkbox";

    function save() {
      const given = fields()
        .filter((one) => (isBox(one) ? one.checked : one.value))
        .map((one) => [one.name, one.value]);
      try {
        store.setItem(key, JSON.stringify({ until: Date.now() + LIFE_MS, given }));
      } catch {
        // full: then it is only on the page
      }
    }

    function drop() {
      store.removeItem(key);
    }

    function restore() {
      const kept = JSON.parse(store.getItem(key) ?? "null");
      if (!kept) return;
      const given = new Set(kept.given.map(([name, value]) => `${name}=${value}`));
      const texts = new Map(kept.given);
      for (const one of fields()) {
        if (isBox(one)) one.checked = given.has(`${one.name}=${one.value}`);
        else one.value = texts.get(one.name) ?? "";
      }
      for (const one of form.querySelectorAll("details")) one.open = true;
      say(form.dataset.sayKept, form.dataset.sayDrop, () => {
        drop();
        window.location.reload();
      });
    }

    let panel;
    function say(words, button, press) {
      panel ??= form.insertBefore(document.createElement("div"), form.querySelector(".send"));
      panel.className = "flash";
      panel.setAttribute("role", "status");
      const text = document.createElement("span");
      text.textContent = words;
      panel.replaceChildren(text);
      if (!button) return;
      const control = document.createElement("button");
      control.type = "button";
      control.className = "linkish";
      control.textContent = button;
      control.addEventListener("click", press);
      panel.append(control);
    }

    const offline = () => say(form.dataset.sayOffline, form.dataset.sayRetry, () => form.requestSubmit());

    form.addEventListener("input", save);
    form.addEventListener("change", save);
    form.addEventListener("submit", async (event) => {
      const data = new FormData(form);
      const size = [...data.values()].reduce((sum, one) => sum + (one.size ?? 0), 0);
      event.preventDefault();
      if (size > Number(form.dataset.most)) return say(form.dataset.sayLarge);
      save();
      if (form.getAttribute("aria-busy")) return;
      form.setAttribute("aria-busy", "true");
      try {
        const answer = await fetch(form.action, { method: "POST", body: data, credentials: "same-origin" });
        if (answer.ok && answer.redirected) {
          drop();
          window.location.assign(answer.url);
        } else {
          show(new DOMParser().parseFromString(await answer.text(), "text/html"));
        }
      } catch {
        offline();
      } finally {
        form.removeAttribute("aria-busy");
      }
    });

    // What the server sent back with errors is newer than any draft.
    if (!document.querySelector(".errors")) restore();
    else save();
  }
})();
