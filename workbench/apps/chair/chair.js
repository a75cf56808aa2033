// The chair's screen; component.js stands before it and holds what every screen shares. Nothing is decided here.

const EVERY = 10; // seconds between two refreshes
const SOON = 800; // milliseconds until the next look at what is computed beside the page
const SHOWN = 30; // numbers of cases that a sentence names
const SIGNS = {passed: "✓", unfinished: "○", blocking: "✕"};
const PLOT = {left: 58, right: 12, top: 12, bottom: 46}; // margins of the curve

// Round steps of an axis: 1, 2 or 5 times a power of ten, about so many.
function ticks(low, high, about) {
  const rough = (high - low) / about || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((m) => m >= rough);
  const first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
  return Array.from({length: last - first + 1}, (_, i) => (first + i) * step);
}

class Chair extends Component {
  constructor(model, element) {
    super(model);
    const w = this.words;
    this.id = newKey().slice(0, 8); // a notebook may show this twice
    this.results = {checklist: null, findings: null};
    this.group = "instansi";
    this.parts = {};
    this.top = h("header", {class: "wb-top"}, h("div", {class: "wb-name"}, h("h1", {}, w.page), h("p", {}, this.view.title)),
      h("div", {class: "wc-tools"}, h("p", {}, this.t("who", {name: this.view.actor})), this.readAt = h("p", {}),
        h("label", {}, this.automatic = h("input", {type: "checkbox", checked: recall("wb-chair-automatic") !== "off", onchange: () => remember("wb-chair-automatic", this.automatic.checked ? "on" : "off")}), this.t("automatic", {n: EVERY})),
        h("button", {type: "button", onclick: () => this.refresh(true)}, w.refresh)));
    const part = (name) => this.part(name);
    this.root = h("div", {class: "wb wb-chair", "data-lm-suppress-shortcuts": "true"},
      h("div", {}, this.nav, this.banner, this.top, h("nav", {class: "wc-jump", "aria-label": w.jump}, Object.entries(w.parts).map(([name, title]) =>
        h("button", {type: "button", class: "link", onclick: () => this.parts[name].heading.focus()}, title))), h("div", {class: "wc-say"}, this.status)),
      this.main = h("main", {class: "wc-body"}, h("div", {class: "wc-column"}, part("progress"), part("pace"), part("people")), h("div", {class: "wc-column"}, part("gate")),
        part("curve"), part("roles"), part("findings")));
    this.parts.findings.section.classList.add("wc-wide");
    // A notebook has a main of its own.
    if (document.querySelector("main, [role=main]")) this.main.setAttribute("role", "group");
    element.append(this.root);
    this.root.addEventListener("keydown", (event) => event.stopPropagation()); // a notebook must not act on what is pressed here
    this.listen();
    this.draw();
    this.onResize = () => this.draw();
    window.addEventListener("resize", this.onResize);
    this.timer = setInterval(() => { if (this.automatic.checked && !document.hidden) this.refresh(); }, EVERY * 1000);
    this.refresh(); // what is computed beside the page begins now
    this.root.dataset.ready = "yes";
  }
  stop() {
    super.stop();
    clearInterval(this.timer);
    clearTimeout(this.soon);
    window.removeEventListener("resize", this.onResize);
  }

  // ---- messages

  refresh(asked = false, part = "") {
    this.asked = asked || this.asked; // whoever asked is told; nobody else is disturbed
    const known = Object.fromEntries(Object.entries(this.results).map(([name, held]) => [name, held ? held.version : -1]));
    this.send({kind: "refresh", part, ...known});
  }
  receive(answer) {
    this.view = answer;
    for (const name of Object.keys(this.results)) {
      if (answer[name].result !== undefined) this.results[name] = {version: answer[name].version, result: answer[name].result};
    }
    this.draw();
    if (this.asked) this.tell(this.t("refreshed", {time: this.clock(answer.progress.at_utc)}));
    this.asked = false;
    clearTimeout(this.soon);
    if (answer.checklist.running || answer.findings.running) this.soon = setTimeout(() => this.refresh(), SOON);
  }

  // ---- words

  clock(moment, seconds = true) {
    return new Date(moment).toLocaleTimeString(this.words.locale, {hour: "2-digit", minute: "2-digit", ...(seconds ? {second: "2-digit"} : {})});
  }
  whole(n) { return this.number(n, 0); }
  percent(p) { return `${this.number(100 * p, 0)} %`; }
  hours(x) { return x < 0.1 ? this.words.less_than : this.number(x, 1); }
  numbers(cases) {
    const named = cases.slice(0, SHOWN).join(", ");
    return cases.length > SHOWN ? this.t("and_more", {numbers: named, n: cases.length - SHOWN}) : named;
  }
  toPleno() {
    const there = this.words.navigation.screens.some(([key]) => key === "pleno");
    return there ? h("a", {href: "./pleno"}, this.words.open_pleno) : null;
  }

