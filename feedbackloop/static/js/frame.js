/* Inside the embed's frame: tells the page around it how high the entries are, and which of its wishes were not
   understood. Nothing else is said or heard. */
(() => {
  "use strict";
  if (window.parent === window) return;
  const { ignored } = document.documentElement.dataset;
  let told = 0;
  const tell = () => {
    const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
    if (height === told) return;
    told = height;
    // Neither is a secret, and a frame does not know its page's origin.
    window.parent.postMessage({ feedbackloop: "height", height, ignored }, "*");
  };
  new ResizeObserver(tell).observe(document.documentElement);
  tell();
})();
