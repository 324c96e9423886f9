/* Menus of cards close when somebody looks elsewhere: by Escape, which gives the focus back, and by a press beside them. */
"use strict";
(() => {
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest?.("details.move[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
    event.stopPropagation();
  });
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.move[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
})();
