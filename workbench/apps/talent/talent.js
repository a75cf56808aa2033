// The talent explorer; component.js, figures.js and person.js stand before it. Filters live here and nowhere else.

const TYPING = 250; // milliseconds after the last letter before a search is sent
const TABS = ["people", "vacancy", "compare"];

class Talent extends Component {
  constructor(model, element) {
    super(model);
    this.picked = []; // people to compare
    this.tab = "people";
    this.waits = {}; // token of the last request of each kind: an earlier answer that comes late is not shown
    this.asked = {...this.view.people.asked, sort: this.view.people.sort, descending: this.view.people.descending, page: 1};
    this.vacancy = {code: "", page: 1};
    this.top = h("header", {class: "wb-top"});
    this.group = h("div", {class: "wt-group", role: "group", "aria-label": this.words.group});
    this.grid = h("section", {class: "wb-card wt-grid", "aria-labelledby": "wt-nine"});
    this.tabs = h("div", {class: "wt-tabs", role: "tablist", "aria-label": this.words.tabs});
    this.panels = Object.fromEntries(TABS.map((name) => [name, h("div", {class: "wt-panel", role: "tabpanel", id: `wt-${name}`, "aria-labelledby": `wt-tab-${name}`})]));
    this.dialog = h("dialog", {class: "wt-dialog", "aria-labelledby": "wt-card-title"});
    this.root = h("div", {class: "wb wb-talent"},
      h("div", {}, this.nav, this.banner, this.top),
      h("main", {class: "wt-body"}, this.left = h("div", {class: "wt-left"}, this.group, this.grid),
        h("section", {class: "wb-card wt-right", "aria-label": this.words.tabs}, this.tabs, this.status, Object.values(this.panels))),
      this.dialog);
    element.append(this.root);
    this.listen();
    this.drawAll();
    this.root.dataset.ready = "yes";
  }
  stop() {
    super.stop();
    clearTimeout(this.typing);
  }

  // ---- what goes out and what comes back

  ask(kind, content) { this.waits[kind] = this.send({kind, ...content}); }
  askPeople(changes = {}) {
    this.asked = {...this.asked, page: 1, ...changes};
    this.ask("people", this.asked);
  }
  askVacancy(changes) {
    this.vacancy = {...this.vacancy, page: 1, ...changes};
    this.drawVacancyTools();
    if (this.vacancy.code) this.ask("vacancy", {vacancy: this.vacancy.code, page: this.vacancy.page});
    else this.drawCandidates(null);
  }
  askComparison() {
    if (this.picked.length > 1) this.ask("compare", {participants: this.picked});
    else this.drawComparison(null);
  }
  openCard(participant) {
    this.opener = document.activeElement;
    this.ask("card", {participant});
  }
  receive(answer) {
    if (answer.kind === "state") { this.renew(answer); return; }
    if (this.waits[answer.kind] !== answer.token) return;
    if (this.status.classList.contains("bad")) this.tell("");
    if (answer.kind === "people") {
      this.view = {...this.view, people: answer};
      this.asked = {...this.asked, page: answer.page};
      this.drawGrid();
      this.drawPeople();
    } else if (answer.kind === "card") this.showCard(answer.card);
    else if (answer.kind === "compare") this.drawComparison(answer);
    else if (answer.kind === "vacancy") this.drawCandidates(answer);
  }
  // Boxes or minutes are others now: what was open may no longer hold, so the page starts over, and says so.
  renew(answer) {
    this.view = answer;
    this.picked = [];
    this.vacancy = {code: "", page: 1};
    this.asked = {...answer.people.asked, sort: answer.people.sort, descending: answer.people.descending, page: 1};
    if (this.dialog.open) this.dialog.close();
    this.drawAll();
    this.tell(answer.notice, true);
  }

  // ---- what the reader does

