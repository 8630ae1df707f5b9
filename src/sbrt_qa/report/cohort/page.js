/* The summary's own script: plans found, sorted and picked everywhere at once. It draws what the file holds, and loads nothing. */
"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const SIXTH = new Map([...LETTERS].map((letter, place) => [letter, place]));
  const STEPS = 4095;
  const RANKS = ["FAIL", "UNDECIDED", "VARIATION", "PASS"];
  const NEAR = 14; // pixels from which a mark or a curve is meant
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  const byId = (id) => document.getElementById(id);

  function make(tag, attributes, ...children) {
    const element = tag.startsWith("svg:") ? document.createElementNS(SVG, tag.slice(4)) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  /* --- plans: one is picked, and shown wherever it is ------------------------------------------ */

  const rows = [...document.querySelectorAll("tr[id^='plan-']")];
  const named = (number) => rows[number].querySelector(".pick").textContent;
  const heard = []; // told whenever another plan is picked
  let picked = null;

  function pick(number) {
    for (const old of document.querySelectorAll("tr.here")) old.classList.remove("here");
    for (const ring of document.querySelectorAll(".strip .here")) ring.remove();
    picked = number;
    const box = byId("chosen");
    box.hidden = number === null;
    box.replaceChildren();
    if (number !== null) {
      for (const row of document.querySelectorAll(`tr[data-of="${number}"]`)) row.classList.add("here");
      for (const mark of document.querySelectorAll(`.strip [data-p="${number}"]`)) ring(mark);
      box.append(...says(number));
    }
    for (const tell of heard) tell();
  }

  function ring(mark) {
    const [x, y] = centre(mark);
    mark.ownerSVGElement.append(make("svg:circle", { class: "here", cx: x, cy: y, r: 6.5 }));
  }

  const centre = (mark) => mark.getAttribute("d").match(/^M([-\d.]+) ([-\d.]+)/).slice(1).map(Number);

  function says(number) {
    const row = rows[number];
    const lead = make("button", { type: "button" }, "To its row");
    lead.addEventListener("click", () => {
      if (row.hidden) clear();
      row.scrollIntoView({ block: "center" });
      row.querySelector(".pick").focus({ preventScroll: true });
    });
    const close = make("button", { type: "button", "aria-label": "Let go of this plan" }, "✕");
    close.addEventListener("click", () => pick(null));
    const badge = row.querySelector(".badge").cloneNode(true);
    return [badge, make("strong", {}, named(number)), row.querySelector(".links").cloneNode(true), lead, close];
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[href^='#plan-']");
    if (!link) return;
    event.preventDefault();
    const number = Number(link.getAttribute("href").slice(6));
    pick(picked === number && link.closest("table.all") ? null : number);
  });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "Escape" && !typing) pick(null);
    if (event.key === "/" && !typing && byId("find")) {
      event.preventDefault();
      byId("find").focus();
    }
  });

  /* --- plans: find and sort -------------------------------------------------------------------- */

  const texts = rows.map((row) => row.textContent.toLowerCase());
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const cell = (row, at) => row.cells[at].textContent.trim();
  const ORDERS = {
    found: () => 0,
    verdict: (a, b) => RANKS.indexOf(a.dataset.verdict) - RANKS.indexOf(b.dataset.verdict),
    name: (a, b) => collator.compare(cell(a, 1), cell(b, 1)),
    patient: (a, b) => collator.compare(cell(a, 2), cell(b, 2)),
    missed: (a, b) => b.dataset.missed - a.dataset.missed,
  };

  function find() {
    const words = byId("find").value.toLowerCase().split(/\s+/).filter(Boolean);
    const only = byId("only").value;
    let count = 0;
    rows.forEach((row, number) => {
      row.hidden = (only && row.dataset.verdict !== only) || !words.every((word) => texts[number].includes(word));
      count += !row.hidden;
    });
    byId("shown").textContent = count === rows.length ? `${count}` : `${count} of ${rows.length}`;
    byId("nothing").hidden = count > 0;
  }

  function sort() {
    const key = byId("order").value;
    const order = ORDERS[key];
    const place = new Map(rows.map((row, number) => [row, number]));
    const sorted = [...rows].sort((a, b) => order(a, b) || place.get(a) - place.get(b));
    rows[0].parentNode.append(...sorted);
    for (const head of document.querySelectorAll("th[data-sort]")) {
      if (head.dataset.sort === key) head.setAttribute("aria-sort", key === "missed" ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  }

  function clear() {
    byId("find").value = "";
    byId("only").value = "";
    find();
  }

  function table() {
    byId("find").addEventListener("input", find);
    byId("find").addEventListener("keydown", (event) => {
      if (event.key === "Escape") clear();
    });
    byId("only").addEventListener("change", find);
    byId("order").addEventListener("change", sort);
    for (const head of document.querySelectorAll("th[data-sort]")) {
      const button = make("button", { type: "button", title: "Sort by this" }, ...head.childNodes);
      button.addEventListener("click", () => {
        byId("order").value = byId("order").value === head.dataset.sort ? "found" : head.dataset.sort;
        sort();
      });
      head.append(button);
    }
    find();
  }

  /* --- values: whose mark is it ---------------------------------------------------------------- */

  const tip = byId("tip");

  function tell(text, event) {
    tip.textContent = text;
    tip.hidden = !text;
    if (!text) return;
    tip.style.left = `${clamp(event.clientX + 12, 4, innerWidth - tip.offsetWidth - 4)}px`;
    tip.style.top = `${clamp(event.clientY - tip.offsetHeight - 10, 4, innerHeight)}px`;
  }

  function nearest(svg, event) {
    svg.marks ||= [...svg.querySelectorAll("[data-p]")].map((mark) => ({ mark, at: centre(mark) }));
    const box = svg.getBoundingClientRect();
    const scale = box.width / svg.viewBox.baseVal.width;
    const x = (event.clientX - box.left) / scale;
    const y = (event.clientY - box.top) / scale;
    let best = null;
    let least = NEAR / scale;
    for (const { mark, at } of svg.marks) {
      const distance = Math.hypot(at[0] - x, at[1] - y);
      if (distance <= least) [best, least] = [mark, distance];
    }
    return best;
  }

  function strips() {
    for (const svg of document.querySelectorAll(".strip")) {
      svg.addEventListener("pointermove", (event) => {
        const mark = nearest(svg, event);
        tell(mark ? `${named(mark.dataset.p)}: ${mark.dataset.v} ${svg.dataset.unit}` : "", event);
      });
      svg.addEventListener("pointerleave", () => tell(""));
      svg.addEventListener("click", (event) => {
        const mark = nearest(svg, event);
        if (mark && !event.target.closest("a")) pick(Number(mark.dataset.p));
      });
    }
  }

  /* --- curves ---------------------------------------------------------------------------------- */

  /** Shares of the volume, 0..1, from two letters each; what was left out at the end is zero. */
  function unpacked(text, count) {
    const shares = new Float64Array(count);
    for (let k = 0; 2 * k < text.length; k += 1) {
      shares[k] = (64 * SIXTH.get(text[2 * k]) + (SIXTH.get(text[2 * k + 1]) || 0)) / STEPS;
    }
    return shares;
  }

  /** Value of a line at a dose, between the points of its axis. */
  function at(doses, shares, gy) {
    const last = doses.length - 1;
    if (gy >= doses[last]) return shares[last];
    let k = 1;
    while (doses[k] < gy) k += 1;
    return shares[k - 1] + ((shares[k] - shares[k - 1]) * (gy - doses[k - 1])) / (doses[k] - doses[k - 1]);
  }

  function niceStep(stretch, most) {
    const decade = 10 ** Math.floor(Math.log10(stretch / most));
    return [1, 2, 5, 10].map((factor) => factor * decade).find((step) => stretch / step <= most + 1e-9);
  }

  const percent = (share) => `${(100 * share).toFixed(1)} %`;

  function curvesPanel(data) {
    const svg = byId("panel").querySelector("svg");
    const frame = { left: 46, right: 16, top: 26, bottom: 44 };
    const state = { band: null, lines: [], levels: [], gy: null, under: null };
    let s = null;

    function choose(number) {
      const band = data.bands[number];
      const count = band.gy.length;
      state.band = band;
      state.levels = band.levels.map((text) => unpacked(text, count));
      state.lines = band.curves.map((text, k) => ({ plan: band.plans[k], shares: unpacked(text, count) }));
      state.gy = null;
      state.under = null;
      byId("band").value = String(number);
      for (const figure of document.querySelectorAll(".smalls figure")) {
        figure.classList.toggle("on", figure.dataset.band === String(number));
      }
      draw();
    }

    function scales() {
      const width = Math.max(svg.clientWidth, 280);
      const height = clamp(width * 0.5, 260, 480);
      const end = state.band.gy[state.band.gy.length - 1] || 1;
      const inner = { w: width - frame.left - frame.right, h: height - frame.top - frame.bottom };
      return {
        width, height, end, inner,
        px: (gy) => frame.left + (inner.w * gy) / end,
        py: (share) => frame.top + inner.h * (1 - share),
        gy: (px) => ((px - frame.left) / inner.w) * end,
      };
    }

    const points = (shares) => state.band.gy.map((gy, k) => `${s.px(gy).toFixed(1)},${s.py(shares[k]).toFixed(1)}`);

    function draw() {
      s = scales();
      svg.setAttribute("viewBox", `0 0 ${s.width} ${s.height}`);
      svg.style.height = `${s.height}px`;
      const levels = state.levels.map(points);
      const area = (low, high, name) =>
        make("svg:polygon", { class: name, points: [...levels[low], ...levels[high].reverse()].join(" ") });
      const parts = [...axes(), area(0, 4, "outer"), area(1, 3, "inner")];
      if (byId("singles").checked) {
        for (const line of state.lines) parts.push(make("svg:polyline", { class: "single", points: points(line.shares).join(" ") }));
      }
      parts.push(make("svg:polyline", { class: "median", points: levels[2].join(" ") }));
      parts.push(make("svg:g", { id: "over" }));
      svg.replaceChildren(...parts);
      over();
    }

    function axes() {
      const parts = [];
      const floor = s.height - frame.bottom;
      for (let share = 0; share <= 100; share += 20) {
        const y = s.py(share / 100);
        parts.push(make("svg:line", { class: "grid", x1: frame.left, x2: s.width - frame.right, y1: y, y2: y }));
        parts.push(make("svg:text", { x: frame.left - 7, y: y + 4, "text-anchor": "end" }, String(share)));
      }
      const step = niceStep(s.end, clamp(Math.floor(s.inner.w / 55), 3, 12));
      for (let k = 0; k * step <= s.end * (1 + 1e-9); k += 1) {
        const x = s.px(k * step);
        parts.push(make("svg:line", { class: "grid", x1: x, x2: x, y1: frame.top, y2: floor }));
        parts.push(make("svg:text", { x, y: floor + 18, "text-anchor": "middle" }, String(Number((k * step).toPrecision(6)))));
      }
      parts.push(make("svg:text", { x: frame.left + s.inner.w / 2, y: s.height - 6, "text-anchor": "middle" }, "Dose (Gy)"));
      parts.push(make("svg:text", { x: 0, y: 12 }, "Volume (%)"));
      return parts;
    }

    /** What changes with the pointer and the picked plan: drawn over the rest, which stays. */
    function over() {
      const layer = byId("over");
      layer.replaceChildren();
      const held = state.lines.filter((line) => line.plan === picked);
      for (const line of held) layer.append(make("svg:polyline", { class: "held", points: points(line.shares).join(" ") }));
      if (state.under && state.under.plan !== picked) {
        layer.append(make("svg:polyline", { class: "under", points: points(state.under.shares).join(" ") }));
      }
      if (state.gy !== null) {
        const x = s.px(state.gy);
        layer.append(make("svg:line", { class: "cross", x1: x, x2: x, y1: frame.top, y2: s.height - frame.bottom }));
      }
      read(held);
    }

    function read(held) {
      const parts = [];
      const part = (text, name) => parts.push(make("span", name ? { class: name } : {}, text));
      if (state.gy === null) {
        part("Point at a curve to see whose it is; click to pick that plan.");
        if (picked !== null && !held.length) part(`${named(picked)} has no curve of ${state.band.name}.`);
      } else {
        const [low, , middle, , high] = state.levels.map((line) => at(state.band.gy, line, state.gy));
        part(`At ${state.gy.toFixed(2)} Gy`, "says");
        part(`median ${percent(middle)}, 5–95 % ${percent(low)} to ${percent(high)}`);
        const told = new Set([...(state.under ? [state.under] : []), ...held]);
        for (const line of told) part(`${named(line.plan)}: ${percent(at(state.band.gy, line.shares, state.gy))}`, "says");
      }
      byId("reading").replaceChildren(...parts);
    }

    /** The curve next to a point of the drawing, as the crow flies. */
    function lineAt(x, y) {
      const xs = state.band.gy.map(s.px);
      let from = xs.findIndex((px) => px > x - NEAR) - 1;
      if (from < 0) from = from === -2 ? xs.length - 1 : 0;
      let best = null;
      let least = NEAR;
      for (const line of state.lines) {
        for (let k = from; k + 1 < xs.length && xs[k] < x + NEAR; k += 1) {
          const [ax, ay, bx, by] = [xs[k], s.py(line.shares[k]), xs[k + 1], s.py(line.shares[k + 1])];
          const share = clamp(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2 || 1), 0, 1);
          const distance = Math.hypot(ax + share * (bx - ax) - x, ay + share * (by - ay) - y);
          if (distance < least) [best, least] = [line, distance];
        }
      }
      return best;
    }

    function place(event) {
      const box = svg.getBoundingClientRect();
      return [((event.clientX - box.left) * s.width) / box.width, ((event.clientY - box.top) * s.height) / box.height];
    }

    /** Pick the plan whose curve lies next above or below, at the dose of the crosshair. */
    function step(up) {
      const level = (line) => at(state.band.gy, line.shares, state.gy);
      const ordered = [...state.lines].sort((a, b) => level(a) - level(b) || a.plan - b.plan);
      const now = ordered.findIndex((line) => line.plan === picked);
      const next = now < 0 ? ordered.length >> 1 : clamp(now + up, 0, ordered.length - 1);
      state.under = null;
      pick(ordered[next].plan);
    }

    svg.addEventListener("pointermove", (event) => {
      const [x, y] = place(event);
      state.gy = clamp(s.gy(x), 0, s.end);
      state.under = lineAt(x, y);
      over();
      tell(state.under ? named(state.under.plan) : "", event);
    });
    svg.addEventListener("pointerleave", () => {
      state.under = null;
      tell("");
      over();
    });
    svg.addEventListener("click", (event) => {
      const line = lineAt(...place(event));
      if (line) pick(line.plan);
    });
    svg.addEventListener("keydown", (event) => {
      const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: 1, ArrowDown: -1 };
      if (!(event.key in moves)) return;
      event.preventDefault();
      if (state.gy === null) state.gy = s.end / 2;
      else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
        state.gy = clamp(state.gy + (moves[event.key] * s.end) / 100, 0, s.end);
      }
      if (event.key === "ArrowUp" || event.key === "ArrowDown") step(moves[event.key]);
      over();
    });
    byId("band").addEventListener("change", () => choose(Number(byId("band").value)));
    byId("singles").addEventListener("change", draw);
    for (const figure of document.querySelectorAll(".smalls figure")) {
      figure.addEventListener("click", () => {
        choose(Number(figure.dataset.band));
        byId("curves").scrollIntoView({ block: "start" });
      });
    }
    heard.push(over);
    choose(data.first);
    new ResizeObserver(() => {
      if (Math.max(svg.clientWidth, 280) !== s.width) draw();
    }).observe(byId("panel"));
    return { state, choose, lineAt, place: (gy, share) => [s.px(gy), s.py(share)] };
  }

  /* --- start ----------------------------------------------------------------------------------- */

  document.documentElement.classList.add("script");
  const page = { pick, unpacked, picked: () => picked, curves: null, ready: true };
  window.sbrtQa = page;
  if (rows.length) table();
  strips();
  if (byId("cohort-data")) page.curves = curvesPanel(JSON.parse(byId("cohort-data").textContent));
})();
