/* Keys and dragging for the board. Every move is a form in the card's menu; this presses its button, so the server
   decides, checks and offers the undo just as it does without script (live.js sends the form). Words come from the
   page (data-say-…). Listens on the document, because live.js swaps what stands there. */
"use strict";
(() => {
  const LONG_PRESS_MS = 350; // a finger that rests this long picks up; one that moves before scrolls
  const SLACK_PX = 6; // a mouse that moves less than this clicks
  const FINGER_PX = 10;
  const EDGE_PX = 56; // this near to an edge the board or the page scrolls along
  const STEP_PX = 14;

  const board = () => document.querySelector("[data-board]");
  const live = document.querySelector("[data-board-live]");
  if (!live) return;
  let held = null; // the card that is picked up, and the column it would go to
  let target = null;
  let press = null; // the mouse or finger that is down on a card
  let drag = null; // what follows it once the card is picked up

  const cardsOf = (column) => [...column.querySelectorAll(".bcard")];
  const columnsOf = () => [...board().querySelectorAll("[data-stage]")];
  const columnOf = (card) => card.closest("[data-stage]");
  const say = (what, card, column) => {
    const words = board().dataset["say" + what[0].toUpperCase() + what.slice(1)];
    live.textContent = words.replace("{card}", card.dataset.card).replace("{column}", column.dataset.title);
  };
  const buttonFor = (card, column) =>
    [...card.querySelectorAll(".move button")].find((one) => one.value === column.dataset.stage);
  const mayGo = (card, column) => column === columnOf(card) || Boolean(buttonFor(card, column));

  function focusCard(card, quietly) {
    for (const one of board().querySelectorAll(".bcard[tabindex='0']")) one.tabIndex = -1;
    card.tabIndex = 0;
    card.focus({ preventScroll: Boolean(quietly) });
  }

  /* Cards that stand there for the first time can be reached; one of them by Tab, where it was or at the beginning. */
  function prepare() {
    if (!board()) return;
    for (const card of board().querySelectorAll(".bcard:not([tabindex])")) {
      card.tabIndex = -1;
      if (card.querySelector(".move")) card.classList.add("movable");
    }
    if (!board().querySelector(".bcard[tabindex='0']")) board().querySelector(".bcard")?.setAttribute("tabindex", "0");
  }

  function pickUp(card) {
    if (!card.querySelector(".move button")) {
      say("fixed", card, columnOf(card));
      return false;
    }
    held = card;
    held.classList.add("held");
    for (const column of columnsOf()) column.classList.toggle("barred", !mayGo(card, column));
    hover(columnOf(card));
    say("held", card, columnOf(card));
    return true;
  }

  function hover(column) {
    if (target) target.classList.remove("target");
    target = column;
    if (target && target !== columnOf(held)) target.classList.add("target");
  }

  function letGo() {
    endDrag();
    if (!held) return;
    hover(null);
    held.classList.remove("held");
    for (const column of columnsOf()) column.classList.remove("barred");
    held = null;
  }

  function putDown() {
    const card = held;
    const column = target;
    letGo();
    const button = column && buttonFor(card, column);
    if (!button) return say("back", card, columnOf(card));
    say("sent", card, column);
    card.classList.add("going");
    button.form.requestSubmit(button);
  }

  // By key

  function nextColumn(from, step, fits) {
    const columns = columnsOf();
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
    const inColumn = { ArrowUp: row - 1, ArrowDown: row + 1, Home: 0, End: cardsOf(column).length - 1 }[key];
    if (inColumn !== undefined) {
      const next = cardsOf(column)[inColumn];
      if (next) focusCard(next);
      return;
    }
    const beside = nextColumn(column, key === "ArrowLeft" ? -1 : 1, (one) => cardsOf(one).length > 0);
    if (beside) focusCard(cardsOf(beside)[Math.min(row, cardsOf(beside).length - 1)]);
  }

  function openMenu(card) {
    const menu = card.querySelector("details.move");
    if (!menu) return say("fixed", card, columnOf(card));
    menu.open = true;
    menu.querySelector("button").focus();
  }

  function undo() {
    const button = document.querySelector("[data-undo]");
    if (button) button.form.requestSubmit(button);
  }

  const WALKS = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End"]);

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if (held) say("back", held, columnOf(held));
      return letGo();
    }
    const card = event.target.classList?.contains("bcard") ? event.target : null;
    const onBoard = event.target === board();
    if (!card && !onBoard) return;
    if (event.key === "z" && !held) return undo();
    const walks = WALKS.has(event.key);
    if (!walks && (!card || ![" ", "Enter", "m"].includes(event.key))) return;
    event.preventDefault();
    if (!card) {
      const first = board().querySelector(".bcard[tabindex='0']");
      if (first) focusCard(first);
    } else if (event.key === " " || (event.key === "Enter" && held)) {
      if (held) putDown();
      else pickUp(card);
    } else if (held) {
      if (event.key === "ArrowLeft" || event.key === "ArrowRight") aim(event.key === "ArrowLeft" ? -1 : 1);
    } else if (event.key === "Enter") {
      card.querySelector(".bhead a").click();
    } else if (event.key === "m") {
      openMenu(card);
    } else {
      walk(card, event.key);
    }
  }

  // By mouse and touch

  function onPress(event) {
    if (press || drag || !event.isPrimary || event.button !== 0) return;
    const card = event.target.closest?.(".bcard.movable");
    if (!card || event.target.closest("details, button, input")) return;
    press = { id: event.pointerId, card, x: event.clientX, y: event.clientY, mouse: event.pointerType === "mouse" };
    if (!press.mouse) press.timer = setTimeout(startDrag, LONG_PRESS_MS);
  }

  function startDrag() {
    const { id, card, x, y } = press;
    endPress();
    letGo();
    if (!pickUp(card)) return;
    getSelection()?.removeAllRanges();
    const box = card.getBoundingClientRect();
    const ghost = card.cloneNode(true);
    ghost.removeAttribute("data-card");
    ghost.removeAttribute("tabindex");
    ghost.classList.add("ghost");
    ghost.inert = true;
    ghost.style.width = `${box.width}px`;
    document.body.append(ghost);
    drag = { id, ghost, x, y, dx: x - box.left, dy: y - box.top };
    board().classList.add("dragging");
    try {
      board().setPointerCapture(id); // the release counts outside the window too
    } catch {
      /* The finger is gone already; what follows will say so. */
    }
    follow();
    drag.frame = requestAnimationFrame(scrollAlong);
  }

  function follow() {
    drag.ghost.style.translate = `${drag.x - drag.dx}px ${drag.y - drag.dy}px`;
    const under = document.elementFromPoint(drag.x, drag.y);
    const column = under && under.closest("[data-stage]");
    const wanted = column && mayGo(held, column) ? column : null;
    if (wanted === target) return;
    hover(wanted);
    if (wanted) say(wanted === columnOf(held) ? "back" : "over", held, wanted);
  }

  const near = (at, from, to) => (at < from + EDGE_PX ? -STEP_PX : at > to - EDGE_PX ? STEP_PX : 0);

  function scrollAlong() {
    if (!drag) return;
    const box = board().getBoundingClientRect();
    const sideways = near(drag.x, Math.max(0, box.left), Math.min(innerWidth, box.right));
    const down = near(drag.y, 0, innerHeight);
    if (sideways) board().scrollLeft += sideways;
    if (down) scrollBy(0, down);
    if (sideways || down) follow();
    drag.frame = requestAnimationFrame(scrollAlong);
  }

  function onPointerMove(event) {
    if (press && event.pointerId === press.id) {
      const far = Math.hypot(event.clientX - press.x, event.clientY - press.y);
      if (press.mouse && far > SLACK_PX) startDrag();
      else if (!press.mouse && far > FINGER_PX) endPress(); // it scrolls
    }
    if (!drag || event.pointerId !== drag.id) return;
    drag.x = event.clientX;
    drag.y = event.clientY;
    follow();
  }

  function onRelease(event) {
    if (press && event.pointerId === press.id) endPress();
    if (!drag || event.pointerId !== drag.id) return;
    document.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => document.removeEventListener("click", swallow, true), 0);
    putDown();
  }

  /* The press that ends a drag is no click on what lies below. */
  function swallow(event) {
    event.preventDefault();
    event.stopPropagation();
  }

  function onCancel(event) {
    if (press && event.pointerId === press.id) endPress();
    if (!drag || event.pointerId !== drag.id) return;
    say("back", held, columnOf(held));
    letGo();
  }

  function endPress() {
    clearTimeout(press?.timer);
    press = null;
  }

  function endDrag() {
    if (!drag) return;
    cancelAnimationFrame(drag.frame);
    drag.ghost.remove();
    board()?.classList.remove("dragging");
    drag = null;
  }

  document.addEventListener("keydown", onKey);
  document.addEventListener("pointerdown", onPress);
  document.addEventListener("pointermove", onPointerMove);
  document.addEventListener("pointerup", onRelease);
  document.addEventListener("pointercancel", onCancel);
  // Without these the browser would scroll, mark text, drag the link or open its own menu while a card is held.
  document.addEventListener("touchmove", (event) => drag && event.preventDefault(), { passive: false });
  for (const kind of ["selectstart", "dragstart", "contextmenu"]) {
    document.addEventListener(kind, (event) => {
      const touched = kind === "contextmenu" ? drag || (press && !press.mouse) : press || drag;
      if (touched && event.target.nodeType && (drag || event.target.parentElement?.closest(".bcard"))) event.preventDefault();
    });
  }
  document.addEventListener("board:swapped", (event) => {
    if (held && !held.isConnected) letGo();
    prepare();
    const card = event.detail && board()?.querySelector(`[data-id="${CSS.escape(event.detail)}"]`);
    if (card) focusCard(card, true);
  });
  prepare();
})();
