// Buttons that copy what stands beside them. Without a script one selects it by hand; where the
// browser does not let the page copy, it is selected here.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const said = document.getElementById("copied");
    const text = document.getElementById(button.dataset.copy);
    said.textContent = "";
    try {
      await navigator.clipboard.writeText(text.textContent);
      said.textContent = said.dataset.said;
    } catch {
      getSelection().selectAllChildren(text);
      said.textContent = said.dataset.selected;
    }
  });
}
