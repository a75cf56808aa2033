// The case screen; component.js stands before it and holds what every screen shares, then figures.js and dialog.js.

const KNOWN = "wb-queue-known"; // that somebody has read, in this browser, how the page works
const CODE_KEYS = "asdfgh"; // the home row, so that one hand stays: the same in every language

class Screen extends Component {
  constructor(model, element) {
    super(model);
    this.choice = {action: "", box: null};
    this.lastVote = null; // what U takes back right after a vote
    this.asked = ""; // the token of what was asked to be read; an answer that comes too late is not shown
    this.shortcuts = recall("wb-shortcuts") !== "off";
    this.top = h("header", {class: "wb-top"});
    this.body = h("main", {class: "wb-body"});
    this.form = h("form", {class: "wb-form", "aria-label": this.words.form, novalidate: true});
    this.dialog = new Dialog(this.words);
    this.dialog.element.addEventListener("close", () => this.onClosed());
    this.root = h("div", {class: "wb"}, h("div", {}, this.nav, this.banner, this.top), this.body, this.form, this.dialog.element);
    element.append(this.root);
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.onDocumentKey = (event) => this.onKey(event);
    document.addEventListener("keydown", this.onDocumentKey);
    this.listen();
    this.draw();
    this.home();
    if (!recall(KNOWN)) this.dialog.showGuide();
    this.root.dataset.ready = "yes";
  }

  stop() {
    super.stop();
    document.removeEventListener("keydown", this.onDocumentKey);
  }
  // A tick stands before what is done, not before what is still going on.
  tell(text, bad = false, busy = false) {
    super.tell(text, bad);
    this.status.classList.toggle("busy", busy);
  }

  // ---- what comes back

  receive(answer) {
    if (answer.kind === "state") { this.take(answer); return; }
    if (answer.token !== this.asked) return;
    this.asked = "";
    this.tell("");
    if (answer.kind === "own") this.drawOwn(answer.votes);
    else this.dialog.showSections(answer);
  }
  ask(message) {
    this.tell(this.words.loading, false, true);
    this.asked = this.send(message);
  }
  lose() {
    if (this.asked) { this.asked = ""; this.tell(""); } // nobody answers any more
    super.lose();
  }
  onClosed() {
    remember(KNOWN, "yes");
    if (document.activeElement === document.body) this.home(); // what had the focus is gone
  }
  take(answer) {
    const before = this.view;
    this.view = answer;
    this.asked = "";
    if (answer.acknowledged) {
      this.pending = null;
      remember(this.draftName(answer.voted_case), null);
      this.lastVote = answer.own.find((vote) => vote.case_id === answer.voted_case) || null;
    } else if (answer.problem) this.pending = null;
    else this.lastVote = null;
    if (answer.withdrawn) this.keepDraft(answer.withdrawn);
    const sameCase = before.case && answer.case && before.case.case_id === answer.case.case_id && before.case.run === answer.case.run;
    if (sameCase && before.closed === answer.closed && !answer.acknowledged && !answer.undone) { this.drawTop(); return; }
    this.draw();
    if (answer.acknowledged) {
      const hidden = before.case && before.case.hidden && before.case.case_id === answer.voted_case;
      this.tell([this.t("saved", {n: answer.voted, seq: answer.acknowledged}), hidden && answer.stated ? this.t("revealed", {box: answer.stated}) : "",
        answer.done === answer.total ? this.words.all_done : this.words.then].filter(Boolean).join(" "));
      this.home();
    } else if (answer.undone) { this.tell(this.t("undone", {n: answer.undone})); this.home(); }
    else if (answer.problem) this.tell(answer.problem, true);
    else if (answer.notice) this.tell(answer.notice, true);
    // What had the focus was drawn anew.
    if (document.activeElement === document.body) this.home();
  }

  // ---- drafts