  toggleBox(box) {
    const boxes = this.asked.boxes.includes(box) ? this.asked.boxes.filter((b) => b !== box) : [...this.asked.boxes, box].sort();
    this.showTab("people");
    this.askPeople({boxes});
  }
  sortBy(column) {
    const descending = this.asked.sort === column ? !this.asked.descending : ["box", "p_pool", "potensial", "kinerja", "jpm"].includes(column);
    this.askPeople({sort: column, descending});
  }
  pick(participant) {
    const inside = this.picked.includes(participant);
    if (!inside && this.picked.length >= this.view.most) { this.tell(this.t("too_many", {n: this.view.most}), true); return false; }
    this.picked = inside ? this.picked.filter((name) => name !== participant) : [...this.picked, participant];
    this.tell("");
    this.drawTabs();
    this.askComparison();
    this.root.querySelectorAll("[data-pick]").forEach((box) => { box.checked = this.picked.includes(box.dataset.pick); });
    return true;
  }
  showTab(name, focus = false) {
    this.tab = name;
    this.drawTabs();
    if (focus) this.tabs.querySelector("[aria-selected=true]").focus();
  }
  showCard(card) {
    const w = this.words;
    const label = () => (this.picked.includes(card.participant) ? w.remove : w.add);
    const button = h("button", {type: "button", onclick: () => { this.pick(card.participant); button.textContent = label(); }}, label());
    drawCard(this, this.dialog, card, button);
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.querySelector(".wt-close").focus();
  }

  // ---- drawing

