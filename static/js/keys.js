// Keys, as the table on the page lists them.
(() => {
  "use strict";
  const $ = (sel, root = document) => root.querySelector(sel);
  const all = (sel, root = document) => [...root.querySelectorAll(sel)];
  const keys = $("#keys"), list = $(".ib-list");
  const session = (key, value) => {
    try { return value === undefined ? sessionStorage.getItem(key) : sessionStorage.setItem(key, value); } catch { return null; }
  };
  const table = new Map(all("[data-keys]", keys).map((row) => [row.dataset.keys, row.dataset.does]));
  const press = (name) => { const one = $(`[data-key="${name}"]`); one?.click(); return Boolean(one); };
  const go = (slug) => $(`[data-go="${slug}"]`)?.click();
  const row = () => document.activeElement?.closest?.(".ib-row");

  // Back in the list, keys go on where one was.
  let at = null;
  const linkOf = (one) => one && $(".ib-link", one);
  if (list) {
    const last = "ib-last:" + list.dataset.rows, open = $("[data-open]", list);
    if (open) session(last, $("input", open).value);
    at = linkOf(all(".ib-row", list).find((one) => $("input", one)?.value === session(last)));
    if (!open && session("ib-by-key")) at?.focus();
    session("ib-by-key", "");
  }
  const step = (by) => {
    const links = all(".ib-rows .ib-link");
    if (!links.length) return;
    const now = links.indexOf(document.activeElement), n = (now < 0 ? links.indexOf(at) : now) + by;
    at = links[Math.min(links.length - 1, Math.max(0, n))];
    at.focus();
  };
  const verbs = {
    next: () => press("next") || step(1),
    previous: () => press("previous") || step(-1),
    open: () => linkOf(row())?.click(),
    back: () => { session("ib-by-key", "1"); press("back"); },
    choose: () => $("input[name=xuid]", row() || keys)?.click(),
    archive: () => { if ($(".ib-rows input[name=xuid]:checked")) $("#bulk [value=archive]")?.click(); else press("archive"); },
    search: () => $("#search")?.focus(), keys: () => keys.showModal(),
    inbox: () => go("inbox"), archived: () => go("archive"),
  };
  let before = "";
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog");
    if (field || event.ctrlKey || event.metaKey || event.altKey) return;
    const does = table.get(`${before} ${event.key}`) || table.get(event.key);
    before = event.key;
    if (!does) return;
    before = "";
    event.preventDefault();
    (verbs[does] || (() => press(does)))();
  });
})();
