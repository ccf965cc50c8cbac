// The web inbox works without this; with it the list goes on by itself, keys work, drafts save
// themselves, files show their progress, and new messages are announced.
(() => {
  "use strict";
  const body = document.body, $ = (sel, root = document) => root.querySelector(sel);
  const all = (sel, root = document) => [...root.querySelectorAll(sel)];
  const background = { "X-Background": "1" };
  const kept = { get: (k) => { try { return localStorage.getItem(k); } catch { return null; } },
    set: (k, v) => { try { localStorage.setItem(k, v); } catch { /* private window */ } } };
  const csrf = () => $("input[name=csrfmiddlewaretoken]")?.value || "";

  // -- the list: choosing, going on, keeping its place --
  const rows = $(".ib-main .ib-rows"), every = $("#all");
  const boxes = () => all(".ib-rows input[name=xuid]");
  const tellChosen = () => {
    const n = boxes().filter((box) => box.checked).length;
    $("#chosen").textContent = n ? `${n} ${body.dataset.sayChosen}` : "";
  };
  if (every) {
    every.disabled = false;
    every.addEventListener("change", () => { boxes().forEach((box) => { box.checked = every.checked; }); tellChosen(); });
    document.addEventListener("change", (event) => { if (event.target.name === "xuid") tellChosen(); });
  }
  const goOn = async (link) => {
    if (link.dataset.busy) return;
    link.dataset.busy = "1";
    try {
      const answer = await fetch(link.href, { headers: { ...background, "X-Part": "rows" } });
      if (!answer.ok || answer.redirected) throw new Error();
      const part = new DOMParser().parseFromString(await answer.text(), "text/html");
      link.closest("li").replaceWith(...part.body.children);
      if (every) every.checked = false;
      watch();
    } catch { delete link.dataset.busy; }  // the link itself stays
  };
  const watch = () => {
    const link = rows && $("a[rel=next]", rows);
    if (!link || !("IntersectionObserver" in window)) return;
    const seen = new IntersectionObserver((found) => {
      if (found.some((one) => one.isIntersecting)) { seen.disconnect(); goOn(link); }
    }, { rootMargin: "300px" });
    seen.observe(link);
  };
  watch();
  if (rows) {
    const place = "ib-place:" + location.pathname.split("/").slice(0, 4).join("/");
    try {
      rows.scrollTop = Number(sessionStorage.getItem(place) || 0);
      rows.addEventListener("scroll", () => sessionStorage.setItem(place, String(rows.scrollTop)), { passive: true });
      const open = $("[data-open]", rows);
      if (open) open.scrollIntoView({ block: "nearest" });
    } catch { /* private window */ }
  }

  // -- keys, from the same marks that the page shows --
  const keys = $("#keys"), off = $("#keys-off");
  if (off) {
    off.checked = kept.get("ib-keys-off") === "1";
    off.addEventListener("change", () => kept.set("ib-keys-off", off.checked ? "1" : "0"));
  }
  let at = -1;
  const step = (by) => {
    const links = all(".ib-rows .ib-link");
    if (!links.length) return;
    const now = links.indexOf(document.activeElement);
    at = Math.min(links.length - 1, Math.max(0, (now < 0 ? at : now) + by));
    links[at].focus();
  };
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest("input, textarea, select, [contenteditable], dialog");
    if (field || event.ctrlKey || event.metaKey || event.altKey || off?.checked) return;
    const marked = $(`[data-key="${CSS.escape(event.key)}"]`);
    const row = document.activeElement?.closest?.(".ib-row");
    const does = {
      "/": () => $("#search")?.focus(), "?": () => keys?.showModal(),
      e: () => { const many = boxes().some((box) => box.checked); (many ? $("#bulk [value=archive]") : $('.ib-bar [data-key="e"]'))?.click(); },
      o: () => row && $(".ib-link", row).click(),
      x: () => { const box = row && $("input[name=xuid]", row); if (box) { box.checked = !box.checked; tellChosen(); } },
    };
    if (event.key === "j" || event.key === "k") { if (marked) marked.click(); else step(event.key === "j" ? 1 : -1); }
    else if (does[event.key]) does[event.key]();
    else if (marked) marked.click();
    else return;
    event.preventDefault();
  });

  // -- new messages: counted in the title and in the folders; the list does not jump --
  const first = () => $(".ib-rows input[name=xuid]")?.value || "";
  let newest = null;
  const title = body.dataset.title || document.title;
  const ask = async () => {
    if (document.hidden || !body.dataset.news) return;
    try {
      const answer = await fetch(body.dataset.news, { headers: background });
      if (!answer.ok || answer.redirected) return;
      const told = await answer.json();
      for (const [slug, count] of Object.entries(told.counts)) {
        const mark = $(`[data-count="${slug}"]`);
        if (mark) { mark.hidden = !count.n; $("b", mark).textContent = count.shown; }
      }
      const n = told.counts.inbox;
      document.title = n.n ? `(${n.shown}) ${title}` : title;
      const bar = $(".ib-new");
      if (newest !== null && told.newest && told.newest !== newest && told.newest !== first() && bar) {
        $("a", bar).textContent = body.dataset.sayNew;
        bar.hidden = false;
      }
      if (newest === null || bar?.hidden !== false) newest = told.newest;
    } catch { /* no connection: asked again */ }
  };
  if (body.dataset.news) { ask(); setInterval(ask, 3000); document.addEventListener("visibilitychange", ask); }

  // -- asking before something is lost --
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-sure]");
    if (button && !confirm(button.dataset.sure)) event.preventDefault();
  });

  // -- a draft saves itself --
  const draft = $("#draft");
  if (draft) {
    const said = $("#saved");
    let timer, left = false;
    const save = async () => {
      try {
        const answer = await fetch(location.href, { method: "POST", body: new FormData(draft), headers: background });
        if (answer.redirected || answer.status >= 500) throw new Error();
        if (answer.ok) { left = false; said.textContent = `${draft.dataset.saySaved} ${new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`; }
      } catch { said.textContent = draft.dataset.sayUnsaved; timer = setTimeout(save, 5000); }
    };
    draft.addEventListener("input", () => { left = true; clearTimeout(timer); timer = setTimeout(save, 1000); });
    draft.addEventListener("submit", () => { left = false; clearTimeout(timer); });
    addEventListener("beforeunload", (event) => { if (left) event.preventDefault(); });
    const to = draft.elements.to, roads = $("#roads");
    let asked;
    const tell = async () => {
      const text = to.value.trim();
      if (!text) return roads.replaceChildren();
      try {
        const answer = await fetch(`${draft.dataset.roads}?${new URLSearchParams({ to: text })}`, { headers: background });
        if (!answer.ok || answer.redirected) return;
        const told = await answer.json();
        roads.replaceChildren(...(told.roads || [{ sentence: told.error }]).map((road) => {
          const item = document.createElement("li");
          if (road.sentence) { item.className = "ib-bad"; item.textContent = `✗ ${road.sentence}`; }
          else item.textContent = `${road.safe ? "✓" : "⚠"} ${road.address}: ${road.road}, ${road.safe ? draft.dataset.saySafe : draft.dataset.sayUnsafe}`;
          return item;
        }));
      } catch { /* told at sending */ }
    };
    to.addEventListener("input", () => { clearTimeout(asked); asked = setTimeout(tell, 400); });
    tell();
    $("[data-add]")?.addEventListener("change", (event) => {
      if (!event.target.value) return;
      to.value = [to.value.trim().replace(/[,;]$/, ""), event.target.value].filter(Boolean).join(", ");
      event.target.value = "";
      to.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }

  // -- files: checked before they leave, with progress, cancel and another try --
  const upload = $("#upload");
  if (upload) {
    const say = upload.dataset, list = $("#files"), shown = $("#progress"), input = $("input[type=file]", upload);
    let held = Number(say.held);
    const button = (text, does) => {
      const made = document.createElement("button");
      made.type = "button"; made.className = "ib-quiet"; made.textContent = text;
      made.addEventListener("click", does);
      return made;
    };
    const added = (file) => {
      const line = document.createElement("li"), name = document.createElement("bdi");
      name.textContent = file.name;
      const remove = button(say.sayRemove, async () => {
        const answer = await fetch(`${upload.action}/${file.id}/remove`, { method: "POST", headers: { ...background, "X-CSRFToken": csrf() } });
        if (answer.ok) { held -= file.size; line.remove(); }
      });
      remove.setAttribute("aria-label", `${say.sayRemove} ${file.name}`);
      line.append(name, " ", remove);
      list.append(line);
    };
    const send = (file) => {
      const line = document.createElement("li"), name = document.createElement("bdi");
      name.textContent = file.name;
      line.append(name, " ");
      shown.append(line);
      if (held + file.size > Number(say.most)) { line.append(say.sayLarge); return; }
      held += file.size;
      const bar = document.createElement("progress"), part = document.createElement("span");
      bar.max = 100; bar.setAttribute("aria-label", file.name);
      const call = new XMLHttpRequest(), form = new FormData();
      form.append("files", file); form.append("csrfmiddlewaretoken", csrf());
      const again = (why) => {
        held -= file.size;
        line.replaceChildren(name, ` ${why || say.sayFailed} `, button(say.sayRetry, () => { line.remove(); send(file); }));
      };
      call.upload.addEventListener("progress", (event) => {
        if (!event.lengthComputable) return;
        const per = Math.round((100 * event.loaded) / event.total);
        bar.value = per;
        if (per % 10 === 0) part.textContent = ` ${per}% `;
      });
      call.addEventListener("load", () => {
        let told = {};
        try { told = JSON.parse(call.responseText); } catch { /* said below */ }
        if (call.status === 200 && told.files?.length) { line.remove(); told.files.forEach(added); }
        else again(told.errors?.[0]);
      });
      call.addEventListener("error", () => again());
      call.addEventListener("abort", () => { held -= file.size; line.remove(); });
      line.append(bar, part, button(say.sayCancel, () => call.abort()));
      call.open("POST", upload.action);
      call.setRequestHeader("X-Background", "1");
      call.send(form);
    };
    const take = (files) => [...files].forEach(send);
    input.addEventListener("change", () => { take(input.files); input.value = ""; });
    const zone = upload.closest("section");
    zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("ib-over"); });
    zone.addEventListener("dragleave", () => zone.classList.remove("ib-over"));
    zone.addEventListener("drop", (event) => { event.preventDefault(); zone.classList.remove("ib-over"); take(event.dataTransfer.files); });
    document.addEventListener("paste", (event) => { if (event.clipboardData?.files.length) take(event.clipboardData.files); });
  }
})();
