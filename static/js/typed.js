// Keeps fields with data-keep="name" when a sign-in ends, or a form beside theirs leads away.
"use strict";
window.mbxTyped = (who) => {
  const KEPT = "mbx-kept";
  const fields = () => document.querySelectorAll("[data-keep]");
  const isTyped = ({ value, defaultValue, dataset }) => value !== defaultValue || "given" in dataset;
  const forget = () => sessionStorage.removeItem(KEPT);
  const keep = () => {
    const texts = {}, typed = [...fields()].some(isTyped);
    // What is hidden tells from which page the text comes.
    for (const field of fields()) if (isTyped(field) || (typed && field.type === "hidden")) texts[field.dataset.keep] = field.value;
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
  document.addEventListener("click", (event) => { if (event.target.closest("[data-said=ended] a")) keep(); });
  addEventListener("submit", ({ target }) => {
    if (!target.querySelector("[data-keep]") && [...fields()].some(isTyped)) keep();
  }, true);
  restore();
  return keep;
};
