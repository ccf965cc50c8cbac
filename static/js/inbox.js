// On every page of the inbox, which works without: menus close, new messages are announced.
(() => {
  "use strict";
  const body = document.body, $ = (sel, root = document) => root.querySelector(sel);
  const all = (sel, root = document) => [...root.querySelectorAll(sel)];
  const background = { "X-Background": "1" };

  $(".ib-folders [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

  // -- menus close by themselves --
  const pops = () => all(".ib-pop[open]");
  document.addEventListener("click", (event) => pops().forEach((pop) => { if (!pop.contains(event.target)) pop.open = false; }));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const pop of pops()) { pop.open = false; $("summary", pop).focus(); }
  });

  // -- new messages: counted in the title and in the folders; the list does not jump --
  const list = $(".ib-list"), bar = $(".ib-new a"), lost = $(".ib-lost");
  const first = () => $(".ib-rows input[name=xuid]")?.value || "";
  let newest = null;
  const title = body.dataset.title || document.title;
  let poll = 0;
  // The box was closed to this person: said once; what was typed stays on the page.
  const tellClosed = (sentence) => {
    clearInterval(poll);
    trouble("");
    delete body.dataset.news;
    const said = Object.assign(document.createElement("div"), { className: "alert ib-error", textContent: sentence });
    $(".ib-flash").prepend(said);
  };
  const trouble = (which) => {
    if (!lost) return;
    for (const said of all("[data-said]", lost)) said.hidden = said.dataset.said !== which;
    lost.hidden = !which;
  };
  const ask = async () => {
    if (document.hidden || !body.dataset.news) return;
    let told;
    try {
      const answer = await fetch(body.dataset.news + (newest === null ? "" : `?after=${newest}`), { headers: background });
      if (answer.redirected) return trouble("ended");
      if (answer.status >= 500) throw new Error();
      told = await answer.json();
      if (told.closed) return tellClosed(told.closed);
      if (!answer.ok) throw new Error();
    } catch { return trouble("lost"); }
    trouble("");
    document.dispatchEvent(new Event("ib-answered"));
    for (const [slug, count] of Object.entries(told.counts)) {
      const mark = $(`[data-count="${slug}"]`);
      if (mark) { mark.hidden = !count.n; $("b", mark).textContent = count.shown; }
    }
    const n = told.counts.inbox;
    document.title = n.n ? `(${n.shown}) ${title}` : title;
    if (newest === null) {
      // What came between the making of the page and now counts as new.
      newest = list?.dataset.folder === "inbox" && !location.search && first() || told.newest;
    } else if (bar && told.fresh && bar.textContent !== told.fresh) {
      bar.textContent = told.fresh;
      bar.hidden = false;
    }
  };
  document.addEventListener("ib-shown", () => { newest = null; ask(); });
  if (body.dataset.news) { ask(); poll = setInterval(ask, 3000); document.addEventListener("visibilitychange", ask); }

  // -- what was not sent, also while a page stays open --
  const lookForAlarms = async () => {
    const shown = $("#alarms");
    if (!shown || document.hidden) return;
    try {
      const answer = await fetch(shown.dataset.ask, { headers: background });
      if (!answer.ok || answer.redirected) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body.firstElementChild;
      if (fresh && shown.textContent !== fresh.textContent) shown.replaceWith(fresh);
    } catch { /* no connection: asked again */ }
  };
  setInterval(lookForAlarms, 60000);
})();
