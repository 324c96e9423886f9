/* The button that copies the snippet. Without it the text can be selected and copied by hand. */
"use strict";
(() => {
  const text = document.querySelector("[data-copied]");
  const button = document.querySelector("[data-copies]");
  const said = document.querySelector("[data-said]");
  if (!text || !button || !navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.value);
      said.textContent = button.dataset.done;
    } catch {
      text.focus();
      text.select();
      said.textContent = button.dataset.failed;
    }
  });
})();