  // ---- drawing: a part is drawn anew only where what it shows has changed, and keeps focus, place and open tables

  part(name) {
    const heading = h("h2", {id: `wc-${this.id}-${name}`, tabindex: "-1"}, this.words.parts[name]), body = h("div");
    this.parts[name] = {heading, body, section: h("section", {class: "wb-card", "aria-labelledby": heading.id, "data-part": name}, heading, body)};
    return this.parts[name].section;
  }
  fillPart(name, data, make) {
    const part = this.parts[name], now = JSON.stringify(data);
    if (part.drawn === now) return;
    part.drawn = now;
    const open = new Set([...part.body.querySelectorAll("details[open]")].map((found) => found.dataset.key));
    const place = [...part.body.querySelectorAll(".wc-scroll")].map((found) => found.scrollTop);
    const focused = part.body.contains(document.activeElement) ? document.activeElement.dataset.key || "heading" : "";
    part.body.replaceChildren(...[make()].flat(Infinity).filter(Boolean));
    for (const found of part.body.querySelectorAll("details")) found.open = open.has(found.dataset.key);
    part.body.querySelectorAll(".wc-scroll").forEach((found, i) => { found.scrollTop = place[i] || 0; });
    if (focused) (part.body.querySelector(`[data-key="${focused}"]`) || part.heading).focus({preventScroll: true});
  }
  draw() {
    const v = this.view, p = v.progress;
    this.readAt.textContent = this.t("read_at", {time: this.clock(p.at_utc), seq: this.whole(p.seq)});
    this.fillPart("progress", [p.statuses, p.groups, this.group], () => this.drawProgress());
    this.fillPart("pace", [p.votes, p.hour, p.day, p.per_hour, p.whole, p.most], () => this.drawPace());
    this.fillPart("gate", [v.checklist, this.results.checklist], () => this.drawGate());
    this.fillPart("people", v.people, () => this.drawPeople());
    this.fillPart("curve", [this.plotWidth(), this.results.findings, v.findings.running, p.errors, p.most, p.reviewed], () => this.drawCurve());
    this.fillPart("findings", [v.findings, this.results.findings], () => this.drawFindings());
    this.fillPart("roles", v.roles, () => this.drawRoles());
  }
  // A table that may be wider than its place: it scrolls there, also by keyboard.
  scroll(label, table) {
    return h("div", {class: "wc-scroll", tabindex: "0", role: "region", "aria-label": label, "data-key": label}, table);
  }
  table(caption, columns, rows, widths = {}) {
    return h("table", {}, h("caption", {}, caption), h("thead", {}, h("tr", {}, columns.map(([title, kind]) => h("th", {scope: "col", class: kind || ""}, title)))),
      h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell, i) => h(i ? "td" : "th", i ? {class: columns[i][1] || widths[i] || ""} : {scope: "row"}, cell))))));
  }
  bar(parts) {
    let from = 0;
    return s("svg", {viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true"}, s("rect", {width: 100, height: 8, class: "wc-rest"}),
      parts.map(([share, kind]) => { const bar = s("rect", {x: 100 * from, width: 100 * share, height: 8, class: kind}); from += share; return bar; }));
  }

  drawProgress() {
    const w = this.words, p = this.view.progress;
    if (!p.cases) return h("p", {}, w.no_cases);
    const row = (kind, n, title, long, colour) => h("tr", {class: long ? "" : "group", "data-status": kind},
      h("th", {scope: "row", class: "wc-status"}, title, long ? h("small", {}, long) : null),
      h("td", {class: `n ${n ? "" : "nil"}`}, this.whole(n)), h("td", {class: `n ${n ? "" : "nil"}`}, this.percent(n / p.cases)),
      h("td", {class: "wc-bar"}, this.bar([[n / p.cases, colour]])));
    const block = (name, kinds, colour) => [row(name, kinds.reduce((sum, kind) => sum + p.statuses[kind], 0), w[`${name}_sum`], "", colour),
      ...kinds.map((kind) => row(kind, p.statuses[kind], w.statuses[kind], w.statuses_long[kind], colour))];
    const kinds = Object.keys(p.statuses);
    return [
      h("p", {class: "wc-lead"}, this.t("settled", {done: this.whole(p.cases - p.open), n: this.whole(p.cases), open: this.whole(p.open)})),
      h("table", {}, h("caption", {}, w.all_cases), h("thead", {}, h("tr", {}, h("th", {scope: "col"}, w.status), h("th", {scope: "col", class: "n"}, w.cases), h("th", {scope: "col", class: "n"}, w.share), h("td"))),
        h("tbody", {}, block("open", p.open_kinds, "wc-open"), block("done", kinds.filter((kind) => !p.open_kinds.includes(kind)), "wc-done"))),
      h("p", {class: "wc-by"}, h("label", {for: `wc-${this.id}-by`}, w.by), h("select", {id: `wc-${this.id}-by`, "data-key": "by", onchange: (event) => { this.group = event.target.value; this.draw(); }},
        Object.entries(w.groups).map(([key, title]) => h("option", {value: key, selected: key === this.group}, title)))),
      this.drawGroups(), h("p", {class: "soft"}, w.blind)];
  }
  drawGroups() {
    const w = this.words, p = this.view.progress, caption = this.t("by_group", {group: w.groups[this.group].toLowerCase()});
    const kinds = Object.keys(p.statuses).filter((kind) => p.statuses[kind]);
    const rows = p.groups[this.group].map(([name, counts]) => {
      const n = Object.values(counts).reduce((a, b) => a + b, 0), open = p.open_kinds.reduce((sum, kind) => sum + counts[kind], 0);
      return [name, this.whole(n), this.percent((n - open) / n), this.bar([[(n - open) / n, "wc-done"], [open / n, "wc-open"]]), ...kinds.map((kind) => this.whole(counts[kind]))];
    });
    return this.scroll(caption, this.table(caption, [[w.groups[this.group]], [w.cases, "n"], [w.done_share, "n"], [w.done_open, "wc-stack"], ...kinds.map((kind) => [w.statuses[kind], "n"])], rows));
  }
  drawPace() {
    const w = this.words, p = this.view.progress, share = this.percent(p.share);
    const said = (name, forecast) => {
      if (!forecast.votes) return this.t(`${name}_done`, {share});
      const values = {share, cases: this.whole(forecast.cases), votes: this.whole(forecast.votes)};
      if (forecast.hours == null) return this.t(`${name}_unknown`, values);
      return this.t(name, {...values, hours: this.hours(forecast.hours), low: this.hours(forecast.low), high: this.hours(forecast.high)});
    };
    const {low, high} = p.whole, soon = p.hour && p.whole.votes && high != null && high <= 10;
    const at = (hours) => this.clock(new Date(p.at_utc).getTime() + 3600000 * hours, false);
    return [
      h("p", {class: "wc-lead"}, this.t("votes_now", {votes: this.whole(p.votes), hour: this.whole(p.hour), day: this.whole(p.day)})),
      h("p", {}, p.per_hour == null ? w.no_pace : this.t("per_hour", {n: this.number(p.per_hour, p.per_hour < 10 ? 1 : 0)})),
      h("p", {}, said("whole", p.whole)), h("p", {}, p.most ? said("most", p.most) : w.no_risk),
      soon ? h("p", {}, this.t("clock", {from: at(low), to: at(high)})) : null,
      p.per_hour == null ? null : h("p", {class: "soft"}, w.range)];
  }
  drawPeople() {
    const w = this.words, people = this.view.people;
    if (!people.length) return h("p", {}, w.nobody);
    const columns = [[w.person], ...["votes", "hour", "day", "seconds", "held", "postponed"].map((name) => [w[name], "n"])];
    const rows = people.map((one) => [one.name, ...["votes", "hour", "day", "seconds", "held", "postponed"].map((name) => (one[name] == null ? w.none : this.whole(one[name])))]);
    return [this.scroll(this.t("table", {title: w.parts.people}), this.table(w.parts.people, columns, rows)), h("p", {class: "soft"}, w.people_note)];
  }

  // ---- what is computed beside the page

  line(name) {
    const w = this.words, state = this.view[name];
    const said = state.running ? w.computing : state.behind == null ? w.not_yet : state.behind ? this.t("behind", {n: this.whole(state.behind)}) : w.current;
    return [h("div", {class: "wc-line"}, h("span", {}, said), h("button", {type: "button", "data-key": `compute-${name}`, "aria-label": `${w.compute}: ${w.parts[name === "checklist" ? "gate" : "findings"]}`,
      onclick: () => this.refresh(false, name)}, w.compute)), state.problem ? h("p", {class: "wb-flag"}, state.problem) : null];
  }
  drawGate() {
    const w = this.words, held = this.results.checklist?.result;
    const item = (line) => h("li", {"data-line": line.key}, h("span", {class: `wc-state ${line.state}`}, h("i", {"aria-hidden": "true"}, SIGNS[line.state]), w.states[line.state]),
      h("div", {}, h("b", {}, line.title), h("p", {}, line.sentence), line.cases.length ? h("p", {}, this.t("to_settle", {numbers: this.numbers(line.cases)}), " ", this.toPleno()) : null,
        line.details.length ? h("details", {"data-key": line.key}, h("summary", {"data-key": `sum-${line.key}`}, this.t("details", {n: line.details.length})), h("ul", {}, line.details.map((text) => h("li", {style: "display:list-item;border:0;padding:.1rem 0"}, text)))) : null,
        line.to_do ? h("p", {class: "to-do"}, h("span", {class: "hidden"}, `${w.to_do}: `), line.to_do) : null));
    return [held ? h("p", {class: "wc-lead"}, held.sentence) : null, this.line("checklist"),
      held ? h("ul", {class: "wc-check", "aria-label": w.checklist}, held.lines.map(item)) : null,
      h("p", {class: "soft"}, w.states_note, " ", w.sign_note)];
  }
  drawFindings() {
    const w = this.words, held = this.results.findings?.result;
    const one = (finding) => h("article", {class: "wc-finding"}, h("h3", {}, finding.title), h("p", {}, finding.sentence),
      finding.caution ? h("p", {class: "wb-flag"}, h("b", {}, `${w.caution}: `), finding.caution) : null,
      finding.rows.length ? h("details", {"data-key": finding.key}, h("summary", {"data-key": `sum-${finding.key}`}, this.t("table", {title: finding.title})),
        this.scroll(this.t("table", {title: finding.title}), this.table(finding.title, finding.columns.map((title) => [title]), finding.rows))) : null);
    return [this.line("findings"), held ? (held.findings.length ? h("div", {class: "wc-findings"}, held.findings.map(one)) : h("p", {}, w.no_findings)) : null];
  }
  drawRoles() {
    const w = this.words, roles = this.view.roles, listed = roles.some((one) => one.roles.length);
    const list = (texts, otherwise = w.none) => texts.join(", ") || otherwise;
    const rows = roles.map((one) => [one.name, list(one.roles), list(one.may, listed ? w.looks_on : w.none), one.instansi || w.none, list(one.scope, w.everywhere), list(one.conflicts)]);
    return [listed ? null : h("p", {}, w.everybody),
      rows.length ? this.scroll(this.t("table", {title: w.parts.roles}), this.table(w.parts.roles, [[w.person], [w.roles], [w.may], [w.from], [w.scope], [w.conflicts]], rows)) : null,
      h("p", {class: "soft"}, w.roles_note)];
  }

  // ---- the curve

  drawCurve() {
    const w = this.words, p = this.view.progress, curve = this.results.findings?.result?.curve;
    const share = this.percent(p.share), values = p.errors && {share, cases: this.whole(p.most.cases), expected: this.number(p.errors.expected), reviewed: this.number(p.errors.reviewed)};
    const still = values ? this.t(p.most.cases ? "still" : "still_done", values) : w.no_risk;
    if (!curve) return [h("p", {class: "wc-lead"}, still), h("p", {class: "soft"}, this.view.findings.running ? w.computing : w.not_yet)];
    if (!curve.cases.length) return [h("p", {class: "wc-lead"}, still), h("p", {}, w.no_curve), h("p", {class: "soft"}, curve.rests_on)];
    return [h("p", {class: "wc-lead"}, still), this.plot(curve, still), this.key(curve), curve.net ? null : h("p", {class: "wc-plain"}, w.net_unknown),
      h("p", {class: "wc-plain"}, h("b", {}, `${w.rests_on}: `), curve.rests_on), this.curveTable(curve)];
  }
  // As wide as its place, so that its letters keep their size.
  plotWidth() { return Math.min(960, Math.max(300, this.parts.curve.body.clientWidth)); }
  plot(curve, still) {
    const w = this.words, p = this.view.progress, {left, right, top, bottom} = PLOT, width = this.plotWidth(), height = Math.max(250, Math.round(width * 0.46));
    const lines = ["contained_high", "net_low", "net_high", "random_order"].flatMap((name) => curve[name] || []);
    const low = Math.min(0, ...lines), high = Math.max(...lines, ...curve.contained, 0.1) * 1.04, last = curve.cases[curve.cases.length - 1];
    const x = (n) => left + (n / last) * (width - left - right), y = (e) => height - bottom - ((e - low) / (high - low)) * (height - top - bottom);
    const path = (line) => `M${x(0).toFixed(1)} ${y(0).toFixed(1)}${curve.cases.map((n, i) => `L${x(n).toFixed(1)} ${y(line[i]).toFixed(1)}`).join("")}`;
    const band = (from, to) => `${path(to)}${curve.cases.map((n, i) => [n, i]).reverse().map(([n, i]) => `L${x(n).toFixed(1)} ${y(from[i]).toFixed(1)}`).join("")}Z`;
    const line = (x1, y1, x2, y2, kind) => s("line", {x1, y1, x2, y2, class: kind});
    const across = ticks(0, last, width / 90), up = ticks(low, high, 5), decimals = Math.abs(up[1] - up[0]) < 1 ? 1 : 0;
    const at = [x(Math.min(p.reviewed, last)), y(p.errors ? p.errors.reviewed : 0)];
    return s("svg", {class: "wc-curve", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${w.curve}. ${still}`},
      up.map((e) => [line(left, y(e), width - right, y(e), "grid"), s("text", {x: left - 6, y: y(e) + 4, "text-anchor": "end"}, this.number(e, decimals))]),
      across.map((n) => [line(x(n), y(low), x(n), y(low) + 5, "tick"), s("text", {x: x(n), y: y(low) + 19, "text-anchor": "middle"}, this.whole(n))]),
      s("path", {d: band(curve.contained_low, curve.contained_high), class: "band"}), curve.net && s("path", {d: band(curve.net_low, curve.net_high), class: "netband"}),
      curve.random_order && s("path", {d: path(curve.random_order), class: "random"}), s("path", {d: path(curve.contained), class: "contained"}),
      curve.net && s("path", {d: path(curve.net), class: "net"}),
      line(left, y(low), width - right, y(low), "axis"), line(left, top, left, y(low), "axis"),
      p.errors && [line(at[0], y(low), at[0], at[1], "present"), s("circle", {cx: at[0], cy: at[1], r: 5, class: "dot"})],
      s("text", {x: (left + width - right) / 2, y: height - 8, "text-anchor": "middle", class: "title"}, w.x_axis),
      s("text", {x: 0, y: 0, transform: `translate(14 ${(top + height - bottom) / 2}) rotate(-90)`, "text-anchor": "middle", class: "title"}, w.y_axis));
  }
  key(curve) {
    const w = this.words, sample = (kind) => s("svg", {viewBox: "0 0 36 14", "aria-hidden": "true"}, kind === "band" ? s("rect", {width: 36, height: 14, class: kind}) : s("path", {d: "M0 7H36", class: kind}),
      kind === "present" ? s("circle", {cx: 18, cy: 7, r: 4, fill: "#fff", class: kind}) : null);
    const entries = [["contained", w.contained], ["band", w.band], ...(curve.net ? [["net", w.net]] : []), ...(curve.random_order ? [["random", w.random_order]] : []),
      ...(this.view.progress.errors ? [["present", this.t("present", {n: this.whole(this.view.progress.reviewed)})]] : [])];
    return h("ul", {class: "wc-key"}, entries.map(([kind, title]) => h("li", {}, sample(kind), title)));
  }
  curveTable(curve) {
    const w = this.words, last = curve.cases.length - 1, rows = [...new Set(Array.from({length: 21}, (_, i) => Math.round((i * last) / 20)))];
    const ranged = ["contained", ...(curve.net ? ["net"] : [])];
    const columns = [[w.n_cases], ...ranged.flatMap((name) => [[w.columns[name], "n"], [w.low, "n"], [w.high, "n"]]), ...(curve.random_order ? [[w.columns.random_order, "n"]] : [])];
    const cells = (i) => [this.whole(curve.cases[i]), ...ranged.flatMap((name) => ["", "_low", "_high"].map((end) => this.number(curve[name + end][i]))), ...(curve.random_order ? [this.number(curve.random_order[i])] : [])];
    return h("details", {"data-key": "curve"}, h("summary", {"data-key": "sum-curve"}, w.curve_table), this.scroll(w.curve_table, this.table(w.curve, columns, rows.map(cells))));
  }
}

export default {
  render({model, el}) {
    const screen = new Chair(model, el);
    return () => screen.stop();
  },
};