  drawAll() {
    document.title = `${this.words.page} · ${this.view.title}`;
    this.drawTop();
    this.drawGroup();
    this.drawGrid();
    this.drawTabs();
    this.drawPeopleTools();
    this.drawPeople();
    this.drawVacancyTools();
    this.drawCandidates(null);
    this.drawComparison(null);
  }
  drawTop() {
    const v = this.view, w = this.words;
    this.top.replaceChildren(h("div", {class: "wb-name"}, h("h1", {}, w.page), h("p", {}, v.title)),
      h("p", {class: "wt-state"}, h("b", {class: "wt-mark"}, v.state), ` ${v.state_words}`),
      h("p", {class: "wb-who"}, this.t("reader", {name: v.actor})));
  }
  select(label, value, choices, onchange) {
    return h("label", {}, h("span", {}, label), h("select", {onchange: (event) => onchange(event.target.value)},
      choices.map(([key, title]) => h("option", {value: key, selected: key === value}, title))));
  }
  typed(onchange) {
    return (event) => {
      clearTimeout(this.typing);
      const value = event.target.value;
      if (event.type === "change") onchange(value);
      else this.typing = setTimeout(() => onchange(value), TYPING);
    };
  }
  drawGroup() {
    const v = this.view, w = this.words, a = this.asked, all = ["", w.all];
    const search = this.typed((words) => { if (words !== this.asked.words) this.askPeople({words}); });
    this.group.replaceChildren(...[
      v.mark ? h("p", {class: "wb-flag"}, v.mark) : null,
      h("details", {class: "wt-help"}, h("summary", {}, w.help_title), h("ul", {}, w.help.map((line) => h("li", {}, line)))),
      this.select(w.instansi, a.instansi, [all, ...v.instansi.map((name) => [name, name])], (instansi) => this.askPeople({instansi})),
      this.select(w.jenjang, a.jenjang, [all, ...v.jenjang], (jenjang) => this.askPeople({jenjang})),
      h("label", {class: "wide"}, h("span", {}, w.words), h("input", {type: "search", maxlength: "80", autocomplete: "off", value: a.words, oninput: search, onchange: search}))].filter(Boolean));
  }
  drawGrid() {
    const v = this.view, w = this.words, g = v.people.grid;
    const active = this.grid.contains(document.activeElement) ? document.activeElement.dataset.box : null;
    const axis = (words, name = "") => h("div", {class: `axis ${name}`}, words);
    const cells = [axis(`${w.kinerja} ↑`), ...w.columns.map(() => axis("")), axis(w.total, "sum")];
    v.lines.forEach((line, r) => {
      cells.push(axis(w.rows[r], "row"), ...line.map((box) => this.cell(box, g.cells[box])), axis(g.rows[r], "sum"));
    });
    cells.push(axis(`${w.potensial} →`), ...w.columns.map((title, c) => axis([title, h("br"), g.columns[c]], "column")), axis(""));
    this.grid.replaceChildren(h("h2", {id: "wt-nine"}, w.nine), h("div", {class: "wt-nine", role: "group", "aria-labelledby": "wt-nine", onkeydown: (event) => this.move(event)}, cells),
      h("p", {}, g.sentence), h("p", {class: "soft"}, `${g.size} ${g.about}`));
    if (active) this.grid.querySelector(`[data-box="${active}"]`).focus();
    // A card that overflows must be reachable by keyboard.
    if (this.grid.scrollHeight > this.grid.clientHeight + 1) this.grid.setAttribute("tabindex", "0");
    else this.grid.removeAttribute("tabindex");
  }
  cell(box, count) {
    const w = this.words, pool = this.view.pool.includes(box);
    const label = [this.t("cell", {box, stated: count.stated}), count.expected, count.between, pool ? w.pool : null].filter(Boolean).join(", ");
    return h("button", {type: "button", class: `wt-count${pool ? " pool" : ""}`, "data-box": box, "aria-pressed": String(this.asked.boxes.includes(box)), "aria-label": label, onclick: () => this.toggleBox(box)},
      h("span", {class: "no"}, h("b", {}, this.t("box_n", {box})), pool ? h("span", {class: "star"}, "★") : null), h("span", {class: "n"}, count.stated),
      count.expected ? h("span", {class: "expected"}, count.expected, " ", count.between) : null);
  }
  // Arrows walk the boxes as they lie.
  move(event) {
    const boxes = [...this.grid.querySelectorAll("[data-box]")], at = boxes.indexOf(event.target);
    const by = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -3, ArrowDown: 3}[event.key];
    if (!by || at < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    if (Math.abs(by) === 3 || Math.floor(at / 3) === Math.floor((at + by) / 3)) boxes[at + by]?.focus();
  }
  drawTabs() {
    const w = this.words, titles = {people: w.tab_people, vacancy: w.tab_vacancy, compare: this.t("tab_compare", {n: this.picked.length})};
    const focused = this.tabs.contains(document.activeElement);
    this.tabs.replaceChildren(...TABS.map((name) => h("button", {type: "button", role: "tab", id: `wt-tab-${name}`, "aria-controls": `wt-${name}`,
      "aria-selected": String(name === this.tab), tabindex: name === this.tab ? "0" : "-1", onclick: () => this.showTab(name, true),
      onkeydown: (event) => {
        const by = {ArrowLeft: -1, ArrowRight: 1}[event.key];
        if (!by) return;
        event.preventDefault();
        this.showTab(TABS[(TABS.indexOf(name) + by + TABS.length) % TABS.length], true);
      }}, titles[name])));
    for (const name of TABS) this.panels[name].hidden = name !== this.tab;
    if (focused) this.tabs.querySelector("[aria-selected=true]").focus();
  }