  draftName(caseId) { return `wb-draft/${this.view.title}/${this.view.actor}/${caseId}`; }
  content() {
    const code = this.form.querySelector("input[name=wb-code]:checked");
    return {action: this.choice.action, box: this.choice.box, reason_code: code ? code.value : "",
      reason: this.form.querySelector("textarea").value,
      confidence: Number(this.form.querySelector("input[name=wb-sure]:checked").value)};
  }
  keep() {
    if (this.drawing || !this.view.case || this.view.closed) return;
    this.keepDraft({...this.content(), case_id: this.view.case.case_id});
  }
  keepDraft(draft) { remember(this.draftName(draft.case_id), JSON.stringify(draft)); }
  draft() {
    try { return JSON.parse(recall(this.draftName(this.view.case.case_id))); } catch { return null; }
  }
  same(one, other) {
    return one && other && ["action", "box", "reason_code", "confidence"].every((name) => one[name] === other[name])
      && one.reason.trim() === other.reason.trim();
  }

  // ---- what the reviewer does

  home() {
    const group = this.form.querySelector(".wb-decision");
    const heading = this.body.querySelector("h2");
    // Where the form is not beside the case (zoom, small window), reading begins at the top of the new case.
    if (getComputedStyle(this.root).getPropertyValue("--one-screen").trim() === "1" && group) group.focus({preventScroll: true});
    else if (heading) heading.focus();
  }
  choose(action, box = null) {
    this.choice = {action, box};
    this.mark(action, box);
    this.form.querySelector(".wb-decision").classList.remove("missing");
    this.keep();
  }
  mark(action, box) {
    const chosen = action === "box" ? String(box) : action;
    this.root.querySelectorAll("[data-choice]").forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.choice === chosen)));
  }
  submit() {
    if (!this.view.case || this.view.closed || this.pending) return;
    const content = this.content();
    const missing = !content.action ? ["decision", ".wb-decision"] : !content.reason_code ? ["code", ".wb-codes"]
      : content.reason.trim().length < 3 ? ["reason", ".wb-reason"] : null;
    if (missing) {
      const place = this.form.querySelector(missing[1]);
      place.classList.add("missing");
      (missing[0] === "reason" ? place.querySelector("textarea") : missing[0] === "code" ? place.querySelector("input") : place).focus();
      this.tell(this.words[`need_${missing[0]}`], true);
      return;
    }
    if (this.same(content, this.view.vote)) { this.tell(this.words.unchanged, true); return; }
    const before = this.draft();
    // A second attempt at the same content keeps its key, also after a reload; a changed one is another submission.
    const key = before && before.key && this.same(before, content) ? before.key : newKey();
    const message = {kind: "vote", case_id: this.view.case.case_id, run: this.view.case.run, ...content, idempotency_key: key};
    this.keepDraft({...content, case_id: message.case_id, key});
    this.pending = {message, at: 0};
    this.tell(this.words.saving, false, true);
    this.sendPending();
  }
  undo() {
    const vote = this.view.vote || this.lastVote;
    if (!vote) { this.tell(this.words.nothing_to_undo, true); return; }
    this.send({kind: "undo", case_id: vote.case_id, seq: vote.seq, idempotency_key: newKey()});
  }
  onKey(event) {
    const target = event.target;
    if (event.key === "Escape" && !this.dialog.open) { this.form.querySelector(".wb-decision")?.focus(); return; }
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const text = target.tagName === "TEXTAREA" || (target.tagName === "INPUT" && target.type === "text");
    if (event.key === "Enter" && target.tagName === "TEXTAREA" && !event.shiftKey) { event.preventDefault(); this.submit(); return; }
    // Single keys act only while the form or a box has the focus, never while somebody types, and can be switched off.
    const inside = this.form.contains(target) || target.classList.contains("wb-box");
    if (!inside || text || this.view.closed) return;
    const pressed = target.dataset && target.dataset.choice && target.getAttribute("aria-pressed") === "true";
    if (event.key === "Enter" && (pressed || !["BUTTON", "INPUT"].includes(target.tagName))) { event.preventDefault(); this.submit(); return; }
    if (!this.shortcuts || event.key.length !== 1) return;
    const key = event.key.toLowerCase();
    if (/[1-9]/.test(key)) this.choose("box", Number(key));
    else if (key === "r") this.choose("retest");
    else if (key === "t") this.choose("postpone");
    else if (key === "u") this.undo();
    else if (key === "?") this.dialog.showGuide();
    else if (CODE_KEYS.includes(key)) this.chooseCode(CODE_KEYS.indexOf(key));
    else return;
    event.preventDefault();
  }
  chooseCode(index) {
    const input = this.form.querySelectorAll("input[name=wb-code]")[index];
    if (!input) return;
    input.checked = true;
    this.form.querySelector(".wb-codes").classList.remove("missing");
    this.keep();
    this.form.querySelector("textarea").focus();
  }

  // ---- drawing

  draw() {
    this.drawing = true;
    this.tell("");
    this.drawTop();
    this.drawBody();
    this.drawForm();
    this.drawing = false;
    document.title = `${this.words.page} · ${this.t("done", this.view)}`;
  }

  drawTop() {
    const v = this.view, w = this.words;
    const pick = (name, place) => h("label", {}, h("span", {}, w[name]), h("select", {onchange: (event) => {
      const chosen = [...v.filters.chosen];
      chosen[place] = event.target.value;
      this.send({kind: "filter", instansi: chosen[0], jenjang: chosen[1]});
    }}, h("option", {value: ""}, w.all), v.filters[name].map(([key, title]) => h("option", {value: key, selected: key === v.filters.chosen[place]}, title))));
    const jump = h("input", {type: "text", inputmode: "numeric", autocomplete: "off", "aria-label": w.case_number, value: v.case ? v.case.position : "", onchange: (event) => this.send({kind: "jump", number: Number(event.target.value)})});
    const active = this.top.contains(document.activeElement) ? [...this.top.querySelectorAll("select,input,button")].indexOf(document.activeElement) : -1;
    this.top.replaceChildren(
      h("div", {class: "wb-name"}, h("h1", {}, w.page), h("p", {}, v.title)),
      pick("instansi", 0), pick("jenjang", 1),
      h("div", {class: "wb-jump"}, h("button", {type: "button", "aria-label": w.previous, onclick: () => this.send({kind: "previous"})}, "‹"),
        h("label", {}, h("span", {}, w.case), jump), h("span", {}, fill(w.of_last, {n: v.last})),
        h("button", {type: "button", "aria-label": w.next, onclick: () => this.send({kind: "next"})}, "›")),
      h("div", {class: "wb-progress"}, h("p", {class: "wb-done"}, this.t("done", v)), h("progress", {max: v.total || 1, value: v.done, "aria-label": w.progress}),
        h("p", {class: "wb-who"}, this.t("reviewer", {name: v.actor}))),
      h("button", {type: "button", class: "wb-ask", "aria-label": w.help, title: w.help, onclick: () => this.dialog.showGuide()}, "?"));
    if (active >= 0) this.top.querySelectorAll("select,input,button")[active]?.focus();
  }

  drawBody() {
    const c = this.view.case, w = this.words;
    if (!c) { this.body.replaceChildren(h("section", {class: "wb-card"}, h("h2", {tabindex: "-1"}, w.no_case))); return; }
    this.body.replaceChildren(this.personCard(c), this.gridCard(c), this.evidenceCard(c));
    // A card that overflows must be reachable by keyboard.
    for (const card of this.body.children) if (card.scrollHeight > card.clientHeight + 1) card.setAttribute("tabindex", "0");
  }

  personCard(c) {
    const w = this.words, v = this.view;
    const row = (title, value) => h("div", {}, h("dt", {}, title), h("dd", {}, value));
    return h("section", {class: "wb-card wb-person", "aria-label": w.person},
      h("h2", {tabindex: "-1"}, this.t("case_n", {n: c.position})),
      h("p", {class: "wb-id"}, c.participant),
      h("dl", {}, row(w.jabatan, c.jabatan), row(w.jenjang, c.years_in_tier == null ? c.jenjang : this.t("tier_years", {tier: c.jenjang, n: this.number(c.years_in_tier)})),
        row(w.unit, c.unit), row(w.instansi, c.instansi), row(w.rule, this.explain(c.policy, w.rule_more, {kind: "rule", topic: "policy"}))),
      h("h3", {}, w.own_votes),
      v.own.length ? h("ul", {class: "wb-own"}, v.own.map((vote) => h("li", {}, h("span", {}, `${this.t("case_n", {n: vote.position ?? "–"})}: ${this.choiceWords(vote)}`), this.lookButton(vote)))) : h("p", {class: "soft"}, w.none_yet),
      v.own_total ? h("button", {type: "button", class: "link", onclick: () => this.ask({kind: "own"})}, this.t("own_all", {n: v.own_total})) : null,
      h("button", {type: "button", class: "link", onclick: () => this.ask({kind: "mirror"})}, w.mirror));
  }

  // A name behind which an explanation lies, fetched when somebody asks.
  explain(name, label, message) {
    return h("button", {type: "button", class: "link why", "aria-label": `${name}: ${label}`, "aria-haspopup": "dialog", onclick: () => this.ask(message)}, name);
  }

  choiceWords(vote) {
    return vote.action === "box" ? this.t("box_n", {box: vote.box}).toLowerCase() : this.words[vote.action].toLowerCase();
  }
  lookButton(vote) {
    return h("button", {type: "button", class: "link", "aria-label": `${this.words.look}: ${this.t("case_n", {n: vote.position ?? "–"})}`, onclick: () => {
      this.dialog.close();
      this.send({kind: "show", case_id: vote.case_id});
    }}, this.words.look);
  }

  gridCard(c) {
    const w = this.words;
    const dots = c.p ? dotsOf(c.p) : new Array(9).fill(0);
    const jpm = c.jpm == null ? null : h("span", {}, this.explain(w.jpm, w.jpm_more, {kind: "rule", topic: "jpm"}), " ", h("b", {}, `${this.number(c.jpm)} ${c.jpm_category}`));
    const cells = [h("div", {class: "corner"}, h("span", {}, `${w.kinerja} ↑`))];
    c.grid.forEach((line, r) => {
      cells.push(h("div", {class: "axis row"}, w.rows[r]));
      line.forEach((box) => cells.push(this.cell(c, box, dots[box - 1])));
    });
    const [low, high] = c.cuts.map((x) => this.number(x, x % 1 ? 1 : 0));
    const bounds = [`< ${low}`, `${low} – ${high}`, `≥ ${high}`];
    cells.push(h("div", {class: "axis"}, `${w.potensial} →`), this.strip(c), h("div", {}), ...w.columns.map((title, i) => h("div", {class: "axis"}, `${title} (${bounds[i]})`)));
    const fact = (title, value) => h("span", {}, `${title} `, h("b", {}, value));
    return h("section", {class: "wb-card wb-middle", "aria-label": w.nine},
      c.mark ? h("p", {class: "wb-flag"}, c.mark) : null,
      h("div", {class: "wb-head"},
        c.hidden ? h("h2", {}, w.hidden_title) : h("h2", {}, this.t("box_n", {box: c.box}), h("small", {}, ` ${w.stated}`)),
        c.hidden ? h("p", {class: "wb-why"}, w.hidden) : null,
        c.p ? h("p", {class: "wb-figure"}, h("b", {}, shownPercent(c.p_pool)), h("span", {}, w.in_pool)) : null,
        c.p ? h("p", {class: "wb-figure warn"}, h("b", {}, shownPercent(c.risk)), h("span", {}, w.wrong)) : null),
      h("div", {class: "wb-grid"}, cells),
      h("p", {class: "soft"}, c.hidden ? w.pool_sign : c.p ? w.cloud : w.unknown, " ", this.explain(w.boxes, w.boxes_more, {kind: "rule", topic: "boxes"})),
      h("p", {class: "wb-facts"}, c.potensial == null ? null : fact(w.potensial, this.spread(c.potensial, c.potensial_sd)),
        c.kinerja == null ? null : fact(w.kinerja, this.spread(c.kinerja, c.kinerja_sd)), jpm),
      c.flip ? h("p", {class: "wb-flip"}, c.flip) : null,
      c.box_printed != null && c.box_printed !== c.box ? h("p", {class: "wb-flag"}, this.t("printed", {box: c.box_printed})) : null,
      c.box_source === "official" ? h("p", {class: "wb-flag"}, w.official) : null,
      c.hidden ? null : h("p", {class: "wb-follow"}, h("b", {}, `${this.t("follow_up", {box: c.box})}: `), c.follow_up));
  }
  spread(value, sd) { return sd ? `${this.number(value)} ± ${this.number(sd)}` : this.number(value); }

  cell(c, box, count) {
    const w = this.words, p = c.p ? c.p[box - 1] : null, stated = box === c.box, pool = c.pool.includes(box);
    const label = [p == null ? this.t("box_n", {box}) : this.t("cell", {box, p: shownPercent(p)}), stated ? w.stated : null, pool ? w.pool : null].filter(Boolean).join(", ");
    return h("button", {type: "button", class: `wb-box${stated ? " stated" : ""}${pool ? " pool" : ""}`, "data-choice": box, "aria-pressed": "false", "aria-label": label, disabled: this.view.closed, onclick: () => this.choose("box", box)},
      h("span", {class: "no"}, h("b", {}, String(box)), pool ? h("span", {class: "star"}, "★") : null, stated ? h("span", {class: "tag"}, w.stated) : null),
      p == null ? null : h("span", {class: `p${p ? "" : " nil"}`}, shownPercent(p)),
      h("span", {class: "tag mine"}, w.chosen),
      count ? cloud(count) : null);
  }

  strip(c) {
    if (c.potensial == null) return h("div", {class: "wb-strip"});
    // One third of the width a column; inside, points grow evenly; outside the outer cuts at the same pace.
    const [low, high] = c.cuts;
    const place = (x) => 100 * Math.min(0.985, Math.max(0.015, (1 + (x - low) / (high - low)) / 3));
    const sd = c.potensial_sd || 0, from = place(c.potensial - sd), to = place(c.potensial + sd);
    return h("div", {class: "wb-strip", "aria-hidden": "true"}, h("i", {class: "line", style: `left:${from}%;width:${to - from}%`}), h("i", {class: "dot", style: `left:${place(c.potensial)}%`}));
  }

  evidenceCard(c) {
    const w = this.words;
    const rows = c.levels.map((level) => h("tr", {}, h("th", {scope: "row"}, this.explain(level.title, w.competency_more, {kind: "competency", title: level.title})), this.levelCell(level),
      h("td", {class: "n"}, level.required == null ? "–" : String(level.required)),
      h("td", {}, whiskers(level), h("span", {class: "hidden"}, this.t("range", level)))));
    const scale = s("svg", {class: "wb-whiskers", width: 116, height: 14, "aria-hidden": "true"}, [1, 2, 3, 4, 5].map((v) => s("text", {x: 10 + (v - 1) * 24, y: 11, "text-anchor": "middle"}, String(v))));
    return h("section", {class: "wb-card wb-evidence", "aria-label": w.evidence},
      h("h2", {}, w.evidence),
      h("table", {class: "wb-levels"}, h("thead", {}, h("tr", {}, h("th", {scope: "col"}, w.competency), h("th", {scope: "col", class: "n"}, w.level),
        h("th", {scope: "col", class: "n"}, h("abbr", {title: w.standard_long}, w.standard)), h("td", {}, scale))), h("tbody", {}, rows)),
      h("p", {class: "soft"}, w.legend),
      h("h3", {}, w.quality),
      c.flags.length ? c.flags.map((flag) => h("p", {class: "wb-flag"}, `${flag.flag}: ${flag.detail}`)) : h("p", {class: "soft"}, w.no_flags),
      h("h3", {}, w.performance),
      c.performance.length ? h("dl", {class: "wb-years"}, c.performance.map((y) => h("div", {}, h("dt", {}, y.year), h("dd", {}, this.t("work", {predicate: y.predicate, result: y.hasil_kerja}))))) : h("p", {class: "soft"}, w.no_performance));
  }

  levelCell(level) {
    const below = level.required != null && level.level < level.required;
    return below ? h("td", {class: "n below"}, `${level.level} ${BELOW}`, h("span", {class: "hidden"}, ` ${this.words.below}`)) : h("td", {class: "n"}, String(level.level));
  }

  drawForm() {
    const w = this.words, v = this.view;
    if (!v.case || v.closed) {
      this.form.replaceChildren(h("div", {class: "wb-decision", tabindex: "-1"}, v.closed ? v.closed_because : w.no_case), h("div", {class: "wb-note"}, this.status));
      if (v.vote) this.mark(v.vote.action, v.vote.box);
      return;
    }
    const choice = (name, title, label) => h("button", {type: "button", "data-choice": name, "aria-pressed": "false", "aria-label": label, onclick: () => this.choose(...(Number(name) ? ["box", Number(name)] : [name]))}, title);
    const key = (letter) => (this.shortcuts ? h("kbd", {}, letter) : null);
    const legend = (text) => h("legend", {}, text);
    const radio = (name, value, ...title) => h("label", {}, h("input", {type: "radio", name, value, checked: name === "wb-sure" && value === "2", onchange: () => { this.form.querySelector(".wb-codes").classList.remove("missing"); this.keep(); }}), h("span", {}, ...title));
    const toggle = h("label", {}, h("input", {type: "checkbox", checked: this.shortcuts, onchange: (event) => this.switchShortcuts(event.target.checked)}), w.shortcuts);
    this.form.replaceChildren(
      h("div", {class: "wb-column"},
        h("fieldset", {class: "wb-decision", tabindex: "-1"}, legend(w.step_decision),
          h("div", {class: "wb-keys"}, [1, 2, 3, 4, 5, 6, 7, 8, 9].map((b) => choice(String(b), String(b), this.t("box_n", {box: b})))),
          h("div", {class: "wb-keys"}, choice("retest", [w.retest, key("R")]), choice("postpone", [w.postpone, key("T")]))),
        h("fieldset", {class: "wb-sure"}, h("legend", {class: "beside"}, w.confidence), ["1", "2", "3"].map((n) => radio("wb-sure", n, w.sure[n])))),
      h("fieldset", {class: "wb-codes"}, legend(w.step_code), h("div", {}, Object.entries(w.reasons).map(([code, title], i) => radio("wb-code", code, title, key(CODE_KEYS[i].toUpperCase()))))),
      h("div", {class: "wb-reason"}, h("label", {for: "wb-reason"}, w.step_reason),
        h("textarea", {id: "wb-reason", maxlength: "2000", placeholder: w.placeholder, oninput: () => { this.form.querySelector(".wb-reason").classList.remove("missing"); this.keep(); }})),
      h("div", {class: "wb-act"}, h("button", {type: "submit", class: "main"}, w.save, this.shortcuts ? h("kbd", {}, "Enter") : null),
        h("button", {type: "button", onclick: () => this.undo()}, w.undo, key("U"))),
      h("div", {class: "wb-note"}, this.status, h("span", {class: "wb-help"}, this.shortcuts ? w.keys : w.no_keys), toggle));
    this.restore();
  }
  restore() {
    const draft = this.draft(), vote = this.view.vote;
    if (draft && this.same(draft, vote)) remember(this.draftName(this.view.case.case_id), null);
    const from = draft || vote;
    this.choice = {action: "", box: null};
    if (!from) return;
    this.form.querySelector("textarea").value = from.reason || "";
    for (const [name, value] of [["wb-code", from.reason_code], ["wb-sure", from.confidence]]) {
      const input = [...this.form.querySelectorAll(`input[name=${name}]`)].find((i) => i.value === String(value));
      if (input) input.checked = true;
    }
    if (from.action) this.choose(from.action, from.box);
    if (draft && !this.same(draft, vote)) this.tell(this.words.draft);
    else if (vote) this.tell(this.words.voted);
  }

  drawOwn(votes) {
    const w = this.words;
    const when = (at) => new Date(at).toLocaleString(w.locale, {dateStyle: "medium", timeStyle: "short"});
    this.dialog.show(this.t("own_all", {n: votes.length}), table([w.case, w.decision, w.reason, w.time, w.look_title],
      votes.map((vote) => [String(vote.position ?? "–"), this.choiceWords(vote), `${w.reasons[vote.reason_code] || vote.reason_code}: ${vote.reason}`, when(vote.at_utc), this.lookButton(vote)])));
  }
}

export default {
  render({model, el}) {
    const screen = new Screen(model, el);
    return () => screen.stop();
  },
};
