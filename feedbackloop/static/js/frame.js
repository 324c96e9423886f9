/* Inside the embed's frame: tells the page around it how high the entries are. Nothing else is said or heard. */
(() => {
  "use strict";
  if (window.parent === window) return;
  let told = 0;
  const tell = () => {
    const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
    if (height === told) return;
    told = height;
    // A height is no secret, and a frame does not know its page's origin.
    window.parent.postMessage({ feedbackloop: "height", height }, "*");
  };
  new ResizeObserver(tell).observe(document.documentElement);
  tell();
})();