  drawPeopleTools() {
    const v = this.view, w = this.words, a = this.asked;
    const least = this.typed((value) => { const p = Number.parseInt(value || "0", 10); if (p !== this.asked.p_pool) this.askPeople({p_pool: p}); });
    const samePool = () => this.askPeople({boxes: [...v.pool]});
    this.panels.people.replaceChildren(
      h("div", {class: "wt-tools", role: "group", "aria-label": w.filters},
        h("button", {type: "button", onclick: samePool}, w.only_pool),
        v.known ? h("label", {}, h("span", {}, w.p_least), h("input", {type: "number", min: "0", max: "100", step: "5", value: a.p_pool, oninput: least, onchange: least})) : null,
        this.select(w.placed, a.placed, Object.entries(w.placed_of), (placed) => this.askPeople({placed})),
        v.signed ? this.select(w.reviewed, a.reviewed, Object.entries(w.reviewed_of), (reviewed) => this.askPeople({reviewed})) : null,
        h("button", {type: "button", onclick: () => this.clear()}, w.clear)),
      this.said = h("p", {class: "wt-said", role: "status"}),
      this.peopleTable = h("div", {class: "wt-scroll wt-table", tabindex: "0", role: "region", "aria-label": w.list}),
      this.peoplePager = this.pager((page) => this.askPeople({page})),
      h("p", {class: "soft"}, w.export));
  }
  clear() {
    clearTimeout(this.typing);
    const only = this.view.instansi.length === 1 ? this.view.instansi[0] : "";
    this.askPeople({instansi: only, jenjang: "", words: "", boxes: [], p_pool: 0, placed: "", reviewed: ""});
    this.drawGroup();
    const place = this.panels.people;
    place.querySelectorAll(".wt-tools select").forEach((select) => { select.value = ""; });
    const least = place.querySelector("input[type=number]");
    if (least) least.value = "0";
  }
  pager(go) {
    const w = this.words, step = (by, title, sign) => h("button", {type: "button", "aria-label": title, "data-step": by}, sign);
    const pager = h("nav", {class: "wt-pager", "aria-label": w.pager}, step(-1, w.previous, "‹"), h("span", {}), step(1, w.next, "›"));
    pager.addEventListener("click", (event) => {
      const by = Number(event.target.dataset?.step || 0), page = pager.page + by;
      if (by && page >= 1 && page <= pager.pages) go(page);
    });
    return pager;
  }
  turn(pager, answer) {
    Object.assign(pager, {page: answer.page, pages: answer.pages});
    pager.hidden = answer.pages < 2;
    pager.querySelector("span").textContent = `${this.number(answer.page, 0)} / ${this.number(answer.pages, 0)}`;
    pager.querySelector("[data-step='-1']").setAttribute("aria-disabled", String(answer.page <= 1));
    pager.querySelector("[data-step='1']").setAttribute("aria-disabled", String(answer.page >= answer.pages));
  }
  drawPeople() {
    const v = this.view, w = this.words, p = v.people;
    const chosen = p.asked.boxes.length ? this.t("boxes_chosen", {boxes: p.asked.boxes.join(", ")}) : w.boxes_all;
    this.said.textContent = `${chosen}: ${this.t("shown", {total: p.total_words, page: p.page, pages: p.pages})}`;
    const columns = ["participant", "jabatan", "jenjang", "box", "p_pool", "potensial", "kinerja", "jpm",
      ...(v.signed ? ["review"] : []), ...(p.asked.instansi ? [] : ["instansi"])].filter((name) => name !== "p_pool" || v.known);
    const focus = document.activeElement, again = this.peopleTable.contains(focus) ? focus.dataset.sort || focus.dataset.person : null;
    const head = (name) => {
      const sorted = p.sort === name ? (p.descending ? "descending" : "ascending") : "none";
      if (!p.sorts.includes(name)) return h("th", {scope: "col"}, w.heads[name]);
      return h("th", {scope: "col", "aria-sort": sorted}, h("button", {type: "button", class: "link", "data-sort": name, onclick: () => this.sortBy(name)},
        w.heads[name], h("span", {"aria-hidden": "true"}, {none: "", ascending: " ▲", descending: " ▼"}[sorted])));
    };
    this.peopleTable.replaceChildren(p.rows.length
      ? h("table", {}, h("caption", {class: "hidden"}, w.list), h("thead", {}, h("tr", {}, h("th", {scope: "col"}, w.compare), columns.map(head))),
        h("tbody", {}, p.rows.map((row) => h("tr", {}, h("td", {}, this.tick(row.participant)), columns.map((name) => this.personCell(row, name))))))
      : h("p", {}, w.nobody));
    this.turn(this.peoplePager, p);
    this.peopleTable.scrollTop = 0;
    if (again) (this.peopleTable.querySelector(`[data-sort="${again}"]`) || this.peopleTable.querySelector(`[data-person="${again}"]`) || this.peopleTable).focus();
  }
  tick(participant) {
    return h("input", {type: "checkbox", "data-pick": participant, "aria-label": this.t("compare_person", {name: participant}), checked: this.picked.includes(participant),
      onchange: (event) => { if (!this.pick(participant)) event.target.checked = false; }});
  }
  personCell(row, name) {
    if (name === "participant") return h("th", {scope: "row"}, this.opens(row.participant));
    const numbers = ["box", "p_pool", "potensial", "kinerja", "jpm"].includes(name) ? "n" : "";
    if (name === "jabatan") return h("td", {}, row.jabatan, h("small", {}, row.unit));
    if (name === "box" && row.withheld) return h("td", {class: "none"}, row.withheld);
    return h("td", {class: numbers}, String(row[name] ?? "–"));
  }
  opens(participant) {
    return h("button", {type: "button", class: "link", "data-person": participant, onclick: () => this.openCard(participant)}, participant);
  }

