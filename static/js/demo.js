/* Plays an EHR: lists messages through the REST API, opens each in the Viewer with a fresh token,
   and hangs properties on them. A real EHR makes these calls on its server. */
(() => {
  "use strict";

  const $ = (id) => document.getElementById(id);
  const app = $("demo");
  const say = app.dataset;
  const language = document.documentElement.lang;
  const login = `Basic ${btoa(`${say.key}:${say.secret}`)}`;
  app.removeAttribute("data-key");
  app.removeAttribute("data-secret");
  const PAGE = 40;
  const MOST_CALLS = 30;

  const state = { boxes: [], box: "", status: "INBOX", name: "", value: "", messages: [], next: null, open: null };
  const text = (sentence, facts) => sentence.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
  const shape = (id) => $(id).content.firstElementChild.cloneNode(true);

  /* -- the API -- */

  class Refusal extends Error {}

  const call = async (method, path, { body, signal } = {}) => {
    const line = note(method, path);
    let response;
    try {
      response = await fetch(say.api + path, {
        method,
        signal,
        credentials: "omit",
        cache: "no-store",
        headers: {
          Authorization: login,
          "Accept-Language": language,
          ...(body ? { "Content-Type": "application/json" } : {}),
        },
        body: body && JSON.stringify(body),
      });
      line.append(` → ${response.status}`);
      if (response.status === 401) throw new Refusal(say.sayKey);
      const answer = await response.json();
      if (!response.ok) throw new Refusal(answer.error.join(" "));
      return { answer, next: /<([^>]+)>; rel="next"/.exec(response.headers.get("Link") || "")?.[1] };
    } catch (error) {
      if (error instanceof Refusal || error.name === "AbortError") throw error;
      throw new Refusal(say.sayUnreachable);
    }
  };

  const note = (method, path) => {
    const line = document.createElement("li");
    line.append(`${method} ${say.api}${path}`);
    $("demo-calls").prepend(line);
    while ($("demo-calls").children.length > MOST_CALLS) $("demo-calls").lastElementChild.remove();
    return line;
  };

  /** Runs the work; a refusal is shown with a button that does it again. */
  const attempt = async (fault, work) => {
    fault.hidden = true;
    try {
      return await work();
    } catch (error) {
      if (error.name === "AbortError") return null;
      if (!(error instanceof Refusal)) throw error;
      fault.querySelector("p").textContent = error.message;
      fault.querySelector("button").onclick = () => attempt(fault, work);
      fault.hidden = false;
      return null;
    }
  };

  /* -- the list -- */

  const place = (message) => `/${state.box}/messages/${message.xuid}`;
  let listing = new AbortController();

  const query = () => {
    const wanted = new URLSearchParams({ status: state.status, limit: PAGE });
    if (state.name) wanted.set(`_${state.name}`, state.value);
    return `/${state.box}/messages?${wanted}`;
  };

  const load = (more = false) =>
    attempt($("demo-list-fault"), async () => {
      listing.abort();
      listing = new AbortController();
      const { signal } = listing;
      busy(true, more);
      try {
        const { answer, next } = await call("GET", more ? state.next : query(), { signal });
        state.messages = more ? [...state.messages, ...answer] : answer;
        // The next page by its query: the service may be known under another name here.
        state.next = next ? `/${state.box}/messages${new URL(next).search}` : null;
        show(more ? state.messages.length - answer.length : 0);
      } finally {
        if (!signal.aborted) busy(false);
      }
    });

  const busy = (yes, keep = false) => {
    $("demo-messages").setAttribute("aria-busy", String(yes));
    $("demo-skeleton").hidden = !yes || keep;
    if (!yes) return;
    $("demo-more").hidden = true;
    if (keep) return;
    $("demo-messages").replaceChildren();
    $("demo-count").textContent = "";
  };

  const show = (from) => {
    const rows = state.messages.slice(from).map(row);
    if (from) $("demo-messages").append(...rows);
    else $("demo-messages").replaceChildren(...rows);
    const count = state.messages.length;
    $("demo-count").textContent = count
      ? text(state.next ? say.sayAtLeast : count === 1 ? say.sayOne : say.sayMany, { count })
      : state.name ? say.sayNoneMatch : say.sayBoxEmpty;
    $("demo-more").hidden = !state.next;
    $("demo-clear").hidden = !state.name;
    $("demo-keys").hidden = !count;
    const names = new Set(state.messages.flatMap((one) => one.properties.map(({ name }) => name)));
    $("demo-names").replaceChildren(...[...names].sort().map((name) => new Option(name, name)));
    mark();
    if (from) rows[0]?.querySelector("button").focus();
  };

  const dates = (parts) => {
    const locale = language === "en" ? "en-GB" : language;
    return new Intl.DateTimeFormat(locale, { timeZone: say.zone, ...parts });
  };
  const clock = dates({ hour: "2-digit", minute: "2-digit" });
  const day = dates({ day: "numeric", month: "short" });
  const full = dates({ dateStyle: "full", timeStyle: "short" });

  const STATES = {
    entered_in_error: say.sayEnteredInError,
    withdrawn: say.sayWithdrawn,
    cancelled: say.sayCancelled,
    replaced: say.sayReplaced,
    corrected: say.sayCorrected,
    partial: say.sayPartial,
    preliminary: say.sayPreliminary,
    test: say.sayTest,
  };

  /** Who it is about, what is abnormal and how final it is, as the API read it in the content. */
  const summarize = (line, { patient, flag, reportStatus, replacedBy }) => {
    const born = patient?.birthDate?.split("-").reverse().join("-");
    const [name, remark, state] = line.children;
    name.textContent =
      patient?.identity === "unclear"
        ? say.sayUnclear
        : [patient?.name, born].filter(Boolean).join(" \u00b7 ");
    const flags = { critical: say.sayCritical, abnormal: say.sayAbnormal, unjudged: say.sayUnjudged };
    remark.textContent = flags[flag] || "";
    remark.dataset.flag = flag || "";
    const states = new Set([STATES[reportStatus], replacedBy && say.sayReplaced]);
    state.textContent = [...states].filter(Boolean).join(" \u00b7 ");
    if (state.textContent && remark.textContent) state.prepend("\u00b7 ");
    line.hidden = !line.textContent.trim();
  };

  const row = (message) => {
    const item = shape("demo-message-row");
    const button = item.querySelector("button");
    const { envelope } = message;
    const sent = message.direction === "OUT";
    const person = ({ displayName, address }) => displayName || address;
    button.querySelector("bdi").textContent = sent
      ? `${say.sayTo} ${envelope.to.map(person).join(", ")}`
      : person(envelope.from);
    button.querySelector("[data-unread]").textContent = say.sayUnread;
    button.querySelector(".demo-unread").hidden = sent || message.read;
    const moment = new Date(envelope.dateTime);
    const time = button.querySelector("time");
    time.dateTime = envelope.dateTime;
    time.title = full.format(moment);
    time.textContent = (day.format(moment) === day.format(new Date()) ? clock : day).format(moment);
    button.querySelector(".demo-subject").textContent = envelope.subject || say.sayNoSubject;
    summarize(button.querySelector(".demo-patient"), message.summary);
    const files = envelope.attachments.length;
    const clip = button.querySelector(".demo-files");
    clip.hidden = !files;
    clip.querySelector("[data-count]").textContent = files;
    clip.querySelector("[data-files]").textContent = files === 1 ? say.sayFile : say.sayFiles;
    const errors = (message.deliveries || []).map(({ error }) => error).filter(Boolean);
    const fault = button.querySelector(".demo-error");
    fault.hidden = !errors.length;
    fault.textContent = errors.join(" ");
    button.dataset.xuid = message.xuid;
    button.addEventListener("click", () => open(message, true));
    return item;
  };

  const rows = () => [...$("demo-messages").querySelectorAll("button")];

  /** Says which row is open, and leaves one stop for the Tab key in the whole list. */
  const mark = () => {
    const all = rows();
    const current = all.find((one) => one.dataset.xuid === state.open?.xuid);
    for (const one of all) {
      one.toggleAttribute("aria-current", one === current);
      if (one === current) one.setAttribute("aria-current", "true");
      one.tabIndex = -1;
    }
    if (all.length) (current || all[0]).tabIndex = 0;
    remember();
  };

  const STEPS = {
    ArrowDown: (at) => at + 1,
    ArrowUp: (at) => at - 1,
    Home: () => 0,
    End: (at, count) => count - 1,
  };

  $("demo-messages").addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
    const all = rows();
    const target = all[step(all.indexOf(document.activeElement), all.length)];
    event.preventDefault();
    if (!target) return;
    for (const one of all) one.tabIndex = one === target ? 0 : -1;
    target.focus();
  });

  /* -- one message -- */

  let opening = new AbortController();
  let frame = null;

  const open = (message, byHand = false) => {
    state.open = message;
    $("demo-nothing").hidden = true;
    $("demo-open").hidden = false;
    $("demo-subject").textContent = message.envelope.subject || say.sayNoSubject;
    $("demo-archive").hidden = message.status !== "INBOX";
    $("demo-unarchive").hidden = message.status !== "ARCHIVED";
    $("demo-said").textContent = say.sayLoading;
    $("demo-add").reset();
    showProperties();
    mark();
    if (byHand) {
      $("demo-subject").focus({ preventScroll: true });
      $("demo-reader").scrollIntoView({ block: "nearest" });
      if (narrow.matches) $("demo-reader").scrollIntoView({ block: "start" });
    }
    return view(message);
  };

  const narrow = matchMedia("(max-width: 60rem)");

  /** A token is asked when somebody opens the message, never kept. */
  const token = (message, signal) =>
    call("POST", `${place(message)}/token`, {
      body: { user: { id: "demo", name: say.sayReader } },
      signal,
    });

  const addressed = (viewerUrl) => {
    const address = new URL(viewerUrl);
    address.searchParams.set("lang", language);
    address.searchParams.set("theme", $("demo-theme").value);
    return address;
  };

  const view = (message) =>
    attempt($("demo-fault"), async () => {
      opening.abort();
      opening = new AbortController();
      const { signal } = opening;
      $("demo-viewer").setAttribute("aria-busy", "true");
      $("demo-viewer").replaceChildren();
      const { answer } = await token(message, signal);
      frame = shape("demo-frame-shape");
      frame.addEventListener("load", () => opened(message));
      frame.src = addressed(answer.viewerUrl);
      $("demo-viewer").append(frame);
    });

  const opened = (message) => {
    $("demo-viewer").setAttribute("aria-busy", "false");
    if ($("demo-said").textContent === say.sayLoading) $("demo-said").textContent = say.sayOpened;
    if (message.read || message.direction === "OUT") return;
    message.read = true;
    const own = rows().find((one) => one.dataset.xuid === message.xuid);
    if (own) own.querySelector(".demo-unread").hidden = true;
    const box = state.boxes.find(({ name }) => name === state.box);
    box.unread = Math.max(0, box.unread - 1);
    nameBoxes();
  };

  // The lines of the guide: the Viewer says how high it is.
  addEventListener("message", ({ source, data, origin }) => {
    if (!frame || source !== frame.contentWindow || origin !== new URL(frame.src).origin) return;
    if (data === "[iFrameResizerChild]Ready") source.postMessage({ type: "iframe-child-init" }, origin);
    if (data?.type === "iframe-resized") frame.style.height = `${data.height}px`;
  });

  $("demo-window").addEventListener("click", () => {
    const message = state.open;
    return attempt($("demo-fault"), async () => {
      const { answer } = await token(message);
      post(addressed(answer.viewerUrl));
    });
  });

  /** Opens the Viewer in a window of its own; the posted token stays out of the address. */
  const post = (address) => {
    const form = document.createElement("form");
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "jwt";
    field.value = address.searchParams.get("jwt");
    address.searchParams.delete("jwt");
    Object.assign(form, { method: "post", target: "_blank", rel: "noopener", action: address });
    form.append(field);
    document.body.append(form);
    form.submit();
    form.remove();
  };

  const move = (verb, sentence) => () => {
    const message = state.open;
    return attempt($("demo-fault"), async () => {
      const { answer } = await call("POST", `${place(message)}/${verb}`);
      message.status = answer.status || (verb === "archive" ? "ARCHIVED" : "INBOX");
      $("demo-archive").hidden = message.status !== "INBOX";
      $("demo-unarchive").hidden = message.status !== "ARCHIVED";
      $(message.status === "INBOX" ? "demo-archive" : "demo-unarchive").focus();
      $("demo-said").textContent = sentence;
      await load();
    });
  };
  $("demo-archive").addEventListener("click", move("archive", say.sayArchived));
  $("demo-unarchive").addEventListener("click", move("unarchive", say.sayUnarchived));

  /* -- properties -- */

  const showProperties = () => {
    $("demo-properties").replaceChildren(...state.open.properties.map(propertyRow));
    $("demo-hung-count").textContent = `\u00a0(${state.open.properties.length})`;
  };

  const propertyRow = ({ name, value }) => {
    const item = shape("demo-property-row");
    const form = item.querySelector("form");
    const field = form.querySelector("input");
    const shown = [item.querySelector(".demo-pair"), item.querySelector(".demo-pair-actions")];
    item.querySelector(".demo-property-name").textContent = name;
    item.querySelector(".demo-property-value").textContent = value;
    form.querySelector("label span").textContent = name;
    for (const button of item.querySelectorAll("[data-do]")) {
      button.setAttribute("aria-label", `${button.textContent} ${name}`);
    }
    const button = (what) => item.querySelector(`[data-do=${what}]`);
    const edit = (yes) => {
      form.hidden = !yes;
      for (const part of shown) part.hidden = yes;
      field.value = value;
      (yes ? field : button("change")).focus();
    };
    button("filter").addEventListener("click", () => filter(name, value));
    button("change").addEventListener("click", () => edit(true));
    button("leave").addEventListener("click", () => edit(false));
    button("remove").addEventListener("click", () => remove(name));
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      edit(false);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      put(name, field.value);
    });
    return item;
  };

  const changed = (work, sentence, name, focus) =>
    attempt($("demo-fault"), async () => {
      const message = state.open;
      const { answer } = await work(message);
      message.properties = answer.properties;
      if (state.open !== message) return;
      showProperties();
      $("demo-said").textContent = text(sentence, { name });
      focus();
    });

  const put = (name, value) =>
    changed(
      (message) => call("POST", `${place(message)}/properties`, { body: { name, value } }),
      say.saySaved,
      name,
      () => {
        const label = [...document.querySelectorAll(".demo-property-name")].find((one) => one.textContent === name);
        label.closest("li").querySelector("[data-do=change]").focus();
      },
    );

  const remove = (name) =>
    changed(
      (message) => call("DELETE", `${place(message)}/properties/${encodeURIComponent(name)}`),
      say.sayRemoved,
      name,
      () => $("demo-name").focus(),
    );

  $("demo-add").addEventListener("submit", (event) => {
    event.preventDefault();
    const name = $("demo-name").value;
    const value = $("demo-value").value;
    event.target.reset();
    put(name, value);
  });

  /* -- filters, looks, and where the page was -- */

  const nameBoxes = () => {
    for (const option of $("demo-box").options) {
      const { displayName, name, unread } = state.boxes.find((box) => box.name === option.value);
      option.textContent = `${displayName || name}${unread ? ` (${unread})` : ""}`;
    }
  };

  const leave = () => {
    opening.abort();
    state.open = frame = null;
    $("demo-viewer").replaceChildren();
    $("demo-open").hidden = true;
    $("demo-fault").hidden = true;
    $("demo-nothing").hidden = false;
  };

  const filter = (name, value) => {
    state.name = $("demo-filter-name").value = name;
    state.value = $("demo-filter-value").value = value;
    return load();
  };

  $("demo-box").addEventListener("change", () => {
    state.box = $("demo-box").value;
    leave();
    load();
  });
  $("demo-status").addEventListener("change", () => {
    state.status = $("demo-status").value;
    leave();
    load();
  });
  $("demo-filters").addEventListener("submit", (event) => {
    event.preventDefault();
    filter($("demo-filter-name").value, $("demo-filter-value").value);
  });
  $("demo-clear").addEventListener("click", () => {
    $("demo-filter-name").focus();
    filter("", "");
  });
  $("demo-refresh").addEventListener("click", () => start(false));
  $("demo-more").addEventListener("click", () => load(true));
  const toList = () => (rows().find((one) => one.tabIndex === 0) || $("demo-refresh")).focus();
  document.querySelector(".demo-back").addEventListener("click", (event) => {
    event.preventDefault();
    toList();
  });
  $("demo-to-hung").addEventListener("click", (event) => {
    event.preventDefault();
    $("demo-properties-title").focus();
  });
  $("demo-open").addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    toList();
  });

  const dress = () => {
    document.documentElement.dataset.theme = $("demo-theme").value;
  };
  $("demo-theme").addEventListener("change", () => {
    dress();
    remember();
    if (state.open) view(state.open);
  });

  /** The place stands behind the #, which no browser sends: it may hold a patient's number. */
  const remember = () => {
    const facts = { box: state.box, status: state.status, theme: $("demo-theme").value };
    if (state.name) Object.assign(facts, { name: state.name, value: state.value });
    if (state.open) facts.message = state.open.xuid;
    const hash = `#${new URLSearchParams(facts)}`;
    history.replaceState(null, "", hash);
    for (const link of document.querySelectorAll("[data-language]")) link.hash = hash;
  };

  const recall = () => {
    const facts = new URLSearchParams(location.hash.slice(1));
    const chosen = (id, value) => {
      if ([...$(id).options].some((option) => option.value === value)) $(id).value = value;
    };
    chosen("demo-theme", facts.get("theme"));
    chosen("demo-status", facts.get("status"));
    state.status = $("demo-status").value;
    state.name = $("demo-filter-name").value = facts.get("name") || "";
    state.value = $("demo-filter-value").value = facts.get("value") || "";
    dress();
    return { box: facts.get("box"), xuid: facts.get("message") };
  };

  const start = async (first = true) => {
    const { box, xuid } = first ? recall() : { box: state.box, xuid: null };
    await attempt($("demo-list-fault"), async () => {
      if (first) busy(true);
      try {
        const { answer } = await call("GET", "/");
        state.boxes = answer;
      } finally {
        if (first) busy(false);
      }
      $("demo-box").replaceChildren(...state.boxes.map(({ name }) => new Option(name, name)));
      state.box = (state.boxes.find(({ name }) => name === box) || state.boxes[0]).name;
      $("demo-box").value = state.box;
      nameBoxes();
      await load();
      const message = xuid && state.messages.find((one) => one.xuid === xuid);
      if (message) open(message);
    });
  };

  start();
})();
