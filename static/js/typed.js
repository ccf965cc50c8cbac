// Keeps fields with data-keep="name" when a sign-in ends, or a form beside theirs leads away.
"use strict";
window.mbxTyped = (who) => {
  const KEPT = "mbx-kept";
  const fields = () => document.querySelectorAll("[data-keep]");
  const forget = () => sessionStorage.removeItem(KEPT);
  const keep = () => {
    const texts = {};
    for (const { value, defaultValue, dataset } of fields()) if (value !== defaultValue || "given" in dataset) texts[dataset.keep] = value;
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
    if (!target.querySelector("[data-keep]") && [...fields()].some(({ value, defaultValue }) => value !== defaultValue)) keep();
  }, true);
  restore();
  return keep;
};
