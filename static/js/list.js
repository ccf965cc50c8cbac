// The list of a folder.
(() => {
  "use strict";
  const $ = (sel, root = document) => root.querySelector(sel);
  const all = (sel, root = document) => [...root.querySelectorAll(sel)];
  const list = $(".ib-list"), found = $(".ib-found"), every = $("#all"), bulk = $("#bulk");
  const boxes = () => all("input[name=xuid]", found);
  const part = async (address, name) => {
    const answer = await fetch(address, { headers: { "X-Background": "1", "X-Part": name } });
    if (!answer.ok || answer.redirected) throw new Error();
    return new DOMParser().parseFromString(await answer.text(), "text/html").body;
  };

  // -- choosing --
  const tellChosen = () => {
    const n = boxes().filter((box) => box.checked).length;
    bulk.classList.toggle("ib-some", n > 0);
    $("#chosen").textContent = n ? `${n} ${list.dataset.sayChosen}` : "";
  };
  every.disabled = false;
  bulk.classList.add("ib-awake");
  every.addEventListener("change", () => { boxes().forEach((box) => { box.checked = every.checked; }); tellChosen(); });
  found.addEventListener("change", (event) => { if (event.target.name === "xuid") tellChosen(); });
  tellChosen();

  // -- going on, keeping its place --
  const goOn = async (link) => {
    try {
      const more = await part(link.href, "rows");
      link.closest("li").replaceWith(...more.children);
      every.checked = false;
      watch();
    } catch { /* the link itself stays */ }
  };
  const watch = () => {
    const link = $("a[rel=next]", found);
    if (!link) return;
    const seen = new IntersectionObserver((ones) => {
      if (ones.some((one) => one.isIntersecting)) { seen.disconnect(); goOn(link); }
    }, { rootMargin: "300px" });
    seen.observe(link);
  };
  watch();
  const place = "ib-place:" + list.dataset.rows;
  try {
    found.scrollTop = sessionStorage.getItem(place) || 0;
    found.addEventListener("scroll", () => sessionStorage.setItem(place, found.scrollTop), { passive: true });
  } catch { /* not kept */ }
  $("[data-open]", found)?.scrollIntoView({ block: "nearest" });
  // Far down, the way back leads to those rows among which one clicked, and not to the first.
  const cursorOf = (address) => new URL(address).searchParams.get("cursor");
  found.addEventListener("click", (event) => {
    const link = event.target.closest(".ib-link"), cursor = link && cursorOf(link.href);
    if (!cursor || cursor === cursorOf(location.href) || location.pathname !== list.dataset.rows) return;
    const first = all(".ib-link", found).find((one) => cursorOf(one.href) === cursor).closest(".ib-row");
    const above = first.offsetTop - $(".ib-row", found).offsetTop;
    history.replaceState(null, "", list.dataset.rows + new URL(link.href).search);
    try { sessionStorage.setItem(place, String(Math.max(0, found.scrollTop - above))); } catch { /* not kept */ }
  });

  // -- search while typing: the list follows, the field keeps the focus --
  const search = $("#search"), bar = $(".ib-new a");
  let typed, asking = 0;
  // A patient's number goes by the form that keeps it out of every address, and half a one nowhere.
  const number = () => /^[\d .]{5,}$/.test(search.value.trim()) && search.value.replace(/[ .]/g, "");
  const citizen = (digits) => /^\d{8,9}$/.test(digits) && [...digits.padStart(9, "0")].reduce((sum, digit, n) => sum + digit * (n < 8 ? 9 - n : -1), 0) % 11 === 0;
  const seek = async () => {
    const given = [...new FormData(search.form)].filter(([, value]) => value.trim());
    const mine = ++asking, query = `${new URLSearchParams(given)}`;
    found.setAttribute("aria-busy", "true");
    try {
      const shown = await part(`${list.dataset.rows}?${query}`, "found");
      if (mine !== asking) return;
      found.replaceChildren(...shown.childNodes);
      found.scrollTop = 0;
      bar.href = `${list.dataset.rows}?${query}`;
      bulk.elements.next.value = bar.href.slice(location.origin.length);
      history.replaceState(null, "", `${location.pathname}${query ? "?" + query : ""}`);
      every.checked = false;
      tellChosen();
      watch();
    } catch { /* Enter asks for it as a page */ } finally { if (mine === asking) found.removeAttribute("aria-busy"); }
  };
  search.addEventListener("input", () => {
    clearTimeout(typed);
    const n = search.value.trim().length;
    if (!number() && (n === 0 || n > 1)) typed = setTimeout(seek, 350);
  });
  search.form.addEventListener("submit", (event) => {
    clearTimeout(typed);
    if (!citizen(number())) return;
    event.preventDefault();
    const field = $("[name=bsn]");
    field.value = search.value;
    search.value = "";
    field.form.requestSubmit();
  });

  // -- what is new comes on top --
  bar.addEventListener("click", async (event) => {
    const rows = $(".ib-rows", found);
    if (list.dataset.folder !== "inbox" || !rows || new URLSearchParams(location.search).has("cursor")) return;
    event.preventDefault();
    try {
      const shown = await part(bar.href, "rows"), known = new Set(boxes().map((box) => box.value));
      const fresh = all(".ib-row", shown).filter((one) => !known.has($("input", one).value));
      const top = fresh.filter(({ previousElementSibling: above }) => !above || fresh.includes(above));
      rows.prepend(...top);
      bar.hidden = top.length > 0;
      bar.textContent = top.length ? "" : list.dataset.sayNone;
      found.scrollTop = 0;
      document.dispatchEvent(new Event("ib-shown"));
    } catch { location.assign(bar.href); }
  });
})();
