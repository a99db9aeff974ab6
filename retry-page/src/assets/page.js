
"use strict";
(() => {
  // The path may or may not end with a slash.
  const base = location.pathname.replace(/\/?$/, "/");
  const find = (id) => document.getElementById(id);
  const LASTING = [["", "until reset"], ["900", "15 min"], ["3600", "1 h"], ["14400", "4 h"], ["86400", "1 day"]];
  const STATES = { CLOSED: ["closed", "closed"], HALF_OPEN: ["half-open", "half"], OPEN: ["open", "open"] };
  let state = null, received = 0, lastAnswer = null, failures = 0, timer = 0, asked = 0;
  // Kept only in memory.
  let token = "";

  // Names may be untrusted. As in log lines, characters that could disguise a name are escaped:
  // control characters, line separators and text direction marks.
  const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
  const SHORT = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  const plain = (text) => text.replace(HIDDEN, (c) => SHORT[c] ?? "\\u{" + c.codePointAt(0).toString(16) + "}");

  // All content is inserted as text, so that names and errors cannot be markup.
  const make = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const write = (element, text, className) => {
    if (typeof text === "string") text = plain(text);
    if (element.textContent !== text) element.textContent = text;
    if (className !== undefined && element.className !== className) element.className = className;
  };
  const count = (number) => number.toLocaleString("en");
  const percent = (share) => (share * 100).toFixed(share < 0.1 && share > 0 ? 1 : 0) + "%";
  const span = (seconds) => {
    if (seconds < 1) return Math.round(seconds * 1000) + " ms";
    if (seconds < 10) return seconds.toFixed(1) + " s";
    if (seconds < 120) return Math.round(seconds) + " s";
    if (seconds < 7200) return Math.round(seconds / 60) + " min";
    if (seconds < 172800) return Math.round(seconds / 3600) + " h";
    return Math.round(seconds / 86400) + " d";
  };
  const ago = (seconds) => (seconds < 1 ? "now" : seconds < 10 ? Math.floor(seconds) + " s ago" : span(seconds) + " ago");
  const elapsed = () => (performance.now() - received) / 1000;

  // Rows keep their elements, which preserves focus, selection and open menus.
  const rows = new Map();
  const list = (body, items, key, create, update) => {
    const old = rows.get(body) ?? new Map(), now = new Map();
    let before = body.firstChild;
    for (const item of items) {
      const name = key(item), row = old.get(name) ?? create(item);
      old.delete(name);
      now.set(name, row);
      update(row, item);
      if (row.element === before) before = before.nextSibling;
      else body.insertBefore(row.element, before);
    }
    for (const row of old.values()) row.element.remove();
    rows.set(body, now);
    const empty = body.closest("section").querySelector(".empty");
    empty.hidden = items.length > 0;
    const table = body.closest(".scroll");
    if (table) table.hidden = items.length === 0;
  };
  // Shows a list of which the server sends only the first rows.
  const part = (name, items, create, update) => {
    const body = find(name).tBodies[0], section = body.closest("section");
    list(body, items, (it) => it.name, create, update);
    const { listed, matching } = state.totals[name], all = search() ? matching : listed;
    const pending = state.sought !== search();
    const text = pending ? "Searching…"
      : !all ? "No matches in " + count(listed)
      : shownOf(items.length, all);
    const rest = section.querySelector(".rest");
    write(rest, text);
    rest.hidden = !listed || (!pending && all > 0 && items.length === all);
    if (listed) section.querySelector(".empty").hidden = true;
  };
  const shownOf = (shown, all) => "Showing " + count(shown) + " of " + count(all) + (search() ? " matches" : ". Filter by name to find others.");
  const search = () => find("filter").value.trim().toLowerCase();
  const wanted = (name) => name.toLowerCase().includes(search());

  const breakerRow = (item) => {
    const element = make("tr"), cells = {};
    for (const name of ["state", "name", "load", "probe", "since", "rejected", "mode", "control"]) {
      cells[name] = element.appendChild(make("td"));
    }
    const chip = cells.state.appendChild(make("span"));
    const load = cells.load.appendChild(make("div", "load"));
    const fill = load.appendChild(make("div", "track")).appendChild(make("div", "fill"));
    const counts = load.appendChild(make("span"));
    const mode = cells.mode.appendChild(make("span"));
    cells.mode.className = "mode";
    cells.control.className = "control";
    const choices = (className, spoken, options) => {
      const select = cells.control.appendChild(make("select", className));
      select.setAttribute("aria-label", spoken + " " + plain(item.name));
      for (const [value, label] of options) select.appendChild(make("option", "", label)).value = value;
      return select;
    };
    const scope = choices("scope", "Scope for", [["here", "here"], ["everywhere", "everywhere"]]);
    const lasting = choices("lasting", "Duration for", LASTING);
    const isEverywhere = () => document.body.classList.contains("acts-everywhere") && scope.value === "everywhere";
    const showScope = () => cells.control.classList.toggle("everywhere", isEverywhere());
    scope.addEventListener("change", showScope);
    // Each action resets the scope to this process.
    const request = (action, mode) => {
      const asked = { breaker: item.name, action, ...mode };
      if (isEverywhere()) {
        asked.scope = "everywhere";
        if (lasting.value && action.startsWith("force")) asked.lasting_seconds = Number(lasting.value);
      }
      [scope.value, lasting.value] = ["here", ""];
      showScope();
      return asked;
    };
    const act = (label, action, spoken) => {
      const button = cells.control.appendChild(make("button", "", label));
      button.type = "button";
      button.title = spoken;
      button.setAttribute("aria-label", spoken + " " + plain(item.name));
      // A second click confirms, because a single one must not stop all calls.
      let sure = 0;
      const calm = () => { clearTimeout(sure); sure = 0; write(button, label, ""); };
      scope.addEventListener("change", calm);
      button.addEventListener("click", () => {
        if ((action === "reset" && !isEverywhere()) || sure) { calm(); send(request(action)); return; }
        write(button, isEverywhere() ? "Everywhere?" : "Confirm?", "sure");
        sure = setTimeout(calm, 4000);
      });
    };
    act("Open", "force_open", "Force open");
    act("Close", "force_closed", "Force closed");
    act("Reset", "reset", "Reset");
    const select = choices("", "Mode of", ["enforce", "observe", "off"].map((mode) => [mode, mode]));
    const row = { element, cells, chip, fill, counts, mode, select };
    select.addEventListener("change", async () => {
      await send(request("mode", { mode: select.value }));
      // The mode in effect, in case the action failed.
      select.value = row.item.mode;
    });
    return row;
  };
  const countsOf = (it) => {
    if (it.state === "HALF_OPEN") return it.successes + " of " + it.success_threshold + " successful probes";
    if (it.state === "OPEN") return it.forced ? "forced by an operator" : "rejecting calls";
    if (it.failure_rate === null) return it.failures + " of " + it.failure_threshold + " in a row";
    const share = it.calls ? percent(it.failures / it.calls) : "0%";
    const slow = it.slow_calls ? ", " + it.slow_calls + " slow" : "";
    return share + " of " + it.calls + " calls, opens at " + percent(it.failure_rate) + slow;
  };
  const updateBreaker = (row, it) => {
    const [label, className] = STATES[it.state];
    write(row.chip, it.forced ? label + " (forced)" : label, "chip " + className);
    write(row.cells.name, it.name, "name");
    row.cells.name.title = row.cells.name.textContent;
    const near = it.nearness, heat = it.state === "OPEN" || near >= 0.75 ? "hot" : near >= 0.4 ? "warm" : "";
    const width = (it.state === "HALF_OPEN" ? it.successes / it.success_threshold : near) * 100 + "%";
    if (row.fill.style.width !== width) row.fill.style.width = width;
    row.fill.className = "fill " + (it.state === "HALF_OPEN" ? "warm" : heat);
    write(row.counts, countsOf(it));
    write(row.cells.since, it.in_state_seconds === null ? "since start" : span(it.in_state_seconds + elapsed()), "number");
    write(row.cells.rejected, it.rejected === null ? "–" : count(it.rejected), it.rejected ? "number" : "number zero");
    write(row.mode, it.mode, it.mode === "enforce" ? "zero" : "chip plain note");
    if (document.activeElement !== row.select) row.select.value = it.mode;
    row.item = it;
    countDown(row);
  };
  const countDown = (row) => {
    const left = row.item.retry_in_seconds;
    const text = left === null ? "–" : left - elapsed() <= 0 ? "next call" : span(left - elapsed());
    write(row.cells.probe, text, left === null ? "number zero" : "number");
  };

  const fleetRow = () => {
    const element = make("tr"), cells = {};
    for (const name of ["state", "name", "votes", "left", "probing", "operator"]) cells[name] = element.appendChild(make("td"));
    return { element, cells, chip: cells.state.appendChild(make("span")) };
  };
  const named = (names) => (names.length ? names.join(", ") : "–");
  const updateFleetRow = (row, it) => {
    const [label, className] = STATES[it.forced ?? it.state];
    write(row.chip, it.forced ? label + " (forced)" : label, "chip " + className);
    write(row.cells.name, it.name, "name");
    row.cells.name.title = row.cells.name.textContent;
    const votes = it.voters.length;
    write(row.cells.votes, votes ? count(votes) + " of " + count(state.fleet.quorum) + ": " + named(it.voters) : "–", votes ? "error" : "zero");
    const left = it.left_seconds === null ? null : it.left_seconds - elapsed();
    const next = it.state === "HALF_OPEN" ? count(it.ok) + " succeeded" : left === null ? "–" : left <= 0 ? "next call" : span(left);
    write(row.cells.left, next, left === null ? "number zero" : "number");
    write(row.cells.probing, named(it.probing), it.probing.length ? "error" : "zero");
    const ends = it.forced_left_seconds === null ? "until reset" : "for " + span(Math.max(0, it.forced_left_seconds - elapsed()));
    const what = [it.forced ? "forced " + STATES[it.forced][0] + " " + ends : null, it.mode ? "mode " + it.mode : null].filter((part) => part !== null);
    write(row.cells.operator, what.length ? what.join(", ") + ", by " + it.by : "–", what.length ? "error" : "zero");
    for (const cell of [row.cells.votes, row.cells.probing, row.cells.operator]) cell.title = cell.textContent;
  };
  const instanceRow = () => {
    const element = make("tr"), cells = {};
    for (const name of ["state", "name", "version", "open", "beat"]) cells[name] = element.appendChild(make("td"));
    return { element, cells, chip: cells.state.appendChild(make("span")) };
  };
  const updateInstance = (row, it) => {
    const [label, className] = it.coordinated === null ? ["unknown", "plain"] : it.coordinated ? ["coordinated", "closed"] : ["alone", "half"];
    write(row.chip, label, "chip " + className);
    write(row.cells.name, it.name + (it.name === state.fleet.instance ? " (this instance)" : ""), "name");
    row.cells.name.title = row.cells.name.textContent;
    write(row.cells.version, it.version || "–", it.version ? "" : "zero");
    write(row.cells.open, it.open ? count(it.open) + ": " + named(it.open_breakers) : "–", it.open ? "error" : "zero");
    row.cells.open.title = row.cells.open.textContent;
    write(row.cells.beat, ago(it.last_beat_seconds_ago + elapsed()), "number");
  };
  const showFleet = (fleet) => {
    for (const id of ["fleet", "instances"]) find(id).hidden = !fleet;
    document.body.classList.toggle("acts-everywhere", fleet !== null && fleet.everywhere);
    if (!fleet) return;
    const [chip, text] = find("fleet-status").children;
    write(chip, fleet.coordinated ? "coordinated" : "alone", "chip " + (fleet.coordinated ? "closed" : "half"));
    const { matching, listed } = fleet.totals.instances;
    write(text, fleet.coordinated
      ? [fleet.group === null ? null : "group " + fleet.group, count(listed) + (listed === 1 ? " instance" : " instances"), "round trip " + (fleet.round_trip_seconds * 1000).toFixed(1) + " ms"].filter((part) => part !== null).join(" · ")
      : "for " + span(fleet.alone_seconds + elapsed()) + ": " + fleet.alone_reason + ". Breakers act on this process's calls only.");
    const isQuiet = (it) => it.state === "CLOSED" && !it.voters.length && !it.probing.length && !it.forced && !it.mode;
    list(find("fleet-breakers").tBodies[0], fleet.breakers.filter((it) => wanted(it.name) && !isQuiet(it)), (it) => it.name, fleetRow, updateFleetRow);
    if (fleet.looked_seconds_ago === null) find("fleet").querySelector(".empty").hidden = true;
    const isWanted = (it) => wanted(it.name) || it.open_breakers.some(wanted);
    const instances = fleet.instances.filter(isWanted);
    list(find("fleet-instances").tBodies[0], instances, (it) => it.name, instanceRow, updateInstance);
    const rest = find("instances").querySelector(".rest"), all = search() ? matching : listed;
    write(rest, shownOf(instances.length, all));
    rest.hidden = instances.length >= all;
  };

  const budgetRow = () => {
    const element = make("tr"), cells = {};
    for (const name of ["name", "load", "ratio"]) cells[name] = element.appendChild(make("td"));
    const load = cells.load.appendChild(make("div", "load"));
    const fill = load.appendChild(make("div", "track")).appendChild(make("div", "fill"));
    return { element, cells, fill, tokens: load.appendChild(make("span")) };
  };
  const updateBudget = (row, it) => {
    write(row.cells.name, it.name, "name");
    row.cells.name.title = row.cells.name.textContent;
    const left = it.balance / it.burst;
    row.fill.style.width = left * 100 + "%";
    row.fill.className = "fill " + (it.balance < 1 ? "hot" : left <= 0.25 ? "warm" : "");
    write(row.tokens, count(it.balance) + " of " + count(it.burst));
    const floor = it.min_per_second ? " + " + count(it.min_per_second) + " per second" : "";
    write(row.cells.ratio, it.ratio + " per call" + floor, "number");
  };

  const SVG = "http://www.w3.org/2000/svg";
  const operationRow = () => {
    const element = make("tr"), cells = {};
    for (const name of ["name", "recent", "retries", "calls", "recovered", "gaveUp", "would", "last"]) {
      cells[name] = element.appendChild(make("td"));
    }
    const svg = cells.recent.appendChild(document.createElementNS(SVG, "svg"));
    svg.setAttribute("viewBox", "0 0 84 22");
    svg.setAttribute("role", "img");
    const bars = Array.from({ length: 12 }, (_, index) => {
      const bar = svg.appendChild(document.createElementNS(SVG, "rect"));
      bar.setAttribute("x", index * 7);
      bar.setAttribute("width", 5);
      return bar;
    });
    return { element, cells, svg, bars };
  };
  const updateOperation = (row, it) => {
    write(row.cells.name, it.name, "name");
    row.cells.name.title = row.cells.name.textContent;
    const highest = Math.max(1, ...it.recent);
    row.bars.forEach((bar, index) => {
      const value = it.recent[index], height = value ? Math.max(3, (value / highest) * 22) : 2;
      bar.setAttribute("height", height);
      bar.setAttribute("y", 22 - height);
      bar.setAttribute("class", value ? "some" : "");
    });
    row.svg.setAttribute("aria-label", it.recent.reduce((sum, value) => sum + value, 0) + " retries in the last 2 minutes");
    const number = (cell, value) => write(cell, count(value), value ? "number" : "number zero");
    number(row.cells.retries, it.retries);
    number(row.cells.calls, it.retried_calls);
    const recovered = it.retried_calls ? percent(Math.max(0, 1 - it.gave_up_after_retries / it.retried_calls)) : "–";
    write(row.cells.recovered, recovered, it.retried_calls ? "number" : "number zero");
    number(row.cells.gaveUp, it.gave_up);
    number(row.cells.would, it.would_retry);
    const parts = [it.last_seconds_ago === null ? null : ago(it.last_seconds_ago + elapsed()), it.last_kind, it.last_error];
    write(row.cells.last, parts.filter((part) => part !== null).join(" · "), "error");
    row.cells.last.title = it.last_error ?? "";
  };

  const entryRow = () => {
    const element = make("li"), time = element.appendChild(make("time")), text = element.appendChild(make("div"));
    return { element, time, head: text.appendChild(make("b")), detail: text.appendChild(make("small")) };
  };
  const updateTransition = (row, it) => {
    write(row.time, ago(it.seconds_ago + elapsed()));
    write(row.head, it.breaker);
    const decided = it.calls ? " · " + it.failures + " of " + it.calls + (it.calls === 1 ? " call" : " calls") + " failed" : "";
    write(row.detail, STATES[it.from][0] + " → " + STATES[it.to][0] + decided);
  };
  const updateControl = (row, it) => {
    write(row.time, ago(it.seconds_ago + elapsed()));
    write(row.head, it.breaker);
    const what = it.action.replaceAll("_", " ") + (it.times > 1 ? " " + count(it.times) + " times" : "");
    write(row.detail, [what, it.everywhere ? "everywhere" : null, it.detail, "by " + it.by].filter((part) => part !== null).join(" · "));
    row.detail.title = row.detail.textContent;
  };
  const updateEvent = (row, it) => {
    write(row.time, ago(it.seconds_ago + elapsed()));
    write(row.head, it.operation);
    const attempt = "attempt " + it.attempt + " of " + it.max_attempts;
    const what = it.event === "gave_up" ? "gave up after " + attempt + ": " + it.reason.replaceAll("_", " ")
      : it.event === "would_retry" ? "would retry in " + span(it.delay_seconds)
      : attempt + " failed, next in " + span(it.delay_seconds);
    const detail = [what, it.kind, it.error].filter((part) => part !== null).join(" · ");
    write(row.detail, detail);
    row.detail.title = detail;
  };
  // Rows keep their order while the pointer is over a control or an element has the focus.
  const steady = (body, items) => {
    if (!body.contains(document.activeElement) && !body.querySelector("td.control:hover")) return items;
    const places = new Map([...(rows.get(body)?.keys() ?? [])].map((name, place) => [name, place]));
    const place = (it) => places.get(it.name) ?? places.size;
    return items.sort((a, b) => place(a) - place(b));
  };
  const show = () => {
    if (!state) return;
    // Filters the known rows immediately. The server's response to the search follows.
    const [breakers, budgets, operations] = ["breakers", "budgets", "operations"]
      .map((name) => state[name].filter((it) => wanted(it.name)));
    part("breakers", steady(find("breakers").tBodies[0], breakers), breakerRow, updateBreaker);
    part("budgets", budgets, budgetRow, updateBudget);
    part("operations", operations, operationRow, updateOperation);
    showFleet(state.fleet);
    const transitions = state.transitions.filter((it) => wanted(it.breaker));
    list(find("transitions"), transitions, (it) => it.sequence, entryRow, updateTransition);
    const controls = state.controls.filter((it) => wanted(it.breaker));
    list(find("controls"), controls, (it) => it.sequence, entryRow, updateControl);
    const events = state.events.filter((it) => wanted(it.operation)).slice(0, 60);
    list(find("events"), events, (it) => it.sequence, entryRow, updateEvent);
    summarise();
  };
  const summarise = () => {
    const { open, half_open: half, closed, not_enforced: others } = state.totals.breakers;
    const minute = state.totals.operations.recent.slice(-6).reduce((sum, value) => sum + value, 0);
    const chips = [
      [count(open) + " open", open ? "chip open" : "chip"], [count(half) + " half-open", half ? "chip half" : null],
      [count(closed) + " closed", closed ? "chip closed" : "chip"],
      [count(others) + " not enforced", others ? "chip plain note" : null],
      [count(minute) + (minute === 1 ? " retry" : " retries") + " in the last minute", "chip plain"],
    ].filter(([, className]) => className);
    const summary = find("summary");
    while (summary.children.length > chips.length) summary.lastChild.remove();
    while (summary.children.length < chips.length) summary.appendChild(make("li"));
    chips.forEach(([text, className], index) => write(summary.children[index], text, className));
    document.title = (open ? count(open) + " open · " : half ? count(half) + " half-open · " : "") + "Breakers and retries";
    find("lock").hidden = !state.control;
    write(find("lock"), token ? "Lock controls" : "Unlock controls");
    document.body.classList.toggle("unlocked", state.control && token !== "");
  };

  const poll = async () => {
    clearTimeout(timer);
    // Only the response to the latest request counts.
    const question = ++asked, sought = search();
    try {
      const query = sought ? "?search=" + encodeURIComponent(sought) : "";
      const answer = await fetch(base + "state" + query, { cache: "no-store", signal: AbortSignal.timeout(5000) });
      if (!answer.ok) throw new Error("HTTP status " + answer.status);
      const next = await answer.json();
      if (question !== asked) return;
      if (next.version !== 2) throw new Error("state version " + next.version + " is not supported: reload the page");
      [state, received, lastAnswer, failures] = [{ ...next, sought }, performance.now(), new Date(), 0];
      find("stale").hidden = true;
      write(find("live"), "live", "on");
      show();
    } catch (error) {
      if (question !== asked) return;
      failures += 1;
      const since = lastAnswer ? " since " + lastAnswer.toLocaleTimeString() + ". The data below is outdated" : "";
      write(find("stale"), "No response" + since + " (" + error.message + ")");
      find("stale").hidden = false;
      write(find("live"), "no response", "off");
    }
    document.body.classList.toggle("is-stale", failures > 0);
    // Slower after errors, so that the page does not make an outage worse.
    if (!document.hidden) timer = setTimeout(poll, Math.min(1000 * 2 ** failures, 30000));
  };

  const send = async (request) => {
    let refusal = "";
    try {
      const answer = await fetch(base + "control", {
        method: "POST",
        headers: { "X-Control-Token": token, "Content-Type": "application/json" },
        body: JSON.stringify(request),
        signal: AbortSignal.timeout(5000),
      });
      if (answer.status === 401) token = "";
      if (!answer.ok) refusal = (await answer.json()).error;
    } catch (error) {
      refusal = error.message;
    }
    write(find("refused"), refusal ? "Action failed: " + refusal : "");
    find("refused").hidden = !refusal;
    await poll();
  };

  const dialog = find("unlock");
  const close = () => { find("token").value = ""; dialog.close(); };
  const accept = () => { token = find("token").value; close(); find("refused").hidden = true; show(); };
  find("lock").addEventListener("click", () => {
    if (token) { token = ""; show(); return; }
    dialog.showModal();
    find("token").focus();
  });
  find("cancel").addEventListener("click", close);
  // The form is never submitted. The content policy forbids it, too.
  find("unlock-form").addEventListener("submit", (event) => { event.preventDefault(); accept(); });
  find("filter").addEventListener("input", () => {
    show();
    // Searches when the typing pauses.
    clearTimeout(timer);
    timer = setTimeout(poll, 300);
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
  setInterval(() => {
    const shown = rows.get(find("breakers").tBodies[0]);
    if (shown) for (const row of shown.values()) countDown(row);
  }, 250);
  poll();
})();
