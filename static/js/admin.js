/* Names for what Django's own scripts draw in the admin, so that who hears a page knows what a
   box is for: lists that search as one types, moments with two boxes each. */
"use strict";

(() => {
  // The label of a field, or the heading of its column.
  const nameOf = (field) => {
    const label = document.querySelector(`label[for="${field.id}"]`);
    if (label) return label.textContent.trim().replace(/:$/, "");
    const cell = field.closest("td");
    const heading = cell && cell.closest("table").tHead.rows[0].cells[cell.cellIndex];
    return heading ? heading.textContent.trim() : "";
  };

  const nameList = (field) => {
    const drawn = field.nextElementSibling;
    const box = drawn && drawn.querySelector(".select2-selection");
    if (!box) return;
    const chosen = box.querySelector(".select2-selection__rendered");
    if (chosen) {
      chosen.removeAttribute("role");
      chosen.removeAttribute("aria-readonly");
    }
    box.setAttribute("aria-label", nameOf(field));
    if (chosen && chosen.id) {
      box.id = `${chosen.id}-box`;
      box.setAttribute("aria-labelledby", `${box.id} ${chosen.id}`);
    }
  };

  const name = (within) => {
    within.querySelectorAll(".admin-autocomplete").forEach(nameList);
    within.querySelectorAll(".search-label-icon").forEach((icon) => icon.setAttribute("role", "img"));
    const search = within.querySelector("#changelist-search");
    if (search) {
      const said = search.querySelector("[type=submit]").value; // Django's picture says it in English
      search.querySelector("label img").alt = said;
      search.elements.searchbar.setAttribute("aria-label", said);
    }
  };

  // Django's script says under each date that the clock here runs in another zone.
  const nameZone = () => {
    const said = document.querySelector(".mbx-zone");
    if (said) said.hidden = !document.querySelector(".timezonewarning");
  };

  const nameAll = () => {
    name(document);
    nameZone();
    document.documentElement.dataset.named = ""; // what draws later names itself below
  };

  // After Django's scripts, which draw when the page is there, and at each row that is added.
  addEventListener("load", () => {
    const jQuery = window.django && window.django.jQuery;
    if (!jQuery) {
      nameAll();
      return;
    }
    jQuery(nameAll);
    jQuery(document).on("select2:open", (event) => {
      const typed = document.querySelector(".select2-container--open .select2-search__field");
      if (typed) typed.setAttribute("aria-label", nameOf(event.target));
    });
  });
  document.addEventListener("formset:added", (event) => {
    name(event.target);
    setTimeout(nameZone); // after Django's script, which hears the same
  });
})();
