// The labels of a message: values are offered for the name that is typed, and Escape leaves one as
// it was. Without this they work as forms, with what is common offered.
(() => {
  "use strict";
  const labels = document.querySelector(".ib-labels"), LAST = "ib-label";
  const $ = (sel, root = labels) => root.querySelector(sel);
  const add = $(".ib-add"), edits = [...labels.querySelectorAll(".ib-edit")];
  const known = new Set([...$("#names").options].map((one) => one.value));
  const session = (value) => {
    try { return value === undefined ? sessionStorage.getItem(LAST) : sessionStorage.setItem(LAST, value); } catch { return null; }
  };

  let asked = 0;
  const offer = async (name, list) => {
    const mine = ++asked;
    try {
      const answer = await fetch(labels.dataset.values + encodeURIComponent(name), { headers: { "X-Background": "1" } });
      if (!answer.ok || answer.redirected) return;
      const { values } = await answer.json();
      if (mine === asked) list.replaceChildren(...values.map((value) => Object.assign(document.createElement("option"), { value })));
    } catch { /* what is common stays offered */ }
  };
  // Only a name that the mailbox uses is asked about: what else is typed there stays here.
  const follow = () => {
    const name = $("[name=name]", add).value.trim();
    if (known.has(name)) offer(name, $("#values"));
    else { asked++; $("#values").replaceChildren(); }
  };
  $("[name=name]", add).addEventListener("input", follow);
  if ($("[name=name]", add).value) follow();

  for (const one of [add, ...edits]) {
    one.addEventListener("toggle", () => {
      if (!one.open) return;
      const field = $(one === add ? "[name=name]" : "[name=value]", one);
      field.focus({ preventScroll: true });
      field.select();
      if (one !== add) offer($("[name=name]", one).value, $("datalist", one));
    });
    one.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !one.open) return;
      event.preventDefault();
      one.open = false;
      $("form", one).reset();
      $("summary", one).focus();
    });
    $("form", one).addEventListener("submit", () => session($("[name=name]", one).value));
  }
  // After a change one goes on where one was.
  const last = session();
  session("");
  if (last) $("summary", edits.find((one) => one.parentElement.dataset.label === last) || add).focus({ preventScroll: true });
})();
