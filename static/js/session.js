// Warns before a sign-in ends; keeps fields with data-keep="name".
"use strict";
(() => {
  const dialog = document.getElementById("mbx-session");
  const { idle, warning, ask, login, who } = dialog.dataset;
  const form = dialog.querySelector("form");
  const KEPT = "mbx-kept", MINUTE = 60000;
  let told = Date.now(), used = told, end = told + idle * 1000, asking = false, over = false;

  const fields = () => document.querySelectorAll("[data-keep]");
  const forget = () => sessionStorage.removeItem(KEPT);
  const keep = () => {
    const texts = {};
    for (const { value, defaultValue, dataset } of fields()) if (value !== defaultValue) texts[dataset.keep] = value;
    sessionStorage.setItem(KEPT, JSON.stringify({ who, path: location.pathname, texts }));
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
  const expire = () => {
    if (over) return;
    over = true;
    keep();
    location.assign(`${login}?ended=1&next=${encodeURIComponent(location.pathname + location.search)}`);
  };
  const call = async (method) => {
    asking = true;
    try {
      const more = method === "POST" ? { body: new FormData(form) } : { headers: { "X-Background": "1" } };
      const { left } = await (await fetch(ask, { method, ...more })).json();
      told = Date.now();
      end = told + left * 1000;
      if (left <= 0) expire();
    } finally { asking = false; }
  };
  const tick = async () => {
    const near = end - Date.now() <= warning * 1000, late = end <= Date.now();
    if (asking || over || (dialog.open && !late)) return;
    const busy = used - told > MINUTE && !late;
    if (!near && !busy) return;
    try { await call(busy ? "POST" : "GET"); } catch { told += MINUTE; if (late) expire(); return; }
    if (over) return;
    if (end - Date.now() > warning * 1000) return dialog.close();
    dialog.querySelector("time").textContent =
      new Date(end).toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
    if (!dialog.open) dialog.showModal();
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    call("POST").then(() => dialog.close(), () => {});
  });
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); form.requestSubmit(); });
  addEventListener("submit", (event) => {
    if (event.target.action.endsWith("/logout/")) forget();
    else if (end <= Date.now() && event.target.querySelector("[data-keep]")) { event.preventDefault(); expire(); }
  });
  for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, () => { used = Date.now(); });
  addEventListener("visibilitychange", tick);
  setInterval(tick, 1000);
  restore();
})();
