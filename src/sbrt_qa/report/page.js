/* The page's own script: curves to read and slices to look at. It draws what the file holds, and loads nothing. */
"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  const byId = (id) => document.getElementById(id);
  const held = (id) => (byId(id) ? JSON.parse(byId(id).textContent) : null);

  function make(tag, attributes, ...children) {
    const element = tag.startsWith("svg:") ? document.createElementNS(SVG, tag.slice(4)) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  /* --- curves: numbers ------------------------------------------------------------------------ */

  /** Volume in cc of the covered part that receives at least a dose. */
  function volumeAt(curve, gy) {
    const { gy: edges, cc } = curve;
    if (gy <= curve.low) return cc[0];
    if (gy > curve.high || gy >= edges[edges.length - 1]) return 0;
    const k = after(edges, gy);
    return cc[k - 1] + ((cc[k] - cc[k - 1]) * (gy - edges[k - 1])) / (edges[k] - edges[k - 1]);
  }

  /** Dose in Gy that a volume in cc receives at least; null where the covered part is smaller. */
  function doseAt(curve, part) {
    const { gy: edges, cc } = curve;
    if (!(part > 0) || part > cc[0] * (1 + 1e-6)) return null;
    if (part >= cc[0] * (1 - 1e-6)) return curve.low;
    let k = cc.findIndex((volume) => volume < part);
    if (k < 1) k = cc.length - 1;
    const share = cc[k - 1] > cc[k] ? (cc[k - 1] - part) / (cc[k - 1] - cc[k]) : 0;
    return clamp(edges[k - 1] + share * (edges[k] - edges[k - 1]), curve.low, curve.high);
  }

  /** First index whose value lies beyond a number, in rising values; at least 1, at most the last. */
  function after(values, number) {
    let low = 1;
    let high = values.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[middle] > number) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** 1, 2 or 5 times a power of ten, so that a stretch has at most so many steps. */
  function niceStep(stretch, most) {
    const decade = 10 ** Math.floor(Math.log10(stretch / most));
    return [1, 2, 5, 10].map((factor) => factor * decade).find((step) => stretch / step <= most + 1e-9);
  }

  const places = (step) => clamp(Math.ceil(-Math.log10(step) - 1e-9), 0, 6);

  /* --- curves: the drawing -------------------------------------------------------------------- */

  const TRIANGLES = {
    left: [[-1, 0], [0.8, -0.9], [0.8, 0.9]],
    right: [[1, 0], [-0.8, -0.9], [-0.8, 0.9]],
    below: [[0, 1], [-0.9, -0.8], [0.9, -0.8]],
    above: [[0, -1], [-0.9, 0.8], [0.9, 0.8]],
  };

  function curvesPanel(data) {
    const box = byId("dvh");
    const svg = box.querySelector("svg");
    const frame = { left: 52, right: 14, top: 26, bottom: 44 };
    const state = { perCent: false, cc: false, differential: false, x: null, y: null, hidden: new Set(), gy: null, share: 50, drag: null };
    const sides = data.sides || [""];
    const called = (curve) => (data.sides ? `${curve.name}, ${sides[curve.side]}` : curve.name);
    const factor = () => (state.perCent ? 100 / data.prescription : 1);
    const shown = () => data.curves.filter((curve) => !state.hidden.has(curve));
    const scaled = (curve, cc) => (state.cc ? cc : (100 * cc) / curve.volume);

    function differential(curve) {
      const width = data.end / 160;
      const points = [];
      for (let gy = 0; gy < data.end; gy += width) {
        const fall = volumeAt(curve, gy) - volumeAt(curve, gy + width);
        points.push([gy + width / 2, scaled(curve, fall / width)]);
      }
      return points;
    }

    const points = (curve) =>
      state.differential ? differential(curve) : curve.gy.map((gy, k) => [gy, scaled(curve, curve.cc[k])]);

    function whole() {
      const drawn = shown();
      const judged = drawn.filter((curve) => curve.judged);
      const of = (judged.length ? judged : drawn).map((curve) => {
        if (state.differential) return Math.max(...differential(curve).map((point) => point[1]));
        return state.cc ? curve.volume : 100;
      });
      let top = Math.max(...of, 1e-6);
      if (state.differential) { /* one spike must not flatten all others */
        of.sort((a, b) => a - b);
        top = Math.min(top, 4 * of[of.length >> 1] || top);
      }
      return { x: [0, data.end], y: [0, state.differential || state.cc ? top * 1.04 : 102] };
    }

    const view = () => ({ x: state.x || whole().x, y: state.y || whole().y });

    function scales() {
      const width = Math.max(svg.clientWidth, 280);
      const height = clamp(width * 0.5, 260, 460);
      const { x, y } = view();
      const inner = { w: width - frame.left - frame.right, h: height - frame.top - frame.bottom };
      return {
        width, height, inner, x, y,
        px: (gy) => frame.left + (inner.w * (gy - x[0])) / (x[1] - x[0]),
        py: (volume) => frame.top + inner.h * (1 - (volume - y[0]) / (y[1] - y[0])),
        gy: (px) => x[0] + ((px - frame.left) / inner.w) * (x[1] - x[0]),
        volume: (py) => y[0] + (1 - (py - frame.top) / inner.h) * (y[1] - y[0]),
      };
    }

    function draw() {
      const s = scales();
      svg.setAttribute("viewBox", `0 0 ${s.width} ${s.height}`);
      svg.style.height = `${s.height}px`;
      svg.replaceChildren(...axes(s), clip(s));
      const inside = make("svg:g", { "clip-path": "url(#dvh-clip)" });
      for (const curve of shown()) inside.append(...lines(curve, s));
      if (!state.differential) for (const curve of shown()) inside.append(...marks(curve, s));
      svg.append(inside, ...cross(s));
      table();
    }

    function clip(s) {
      const rect = make("svg:rect", { x: frame.left, y: frame.top - 6, width: s.inner.w + 6, height: s.inner.h + 6 });
      return make("svg:clipPath", { id: "dvh-clip" }, rect);
    }

    function axes(s) {
      const parts = [];
      const right = frame.left + s.inner.w;
      const bottom = frame.top + s.inner.h;
      const text = (words, attributes) => parts.push(make("svg:text", attributes, words));
      const line = (x1, y1, x2, y2, kind) => parts.push(make("svg:line", { class: kind, x1, y1, x2, y2 }));
      const yStep = niceStep(s.y[1] - s.y[0], 6);
      for (let k = Math.ceil(s.y[0] / yStep - 1e-9); k * yStep <= s.y[1]; k += 1) {
        line(frame.left, s.py(k * yStep), right, s.py(k * yStep), "grid");
        text((k * yStep).toFixed(places(yStep)), { x: frame.left - 7, y: s.py(k * yStep) + 4, "text-anchor": "end" });
      }
      const xStep = niceStep((s.x[1] - s.x[0]) * factor(), s.width < 500 ? 6 : 12);
      for (let k = Math.ceil((s.x[0] * factor()) / xStep - 1e-9); k * xStep <= s.x[1] * factor() + 1e-9; k += 1) {
        const at = s.px((k * xStep) / factor());
        line(at, frame.top, at, bottom, "grid");
        text((k * xStep).toFixed(places(xStep)), { x: at, y: bottom + 18, "text-anchor": "middle" });
      }
      const unit = state.cc ? "cc" : "%";
      text(state.perCent ? "Dose (% of prescription)" : "Dose (Gy)", { x: (frame.left + right) / 2, y: bottom + 37, "text-anchor": "middle" });
      text(state.differential ? `Volume per dose (${unit} / Gy)` : `Volume (${unit})`, { x: 2, y: 12 });
      if (data.prescription && data.prescription >= s.x[0] && data.prescription <= s.x[1]) {
        line(s.px(data.prescription), frame.top - 3, s.px(data.prescription), bottom, "prescribed");
        text("prescription", { x: s.px(data.prescription), y: frame.top - 8, "text-anchor": "middle" });
      }
      return parts;
    }

    function lines(curve, s) {
      const path = (list) => list.map(([gy, volume]) => `${s.px(gy).toFixed(1)},${s.py(volume).toFixed(1)}`).join(" ");
      const title = (words) => make("svg:title", {}, words);
      const own = make("svg:polyline", { class: `line-${curve.color}`, "stroke-dasharray": curve.dash || "none", points: path(points(curve)) }, title(called(curve)));
      if (!curve.stated || state.differential) return [own];
      const stated = curve.stated.gy.map((gy, k) => [gy, scaled(curve, (curve.stated.percent[k] / 100) * curve.volume)]);
      return [own, make("svg:polyline", { class: `stated line-${curve.color}`, points: path(stated) }, title(`${curve.name}: the planning system's own`))];
    }

    const marks = (curve, s) =>
      curve.marks.map((mark) => {
        const at = [s.px(mark.gy), s.py(scaled(curve, (mark.percent / 100) * curve.volume))];
        const corners = TRIANGLES[mark.side].map(([dx, dy]) => `${(at[0] + dx * 5.5).toFixed(1)},${(at[1] + dy * 5.5).toFixed(1)}`);
        return make("svg:polygon", { class: `line-${curve.color}`, points: corners.join(" ") }, make("svg:title", {}, mark.says));
      });

    function cross(s) {
      const parts = [];
      if (state.gy !== null && state.gy >= s.x[0] && state.gy <= s.x[1]) {
        const x = s.px(state.gy);
        parts.push(make("svg:line", { class: "cross", x1: x, x2: x, y1: frame.top, y2: frame.top + s.inner.h }));
        if (!state.differential) {
          for (const curve of shown()) {
            const y = scaled(curve, volumeAt(curve, state.gy));
            if (y >= s.y[0] && y <= s.y[1]) parts.push(make("svg:circle", { class: `line-${curve.color} dot`, cx: x, cy: s.py(y), r: 3 }));
          }
          const y = s.py(state.share);
          if (!state.cc && state.share >= s.y[0] && state.share <= s.y[1]) parts.push(make("svg:line", { class: "cross", x1: frame.left, x2: frame.left + s.inner.w, y1: y, y2: y }));
        }
      }
      if (state.drag && state.drag.moved) {
        const { from, to } = state.drag;
        parts.push(make("svg:rect", { class: "zoom", x: Math.min(from[0], to[0]), y: Math.min(from[1], to[1]), width: Math.abs(to[0] - from[0]), height: Math.abs(to[1] - from[1]) }));
      }
      return parts;
    }

    /* the table beside: what the crosshair reads of every curve; the curves of a pair share a row */
    const body = byId("dvh-read").tBodies[0];
    const rows = new Map();
    for (const curve of data.curves) {
      const key = curve.pair ?? curve;
      if (!rows.has(key)) rows.set(key, { name: curve.name, curves: [], judged: false });
      rows.get(key).curves[curve.side || 0] = curve;
      rows.get(key).judged ||= curve.judged;
    }
    for (const row of rows.values()) {
      row.tick = make("input", { type: "checkbox" });
      row.tick.addEventListener("change", () => { show(row, row.tick.checked); draw(); });
      row.cells = Array.from({ length: 2 * sides.length }, () => make("td", { class: "number" }));
      const drawn = row.curves.filter(Boolean);
      const swatch = drawn.map((curve, k) => {
        const y = drawn.length > 1 ? 2 + 6 * k : 5;
        return make("svg:line", { class: `line-${curve.color}`, "stroke-dasharray": curve.dash || "none", x1: 0, x2: 34, y1: y, y2: y });
      });
      body.append(make("tr", {}, make("th", { scope: "row" }, make("label", {}, row.tick, make("svg:svg", { viewBox: "0 0 34 10", "aria-hidden": "true", class: "swatch" }, ...swatch), make("span", { class: "named" }, row.name))), ...row.cells));
      show(row, !drawn.every((curve) => curve.hidden));
    }

    function show(row, on) {
      row.tick.checked = on;
      for (const curve of row.curves) if (curve) state.hidden[on ? "delete" : "add"](curve);
    }

    function table() {
      const gy = state.gy;
      const dose = (value) => (value === null ? "—" : state.perCent ? `${(value * factor()).toFixed(1)} %` : `${value.toFixed(2)} Gy`);
      byId("dvh-at-dose").textContent = gy === null ? "Volume" : `V at ${dose(gy)}`;
      const part = state.cc ? `${state.share.toFixed(1)} cc` : `${state.share.toFixed(1)} %`;
      byId("dvh-at-volume").textContent = gy === null ? "Dose" : `D to ${part}`;
      for (const { curves, cells } of rows.values()) {
        curves.forEach((curve, side) => {
          const least = curve.covered ? "" : "≥ ";
          const volume = gy === null ? null : volumeAt(curve, gy);
          cells[side].textContent = volume === null ? "" : `${least}${state.cc ? `${volume.toFixed(2)} cc` : `${((100 * volume) / curve.volume).toFixed(1)} %`}`;
          const cc = state.cc ? state.share : (state.share / 100) * curve.volume;
          const reached = doseAt(curve, cc);
          cells[sides.length + side].textContent = gy === null ? "" : `${reached === null ? "" : least}${dose(reached)}`;
        });
      }
    }

    /* what the hand can do */
    function at(event) {
      const bounds = svg.getBoundingClientRect();
      const s = scales();
      return { s, point: [((event.clientX - bounds.left) / bounds.width) * s.width, ((event.clientY - bounds.top) / bounds.height) * s.height] };
    }

    function moveTo(s, point) {
      state.gy = clamp(s.gy(point[0]), 0, data.end);
      if (!state.differential) state.share = clamp(s.volume(point[1]), 0.1, state.cc ? s.y[1] : 100);
    }

    svg.addEventListener("pointermove", (event) => {
      const { s, point } = at(event);
      moveTo(s, point);
      if (state.drag) {
        state.drag.to = point;
        state.drag.moved = Math.hypot(point[0] - state.drag.from[0], point[1] - state.drag.from[1]) > 8;
      }
      draw();
    });
    svg.addEventListener("pointerdown", (event) => {
      const { s, point } = at(event);
      moveTo(s, point);
      if (event.pointerType === "mouse") {
        state.drag = { from: point, to: point, moved: false };
        svg.setPointerCapture(event.pointerId);
      }
      draw();
    });
    svg.addEventListener("pointerup", (event) => {
      const drag = state.drag;
      state.drag = null;
      if (drag && drag.moved) {
        const { s } = at(event);
        const sorted = (a, b) => (a < b ? [a, b] : [b, a]);
        state.x = sorted(s.gy(drag.from[0]), s.gy(drag.to[0])).map((gy) => clamp(gy, 0, data.end));
        state.y = sorted(s.volume(drag.from[1]), s.volume(drag.to[1])).map((volume) => Math.max(volume, 0));
        if (state.x[1] - state.x[0] < 0.05 || state.y[1] - state.y[0] < 1e-3) state.x = state.y = null;
      }
      draw();
    });
    svg.addEventListener("pointercancel", () => { state.drag = null; draw(); });

    function zoom(by) {
      const { x } = view();
      const centre = state.gy === null ? (x[0] + x[1]) / 2 : state.gy;
      const low = clamp(centre - (centre - x[0]) / by, 0, data.end);
      const high = clamp(centre + (x[1] - centre) / by, low + 0.05, data.end);
      state.x = high - low > data.end * 0.99 ? null : [low, high];
      draw();
    }
    const reset = () => { state.x = state.y = null; draw(); };
    svg.addEventListener("dblclick", reset);

    const KEYS = {
      ArrowLeft: (big) => { state.gy = Math.max((state.gy ?? data.end / 2) - (big ? 1 : 0.1), 0); },
      ArrowRight: (big) => { state.gy = Math.min((state.gy ?? data.end / 2) + (big ? 1 : 0.1), data.end); },
      ArrowUp: (big) => { state.gy ??= data.end / 2; state.share = Math.min(state.share + (big ? 10 : 1), state.cc ? view().y[1] : 100); },
      ArrowDown: (big) => { state.gy ??= data.end / 2; state.share = Math.max(state.share - (big ? 10 : 1), 0.1); },
      "+": () => zoom(1.5), "=": () => zoom(1.5), "-": () => zoom(1 / 1.5), 0: reset,
      Escape: () => { state.gy = null; },
    };
    svg.addEventListener("keydown", (event) => {
      const act = KEYS[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      act(event.shiftKey);
      draw();
    });

    const bind = (id, act) => { const control = byId(id); if (control) control.addEventListener(control.type === "checkbox" ? "change" : "click", () => { act(control); draw(); }); };
    bind("dvh-percent", (control) => { state.perCent = control.checked; });
    bind("dvh-cc", (control) => { state.cc = control.checked; state.y = null; state.share = control.checked ? 10 : 50; });
    bind("dvh-differential", (control) => { state.differential = control.checked; state.y = null; });
    bind("dvh-in", () => zoom(1.5));
    bind("dvh-out", () => zoom(1 / 1.5));
    bind("dvh-whole", reset);
    bind("dvh-all", () => setAll(true));
    bind("dvh-none", () => setAll(false));
    bind("dvh-judged", () => { for (const row of rows.values()) show(row, row.judged); });
    function setAll(on) {
      for (const row of rows.values()) show(row, on);
    }

    const reads = (gy, share) => { state.gy = gy; if (share !== undefined) state.share = share; draw(); };
    new ResizeObserver(draw).observe(box);
    draw();
    return { state, draw, reads, data };
  }

  /* --- slices: unpacking ---------------------------------------------------------------------- */

  async function unpack(text) {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    const flat = new Uint8Array(await new Response(plain).arrayBuffer());
    const count = flat.length / 2;
    const numbers = new Uint16Array(count);
    for (let k = 0; k < count; k += 1) numbers[k] = flat[k] | (flat[count + k] << 8);
    return numbers;
  }

  async function unpackDose(packed) {
    const levels = await unpack(packed.data);
    const [nx, ny, nz] = [packed.x.length, packed.y.length, packed.z.length];
    const gy = new Float32Array(levels.length);
    for (let k = 0; k < nz; k += 1) {
      for (let j = 0; j < ny; j += 1) {
        const row = (k * ny + j) * nx;
        if (j) for (let i = 0; i < nx; i += 1) levels[row + i] += levels[row - nx + i];
      }
      for (let j = 0; j < ny; j += 1) {
        const row = (k * ny + j) * nx;
        for (let i = 1; i < nx; i += 1) levels[row + i] += levels[row + i - 1];
      }
    }
    for (let k = 0; k < gy.length; k += 1) gy[k] = levels[k] * packed.step;
    return { x: packed.x, y: packed.y, z: packed.z, values: gy };
  }

  async function unpackImage(packed) {
    const picture = new Image();
    picture.src = packed.source;
    await picture.decode();
    const sheet = make("canvas", { width: picture.width, height: picture.height });
    const pen = sheet.getContext("2d", { willReadFrequently: true });
    pen.drawImage(picture, 0, 0);
    const [nx, ny, nz] = [packed.x.length, packed.y.length, packed.z.length];
    const values = new Float32Array(nx * ny * nz);
    const hu = Float32Array.from({ length: 256 }, (_, grey) => {
      const k = after(packed.grey, grey);
      return packed.hu[k - 1] + ((packed.hu[k] - packed.hu[k - 1]) * (grey - packed.grey[k - 1])) / (packed.grey[k] - packed.grey[k - 1]);
    });
    for (let k = 0; k < nz; k += 1) {
      const tile = pen.getImageData((k % packed.columns) * nx, Math.floor(k / packed.columns) * ny, nx, ny).data;
      for (let p = 0; p < nx * ny; p += 1) values[k * nx * ny + p] = hu[tile[4 * p]];
    }
    return { x: packed.x, y: packed.y, z: packed.z, values };
  }

  async function unpackOutlines(text, structures) {
    const plain = await unpack(text);
    const numbers = new Int16Array(plain.buffer);
    let at = 0;
    const next = () => numbers[at++];
    for (const structure of structures) {
      structure.slabs = Array.from({ length: next() }, () => ({ low: next() / 10, high: next() / 10, rings: Array.from({ length: next() }, ring) }));
    }
    function ring() {
      const points = [];
      let [x, y] = [0, 0];
      for (let left = next(); left > 0; left -= 1) {
        x += next();
        y += next();
        points.push([x / 10, y / 10]);
      }
      return points;
    }
  }

  /* --- slices: geometry ----------------------------------------------------------------------- */

  /** Lines of equal value on a plane of values: segments [u0, v0, u1, v1] in steps of the grid. */
  function isolines(plane, nu, nv, level) {
    const found = [];
    for (let v = 0; v < nv - 1; v += 1) {
      for (let u = 0; u < nu - 1; u += 1) {
        const k = v * nu + u;
        const corners = [plane[k], plane[k + 1], plane[k + nu + 1], plane[k + nu]];
        const above = corners.map((value) => value >= level);
        if (above[0] === above[1] && above[1] === above[2] && above[2] === above[3]) continue;
        const ends = [];
        for (let side = 0; side < 4; side += 1) {
          const next = (side + 1) % 4;
          if (above[side] === above[next]) continue;
          const share = (level - corners[side]) / (corners[next] - corners[side]);
          ends.push([[u + share, v], [u + 1, v + share], [u + 1 - share, v + 1], [u, v + 1 - share]][side]);
        }
        if (ends.length === 4 && above[0] === (corners[0] + corners[1] + corners[2] + corners[3] >= 4 * level)) ends.unshift(ends.pop());
        for (let pair = 0; pair < ends.length; pair += 2) found.push([...ends[pair], ...ends[pair + 1]]);
      }
    }
    return found;
  }

  /** Where rings cross the line coordinate = at: sorted positions along the other coordinate. */
  function crossings(rings, axis, at) {
    const found = [];
    for (const ring of rings) {
      for (let k = 0; k < ring.length; k += 1) {
        const a = ring[k];
        const b = ring[(k + 1) % ring.length];
        if (a[axis] > at === b[axis] > at) continue;
        found.push(a[1 - axis] + ((b[1 - axis] - a[1 - axis]) * (at - a[axis])) / (b[axis] - a[axis]));
      }
    }
    return found.sort((one, other) => one - other);
  }

  const VIEWS = {
    axial: { across: "x", down: "y", through: "z", flip: false, marks: ["R", "L", "A", "P"] },
    coronal: { across: "x", down: "z", through: "y", flip: true, marks: ["R", "L", "H", "F"] },
    sagittal: { across: "y", down: "z", through: "x", flip: true, marks: ["A", "P", "H", "F"] },
  };

  const uniform = (axis) => {
    const count = Math.max(axis.length, 2);
    const step = (axis[axis.length - 1] - axis[0]) / (count - 1) || 1;
    return { first: axis[0], step, count };
  };

  /** A plane through a volume: values on an even grid, interpolated along every axis, or nearest across it. */
  function section(volume, view, at, smooth) {
    const { across, down, through } = VIEWS[view];
    const stride = { x: 1, y: volume.x.length, z: volume.x.length * volume.y.length };
    const u = uniform(volume[across]);
    const v = uniform(volume[down]);
    const place = (axis, position) => {
      if (axis.length < 2) return [0, 0, 0];
      const k = clamp(after(axis, position), 1, axis.length - 1);
      const share = clamp((position - axis[k - 1]) / (axis[k] - axis[k - 1]), 0, 1);
      return [k - 1, k, smooth ? share : Math.round(share)];
    };
    const [t0, t1, ts] = place(volume[through], at);
    const plane = new Float32Array(u.count * v.count);
    for (let j = 0; j < v.count; j += 1) {
      const [j0, j1, js] = place(volume[down], v.first + j * v.step);
      for (let i = 0; i < u.count; i += 1) {
        const base = i * stride[across];
        const value = (row, layer) => volume.values[base + row * stride[down] + layer * stride[through]];
        const near = value(j0, t0) * (1 - js) + value(j1, t0) * js;
        plane[j * u.count + i] = ts ? near * (1 - ts) + (value(j0, t1) * (1 - js) + value(j1, t1) * js) * ts : near;
      }
    }
    return { plane, u, v };
  }

  function valueAt(volume, point) {
    for (const axis of "xyz") {
      const own = volume[axis];
      if (point[axis] < own[0] - 1e-6 || point[axis] > own[own.length - 1] + 1e-6) return null;
    }
    const cell = (axis) => {
      if (volume[axis].length < 2) return [0, 0];
      const k = after(volume[axis], point[axis]);
      return [k - 1, clamp((point[axis] - volume[axis][k - 1]) / (volume[axis][k] - volume[axis][k - 1]), 0, 1)];
    };
    const [[i, fx], [j, fy], [k, fz]] = [cell("x"), cell("y"), cell("z")];
    const [nx, ny] = [volume.x.length, volume.y.length];
    let total = 0;
    for (let corner = 0; corner < 8; corner += 1) {
      const [dx, dy, dz] = [corner & 1, (corner >> 1) & 1, corner >> 2];
      const weight = (dx ? fx : 1 - fx) * (dy ? fy : 1 - fy) * (dz ? fz : 1 - fz);
      if (weight) total += weight * volume.values[((k + dz) * ny + j + dy) * nx + i + dx];
    }
    return total;
  }

  /* --- slices: colours ------------------------------------------------------------------------ */

  /* From blue to yellow, rising in lightness throughout: read without colours it is still an order. */
  const RAMP = [[62, 78, 214], [136, 74, 232], [214, 78, 176], [244, 124, 92], [250, 184, 62], [252, 244, 110]];
  function ramp(share) {
    const at = clamp(share, 0, 1) * (RAMP.length - 1);
    const k = Math.min(Math.floor(at), RAMP.length - 2);
    return RAMP[k].map((part, channel) => Math.round(part + (RAMP[k + 1][channel] - part) * (at - k)));
  }
  const little = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
  const packed = (r, g, b, a) => (little ? (a << 24) | (b << 16) | (g << 8) | r : (r << 24) | (g << 16) | (b << 8) | a) >>> 0;
  const css = (rgb) => `rgb(${rgb.join(",")})`;

  /** A structure's own colour, lightened until it can be seen on black. */
  function visible(color, least = 95) {
    const light = (rgb) => 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
    let rgb = color || [200, 200, 200];
    while (light(rgb) < least) rgb = rgb.map((part) => Math.min(Math.round(part + (255 - part) * 0.15) + 1, 255));
    return rgb;
  }

  const WINDOWS = { abdomen: [40, 400], liver: [90, 160], lung: [-500, 1500], bone: [400, 1800] };

  /* --- slices: the viewer --------------------------------------------------------------------- */

  async function slicesPanel(data) {
    const dose = await unpackDose(data.dose);
    const image = data.image ? await unpackImage(data.image) : null;
    await unpackOutlines(data.outlines, data.structures);
    const most = dose.values.reduce((a, b) => Math.max(a, b), 0);
    const full = data.prescription || most;
    const state = {
      point: { x: data.start[0], y: data.start[1], z: data.start[2] },
      place: null, window: "abdomen", image: true, wash: true, lines: true, outlines: true, crosshair: true,
      gray: !data.prescription, hidden: new Set(data.structures.filter((s) => s.hidden).map((s) => s.roi)),
    };
    const last = (axis) => axis[axis.length - 1];
    const spans = image && image.z.length > 1 && image.z[0] <= dose.z[1] && last(image.z) >= dose.z[dose.z.length - 2];
    const steps = { x: dose.x, y: dose.y, z: spans ? image.z : dose.z };
    const canvases = {};

    const levels = () =>
      state.gray
        ? [1, 2, 5, 10, 15, 20, 30, 40, 50, 60, 70].filter((gy) => gy < most && gy > most / 16).map((gy) => ({ gy, label: `${gy} Gy` }))
        : [20, 30, 50, 70, 80, 90, 95, 100, 110, 120].map((part) => ({ gy: (part / 100) * full, label: `${part} %` })).filter(({ gy }) => gy < most);

    function draw() {
      for (const name of Object.keys(VIEWS)) drawView(name);
      read();
    }

    function layout(name) {
      const { across, down, flip } = VIEWS[name];
      const canvas = canvases[name];
      const [u0, u1] = [dose[across][0], dose[across][dose[across].length - 1]];
      const [v0, v1] = [dose[down][0], dose[down][dose[down].length - 1]];
      canvas.style.aspectRatio = `${u1 - u0} / ${v1 - v0}`;
      const ratio = Math.min(Math.max(window.devicePixelRatio || 1, 2), 3);
      const width = Math.round((canvas.clientWidth || 300) * ratio);
      const scale = width / (u1 - u0);
      const height = Math.round((v1 - v0) * scale);
      if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
      return {
        canvas, ratio, scale, width, height,
        px: (u) => (u - u0) * scale, py: (v) => (flip ? v1 - v : v - v0) * scale,
        u: (px) => u0 + px / scale, v: (py) => (flip ? v1 - py / scale : v0 + py / scale),
      };
    }

    /** Paint a plane of values; the color is red, green, blue and opacity in one number, as the picture holds it. */
    function paint(pen, sheet, part, color) {
      const { u, v, plane } = part;
      const picture = new ImageData(u.count, v.count);
      const pixels = new Uint32Array(picture.data.buffer);
      for (let k = 0; k < plane.length; k += 1) pixels[k] = color(plane[k]);
      const small = make("canvas", { width: u.count, height: v.count });
      small.getContext("2d").putImageData(picture, 0, 0);
      const left = sheet.px(u.first - u.step / 2);
      const right = sheet.px(u.first + (u.count - 0.5) * u.step);
      const top = sheet.py(v.first - v.step / 2);
      const bottom = sheet.py(v.first + (v.count - 0.5) * v.step);
      pen.imageSmoothingEnabled = true;
      pen.imageSmoothingQuality = "high";
      pen.save();
      pen.translate(left, top);
      pen.scale((right - left) / u.count, (bottom - top) / v.count);
      pen.drawImage(small, 0, 0);
      pen.restore();
    }

    /** Tell whether a position lies on an axis, or within half a step of its ends: beyond, there is no slice to show. */
    function holds(axis, at) {
      const half = axis.length > 1 ? (axis[1] - axis[0]) / 2 : 1;
      return at >= axis[0] - half && at <= axis[axis.length - 1] + half;
    }

    function drawView(name) {
      const sheet = layout(name);
      const pen = sheet.canvas.getContext("2d");
      const at = state.point[VIEWS[name].through];
      pen.fillStyle = "#000";
      pen.fillRect(0, 0, sheet.width, sheet.height);
      const seen = image && state.image && holds(image[VIEWS[name].through], at);
      if (seen) {
        const [centre, width] = WINDOWS[state.window];
        paint(pen, sheet, section(image, name, at, false), (hu) => {
          const grey = 255 * clamp((hu - centre) / width + 0.5, 0, 1);
          return packed(grey, grey, grey, 255);
        });
      }
      const cut = section(dose, name, at, true);
      if (state.wash) {
        const strength = seen ? 105 : 190;
        const shades = Array.from({ length: 256 }, (_, k) => packed(...ramp(k / 255), strength * clamp((1.2 * k / 255 - 0.08) / 0.12, 0, 1)));
        paint(pen, sheet, cut, (gy) => shades[Math.min(Math.round((255 * gy) / (1.2 * full)), 255)]);
      }
      const ends = state.lines ? levels().map((level) => drawLine(pen, sheet, cut, level)) : [];
      if (state.outlines) for (const structure of data.structures) if (!state.hidden.has(structure.roi)) drawOutline(pen, sheet, name, structure, at);
      if (state.place) drawPart(pen, sheet, name, cut, at);
      drawLabels(pen, sheet, ends);
      if (state.crosshair) drawCross(pen, sheet, name);
      drawWords(pen, sheet, name, at);
    }

    /** The outline of a structure on a view as a path: rings on an axial plane, the steps of its slabs on others. */
    function outlinePath(sheet, name, structure, at) {
      const path = new Path2D();
      if (name === "axial") {
        const slab = structure.slabs.find((s) => at >= s.low && at < s.high);
        for (const ring of slab ? slab.rings : []) {
          ring.forEach(([x, y], k) => path[k ? "lineTo" : "moveTo"](sheet.px(x), sheet.py(y)));
          path.closePath();
        }
        return { area: path, edge: path };
      }
      const edge = new Path2D();
      const line = (u0, v0, u1, v1) => { edge.moveTo(sheet.px(u0), sheet.py(v0)); edge.lineTo(sheet.px(u1), sheet.py(v1)); };
      let before = { ends: [], high: -Infinity };
      const close = (ends, v) => { for (let k = 0; k + 1 < ends.length; k += 2) if (ends[k + 1] > ends[k]) line(ends[k], v, ends[k + 1], v); };
      for (const slab of structure.slabs) {
        const ends = crossings(slab.rings, name === "coronal" ? 1 : 0, at);
        const touches = Math.abs(before.high - slab.low) < 0.15;
        if (touches) close([...before.ends, ...ends].sort((a, b) => a - b), slab.low);
        else { close(before.ends, before.high); close(ends, slab.low); }
        for (let k = 0; k + 1 < ends.length; k += 2) {
          path.rect(sheet.px(ends[k]), sheet.py(slab.high), sheet.px(ends[k + 1]) - sheet.px(ends[k]), sheet.py(slab.low) - sheet.py(slab.high));
        }
        for (const end of ends) line(end, slab.low, end, slab.high);
        before = { ends, high: slab.high };
      }
      close(before.ends, before.high);
      return { area: path, edge };
    }

    function drawOutline(pen, sheet, name, structure, at) {
      const { edge } = outlinePath(sheet, name, structure, at);
      pen.lineJoin = "round";
      for (const [color, width] of [["rgba(0,0,0,.6)", structure.target ? 4 : 2.6], [css(visible(structure.color)), structure.target ? 2.4 : 1.3]]) {
        pen.strokeStyle = color;
        pen.lineWidth = width * sheet.ratio;
        pen.stroke(edge);
      }
    }

    /** Draw a line of equal dose; returns where it reaches farthest right, up, left and down. */
    function trace(pen, sheet, cut, gy) {
      const path = new Path2D();
      const ends = [null, null, null, null];
      const farther = [(a, b) => a[0] > b[0], (a, b) => a[1] < b[1], (a, b) => a[0] < b[0], (a, b) => a[1] > b[1]];
      for (const [u0, v0, u1, v1] of isolines(cut.plane, cut.u.count, cut.v.count, gy)) {
        const from = [sheet.px(cut.u.first + u0 * cut.u.step), sheet.py(cut.v.first + v0 * cut.v.step)];
        path.moveTo(...from);
        path.lineTo(sheet.px(cut.u.first + u1 * cut.u.step), sheet.py(cut.v.first + v1 * cut.v.step));
        farther.forEach((is, k) => { if (!ends[k] || is(from, ends[k])) ends[k] = from; });
      }
      pen.stroke(path);
      return ends[0] ? ends : [];
    }

    function drawLine(pen, sheet, cut, level) {
      pen.strokeStyle = css(ramp(level.gy / (1.2 * full)));
      pen.lineWidth = (isWhole(level) ? 2.4 : 1.2) * sheet.ratio;
      pen.lineCap = "round";
      return { level, ends: trace(pen, sheet, cut, level.gy) };
    }

    const isWhole = (level) => Math.abs(level.gy - full) < 1e-6;

    /** Write on each isodose what it is, where there is room for it; 100 % first. */
    function drawLabels(pen, sheet, drawn) {
      if (sheet.width / sheet.ratio < 420) return;
      const size = 10.5 * sheet.ratio;
      const taken = [];
      pen.font = `600 ${size}px system-ui, sans-serif`;
      pen.textBaseline = "middle";
      pen.textAlign = "center";
      for (const { level, ends } of [...drawn].sort((a, b) => isWhole(b.level) - isWhole(a.level))) {
        const wide = pen.measureText(level.label).width + 6 * sheet.ratio;
        const free = ([x, y]) =>
          x > wide / 2 && x < sheet.width - wide / 2 && y > size && y < sheet.height - size &&
          taken.every((other) => Math.abs(other.x - x) > (other.wide + wide) / 2 || Math.abs(other.y - y) > size * 1.3);
        const at = ends.find(free);
        if (!at) continue;
        taken.push({ x: at[0], y: at[1], wide });
        pen.lineWidth = 3.5 * sheet.ratio;
        pen.strokeStyle = "rgba(0,0,0,.85)";
        pen.fillStyle = css(visible(ramp(level.gy / (1.2 * full)), 165));
        pen.strokeText(level.label, ...at);
        pen.fillText(level.label, ...at);
      }
    }

    /** The part of a structure that decides a finding: hatched and outlined, the structure's own outline strong. */
    function drawPart(pen, sheet, name, cut, at) {
      const structure = data.structures.find((s) => s.roi === state.place.roi);
      if (!structure) return;
      const { area, edge } = outlinePath(sheet, name, structure, at);
      if (state.place.gy !== null) {
        pen.save();
        pen.clip(area, "evenodd");
        const below = state.place.side === "below";
        paint(pen, sheet, finer(cut), (gy) => packed(255, 255, 255, gy >= state.place.gy === below ? 0 : 110));
        for (const [color, width] of [["#000", 5], ["#fff", 2.6]]) {
          pen.strokeStyle = color;
          pen.lineWidth = width * sheet.ratio;
          trace(pen, sheet, cut, state.place.gy);
        }
        pen.restore();
      }
      for (const [color, width] of [["#000", 4.5], [css(visible(structure.color)), 2.6]]) {
        pen.strokeStyle = color;
        pen.lineWidth = width * sheet.ratio;
        pen.stroke(edge);
      }
    }

    function finer(cut) {
      const by = 4;
      const u = { first: cut.u.first, step: cut.u.step / by, count: (cut.u.count - 1) * by + 1 };
      const v = { first: cut.v.first, step: cut.v.step / by, count: (cut.v.count - 1) * by + 1 };
      const plane = new Float32Array(u.count * v.count);
      for (let j = 0; j < v.count; j += 1) {
        const j0 = Math.min(Math.floor(j / by), cut.v.count - 2);
        const fj = j / by - j0;
        for (let i = 0; i < u.count; i += 1) {
          const i0 = Math.min(Math.floor(i / by), cut.u.count - 2);
          const fi = i / by - i0;
          const k = j0 * cut.u.count + i0;
          const p = cut.plane;
          plane[j * u.count + i] = (p[k] * (1 - fi) + p[k + 1] * fi) * (1 - fj) + (p[k + cut.u.count] * (1 - fi) + p[k + cut.u.count + 1] * fi) * fj;
        }
      }
      return { plane, u, v };
    }

    function drawCross(pen, sheet, name) {
      const { across, down } = VIEWS[name];
      const [x, y] = [sheet.px(state.point[across]), sheet.py(state.point[down])];
      const gap = 9 * sheet.ratio;
      pen.strokeStyle = "rgba(255,255,255,.7)";
      pen.lineWidth = sheet.ratio;
      pen.beginPath();
      for (const [x0, y0, x1, y1] of [[0, y, x - gap, y], [x + gap, y, sheet.width, y], [x, 0, x, y - gap], [x, y + gap, x, sheet.height]]) {
        pen.moveTo(x0, y0);
        pen.lineTo(x1, y1);
      }
      pen.stroke();
    }

    function drawWords(pen, sheet, name, at) {
      const [left, right, top, bottom] = VIEWS[name].marks;
      const { width, height, ratio } = sheet;
      const pad = 8 * ratio;
      const says = (words, x, y, align, base) => {
        pen.textAlign = align;
        pen.textBaseline = base;
        pen.lineWidth = 3 * ratio;
        pen.strokeStyle = "rgba(0,0,0,.8)";
        pen.fillStyle = "#fff";
        pen.strokeText(words, x, y);
        pen.fillText(words, x, y);
      };
      pen.font = `600 ${12 * ratio}px system-ui, sans-serif`;
      says(left, pad, height / 2, "left", "middle");
      says(right, width - pad, height / 2, "right", "middle");
      says(top, width / 2, pad, "center", "top");
      says(bottom, width / 2, height - pad, "center", "bottom");
      says(`${VIEWS[name].through} ${at.toFixed(1)} mm`, pad, pad, "left", "top");
      pen.textAlign = "left";
      pen.textBaseline = "middle";
    }

    /* words */
    const doseWords = (gy) => (data.withheld ? "dose not shown" : gy === null ? "outside the dose grid" : `${gy.toFixed(1)} Gy${data.prescription ? ` (${((100 * gy) / data.prescription).toFixed(0)} %)` : ""}`);
    function describe(point) {
      const hu = image ? valueAt(image, point) : null;
      const at = ["x", "y", "z"].map((axis) => `${axis} ${point[axis].toFixed(1)}`).join("  ");
      return `${at} mm · ${doseWords(valueAt(dose, point))}${hu === null ? "" : ` · ${Math.round(hu)} HU`}`;
    }
    function read() {
      byId("slices-point").textContent = describe(state.point);
      byId("slices-key").replaceChildren(...(state.lines ? levels() : []).map((level) => {
        const line = make("span", { "aria-hidden": "true" });
        line.style.borderColor = css(ramp(level.gy / (1.2 * full)));
        return make("li", isWhole(level) ? { class: "whole" } : {}, line, level.label);
      }));
      byId("slices-says").textContent = state.place ? state.place.sentence : "";
      for (const [name, view] of Object.entries(VIEWS)) {
        const slider = byId(`slider-${name}`);
        slider.value = nearest(steps[view.through], state.point[view.through]);
        slider.setAttribute("aria-valuetext", `${state.point[view.through].toFixed(1)} mm`);
      }
    }

    const nearest = (axis, value) => {
      const k = axis.length > 1 ? after(axis, value) : 0;
      return k && value - axis[k - 1] < axis[k] - value ? k - 1 : k;
    };

    function scroll(name, by) {
      const { through } = VIEWS[name];
      const axis = steps[through];
      state.point[through] = axis[clamp(nearest(axis, state.point[through]) + by, 0, axis.length - 1)];
      draw();
    }

    function show(number) {
      state.place = data.places[number] || null;
      if (state.place) {
        const at = state.place.at;
        state.point = { x: at[0], y: at[1], z: at[2] };
      } else state.point = { x: data.start[0], y: data.start[1], z: data.start[2] };
      byId("slices-place").value = state.place ? String(number) : "";
      draw();
    }

    /* controls */
    for (const [name, view] of Object.entries(VIEWS)) {
      const canvas = byId(`view-${name}`);
      canvases[name] = canvas;
      const slider = byId(`slider-${name}`);
      slider.max = steps[view.through].length - 1;
      slider.addEventListener("input", () => { state.point[view.through] = steps[view.through][Number(slider.value)]; draw(); });
      let rest = 0;
      canvas.addEventListener("wheel", (event) => {
        if (event.ctrlKey) return;
        event.preventDefault();
        rest += event.deltaMode ? event.deltaY * 40 : event.deltaY;
        const by = Math.trunc(rest / 40);
        rest -= by * 40;
        if (by) scroll(name, clamp(view.flip ? -by : by, -5, 5));
      }, { passive: false });
      const KEYS = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 5, PageDown: -5, Home: -1e6, End: 1e6 };
      canvas.addEventListener("keydown", (event) => {
        if (!(event.key in KEYS) || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        scroll(name, KEYS[event.key]);
      });
      hand(name, canvas, view);
    }

    function hand(name, canvas, view) {
      let start = null;
      const where = (event) => {
        const bounds = canvas.getBoundingClientRect();
        const sheet = layout(name);
        const [px, py] = [((event.clientX - bounds.left) / bounds.width) * sheet.width, ((event.clientY - bounds.top) / bounds.height) * sheet.height];
        return { ...state.point, [view.across]: sheet.u(px), [view.down]: sheet.v(py) };
      };
      canvas.addEventListener("pointerdown", (event) => {
        start = { x: event.clientX, moved: false, touch: event.pointerType !== "mouse" };
        canvas.setPointerCapture(event.pointerId);
        if (!start.touch) { state.point = where(event); draw(); }
      });
      canvas.addEventListener("pointermove", (event) => {
        byId("slices-pointer").textContent = `Pointer: ${describe(where(event))}`;
        if (!start) return;
        if (!start.touch) { state.point = where(event); draw(); return; }
        const by = Math.trunc((event.clientX - start.x) / 9);
        if (by) { start.moved = true; start.x += by * 9; scroll(name, by); }
      });
      canvas.addEventListener("pointerup", (event) => {
        if (start && start.touch && !start.moved) { state.point = where(event); draw(); }
        start = null;
      });
      canvas.addEventListener("pointercancel", () => { start = null; });
      canvas.addEventListener("pointerleave", () => { byId("slices-pointer").textContent = ""; });
    }

    for (const layer of ["image", "wash", "lines", "outlines", "crosshair"]) {
      const tick = byId(`layer-${layer}`);
      if (tick) tick.addEventListener("change", () => { state[layer] = tick.checked; draw(); });
    }
    const unit = byId("slices-gray");
    unit.checked = state.gray;
    unit.disabled = !data.prescription;
    unit.addEventListener("change", () => { state.gray = unit.checked; draw(); });
    const preset = byId("slices-window");
    if (preset) preset.addEventListener("change", () => { state.window = preset.value; draw(); });
    byId("slices-place").addEventListener("change", (event) => show(event.target.value === "" ? -1 : Number(event.target.value)));
    for (const button of document.querySelectorAll("button[data-place]")) {
      button.addEventListener("click", () => {
        show(Number(button.dataset.place));
        byId("slices").scrollIntoView({ block: "start" });
        byId("view-axial").focus({ preventScroll: true });
      });
    }
    for (const structure of data.structures) {
      const tick = make("input", { type: "checkbox", value: structure.roi });
      tick.checked = !state.hidden.has(structure.roi);
      tick.addEventListener("change", () => { state.hidden[tick.checked ? "delete" : "add"](structure.roi); draw(); });
      const swatch = make("span", { class: "chip", "aria-hidden": "true" });
      swatch.style.background = css(visible(structure.color));
      byId("slices-structures").append(make("li", {}, make("label", {}, tick, swatch, structure.name)));
    }
    new ResizeObserver(draw).observe(byId("viewer"));
    window.addEventListener("beforeprint", draw);
    draw();
    return { state, draw, show, scroll, dose, image };
  }

  /* --- start ---------------------------------------------------------------------------------- */

  const page = { volumeAt, doseAt, niceStep, isolines, crossings, section, valueAt, curves: null, slices: null, ready: null };
  window.sbrtQa = page;

  async function start() {
    document.documentElement.classList.add("script");
    const curves = held("curves-data");
    if (curves) page.curves = curvesPanel(curves);
    const slices = held("slices-data");
    if (!slices) return;
    try {
      page.slices = await slicesPanel(slices);
      document.documentElement.classList.add("slices");
      page.slices.draw();
    } catch (error) {
      byId("slices-fault").textContent = `This browser cannot show the slices to scroll through (${error.message}).`;
    }
  }
  page.ready = start();
})();
