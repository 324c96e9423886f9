/* Keys and dragging for the board. Every move is a form in the card's menu; this presses its button, so the server
   decides, checks and offers the undo just as it does without script. Words come from the page (data-say-…). */
"use strict";
(() => {
  const board = document.querySelector("[data-board]");
  if (!board) return;
  const live = document.querySelector("[data-board-live]");
  const columns = [...board.querySelectorAll("[data-stage]")];
  const REMEMBERED = "board-card";
  let held = null; // the card that is picked up, with the column it would go to
  let target = null;

  const cardsOf = (column) => [...column.querySelectorAll(".bcard")];
  const columnOf = (card) => card.closest("[data-stage]");
  const say = (what, card, column) => {
    const words = board.dataset["say" + what[0].toUpperCase() + what.slice(1)];
    live.textContent = words.replace("{card}", card.dataset.card).replace("{column}", column.dataset.title);
  };
  const buttonFor = (card, column) =>
    [...card.querySelectorAll(".move button")].find((one) => one.value === column.dataset.stage);
  const mayGo = (card, column) => column === columnOf(card) || Boolean(buttonFor(card, column));

  function focusCard(card) {
    for (const one of board.querySelectorAll(".bcard[tabindex='0']")) one.tabIndex = -1;
    card.tabIndex = 0;
    card.focus();
  }

  function pickUp(card) {
    if (!card.querySelector(".move button")) return say("fixed", card, columnOf(card));
    held = card;
    held.classList.add("held");
    for (const column of columns) column.classList.toggle("barred", !mayGo(card, column));
    hover(columnOf(card));
    say("held", card, columnOf(card));
  }

  function hover(column) {
    if (target) target.classList.remove("target");
    target = column;
    if (target && target !== columnOf(held)) target.classList.add("target");
  }

  function letGo() {
    if (!held) return;
    hover(null);
    held.classList.remove("held");
    for (const column of columns) column.classList.remove("barred");
    held = null;
  }

  function putDown() {
    const card = held;
    const column = target;
    letGo();
    const button = column && buttonFor(card, column);
    if (!button) return say("back", card, columnOf(card));
    say("sent", card, column);
    try {
      sessionStorage.setItem(REMEMBERED, card.dataset.card);
    } catch {
      /* A browser without storage: the focus starts at the top again, nothing else is lost. */
    }
    button.form.requestSubmit(button);
  }

  function nextColumn(from, step, fits) {
    for (let at = columns.indexOf(from) + step; columns[at]; at += step) if (fits(columns[at])) return columns[at];
    return null;
  }

  function aim(step) {
    const column = nextColumn(target, step, (one) => mayGo(held, one));
    if (!column) return;
    hover(column);
    column.scrollIntoView({ block: "nearest", inline: "nearest" });
    say(column === columnOf(held) ? "back" : "over", held, column);
  }

  function walk(card, key) {
    const column = columnOf(card);
    const row = cardsOf(column).indexOf(card);
    if (key === "ArrowUp" || key === "ArrowDown") {
      const next = cardsOf(column)[row + (key === "ArrowUp" ? -1 : 1)];
      if (next) focusCard(next);
      return;
    }
    const beside = nextColumn(column, key === "ArrowLeft" ? -1 : 1, (one) => cardsOf(one).length > 0);
    if (beside) focusCard(cardsOf(beside)[Math.min(row, cardsOf(beside).length - 1)]);
  }

  function closeMenu(inside) {
    const menu = inside.closest("details[open]");
    if (!menu) return false;
    menu.open = false;
    menu.querySelector("summary").focus();
    return true;
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
    if (event.key === "Escape") {
      if (held) say("back", held, columnOf(held));
      else if (closeMenu(event.target)) return;
      return letGo();
    }
    if (event.key === "z") {
      const undo = document.querySelector("[data-undo]");
      if (undo) undo.form.requestSubmit(undo);
      return;
    }
    const card = event.target.classList.contains("bcard") ? event.target : null;
    const arrow = event.key.startsWith("Arrow");
    if (!card && !(event.target === board && arrow)) return;
    if (!arrow && event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    if (!card) {
      const first = board.querySelector(".bcard[tabindex='0']") || board.querySelector(".bcard");
      if (first) focusCard(first);
    } else if (event.key === "Enter" && !held) {
      card.querySelector(".bhead a").click();
    } else if (!arrow) {
      if (held) putDown();
      else pickUp(card);
    } else if (held) {
      if (event.key === "ArrowLeft" || event.key === "ArrowRight") aim(event.key === "ArrowLeft" ? -1 : 1);
    } else {
      walk(card, event.key);
    }
  }

  function onDrag(event) {
    const column = event.target.closest?.("[data-stage]");
    if (!held || !column || !mayGo(held, column)) return;
    event.preventDefault();
    if (column !== target) hover(column);
  }

  for (const card of board.querySelectorAll(".bcard")) {
    card.tabIndex = -1;
    card.draggable = Boolean(card.querySelector(".move button"));
  }
  document.addEventListener("keydown", onKey);
  board.addEventListener("dragstart", (event) => {
    const card = event.target.closest?.(".bcard");
    if (!card || !card.draggable) return;
    letGo();
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.dataset.card);
    pickUp(card);
  });
  board.addEventListener("dragenter", onDrag);
  board.addEventListener("dragover", onDrag);
  board.addEventListener("drop", (event) => {
    if (!held) return;
    event.preventDefault();
    putDown();
  });
  board.addEventListener("dragend", letGo);
  document.addEventListener("click", (event) => {
    for (const menu of board.querySelectorAll("details.move[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  const said = document.querySelector(".flash");
  if (said) live.textContent = said.firstElementChild.textContent;
  try {
    const moved = board.querySelector(`[data-card="${CSS.escape(sessionStorage.getItem(REMEMBERED) || "")}"]`);
    sessionStorage.removeItem(REMEMBERED);
    if (moved) focusCard(moved);
    else board.querySelector(".bcard")?.setAttribute("tabindex", "0");
  } catch {
    board.querySelector(".bcard")?.setAttribute("tabindex", "0");
  }
})();
