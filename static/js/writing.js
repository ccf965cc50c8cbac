// Writing works without this; with it drafts save themselves, recipients are found and roads told
// while typing, and files show their progress.
(() => {
  "use strict";
  const $ = (sel, root = document) => root.querySelector(sel);
  const all = (sel, root = document) => [...root.querySelectorAll(sel)];
  const background = { "X-Background": "1" };
  const draft = $("#draft"), say = draft.dataset, { to, cc, subject, text } = draft.elements;
  const token = () => draft.elements.csrfmiddlewaretoken.value;
  const made = (tag, ...inside) => { const one = document.createElement(tag); one.append(...inside); return one; };
  const later = (wait, does) => { let timer; return () => { clearTimeout(timer); timer = setTimeout(does, wait); }; };
  const post = (address, body) => {
    body.set("csrfmiddlewaretoken", token());
    return fetch(address, { method: "POST", headers: background, body });
  };
  const sentence = (told) => told.closed || Object.values(told.errors || {}).flat().join(" ");

  // -- a draft saves itself --
  const said = $("#saved"), unsent = $("#unsent"), shown = $("#progress"), changed = $("#changed"), over = $("button", changed);
  let typed = 0, saved = 0, saving = false, tries;
  const tell = (words, bad) => { said.className = bad ? "ib-fault" : ""; said.textContent = words; };
  const soon = (wait) => { clearTimeout(tries); tries = setTimeout(save, wait); };
  const save = async () => {
    if (saving) return soon(300);  // an older text never comes last
    const mine = typed;
    saving = true;
    try {
      const answer = await post(draft.action, new FormData(draft));
      if (answer.redirected) { tell(`${say.sayRefused}: ${say.sayEnded}`, true); return soon(5000); }
      if (answer.ok) { saved = Math.max(saved, mine); return tell(`${say.saySaved} ${new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`); }
      const told = answer.status < 500 && await answer.json().catch(() => null);
      if (!told || told.outdated) throw new Error();
      if (told.changed) { over.value = told.by; changed.hidden = false; return tell(`${say.sayRefused}: ${told.changed}`, true); }
      tell(`${say.sayRefused}: ${sentence(told)}`, true);
    } catch {
      tell(say.sayUnsaved, true);
      dispatchEvent(new Event("mbx-refused"));  // its token may be an older one
      soon(5000);
    } finally { saving = false; }
  };
  const letGo = () => { saved = typed; clearTimeout(tries); };
  addEventListener("mbx-kept", letGo);
  const typing = () => { typed++; soon(1000); };
  draft.addEventListener("input", typing);
  if (!changed.hidden) typed++;  // not before one chose
  if ([to, cc, subject, text].some((field) => field.value !== field.defaultValue)) typing();  // before this was there
  // session.js has seen before that somebody answers and that one is signed in.
  draft.addEventListener("submit", (event) => {
    unsent.textContent = event.submitter?.value === "send" && shown.children.length ? say.sayUnsent : "";
    if (unsent.textContent) event.preventDefault(); else letGo();
  });
  addEventListener("beforeunload", (event) => { if (typed > saved || saving || $("progress", shown)) event.preventDefault(); });
  draft.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); draft.requestSubmit($("[value=send]", draft)); } });
  // Enter in a field of one line does not send what is half written.
  subject.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.isComposing && !event.ctrlKey && !event.metaKey) { event.preventDefault(); text.focus(); } });

  // -- by which road --
  const roads = $("#roads"), aware = $("#aware");
  const wayOf = (road) => `${road.safe ? "✓" : "⚠"} ${road.road}, ${road.safe ? say.saySafe : say.sayUnsafe}`;
  // Who writes by a road that is not made for care says so, for each address anew.
  const askAware = (found) => {
    const known = new Set(all("input:checked", aware).map((tick) => tick.value));
    const unsafe = found.filter((road) => road.address && !road.safe && !road.sentence);
    aware.replaceChildren(...unsafe.map((road) => {
      const tick = made("input"), label = made("label", tick, " ", made("span", say.sayAware.replace("%s", () => road.address)));
      Object.assign(tick, { type: "checkbox", name: "aware", value: road.address, checked: known.has(road.address) });
      label.className = "ib-tick";
      return label;
    }));
  };
  const named = () => [to.value.trim(), cc.value.trim()];
  const tellRoads = async () => {
    const [first, copies] = named();
    if (!first && !copies) { askAware([]); return roads.replaceChildren(); }
    try {
      const answer = await post(say.roads, new URLSearchParams({ to: first, cc: copies }));
      if (!answer.ok || answer.redirected) return;
      const told = await answer.json();
      if (named().join("\n") !== `${first}\n${copies}`) return;  // typed on meanwhile
      roads.replaceChildren(...(told.roads || [{ sentence: told.error }]).map((road) => {
        const item = road.sentence ? made("li", `✗ ${road.sentence}`) : made("li", made("bdi", road.address), `: ${wayOf(road)}`);
        if (road.sentence) item.className = "ib-bad";
        return item;
      }));
      if (told.roads) askAware(told.roads);
    } catch { /* told at sending */ }
  };
  const tellRoadsSoon = later(400, tellRoads);
  for (const field of [to, cc]) field.addEventListener("input", tellRoadsSoon);

  // -- finding a recipient: a field with a list, by keys or by pointer --
  const finder = $("#finder"), people = $("#people"), heard = $("#finder-said");
  $(".ib-offered")?.remove();
  finder.parentElement.hidden = false;
  let at = -1, found = [];
  const shut = () => {
    people.hidden = true; at = -1;
    finder.setAttribute("aria-expanded", "false"); finder.removeAttribute("aria-activedescendant");
  };
  const mark = (n) => {
    at = (n + found.length) % found.length;
    [...people.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
    finder.setAttribute("aria-activedescendant", people.children[at].id);
    people.children[at].scrollIntoView({ block: "nearest" });
  };
  const choose = (person) => {
    const before = to.value.trim().replace(/[,;]$/, "");
    // A letter's signs part, so it has a line of its own.
    to.value = [before, person.line].filter(Boolean).join(/^letter:/im.test(`${before}\n${person.line}`) ? "\n" : ", ");
    finder.value = ""; shut(); finder.focus();
    to.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const look = async () => {
    const words = finder.value.trim();
    if (!words) return shut();
    try {
      const answer = await fetch(`${say.people}?${new URLSearchParams({ q: words })}`, { headers: background });
      if (!answer.ok || answer.redirected) return;
      const told = await answer.json();
      if (words !== finder.value.trim()) return;
      found = told.people;
      people.replaceChildren(...found.map((person, i) => {
        const item = made("li", made("bdi", person.shown), " ", made("small", person.sentence ? `✗ ${person.sentence}` : wayOf(person)));
        item.id = `person-${i}`; item.setAttribute("role", "option"); item.setAttribute("aria-selected", "false");
        item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(person); });
        return item;
      }));
      heard.textContent = found.length ? `${found.length} ${say.sayFound}` : say.sayNone;
      heard.classList.toggle("ib-hidden", Boolean(found.length));
      if (!found.length) return shut();
      people.hidden = false; at = -1;
      finder.setAttribute("aria-expanded", "true"); finder.removeAttribute("aria-activedescendant");
    } catch { shut(); }
  };
  const lookSoon = later(200, look);
  finder.addEventListener("input", (event) => { event.stopPropagation(); lookSoon(); });
  finder.addEventListener("blur", shut);
  finder.addEventListener("keydown", (event) => {
    const open = !people.hidden;
    if (event.key === "ArrowDown" && open) mark(at + 1);
    else if (event.key === "ArrowUp" && open) mark(at < 0 ? -1 : at - 1);
    else if (event.key === "Enter") { if (open) choose(found[Math.max(at, 0)]); }
    else if (event.key === "Escape" && open) shut();
    else return;
    event.preventDefault();
  });

  // -- files: checked before they leave, one after the other, with progress, cancel and another try --
  const zone = $(".ib-files"), words = zone.dataset, list = $("#files"), input = $("input[type=file]", zone);
  let held = Number(words.held), queue = Promise.resolve();
  new MutationObserver(() => { if (!shown.children.length) unsent.textContent = ""; }).observe(shown, { childList: true });
  $("button[formenctype]", zone).hidden = true;  // what is chosen is added at once
  input.parentElement.classList.add("btn"); $(".ib-drop").hidden = false;
  const button = (text, name, does) => {
    const one = made("button", text);
    one.type = "button"; one.className = "ib-quiet"; one.setAttribute("aria-label", `${text} ${name}`);
    one.addEventListener("click", does);
    return one;
  };
  const line = (name, ...more) => made("li", made("bdi", name), " ", ...more);
  const removes = (address, name, size) => async (event) => {
    event.preventDefault();
    const item = event.target.closest("li");
    try {
      const answer = await post(address, new FormData());
      if (answer.status === 403) dispatchEvent(new Event("mbx-refused"));
      if (!answer.ok || answer.redirected) throw new Error();
      held -= size; item.remove(); input.focus();
    } catch { $("small", item).textContent = words.sayUnremoved; }
  };
  for (const one of all("button", list)) {
    const item = one.closest("li");
    one.addEventListener("click", removes(one.formAction, $("bdi", item).textContent, Number(one.value)));
  }
  const placeOf = (mark) => `${words.to}/${mark}/remove`;
  const added = (file) => {
    const item = line(file.name, made("small", file.shown), " ", button(words.sayRemove, file.name, removes(placeOf(file.mark), file.name, file.size)));
    const shows = made("input");
    Object.assign(shows, { type: "hidden", name: "shown", value: file.mark });
    item.prepend(shows); list.append(item);
  };
  const newMark = () => [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  // It may have arrived though no answer came. Where this fails too, sending says that it is there.
  const takeBack = (mark) => post(placeOf(mark), new FormData()).catch(() => {});
  const send = (file, earlier) => {
    const item = line(file.name);
    shown.append(item);
    const mark = earlier || newMark();
    let given = false, tried = Boolean(earlier), done;
    const leave = () => button(words.sayLeave, file.name, () => { if (tried) takeBack(mark); item.remove(); input.focus(); });
    if (held + file.size > Number(words.most)) return item.append(`${words.sayLarge} `, leave());
    held += file.size;
    const bar = made("progress"), part = made("span"), call = new XMLHttpRequest(), form = new FormData();
    bar.max = 100; bar.value = 0; bar.setAttribute("aria-label", file.name);
    const ended = new Promise((resolve) => { done = resolve; });
    const failed = (why) => {
      held -= file.size; done();
      item.replaceChildren(made("bdi", file.name), ` ${why || words.sayFailed} `, button(words.sayRetry, file.name, () => { item.remove(); send(file, mark); }), " ", leave());
    };
    call.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      bar.value = Math.round((100 * event.loaded) / event.total);
      if (bar.value % 10 === 0) part.textContent = ` ${bar.value}% `;
    });
    call.addEventListener("load", () => {
      let told = {};
      try { told = JSON.parse(call.responseText); } catch { /* said below */ }
      if (call.status === 403) dispatchEvent(new Event("mbx-refused"));
      if (call.status !== 200 || !told.files?.length) return failed(told.errors?.[0] || told.closed);
      item.remove(); told.files.forEach(added); done();
    });
    call.addEventListener("error", () => failed());
    const cancel = () => { given = true; call.abort(); if (tried) takeBack(mark); held -= file.size; item.remove(); input.focus(); done(); };
    item.append(bar, part, " ", button(words.sayCancel, file.name, cancel));
    queue = queue.then(() => {
      if (given) return undefined;
      tried = true;
      for (const [name, value] of [["csrfmiddlewaretoken", token()], ["mark", mark], ["files", file]]) form.append(name, value);
      call.open("POST", words.to);
      call.setRequestHeader("X-Background", "1");
      call.send(form);
      return ended;
    });
  };
  const take = (files) => [...files].forEach((file) => send(file));
  input.addEventListener("change", (event) => { event.stopPropagation(); take(input.files); input.value = ""; });
  input.addEventListener("input", (event) => event.stopPropagation());
  const isFiles = (event) => event.dataTransfer?.types.includes("Files");
  // Anywhere on the page: dropped beside it, a file would open and take the place of the page.
  addEventListener("dragover", (event) => { if (isFiles(event)) { event.preventDefault(); zone.classList.add("ib-over"); } });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) zone.classList.remove("ib-over"); });
  addEventListener("drop", (event) => {
    if (!isFiles(event)) return;
    event.preventDefault(); zone.classList.remove("ib-over"); take(event.dataTransfer.files);
  });
  // Text that was copied from a program comes with a picture of it: then the text is meant.
  addEventListener("paste", (event) => {
    const { files, types } = event.clipboardData || { files: [], types: [] };
    if (!files.length || (types.includes("text/plain") && event.target.closest("input, textarea"))) return;
    event.preventDefault(); take(files);
  });
  tellRoads();

  // -- one begins where something is to be written, unless one has begun already --
  const wrong = $("[aria-invalid]", draft), fine = matchMedia("(pointer: fine)").matches;
  const begun = draft.contains(document.activeElement);
  if (wrong && !begun) wrong.focus();
  else if (fine && !begun && !$("form.alert, #changed:not([hidden])")) (to.value ? text : finder).focus({ preventScroll: true });
  if (!begun && document.activeElement === text) text.setSelectionRange(text.value.length, text.value.length);
})();
