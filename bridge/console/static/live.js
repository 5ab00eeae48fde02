// Live: one connection for the tab. News carries no content; each living part of the page
// (hx-trigger="news from:body") asks for itself anew, and what was open in it stays open.
(() => {
  "use strict";
  const { watch, since } = document.body.dataset;
  if (!watch || !window.EventSource || !window.htmx) return;

  const address = `/events?watch=${encodeURIComponent(watch)}&since=${encodeURIComponent(since)}`;
  const source = new EventSource(address);
  source.addEventListener("news", () => htmx.trigger(document.body, "news"));
  window.addEventListener("pagehide", () => source.close());

  // A tick that somebody set, or a field being typed in, is not to be taken from under them.
  const isBusy = (part) =>
    part.querySelector("input:checked") !== null ||
    (part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea"));
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.requestConfig.triggeringEvent?.type === "news" && isBusy(event.detail.elt)) {
      event.preventDefault();
    }
  });

  let open = [];
  let focused = "";
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const part = event.detail.target;
    open = [...part.querySelectorAll("details[open][id]")].map((each) => each.id);
    const active = document.activeElement;
    focused = part.contains(active) ? active.closest("[id]").id : "";
  });
  document.body.addEventListener("htmx:afterSwap", () => {
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    const again = document.getElementById(focused);
    (again?.querySelector("summary") ?? again)?.focus({ preventScroll: true });
  });
})();