  drawVacancyTools() {
    const v = this.view, w = this.words;
    if (this.vacancyTools?.isConnected && this.vacancyTools.view === v) return;
    this.vacancyTools = h("div", {class: "wt-tools"}, v.vacancies.length
      ? this.select(w.vacancy, this.vacancy.code, [["", w.choose_vacancy], ...v.vacancies], (code) => this.askVacancy({code}))
      : h("p", {}, v.no_vacancies || w.no_candidates));
    this.vacancyTools.view = v;
    this.panels.vacancy.replaceChildren(this.vacancyTools,
      this.candidatesSaid = h("p", {class: "wt-said", role: "status"}),
      this.candidatesTable = h("div", {class: "wt-scroll wt-table", tabindex: "0", role: "region", "aria-label": w.candidates}),
      this.candidatesPager = this.pager((page) => this.askVacancy({page})),
      v.vacancies.length ? h("p", {class: "soft"}, v.signed ? `${w.match_note} ${w.match_stated}` : w.match_note) : "");
  }
  drawCandidates(answer) {
    const w = this.words, v = this.view;
    this.turn(this.candidatesPager, answer || {page: 1, pages: 1});
    this.candidatesTable.hidden = !answer;
    this.candidatesSaid.textContent = answer ? `${answer.title}: ${this.t("shown", {total: answer.total_words, page: answer.page, pages: answer.pages})}` : v.vacancies.length ? w.which : "";
    if (!answer || !answer.rows.length) { this.candidatesTable.replaceChildren(answer ? h("p", {}, w.no_candidates) : ""); return; }
    const columns = Object.keys(w.match_heads).filter((name) => name !== "p_pool" || v.known);
    const cell = (row, name) => {
      if (name === "participant") return h("th", {scope: "row"}, this.opens(row.participant));
      const unmet = row.unmet.includes(name) ? "below" : "";
      const words = name === "box" && row.left ? `${row.box} (${w.left})` : String(row[name] ?? "–");
      return h("td", {class: `${["place", "box", "p_pool", "jpm", "p_standard", "p_all"].includes(name) ? "n" : ""} ${unmet}`}, words);
    };
    this.candidatesTable.replaceChildren(h("table", {}, h("caption", {class: "hidden"}, w.candidates),
      h("thead", {}, h("tr", {}, h("th", {scope: "col"}, w.compare), columns.map((name) => h("th", {scope: "col"}, w.match_heads[name])))),
      h("tbody", {}, answer.rows.map((row) => h("tr", {}, h("td", {}, this.tick(row.participant)), columns.map((name) => cell(row, name)))))));
    this.candidatesTable.scrollTop = 0;
  }
  drawComparison(answer) {
    const w = this.words;
    const out = (name) => h("button", {type: "button", onclick: () => { this.pick(name); this.panels.compare.querySelector("button")?.focus(); }, "aria-label": `${w.remove}: ${name}`}, `${name} ✕`);
    this.panels.compare.replaceChildren(...[
      this.picked.length ? h("div", {class: "wt-tools", role: "group", "aria-label": w.tab_compare}, this.picked.map(out)) : null,
      this.picked.length > 1 ? null : h("p", {}, w.too_few),
      answer && this.picked.length > 1 ? comparison(this, answer) : null].flat().filter(Boolean).flat().filter(Boolean));
  }
}

export default {
  render({model, el}) {
    const screen = new Talent(model, el);
    return () => screen.stop();
  },
};
