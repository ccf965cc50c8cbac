/* Fits the frame of the content to its content, tells an embedding page how high this page is,
   and wakes the buttons. It reads nothing of a message but numbers of pixels. */
(() => {
  "use strict";

  const root = document.documentElement;
  const CAP = 20000;
  const MOST_STEPS = 40;

  /* -- the frame that holds the sender's markup -- */

  // Names in that document may shadow any property: they are taken from prototypes only.
  const getter = (proto, name) => Object.getOwnPropertyDescriptor(proto, name).get;
  const contentDocument = getter(HTMLIFrameElement.prototype, "contentDocument");
  const documentElement = getter(Document.prototype, "documentElement");
  const box = Element.prototype.getBoundingClientRect;
  const observe = ResizeObserver.prototype.observe;

  const rootOf = (frame) => {
    const inner = contentDocument.call(frame);
    return inner && documentElement.call(inner);
  };
  let watch = null;

  const fitFrame = (frame) => {
    const top = rootOf(frame);
    if (!top) return;
    // The empty document that stands in a frame before its content must not be heard any more.
    if (watch) watch.disconnect();
    let steps = 0;
    let height = 0;
    const fit = (cap) => {
      if (rootOf(frame) !== top) return;
      const wanted = Math.ceil(box.call(top).height) + 2;
      if (wanted > height && ++steps > MOST_STEPS) return capped();
      if (wanted === height) return;
      height = Math.min(wanted, cap);
      frame.style.height = `${height}px`;
      if (wanted > cap) capped();
    };
    const capped = () => {
      for (const notice of document.querySelectorAll(".mbx-capped")) notice.hidden = false;
    };
    watch = new ResizeObserver(() => requestAnimationFrame(() => fit(CAP)));
    observe.call(watch, top);
    fit(CAP);
    addEventListener("beforeprint", () => {
      if (rootOf(frame) !== top) return;
      frame.style.height = `${Math.ceil(box.call(top).height) + 2}px`;
    });
  };

  const frame = document.getElementById("mbx-body");
  if (frame) {
    const inner = contentDocument.call(frame);
    if (inner && getter(Document.prototype, "readyState").call(inner) === "complete" && documentElement.call(inner)) fitFrame(frame);
    frame.addEventListener("load", () => fitFrame(frame));
  }

  /* -- the page that embeds this one -- */

  const parents = (root.dataset.parents || "").split(" ").filter(Boolean);
  // Each as in frame-ancestors: an origin, a scheme ("https:"), or a host on any port ("…:*").
  const known = (origin) =>
    [location.origin, ...parents].some((one) =>
      one === origin ||
      (one.endsWith(":") && origin.startsWith(`${one}//`)) ||
      one === `${origin.replace(/:\d+$/, "")}:*`);
  const INIT = /^\[iFrameSizer\]([\w.\- ]{1,200}):[^:]{0,40}:(?:true|false)(?::|$)/;
  let listener = null;
  let told = "";

  const size = () => {
    const own = root.getBoundingClientRect();
    const body = document.body.getBoundingClientRect();
    return {
      height: Math.max(1, Math.ceil(Math.max(own.height, body.height))),
      width: Math.max(1, Math.ceil(Math.max(own.width, body.width))),
    };
  };

  const tell = (type, force) => {
    if (!listener) return;
    const { height, width } = size();
    const now = `${height}:${width}`;
    if (now === told && !force) return;
    told = now;
    const message = listener.id === null
      ? { type: "iframe-resized", width, height }
      : `[iFrameSizer]${listener.id}:${now}:${type}`;
    parent.postMessage(message, listener.origin);
  };

  const heard = (event) => {
    if (event.source !== parent || !known(event.origin)) return;
    const { data, origin } = event;
    if (typeof data === "string" && data.length <= 2048) {
      const init = INIT.exec(data);
      if (init) {
        listener = { id: init[1], origin };
        tell("init:mbx-1", true);
        tell("resizeObserver", true);
      } else if (data === "[iFrameSizer]resize") {
        tell("resizeParent", true);
      } else if (data === "[iFrameSizer]reset") {
        tell("resetPage", true);
      }
    } else if (data && typeof data === "object" && data.type === "iframe-child-init") {
      listener = { id: null, origin };
      tell("", true);
    }
  };

  if (parent !== window) {
    addEventListener("message", heard);
    let due = false;
    const observer = new ResizeObserver(() => {
      if (due) return;
      due = true;
      requestAnimationFrame(() => {
        due = false;
        tell("resizeObserver", false);
      });
    });
    observer.observe(root);
    observer.observe(document.body);
    const ready = () => parent.postMessage("[iFrameResizerChild]Ready", "*");
    if (document.readyState === "complete") ready();
    else addEventListener("load", ready);
  } else if (location.search) {
    // The token must not stay in the address bar, the history or a bookmark.
    history.replaceState(null, "", location.pathname);
  }

  /* -- paper is white -- */

  addEventListener("beforeprint", () => {
    const { theme } = root.dataset;
    if (theme !== "dark" && theme !== "auto") return;
    root.dataset.theme = "light";
    addEventListener("afterprint", () => { root.dataset.theme = theme; }, { once: true });
  });

  /* -- buttons that only work with a script -- */

  for (const button of document.querySelectorAll("button[data-prints]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
  for (const button of document.querySelectorAll("button[data-toggles]")) {
    button.hidden = false;
    const off = button.textContent;
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      if (button.dataset.on) button.textContent = on ? button.dataset.on : off;
      document.body.classList.toggle(button.dataset.toggles, on);
    });
  }
})();
