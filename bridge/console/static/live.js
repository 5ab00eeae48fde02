// Live: one connection for the tab. News carries no content; each living part of the page
// (hx-trigger="news from:body") asks for itself anew. Nobody is disturbed by it: what was open
// stays open, who was on something stays there, and what somebody wrote is not taken from them.
(() => {
  "use strict";
  const { watch, since } = document.body.dataset;
  if (!watch || !window.EventSource || !window.htmx) return;

  const address = `/events?watch=${encodeURIComponent(watch)}&since=${encodeURIComponent(since)}`;
  const source = new EventSource(address);
  source.addEventListener("news", () => htmx.trigger(document.body, "news"));
  window.addEventListener("pagehide", () => source.close());

  const FIELDS = "input, select, textarea";
  const isChanged = (field) => {
    if (field.matches("select")) {
      const made = [...field.options].findIndex((each) => each.defaultSelected);
      return field.selectedIndex !== Math.max(made, 0);
    }
    if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
    return field.value !== field.defaultValue;
  };
  const isBusy = (part) =>
    [...part.querySelectorAll(FIELDS)].some((field) => field === document.activeElement || isChanged(field));

  // Parts for which there was news while somebody was busy in them: they ask once that is over.
  const behind = new Set();
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    const part = event.detail.elt;
    if (event.detail.requestConfig.triggeringEvent?.type !== "news") return;
    if (isBusy(part)) {
      behind.add(part.id);
      event.preventDefault();
    } else behind.delete(part.id);
  });
  const catchUp = () => setTimeout(() => {
    const parts = [...behind].map((id) => document.getElementById(id));
    if (parts.some((part) => part && !isBusy(part))) htmx.trigger(document.body, "news");
  });
  document.body.addEventListener("focusout", catchUp);
  document.body.addEventListener("change", catchUp);

  const REACHED = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  const named = (each) =>
    [each.tagName, each.id, each.getAttribute("href"), each.name, each.value, each.textContent.trim()].join("\n");
  const alike = (part, name) => [...part.querySelectorAll(REACHED)].filter((each) => named(each) === name);
  const left = new Map();
  document.body.addEventListener("htmx:beforeSwap", ({ detail: { target: part } }) => {
    const open = [...part.querySelectorAll("details[open][id]")].map((each) => each.id);
    const on = part.contains(document.activeElement) ? document.activeElement : null;
    left.set(part.id, { open, on: on && named(on), which: on ? alike(part, named(on)).indexOf(on) : -1 });
  });
  document.body.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
    const part = document.getElementById(target.id);
    const was = left.get(target.id);
    left.delete(target.id);
    if (!part || !was) return;
    for (const id of was.open) document.getElementById(id)?.setAttribute("open", "");
    if (was.on === null) return;
    const same = alike(part, was.on);
    const there = same[was.which] ?? same[0] ?? part;
    // What it was on is gone: the next Tab goes on from this part, not from the top of the page.
    if (there === part) part.tabIndex = -1;
    there.focus({ preventScroll: true });
  });
})();
