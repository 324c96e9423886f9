/* 'You said, we did', or stories, where its tag stands. No cookie, no storage, nothing evaluated. docs/embed.md */
(() => {
  const script = document.currentScript || document.querySelector("script[data-feedbackloop]");
  const place = script?.parentElement;
  const given = script?.dataset;
  const what = given?.feedbackloop;
  const stories = what === "stories";
  if (!place || !(stories || what === "improvements")) return;
  const { origin } = new URL(script.src);
  const query = new URLSearchParams();
  for (const name of ["locale", "limit", "category", "accent"]) if (given[name]) query.set(name, given[name]);
  const dutch = /^nl/i.test(given.locale || document.documentElement.lang);
  const odd = (names) => names && console.warn("feedbackloop: default for", names);
  const oneOf = (name, ...known) => (known.includes(given[name]) ? given[name] : void odd(given[name] && name));

  const make = (tag, words, parent) => {
    const made = document.createElement(tag);
    made.textContent = words;
    parent.append(made);
    return made;
  };
  const link = (words, href, parent) => {
    const made = make("a", words, parent);
    if (/^https?:/.test(href)) made.href = href;
    return made;
  };

  // Alone in a box with a height, it fills that.
  const alone = place !== document.body && [...place.children].every((one) => one === script || one.matches("noscript"));
  const room = alone ? place.clientHeight : 0;
  const box = make("div", "", place);
  script.after(box);
  const count = Math.min(Math.max(+given.limit || 5, 1), 20);
  let height = room || count * (box.clientWidth < 640 ? 300 : 150) + 56;
  let wanted = height;
  Object.assign(box.style, { position: "relative", height: height + "px" });
  const spare = link(
    (stories
      ? ["Read stories of customers, chosen by us", "Lees verhalen van klanten, door ons gekozen"]
      : ["Read what customers said and what we did", "Lees wat klanten zeiden en wat wij deden"])[+dutch],
    `${origin}/${what}/${given.locale ? "?lang=" + encodeURIComponent(given.locale) : ""}`,
    box,
  );
  spare.style.visibility = "hidden";
  setTimeout(() => (spare.style.visibility = "visible"), 1500);

  // Shrinking waits until it moves nothing in sight.
  const fit = () => {
    const unseen = box.getBoundingClientRect().top + wanted >= innerHeight;
    if (wanted < height && !unseen && height > room) return;
    height = wanted;
    box.style.height = Math.max(height, room) + "px";
  };
  const show = (tall) => {
    wanted = Math.ceil(tall);
    fit();
  };
  const onlyLink = () => show(spare.offsetHeight);
  addEventListener("scroll", fit);

  const frame = () => {
    // A frame is see-through only in the scheme of the page: which is it here?
    box.style.color = "CanvasText";
    const auto = parseInt(getComputedStyle(box).color.slice(4)) > 127 ? "dark" : "light";
    box.style.color = "";
    const theme = oneOf("theme", "light", "dark", "auto")?.replace("auto", auto) || auto;
    query.set("theme", theme);
    const made = document.createElement("iframe");
    made.title = (stories
      ? ["Stories of customers, chosen by us", "Verhalen van klanten, door ons gekozen"]
      : ["You said, we did", "U zei, wij deden"])[+dutch];
    made.loading = "lazy";
    const all = { position: "absolute", inset: 0, width: "100%", height: "100%", border: 0 };
    Object.assign(made.style, all, { colorScheme: theme, visibility: "hidden" });
    let shown = 0;
    addEventListener("message", ({ data, origin: from, source }) => {
      if (from !== origin || source !== made.contentWindow || data?.feedbackloop !== "height") return;
      if (!(data.height >= 1 && data.height <= 2e4)) return;
      if (!shown++) odd(data.ignored);
      spare.remove();
      made.style.visibility = "visible";
      show(data.height);
    });
    made.onload = () => setTimeout(() => shown || (made.remove(), onlyLink()), 5e3);
    made.src = `${origin}/embed/${what}?${query}#framed`;
    box.append(made);
  };

  const inline = ({ items, words, url, locale, ignored }) => {
    odd(ignored.join(" "));
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(
      "article{border-top:1px solid;padding:1em 0}p,h3{margin:0 0 .4em;white-space:pre-line}small{display:block}a{color:inherit}",
    );
    const root = box.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    const list = make("div", "", root);
    list.lang = locale;
    for (const one of items) {
      const item = make("article", "", list);
      const head = (text) => (link(text, one.url, make("h3", "", item)).lang = one.lang);
      const text = (said) => (make("p", said, item).lang = one.lang);
      const small = (...said) => make("small", said.filter(Boolean).join(" · "), item);
      if (stories) {
        if (one.title) head(one.title);
        text(one.text);
        small(one.by, words.chosen, one.date_words);
        continue;
      }
      small(words.you_said);
      head(one.you_said);
      small(words.we_did);
      text(one.we_did);
      small(one.status_words, one.date_words, one.people_words);
    }
    const all = link(words.all, url, make("p", "", list));
    if (/^#[0-9a-f]{3,6}$/i.test(given.accent)) all.style.color = given.accent;
    new ResizeObserver(() => show(list.offsetHeight)).observe(list);
  };

  if (oneOf("mode", "frame", "inline") !== "inline") return frame();
  fetch(`${origin}/${what}.json?${query}`, { credentials: "omit" })
    .then((answer) => answer.json())
    .then(inline)
    .catch(onlyLink);
})();
