/* The board as it stands: asks for it every three seconds with the tag of what it has (mostly the answer is 'nothing
   new'), sends moves without leaving the page, and swaps only what differs. What somebody holds, has open or looks at
   stays: focus and scrolling are left alone, and nothing is swapped under a picked-up card or an open menu. */
"use strict";
(() => {
  const EVERY_MS = 3000;
  const SLOWEST_MS = 60000;
  const PATIENCE_MS = 10000;
  const REMEMBERED = "board-card"; // on a way round by another page

  const part = document.querySelector("[data-live]");
  const live = document.querySelector("[data-board-live]");
  const refreshed = document.querySelector("[data-refreshed]");
  const link = document.querySelector("[data-refresh]");
  if (!part || !live || !refreshed || !window.fetch) return;
  const asked = { "X-Part": "board" };
  const drawn = new WeakMap(); // what the server wrote of a part, to compare with
  let tag = part.dataset.live;
  let turn = 0; // an answer counts while nothing newer was asked
  let pause = EVERY_MS;
  let timer = 0;
  let sending = 0;
  let heard = new Date();

  const cardIn = (root, id) => root.querySelector(`[data-id="${CSS.escape(id)}"]`);
  const isBusy = () => Boolean(sending || document.querySelector(".bcard.held, details.move[open]"));
  const spot = (words, time) => words.replace("{time}", time);

  function clockOf(moment) {
    const time = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
    const dutch = document.documentElement.lang === "nl";
    const said = new Intl.DateTimeFormat("en-GB", { ...time, timeZone: refreshed.dataset.zone }).format(moment);
    return dutch ? said.replaceAll(":", ".") : said;
  }

  /* What was written: tokens of forms differ in every answer, and some marks are js/board.js's or the reader's. */
  function written(element) {
    const copy = element.cloneNode(true);
    copy.removeAttribute("tabindex");
    copy.classList.remove("movable", "going", "held");
    for (const one of copy.querySelectorAll("[name=csrf_token]")) one.removeAttribute("value");
    for (const one of copy.querySelectorAll("details")) one.open = false;
    return copy.outerHTML;
  }

  function remember(root) {
    for (const one of root.querySelectorAll(".bcard, [data-stage] > h2, .below")) drawn.set(one, written(one));
  }

  // Swapping

  function placeOfFocus() {
    const now = document.activeElement;
    if (!now || !part.contains(now)) return null;
    const card = now.closest("[data-id]");
    if (card) return { id: card.dataset.id, inside: now === card ? "" : now.matches("summary") ? "summary" : ".bhead a" };
    const column = now.closest("[data-stage]");
    if (column) return { stage: column.dataset.stage, inside: now.closest("h2") ? "h2 a" : ".below a" };
    return { inside: "" };
  }

  function restore(place) {
    const card = place.id && cardIn(part, place.id);
    const column = place.stage && part.querySelector(`[data-stage="${place.stage}"]`);
    const root = card || column || part.querySelector("[data-board]");
    const found = root && ((place.inside && root.querySelector(place.inside)) || (column ? null : root));
    found?.focus({ preventScroll: true });
  }

  function swapList(list, fresh) {
    const wanted = [...fresh.children];
    const kept = new Map();
    for (const old of [...list.children]) {
      const same = wanted.find((one) => one.dataset.id === old.dataset.id);
      if (same && drawn.get(same) === drawn.get(old)) kept.set(old.dataset.id, old);
      else old.remove();
    }
    let at = list.firstElementChild;
    for (const one of wanted) {
      const card = kept.get(one.dataset.id) || one;
      if (card === at) at = at.nextElementSibling;
      else list.insertBefore(card, at);
    }
  }

  function swapColumn(column, fresh) {
    for (const name of ["h2", ".below"]) {
      const old = column.querySelector(`:scope > ${name}`);
      const one = fresh.querySelector(`:scope > ${name}`);
      if (drawn.get(old) !== drawn.get(one)) old.replaceWith(one);
    }
    swapList(column.querySelector(":scope > ul"), fresh.querySelector(":scope > ul"));
  }

  const whereabouts = (root) =>
    new Map([...root.querySelectorAll(".bcard")].map((card) => [card.dataset.id, card.closest("[data-stage]")]));

  /* Who is somewhere else than before, in words. */
  function changes(before, after) {
    const board = part.querySelector("[data-board]");
    if (!board) return "";
    const said = [];
    for (const [id, column] of after) {
      const from = before.get(id);
      if (from?.dataset.stage === column.dataset.stage) continue;
      const words = from ? board.dataset.sayMoved : before.size ? board.dataset.sayNew : "";
      const card = cardIn(part, id);
      if (words) said.push(words.replace("{card}", card.dataset.card).replace("{column}", column.dataset.title));
    }
    return said.length > 3 ? board.dataset.sayMany.replace("{count}", String(said.length)) : said.join(" ");
  }

  function show(html, focus) {
    const fresh = new DOMParser().parseFromString(html, "text/html").body;
    remember(fresh);
    const said = fresh.querySelector(".flash");
    said?.remove();
    const place = placeOfFocus();
    const before = whereabouts(part);
    const scrolled = part.querySelector("[data-board]")?.scrollLeft;
    const people = document.querySelector("[data-people]");
    const count = fresh.querySelector("[data-board]")?.dataset.count;
    const token = fresh.querySelector("[name=csrf_token]")?.value;
    if (token) for (const one of document.querySelectorAll("[name=csrf_token]")) one.value = token;
    if (part.querySelector("[data-board]") && fresh.querySelector("[data-board]")) {
      for (const column of part.querySelectorAll("[data-stage]")) {
        swapColumn(column, fresh.querySelector(`[data-stage="${column.dataset.stage}"]`));
      }
    } else {
      part.replaceChildren(...fresh.childNodes);
    }
    if (people && count) people.textContent = count;
    const lost = place && !part.contains(document.activeElement);
    const card = focus || (lost && !place.inside && place.id) || null;
    document.dispatchEvent(new CustomEvent("board:swapped", { detail: card }));
    if (lost && !card) restore(place);
    const board = part.querySelector("[data-board]");
    if (board && scrolled !== undefined && board.scrollLeft !== scrolled) board.scrollLeft = scrolled;
    if (said) return tell(said);
    const words = changes(before, whereabouts(part));
    if (words) live.textContent = words;
  }

  /* What a move led to, at the top of the page and to who listens; not twice. */
  function tell(said) {
    for (const old of document.querySelectorAll("#main > .flash")) old.remove();
    live.textContent = said.firstElementChild.textContent;
    said.removeAttribute("role");
    document.getElementById("main").prepend(said);
  }

  // Asking

  function isFresh() {
    heard = new Date();
    pause = EVERY_MS;
    refreshed.textContent = spot(refreshed.dataset.said, clockOf(heard));
    refreshed.classList.remove("warn");
    link.hidden = true;
  }

  function isAway() {
    const words = spot(refreshed.dataset.away, clockOf(heard));
    if (pause === EVERY_MS) live.textContent = words;
    pause = Math.min(2 * pause, SLOWEST_MS);
    refreshed.textContent = words;
    refreshed.classList.add("warn");
    link.hidden = false;
  }

  function isOut() {
    clearTimeout(timer);
    pause = 0;
    refreshed.textContent = live.textContent = refreshed.dataset.out;
    refreshed.classList.add("warn");
    link.hidden = false;
  }

  async function ask() {
    const mine = ++turn;
    try {
      const headers = { ...asked, "If-None-Match": tag };
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const answer = await fetch(location.href, { headers, signal, cache: "no-store", redirect: "manual" });
      const html = answer.status === 200 ? await answer.text() : "";
      if (mine !== turn) return;
      if (answer.type === "opaqueredirect" || answer.status === 403) return isOut();
      if (answer.status !== 304 && answer.headers.get("X-Part") !== "board") return isAway();
      isFresh();
      if (answer.status === 304 || isBusy()) return;
      tag = answer.headers.get("ETag");
      show(html);
    } catch {
      if (mine === turn) isAway();
    }
  }

  function plan(soon) {
    clearTimeout(timer);
    if (document.hidden || !pause) return;
    timer = setTimeout(
      async () => {
        if (!isBusy()) await ask();
        plan();
      },
      soon ? 0 : pause,
    );
  }

  // Sending

  async function send(form, button) {
    const body = new URLSearchParams(new FormData(form));
    if (button.name) body.append(button.name, button.value);
    const id = button.closest("[data-id]")?.dataset.id || form.action.match(/\/(\d+)\/move$/)?.[1];
    const menu = button.closest("details.move");
    if (menu) menu.open = false;
    sending += 1;
    turn += 1; // what is on its way is older than this
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const answer = await fetch(form.action, { method: "POST", body, headers: asked, signal, redirect: "manual" });
      if (answer.headers.get("X-Part") !== "board") return leave(form, button);
      const html = await answer.text();
      turn += 1;
      tag = answer.headers.get("ETag");
      isFresh();
      show(html, id);
    } catch {
      isAway();
    } finally {
      sending -= 1;
      for (const one of part.querySelectorAll(".going")) one.classList.remove("going");
      plan();
    }
  }

  /* By a page of its own: what asks something, and what could not be answered here. */
  function leave(form, button) {
    form.dataset.leaves = "1";
    form.requestSubmit(button.isConnected ? button : undefined);
  }

  document.addEventListener("submit", (event) => {
    const { target: form, submitter: button } = event;
    if (!form.dataset.leaves && button && (form.closest(".move") || button.matches("[data-undo]"))) {
      if (button.value !== "not_now") {
        event.preventDefault();
        return send(form, button);
      }
    }
    const card = form.closest("[data-id]");
    if (!card) return;
    try {
      sessionStorage.setItem(REMEMBERED, card.dataset.id);
    } catch {
      /* A browser without storage: the focus starts at the top again, nothing else is lost. */
    }
  });
  document.addEventListener("visibilitychange", () => plan(true));
  link.addEventListener("click", (event) => {
    if (!pause) return; // signed out: the page itself says how to go on
    event.preventDefault();
    plan(true);
  });

  remember(part);
  link.hidden = true;
  const said = document.querySelector("#main > .flash");
  if (said) live.textContent = said.firstElementChild.textContent;
  try {
    const id = sessionStorage.getItem(REMEMBERED);
    sessionStorage.removeItem(REMEMBERED);
    if (id) document.dispatchEvent(new CustomEvent("board:swapped", { detail: id }));
  } catch {
    /* As above. */
  }
  plan();
})();
