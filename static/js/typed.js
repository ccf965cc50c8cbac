// Keeps fields with data-keep="name" when a sign-in ends. What was typed in them leaves the page
// only where it arrives: while nobody answers, or after the sign-in ended, it stays.
"use strict";
window.mbxTyped = ({ who, call, lose, isOver }) => {
  const KEPT = "mbx-kept";
  const fields = () => document.querySelectorAll("[data-keep]");
  const forget = () => sessionStorage.removeItem(KEPT);
  const keep = () => {
    const texts = {};
    for (const { value, defaultValue, dataset } of fields()) if (value !== defaultValue) texts[dataset.keep] = value;
    sessionStorage.setItem(KEPT, JSON.stringify({ who, path: location.pathname, texts }));
    dispatchEvent(new Event("mbx-kept"));
  };
  const restore = () => {
    let kept = {};
    try { kept = JSON.parse(sessionStorage.getItem(KEPT)) || kept; } catch {}
    if (kept.who !== who) return forget();
    if (kept.path !== location.pathname) return;
    forget();
    for (const field of fields()) {
      const text = kept.texts[field.dataset.keep];
      if (text === undefined) continue;
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };
  const sure = new WeakSet(), held = new WeakSet();
  addEventListener("submit", async (event) => {
    const { target, submitter } = event;
    if (!target.querySelector("[data-keep]") || sure.delete(target)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (held.has(target) || isOver()) return;
    held.add(target);
    try {
      await call("GET");
      if (isOver()) return;
      sure.add(target);
      target.requestSubmit(submitter);
    } catch {
      lose();
    } finally { held.delete(target); }
  }, true);
  restore();
  return keep;
};
