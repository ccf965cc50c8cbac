// On a small screen the message is as high as it is: the page scrolls, not a part of it. What was
// loaded and is no message, as while the service is away or after its token's time, is opened anew.
(() => {
  "use strict";
  const frame = document.querySelector(".ib-viewer"), small = matchMedia("(max-width: 63.99rem)");
  const greet = () => frame.contentWindow.postMessage({ type: "iframe-child-init" }, new URL(frame.src).origin);
  const SOON = 1500, MOST = 6;
  let loaded = 0, heard = false, tries = 0;
  frame.addEventListener("load", () => {
    frame.parentElement.classList.add("ib-there");
    heard = false;
    loaded = Date.now();
    greet();
    // Who clicked in the message still works by keys, where it comes from this host.
    frame.contentDocument?.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.target.closest?.("input, textarea, select, [contenteditable]")) return;
      if (!document.body.dispatchEvent(new KeyboardEvent("keydown", event))) event.preventDefault();
    });
  });
  addEventListener("message", ({ source, data }) => {
    if (source !== frame.contentWindow) return;
    heard = true;
    tries = 0;
    if (data?.height > 0) frame.style.height = small.matches ? `${Math.min(Math.ceil(data.height), 40000)}px` : "";
  });
  small.addEventListener("change", greet);
  // What was on its way is shown where it went, as soon as fewer wait; no field that is typed in goes.
  const waiting = document.querySelector(".ib-list[data-folder=outbox]") && document.querySelector("[data-count=outbox] b");
  let before = waiting?.textContent;
  const follow = async () => {
    if (!waiting || waiting.textContent === before || document.activeElement.matches("input, textarea")) return;
    before = waiting.textContent;
    try {
      const { type } = await fetch(location.href, { headers: { "X-Background": "1" }, redirect: "manual" });
      if (type === "opaqueredirect") location.reload();
    } catch { /* the page stays as it is */ }
  };
  document.addEventListener("ib-answered", () => setTimeout(follow));
  // What a colleague did with it since is said, and left to the reader to look at.
  const news = document.querySelector(".ib-meanwhile");
  let answers = 0;
  const look = async () => {
    if (!news || ++answers % 2) return;
    try {
      const answer = await fetch(news.dataset.ask, { headers: { "X-Background": "1" } });
      if (!answer.ok || answer.redirected) return;
      const { said } = await answer.json();
      if (said === (news.dataset.said ?? news.dataset.known)) return;
      news.dataset.said = said;
      news.replaceChildren();
      if (!said || said === news.dataset.known) return;
      const told = Object.assign(document.createElement("p"), { className: "alert ib-warning ib-later", textContent: `${said} ` });
      told.append(Object.assign(document.createElement("a"), { href: location.href, textContent: news.dataset.say }));
      news.append(told);
    } catch { /* asked again */ }
  };
  document.addEventListener("ib-answered", look);
  // Each time it waits longer, and not for ever; the page gives a token of this moment.
  document.addEventListener("ib-answered", async () => {
    if (!loaded || heard || tries > MOST || Date.now() - loaded < SOON * 2 ** tries) return;
    tries += 1;
    loaded = Date.now();
    try {
      const answer = await fetch(location.href, { headers: { "X-Background": "1" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      frame.contentWindow.location.replace(page.querySelector(".ib-viewer").getAttribute("src"));
    } catch { /* tried again */ }
  });
})();
