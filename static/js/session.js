// Warns before a sign-in ends, and sends no form while nobody answers. Pages on which one types
// load typed.js before this.
"use strict";
(() => {
  const dialog = document.getElementById("mbx-session");
  const { idle, warning, ask, login, who } = dialog.dataset;
  const form = dialog.querySelector("form"), away = dialog.nextElementSibling;
  const PATIENCE = 15000, AGAIN = 5000, MINUTE = 60000;
  let told = Date.now(), used = told, end = told + idle * 1000, asking = false, over = false, lost = 0, keep = () => {};

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
      const answer = await fetch(ask, { method, signal: AbortSignal.timeout(PATIENCE), ...more });
      if (!answer.ok) throw new Error();
      const { left, who: whose, csrf } = await answer.json();
      told = Date.now();
      away.hidden = true;
      if (left <= 0 || whose !== who) return expire();  // or somebody else signed in since
      end = told + left * 1000;
      // Whoever signed in again in another tab has another token since.
      for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = csrf;
    } finally { asking = false; }
  };
  const tick = async () => {
    if (!away.hidden && !asking && !over && Date.now() - lost > AGAIN) {
      lost = Date.now();
      return call("GET").catch(() => {});
    }
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
  addEventListener("submit", ({ target }) => { if (target.action.endsWith("/logout/")) sessionStorage.removeItem("mbx-kept"); });
  addEventListener("mbx-refused", () => call("GET").catch(() => {}));
  for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, () => { used = Date.now(); });
  addEventListener("visibilitychange", tick);
  setInterval(tick, 1000);

  // -- a form leaves the page only where it arrives, and once --
  let sure = false, gone = 0;
  addEventListener("pageshow", () => { gone = 0; });
  addEventListener("submit", async (event) => {
    const { target, submitter } = event;
    if (!target.matches(".inbox [method=post]") || target === form) return;
    if (sure) return setTimeout(() => { if (!event.defaultPrevented) gone = Date.now() + PATIENCE; });
    event.preventDefault();
    event.stopImmediatePropagation();
    if (over || gone > Date.now()) return;
    gone = Infinity;
    try { await call("GET"); sure = !over; } catch { lost = Date.now(); away.hidden = false; }
    gone = 0;
    if (sure) target.requestSubmit(submitter);
    sure = false;
  }, true);
  keep = window.mbxTyped?.(who) || keep;
})();
