// The item page, in a notebook and as a page of its own; component.js stands before it and holds what screens share.

const ACTIONS = ["keep", "revise", "rekey", "double_key", "drop"];
const KEYED = ["rekey", "double_key"]; // what names an option
const SIGNS = {keep: "○", revise: "△", check_key: "⚠", drop: "✕"};
const AGAIN = 700; // milliseconds after which the page asks again for a list that is being counted
const REST = 120; // milliseconds that somebody rests on an item before its card is fetched

// The card is the project's own escaped HTML and has no script; should a file have been tampered with, none comes in.
function cardOf(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  parsed.querySelectorAll("script,iframe,object,embed,form,link,meta,base").forEach((found) => found.remove());
  for (const found of parsed.querySelectorAll("*")) {
    for (const {name, value} of [...found.attributes]) {
      if (/^on/i.test(name) || (/href$|^src$/i.test(name) && !/^(#|data:image\/)/i.test(value.trim()))) found.removeAttribute(name);
    }
  }
  return [...parsed.head.querySelectorAll("style"), ...parsed.body.childNodes];
}

class Items extends Component {
  constructor(model, element) {
    super(model);
    this.filters = {recommendation: "", instrument: "", scale: "", state: ""};
    this.selected = null; // the row before the reader; its card may still be on its way
    this.shortcuts = recall("wb-shortcuts") !== "off";
    this.id = newKey().slice(0, 8); // a notebook may show this twice
    this.top = h("header", {class: "wb-top"});
    this.listTools = h("div", {class: "wi-filters", role: "group", "aria-label": this.words.filters});
    this.list = h("div", {class: "wi-list", role: "listbox", tabindex: "0", "aria-label": this.words.items});
    this.card = h("section", {class: "wb-card wi-card", "aria-label": this.words.card});
    this.form = h("form", {class: "wi-form", "aria-label": this.words.form, novalidate: true});
    this.asked = h("section", {class: "wb-card wi-asked", "aria-label": this.words.asked, hidden: true});
    this.root = h("div", {class: "wb wb-items", "data-lm-suppress-shortcuts": "true"}, h("div", {class: "wi-frame"},
      h("div", {class: "wi-head"}, this.nav, this.banner, this.top, h("p", {class: "wi-intro"}, this.words.intro)),
      h("nav", {class: "wb-card wi-side", "aria-label": this.words.items}, this.listTools, this.list),
      this.main = h("main", {class: "wi-main"}, this.card, this.form, this.asked)));
    // A notebook has a main of its own.
    if (document.querySelector("main, [role=main]")) this.main.setAttribute("role", "group");
    element.append(this.root);
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.root.addEventListener("keydown", (event) => this.onKey(event));
    this.listen();
    this.drawAll();
    this.list.focus({preventScroll: true});
    // A notebook hands over the state of the moment its cell ran; the log may have gone on.
    this.send({kind: "refresh"});
    this.root.dataset.ready = "yes";
  }
  stop() {
    super.stop();
    clearTimeout(this.resting);
    clearInterval(this.asking);
  }

  // ---- what comes back

  receive(answer) {
    if (answer.kind === "changed") { this.receiveChanged(answer); return; }
    if (answer.acknowledged) {
      this.pending = null;
      remember(this.draftName(answer.row), null);
    } else if (answer.problem) this.pending = null;
    const {item, row, done, total} = answer;
    if (answer.kind === "state") {
      this.view = {...this.view, actor: answer.actor, title: answer.title, list: answer.list, done, total};
      if (!answer.list.some((known) => this.isSame(known, this.selected))) this.selected = row;
      this.drawFilters();
    } else {
      const place = this.view.list.findIndex((known) => this.isSame(known, row));
      if (place >= 0) this.view.list[place] = row;
      this.view = {...this.view, done, total};
    }
    this.drawTop();
    this.drawList();
    // A card that comes late, when the reader has gone on to another item, is not shown.
    const here = this.isSame(row, this.selected) || !this.selected;
    if (here) {
      this.view = {...this.view, item, row};
      this.drawItem();
    }
    if (answer.acknowledged) this.goOn(answer, here);
    else if (answer.withdrawn) { this.tell(this.t("withdrawn", {item: row.item_id})); this.list.focus(); }
    else if (answer.problem || answer.notice) this.tell(answer.problem || answer.notice, true);
  }
  goOn(answer, here) {
    const rows = this.shown();
    const from = rows.findIndex((row) => this.isSame(row, answer.row));
    const next = [...rows.slice(from + 1), ...rows.slice(0, Math.max(from, 0))].find((row) => !row.decision);
    if (next && here) this.select(next, 0);
    this.said = this.t("saved", {item: answer.row.item_id, seq: answer.acknowledged}) + (next ? "" : ` ${this.words.all_done}`);
    this.tell(this.said);
    if (here) this.list.focus();
  }
  isSame(one, other) { return !!one && !!other && one.instrument === other.instrument && one.item_id === other.item_id; }

  // ---- drafts

  draftName(row) { return `wb-item-draft/${this.view.title}/${this.view.actor}/${row.instrument}/${row.item_id}`; }
  content() {
    const chosen = (name) => this.form.querySelector(`input[name=${name}-${this.id}]:checked`)?.value || "";
    const action = chosen("action");
    return {action, option: KEYED.includes(action) ? chosen("option") : "", reason: this.form.querySelector("textarea").value};
  }
  keep(key) { if (!this.drawing) remember(this.draftName(this.view.row), JSON.stringify({...this.content(), key})); }
  draft() {
    try { return JSON.parse(recall(this.draftName(this.view.row))); } catch { return null; }
  }
  same(one, other) {
    return !!one && !!other && one.action === other.action && one.option === other.option && one.reason.trim() === other.reason.trim();
  }

  // ---- what the psychometrician does

  select(row, rest = REST) {
    this.selected = row;
    this.wanted = "";
    this.closeAsked();
    this.mark();
    this.wait();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.send({kind: "show", instrument: row.instrument, item_id: row.item_id}), rest);
  }
  step(by) {
    const rows = this.shown();
    if (!rows.length) return;
    const now = rows.findIndex((row) => this.isSame(row, this.selected));
    this.select(rows[Math.min(rows.length - 1, Math.max(0, now < 0 ? 0 : now + by))]);
  }
  // Nobody may type into the form of one item while the list shows another.
  wait() {
    const waiting = !!this.selected && !this.isSame(this.view.row, this.selected);
    this.form.inert = waiting;
    this.main.setAttribute("aria-busy", String(waiting));
    return waiting;
  }
  choose(action) {
    if (this.wait()) { this.wanted = action; return; }
    const input = this.form.querySelector(`input[value=${action}]`);
    if (input?.disabled) this.tell(this.unable(action), true);
    if (!input || input.disabled) return;
    input.checked = true;
    this.changed();
    const options = [...this.form.querySelectorAll(".wi-options input:not(:disabled)")];
    const option = KEYED.includes(action) ? options.find((found) => found.checked) || options.find((found) => found.value === this.view.item.proposed) || options[0] : null;
    (option || this.form.querySelector("textarea")).focus();
  }
  changed() {
    const {action} = this.content(), options = this.form.querySelector(".wi-options");
    if (options) {
      options.hidden = !KEYED.includes(action);
      if (!options.hidden) options.querySelector("legend span").textContent = this.words.step_option[action];
      for (const input of options.querySelectorAll("input")) {
        input.disabled = !this.optionsFor(action).includes(input.value);
        if (input.disabled) input.checked = false;
        input.closest("label").hidden = input.disabled;
      }
    }
    this.form.querySelector(".wi-later").hidden = !["rekey", "double_key", "drop"].includes(action);
    this.form.querySelectorAll(".missing").forEach((place) => place.classList.remove("missing"));
    if (!this.sameQuestion(this.question())) this.closeAsked();
    this.keep();
  }
  // The key now, and what may become right; the server checks the same.
  right() { const {key} = this.view.item; return key ? key.split("|") : []; }
  optionsFor(action) {
    const right = this.right();
    return this.view.item.options.filter((option) => !right.includes(option) || (action === "rekey" && right.length > 1));
  }
  unable(action) {
    const {options} = this.view.item, right = this.right();
    if (!KEYED.includes(action)) return "";
    if (options.length < 2) return this.words.no_key;
    return action === "double_key" && (!right.length || right.length + 1 >= options.length) ? this.words.no_double : "";
  }
  submit() {
    const {item, row} = this.view;
    // A card that is still on its way must not be decided on by what was typed for the one before.
    if (!item || this.pending || !this.isSame(row, this.selected)) return;
    const content = this.content();
    const missing = !content.action ? ["decision", ".wi-decision"] : KEYED.includes(content.action) && !content.option ? ["option", ".wi-options"]
      : content.reason.trim().length < 3 ? ["reason", ".wi-reason"] : null;
    if (missing) {
      const place = this.form.querySelector(missing[1]);
      place.classList.add("missing");
      place.querySelector("input:not(:disabled),textarea").focus();
      this.tell(missing[0] === "option" ? this.words.need_option[content.action] : this.words[`need_${missing[0]}`], true);
      return;
    }
    if (this.same(content, item.decision)) { this.tell(this.words.unchanged, true); return; }
    const before = this.draft();
    // A second attempt at the same content keeps its key, also after a reload; a changed one is another submission.
    const key = before && before.key && this.same(before, content) ? before.key : newKey();
    this.keep(key);
    this.pending = {message: {kind: "decide", instrument: row.instrument, item_id: row.item_id, run: item.run, ...content, idempotency_key: key}};
    this.tell(this.words.saving);
    this.sendPending();
  }
  withdraw() {
    const {item, row} = this.view;
    remember(this.draftName(row), null);
    this.send({kind: "withdraw", instrument: row.instrument, item_id: row.item_id, seq: item.decision.seq, idempotency_key: newKey()});
  }

  // ---- who gets another box

  question() {
    const {action, option} = this.content(), {row} = this.view;
    return {instrument: row.instrument, item_id: row.item_id, action, option};
  }
  sameQuestion(one) { return !!this.about && ["instrument", "item_id", "action", "option"].every((name) => one[name] === this.about[name]); }
  ask() {
    if (!this.view.item || this.wait()) return;
    const question = this.question();
    if (!["drop", ...KEYED].includes(question.action)) { this.tell(this.words.ask_choose, true); return; }
    if (KEYED.includes(question.action) && !question.option) { this.tell(this.words.need_option[question.action], true); return; }
    this.closeAsked();
    this.about = question;
    this.tell("");
    this.drawAsked({state: "counting"});
    const send = () => this.send({kind: "changed", ...question});
    this.asking = setInterval(send, AGAIN); // until the list is there; a lost connection stops nothing
    send();
  }
  receiveChanged(answer) {
    if (!this.sameQuestion(answer.question)) return;
    if (!["opening", "counting"].includes(answer.state)) clearInterval(this.asking);
    this.drawAsked(answer);
  }
  closeAsked(back = false) {
    clearInterval(this.asking);
    this.about = null;
    this.asked.hidden = true;
    this.main.classList.remove("asking");
    if (back) this.form.querySelector(".wi-ask").focus();
  }
  onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    event.stopPropagation(); // a notebook around this must not delete a cell because somebody typed here
    const target = event.target;
    if (event.key === "Escape") { this.list.focus(); return; }
    if (event.key === "Enter" && target.tagName === "TEXTAREA" && !event.shiftKey) { event.preventDefault(); this.submit(); return; }
    const inList = this.list.contains(target);
    const move = {ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity}[event.key];
    if (inList && move) { event.preventDefault(); this.step(move); return; }
    // Single keys act only while list or form has the focus, never while somebody types, and can be switched off.
    if (!this.shortcuts || ["TEXTAREA", "SELECT"].includes(target.tagName) || !(inList || this.form.contains(target) || this.asked.contains(target))) return;
    const key = event.key.toLowerCase();
    if (inList && (key === "j" || key === "k")) this.step(key === "j" ? 1 : -1);
    else if (/^[1-5]$/.test(key)) this.choose(ACTIONS[key - 1]);
    else if (key === "s") this.ask();
    else return;
    event.preventDefault();
  }

  // ---- drawing

  drawAll() {
    this.selected = this.view.row;
    this.drawTop();
    this.drawFilters();
    this.drawList();
    this.drawItem();
  }
  drawTop() {
    const v = this.view, w = this.words;
    this.top.replaceChildren(h("div", {class: "wb-name"}, h("h1", {}, w.page), h("p", {}, v.title)),
      h("div", {class: "wb-progress"}, h("p", {class: "wb-done"}, this.t("done", v)), h("progress", {max: v.total || 1, value: v.done, "aria-label": w.progress}),
        h("p", {class: "wb-who"}, this.t("psychometrician", {name: v.actor}))));
  }
  drawFilters() {
    const w = this.words, list = this.view.list;
    const distinct = (name, title) => [...new Map(list.map((row) => [row[name], title(row)]))];
    const pick = (name, label, choices) => h("label", {}, h("span", {}, label), h("select", {onchange: (event) => {
      this.filters[name] = event.target.value;
      if (name === "instrument") { this.filters.scale = ""; this.drawFilters(); this.listTools.querySelectorAll("select")[1].focus(); }
      this.drawList();
      const rows = this.shown();
      if (rows.length && !rows.some((row) => this.isSame(row, this.selected))) this.select(rows[0], 0);
    }}, h("option", {value: ""}, w.all), choices.map(([key, title]) => h("option", {value: key, selected: key === this.filters[name]}, title))));
    const inside = list.filter((row) => !this.filters.instrument || row.instrument === this.filters.instrument);
    this.listTools.replaceChildren(
      pick("recommendation", w.advice, distinct("recommendation", (row) => this.advice(row))),
      pick("instrument", w.instrument, distinct("instrument", (row) => row.instrument_title)),
      pick("scale", w.scale, [...new Map(inside.map((row) => [row.scale, row.scale_title]))].sort((a, b) => a[1].localeCompare(b[1]))),
      pick("state", w.state, [["open", w.open], ["decided", w.decided]]),
      this.count = h("p", {class: "soft", role: "status"}));
  }
  shown() {
    const f = this.filters;
    return this.view.list.filter((row) => ["recommendation", "instrument", "scale"].every((name) => !f[name] || row[name] === f[name])
      && (!f.state || (f.state === "decided") === !!row.decision));
  }
  advice(row) { return this.words.recommendations[row.recommendation] || row.recommendation || "–"; }
  optionId(row) { return `wi-${this.id}-${row.position}`; }
  drawList() {
    const rows = this.shown();
    this.count.textContent = rows.length || !this.view.list.length ? this.t("shown", {n: rows.length}) : this.words.no_match;
    this.list.replaceChildren(...rows.map((row) => h("div", {role: "option", id: this.optionId(row), "aria-selected": "false", onclick: () => { this.select(row, 0); this.list.focus(); }},
      h("b", {}, row.item_id), h("span", {class: `wi-advice ${row.recommendation}`}, h("i", {"aria-hidden": "true"}, SIGNS[row.recommendation] || "?"), this.advice(row)),
      row.decision ? h("span", {class: "wi-done"}, `✓ ${this.words.actions[row.decision]}`) : null)));
    this.mark();
  }
  mark() {
    this.list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    const option = this.selected ? this.list.querySelector(`#${this.optionId(this.selected)}`) : null;
    if (!option) { this.list.removeAttribute("aria-activedescendant"); return; }
    option.setAttribute("aria-selected", "true");
    this.list.setAttribute("aria-activedescendant", option.id);
    // Scrolled inside the list alone: a notebook around it must stay where it is.
    const above = option.offsetTop - this.list.scrollTop, below = above + option.offsetHeight - this.list.clientHeight;
    if (above < 0) this.list.scrollTop += above;
    else if (below > 0) this.list.scrollTop += below;
  }

  drawItem() {
    const {item, row} = this.view;
    // The same card again must take neither the focus nor the place in the text.
    const now = item ? JSON.stringify([row.instrument, row.item_id, item.run, item.decision?.seq, item.history.length]) : "";
    if (now !== this.drawn) {
      this.drawn = now;
      const inside = this.form.contains(document.activeElement);
      this.drawing = true;
      this.tell(this.said || "");
      this.drawCard();
      this.drawForm();
      this.drawing = false;
      if (inside) this.list.focus();
    }
    this.said = "";
    if (!this.wait() && this.wanted) this.choose(this.wanted);
    this.wanted = "";
  }
  drawCard() {
    const w = this.words, {item, row} = this.view;
    if (!item) { this.card.replaceChildren(h("h2", {}, w.no_items)); return; }
    const places = item.forms.map(([form, position]) => this.t(position ? "place" : "form_only", {form, position})).join(", ");
    const card = h("div", {class: "wi-html", role: "group", "aria-label": w.card}, cardOf(item.html));
    // A card says the reason itself, as a rule; where it does not, it stands above.
    const dense = (text) => text.replace(/\s+/g, "");
    const unsaid = (text) => text && !dense(card.textContent).includes(dense(text));
    this.card.replaceChildren(...[
      h("div", {class: "wi-title"}, h("h2", {}, this.t("item_n", {item: row.item_id})),
        h("p", {class: "soft"}, [item.instrument_title, item.scale_title, places].join(" · ")),
        h("p", {class: `wi-advice big ${item.recommendation}`}, `${w.advice}: `, h("i", {"aria-hidden": "true"}, SIGNS[item.recommendation] || "?"), this.advice(item)),
        h("button", {type: "button", class: "link wi-jump", onclick: () => this.form.querySelector("input").focus()}, w.jump)),
      unsaid(item.reason) ? h("p", {class: "wi-why"}, h("b", {}, `${w.why}: `), item.reason) : null,
      !item.html && item.flag ? h("p", {class: "soft"}, `${w.flag}: ${item.flag}`) : null, card].filter(Boolean));
    this.card.scrollTop = 0;
    // What overflows must be reachable by keyboard.
    const body = this.card.querySelector(".wi-html");
    for (const [place, more] of [[this.card, this.card.scrollHeight - this.card.clientHeight], [body, body.scrollWidth - body.clientWidth]]) {
      if (more > 1) place.setAttribute("tabindex", "0");
      else place.removeAttribute("tabindex");
    }
  }
  drawForm() {
    const w = this.words, {item} = this.view;
    this.form.hidden = !item;
    if (!item) { this.form.replaceChildren(this.status); return; }
    const key = (letter) => (this.shortcuts ? h("kbd", {}, letter) : null);
    const radio = (name, value, disabled, ...title) => h("label", {class: disabled ? "off" : ""}, h("input", {type: "radio", name: `${name}-${this.id}`, value, disabled, onchange: () => this.changed()}), h("span", {}, ...title));
    const actions = ACTIONS.map((action, i) => radio("action", action, !!this.unable(action), h("b", {}, w.actions[action]), h("small", {}, this.unable(action) || w.actions_long[action]), key(i + 1)));
    const options = this.optionsFor("rekey").map((option) => radio("option", option, false, h("b", {}, option), option === item.proposed ? h("small", {}, w.proposed) : null));
    const toggle = h("label", {class: "wi-toggle"}, h("input", {type: "checkbox", checked: this.shortcuts, onchange: (event) => this.switchShortcuts(event.target.checked)}), w.shortcuts);
    const own = item.decision && item.decision.own;
    this.form.replaceChildren(...[
      h("div", {class: "wi-now"}, h("p", {}, item.decision ? h("b", {}, `${w.in_force}: `) : null, item.decision ? this.sentence(item.decision) : w.none_yet),
        item.history.length ? h("details", {}, h("summary", {}, this.t("history", {n: item.history.length})), h("ul", {}, item.history.map((given) => h("li", {}, this.sentence(given))))) : null),
      h("fieldset", {class: "wi-decision"}, h("legend", {}, w.step_decision), actions),
      options.length ? h("fieldset", {class: "wi-options", hidden: true}, h("legend", {}, h("span", {}), item.key ? ` (${w.key_now}: ${this.right().join(", ")})` : ""), h("div", {}, options)) : null,
      h("p", {class: "wb-flag wi-later", hidden: true}, w.later),
      h("div", {class: "wi-reason"}, h("label", {for: `wi-reason-${this.id}`}, w.step_reason),
        h("textarea", {id: `wi-reason-${this.id}`, maxlength: "2000", placeholder: w.placeholder, oninput: () => { this.form.querySelector(".wi-reason").classList.remove("missing"); this.keep(); }})),
      h("div", {class: "wi-act"}, h("button", {type: "submit", class: "main"}, w.save, key("Enter")), h("button", {type: "button", class: "wi-ask", onclick: () => this.ask()}, w.ask, key("S")), own ? h("button", {type: "button", onclick: () => this.withdraw()}, w.withdraw) : null),
      this.status,
      h("p", {class: "soft wi-keys"}, this.shortcuts ? w.keys : w.no_keys), toggle].filter(Boolean));
    this.restore();
  }
  restore() {
    const {item} = this.view, draft = this.draft(), from = draft && !this.same(draft, item.decision) ? draft : item.decision;
    if (!from) return;
    for (const [name, value] of [["action", from.action], ["option", from.option]]) {
      const input = [...this.form.querySelectorAll(`input[name=${name}-${this.id}]`)].find((found) => found.value === value && !found.disabled);
      if (input) input.checked = true;
    }
    this.form.querySelector("textarea").value = from.reason || "";
    this.changed();
    if (from === draft) this.tell(this.words.draft);
  }
  sentence(decision) {
    const w = this.words;
    const when = new Date(decision.at_utc).toLocaleString(w.locale, {dateStyle: "medium", timeStyle: "short"});
    const what = w.keyed[decision.action] ? fill(w.keyed[decision.action], decision) : w.actions[decision.action].toLowerCase();
    return this.t("by", {what, who: decision.actor, when, reason: decision.reason}) + (decision.earlier_run ? ` (${w.earlier_run})` : "");
  }
  drawAsked(answer) {
    const w = this.words;
    this.asked.hidden = false;
    this.main.classList.add("asking");
    const waiting = ["opening", "counting"].includes(answer.state);
    const said = waiting ? w[answer.state] : answer.sentence;
    let status = this.asked.querySelector("[role=status]");
    if (!status) {
      status = h("p", {role: "status"});
      this.asked.replaceChildren(h("div", {class: "wi-asked-head"}, h("h2", {}, w.asked), h("button", {type: "button", class: "link", onclick: () => this.closeAsked(true)}, w.close)), status, h("div", {class: "wi-found"}));
    }
    // The same sentence again must not be read out again.
    if (status.textContent !== said) status.textContent = said;
    status.classList.toggle("bad", answer.state === "refused");
    this.asked.setAttribute("aria-busy", String(waiting));
    this.asked.querySelector(".wi-found").replaceChildren(...(answer.state === "done" ? this.found(answer) : []));
    if (this.asked.scrollHeight > this.asked.clientHeight + 1) this.asked.setAttribute("tabindex", "0");
    else this.asked.removeAttribute("tabindex");
    // On a narrow page the list stands below the form.
    if (!waiting && this.asked.getBoundingClientRect().bottom > window.innerHeight) this.asked.scrollIntoView({block: "nearest"});
  }
  found(answer) {
    const w = this.words, box = (number) => (number == null || number === 0 ? w.withheld : String(number));
    const table = (title, heads, rows) => h("table", {}, h("caption", {}, title), h("thead", {}, h("tr", {}, heads.map((head) => h("th", {scope: "col"}, head)))), h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, cell))))));
    const note = [...answer.notes, w.assumes].map((sentence) => h("p", {class: "soft"}, sentence));
    if (!answer.changed) return note;
    return [...note, h("div", {class: "wi-tables"},
      table(w.most_moved, [w.person, w.from_to, w.chance], answer.people.map((row) => [[h("b", {}, row.participant_id), answer.instansi.length > 1 ? h("small", {}, row.instansi) : null],
        `${box(row.from_box)} → ${box(row.to_box)}`, `${this.number(row.p_pool_before, 3)} → ${this.number(row.p_pool_after, 3)}`])),
      h("div", {}, table(w.by_box, [w.from_to, w.people], answer.boxes.map(([from, to, n]) => [`${box(from)} → ${box(to)}`, this.number(n, 0)])),
        table(w.by_instansi, [w.instansi, w.people, w.into, w.out], answer.instansi.map(([name, ...counts]) => [name, ...counts.map((n) => this.number(n, 0))])))),
      answer.left_out ? h("p", {class: "soft"}, this.t("more", {n: this.number(answer.left_out, 0)})) : null].filter(Boolean);
  }
}

export default {
  render({model, el}) {
    const screen = new Items(model, el);
    return () => screen.stop();
  },
};
