// Says in the page that a passkey did not work; the library only tells the console.
"use strict";
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  for (const note of document.querySelectorAll("[data-passkey-failed]")) note.hidden = false;
});
