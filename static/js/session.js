// Warns before a sign-in ends; keeps what stands in fields with data-keep="name".
"use strict";
(() => {
  const dialog = document.getElementById("mbx-session");
  const { idle, warning, ask, login, who } = dialog.dataset;
  const form = dialog.querySelector("form");
  const KEPT = "mbx-kept";
  let end = Date.now() + idle * 1000, asking = false, over = false;

  const fields = () => [...document.querySelectorAll("[data-keep]")];
  const stored = () => {
    try { return JSON.parse(sessionStorage.getItem(KEPT)) || {}; } catch { return {}; }
  };
  const keep = () => {
    const texts = {};
    for (const field of fields()) if (field.value !== field.defaultValue) texts[field.dataset.keep] = field.value;
    sessionStorage.setItem(KEPT, JSON.stringify({ who, path: location.pathname, texts }));
  };
  const restore = () => {
    const kept = stored();
    if (kept.who && kept.who !== who) sessionStorage.removeItem(KEPT);
    if (kept.who !== who || kept.path !== location.pathname) return;
    sessionStorage.removeItem(KEPT);
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
      const options = { method, headers: { "X-Background": "1", Accept: "application/json" }, redirect: "error" };
      if (method === "POST") { options.body = new FormData(form); delete options.headers["X-Background"]; }
      const { left } = await (await fetch(ask, options)).json();
      end = Date.now() + left * 1000;
      if (left <= 0) expire();
    } finally { asking = false; }
  };
  const tick = async () => {
    if (asking || over || end - Date.now() > warning * 1000) return;
    const late = end <= Date.now();
    if (dialog.open && !late) return;
    try { await call("GET"); } catch { if (late) expire(); return; }
    if (over) return;
    if (end - Date.now() > warning * 1000) { dialog.close(); return; }
    dialog.querySelector("time").textContent =
      new Date(end).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    if (!dialog.open) dialog.showModal();
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try { await call("POST"); } catch { return; }
    dialog.close();
  });
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); form.requestSubmit(); });
  document.addEventListener("submit", (event) => {
    if (event.target.action.endsWith("/logout/")) sessionStorage.removeItem(KEPT);
    else if (end <= Date.now() && event.target.querySelector("[data-keep]")) { event.preventDefault(); expire(); }
  });
  document.addEventListener("visibilitychange", tick);
  setInterval(tick, 1000);
  restore();
})();
