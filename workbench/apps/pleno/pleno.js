// The pleno's screen; component.js and evidence.js stand before it.

class Pleno extends Component {
  constructor(model, element) {
    super(model);
    this.choice = {action: "", box: null};
    this.shortcuts = recall("wb-shortcuts") !== "off";
    this.selected = this.view.case ? this.view.case.case_id : "";
    this.top = h("header", {class: "wb-top"});
    this.help = this.helpText();
    this.side = h("nav", {class: "wb-card wp-side", "aria-label": this.words.cases});
    this.list = h("div", {class: "wp-list", role: "listbox", tabindex: "0", "aria-label": this.words.cases});
    this.card = h("section", {class: "wb-card wp-case"});
    this.form = h("form", {class: "wb-card wp-form", "aria-label": this.words.form, novalidate: true});
    this.dialog = h("dialog", {class: "wp-dialog", "aria-labelledby": "wp-confirm"});
    this.root = h("div", {class: "wb wb-pleno"}, h("div", {}, this.nav, this.banner, this.top, this.help),
      h("div", {class: "wp-body"}, this.side, h("main", {class: "wp-main"}, this.card, this.form)), this.dialog);
    element.append(this.root);
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.dialog.addEventListener("close", () => this.afterDialog());
    // The Enter that asked, still held down, is no answer.
    this.dialog.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.repeat) event.preventDefault(); });
    this.root.addEventListener("keydown", (event) => this.onKey(event));
    this.listen();
    this.draw();
    this.home();
    const guests = this.read(this.name("guests"), []);
    if (guests.length && !this.view.listed) this.send({kind: "attend", names: guests});
    this.root.dataset.ready = "yes";
  }

  // ---- what the browser keeps

  name(what, caseId = "") { return `wb-pleno-${what}/${this.view.title}/${this.view.actor}${caseId && `/${caseId}`}`; }
  read(name, otherwise = null) {
    try { return JSON.parse(recall(name)) ?? otherwise; } catch { return otherwise; }
  }
  keep() {
    const {case: c} = this.view;
    if (this.drawing || !c || !this.form.querySelector(".wp-decision")) return;
    const content = this.content();
    remember(this.name("draft", c.case_id), JSON.stringify(content));
    // Who is there stays the same from one case to the next, also where somebody may not take part in this one.
    const barred = c.people.filter((person) => person.obstacle).map((person) => person.name);
    const others = this.read(this.name("present"), []).filter((name) => barred.includes(name));
    remember(this.name("present"), JSON.stringify([...content.present, ...others]));
  }
  forget(caseId) { for (const what of ["draft", "key", "wp-bring", "wp-out"]) remember(this.name(what, caseId), null); }
  content() {
    const rows = [...this.form.querySelectorAll(".wp-person")];
    const there = rows.filter((row) => row.querySelector("input[name=wp-there]").checked);
    return {...this.choice, reason: this.form.querySelector("#wp-reason").value, present: there.map((row) => row.dataset.name),
      dissent: there.filter((row) => row.querySelector("input[name=wp-differs]").checked).map((row) => [row.dataset.name, row.querySelector("textarea").value])};
  }
  same(one, other) {
    const plain = (c) => JSON.stringify([c.action, c.box, c.reason.trim(), [...c.present].sort(), [...c.dissent].map(([name, why]) => [name, why.trim()]).sort()]);
    return !!one && !!other && plain(one) === plain(other);
  }

  // ---- what comes back

  onAnswer(answer) {
    // Somebody else brought, decided or withdrew a case.
    if (answer.kind === "pong" && answer.stamp !== this.view.stamp && !this.pending) this.send({kind: "refresh"});
    super.onAnswer(answer);
  }
  receive(answer) {
    if (answer.kind === "identity") { this.drawIdentity(answer); return; }
    const before = this.view.case;
    if (answer.acknowledged || answer.problem) this.pending = null;
    if (answer.acknowledged) this.forget(answer.acted_on);
    this.view = answer;
    const now = answer.case;
    // A case that is still on its way: the reader has gone on to another one.
    const settled = !now || now.case_id === this.selected || answer.acknowledged || answer.token === this.finding;
    if (settled) this.selected = now ? now.case_id : "";
    const mark = (c) => c && JSON.stringify([c.case_id, c.run, c.list, c.closed, c.votes.length, c.history.length, c.people]);
    const changed = mark(before) !== mark(now) || !!answer.acknowledged;
    this.drawTop();
    this.drawSide();
    const focused = this.root.contains(document.activeElement) && document.activeElement !== document.body;
    const inForm = this.form.contains(document.activeElement);
    if (changed) { this.drawCase(); this.drawForm(); }
    this.wait();
    if (answer.acknowledged) {
      const left = answer.lists.open.length + answer.lists.conflict.length;
      this.tell(fill(this.words.saved[answer.acted], {n: answer.acted_position, seq: answer.acknowledged}) + (left ? "" : ` ${this.words.all_done}`));
    } else if (answer.problem || answer.notice) this.tell(answer.problem || answer.notice, true);
    const found = answer.token === this.finding && !answer.problem;
    if (found) this.side.querySelector("#wp-find").value = "";
    const back = this.backTo && this.form.querySelector(this.backTo);
    this.backTo = "";
    if (back) back.focus();
    else if (answer.acknowledged || found || (changed && inForm) || !focused) this.home();
  }

  // ---- what people do

  switchShortcuts(on) {
    super.switchShortcuts(on);
    this.form.querySelector(".wp-toggle input").focus();
  }
  select(caseId) {
    if (!caseId) return;
    this.selected = caseId;
    this.mark();
    this.wait();
    this.send({kind: "show", case_id: caseId});
  }
  step(by) {
    const options = [...this.list.querySelectorAll("[role=option]")];
    const now = options.findIndex((option) => option.dataset.id === this.selected);
    if (options.length) this.select(options[Math.min(options.length - 1, Math.max(0, now < 0 ? 0 : now + by))].dataset.id);
  }
  // Nobody may type into the form of one case while the list shows another.
  wait() { this.form.inert = !!this.selected && (!this.view.case || this.view.case.case_id !== this.selected); }
  home() {
    const place = this.form.querySelector(".wp-decision, #wp-bring");
    const beside = getComputedStyle(this.root).getPropertyValue("--one-screen").trim() === "1";
    if (beside && place) place.focus({preventScroll: true});
    else (this.view.case ? this.card.querySelector("h2") : this.side.querySelector("#wp-find") || this.list).focus();
  }
  choose(action, box = null) {
    this.choice = {action, box};
    this.markChoice();
    this.form.querySelector(".wp-decision").classList.remove("missing");
    this.keep();
  }
  markChoice() {
    const chosen = this.choice.action === "box" ? String(this.choice.box) : this.choice.action;
    this.form.querySelectorAll("[data-choice]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.choice === chosen)));
  }
  missing(place, sentence) {
    place.classList.add("missing");
    (place.matches(".wp-decision") ? place : place.querySelector("textarea, input:enabled") || place).focus();
    this.tell(sentence, true);
  }
  submit() {
    const c = this.view.case;
    if (!c || this.pending || this.form.inert || this.view.why_not) return;
    this.form.querySelectorAll(".missing").forEach((place) => place.classList.remove("missing"));
    const bring = this.form.querySelector("#wp-bring");
    if (bring) {
      if (bring.value.trim().length < 3) { this.missing(bring.parentElement, this.words.need_reason); return; }
      this.deliver({kind: "bring", case_id: c.case_id, run: c.run, reason: bring.value});
      return;
    }
    if (!this.form.querySelector(".wp-decision")) return;
    const content = this.content(), quorum = Math.max(1, this.view.quorum);
    if (!content.action) { this.missing(this.form.querySelector(".wp-decision"), this.words.need_decision); return; }
    if (content.reason.trim().length < 3) { this.missing(this.form.querySelector(".wp-reason"), this.words.need_reason); return; }
    if (content.present.length < quorum) { this.missing(this.form.querySelector(".wp-present"), this.t("need_present", {quorum, n: content.present.length})); return; }
    const silent = content.dissent.find(([, why]) => why.trim().length < 3);
    if (silent) {
      const row = [...this.form.querySelectorAll(".wp-person")].find((one) => one.dataset.name === silent[0]);
      this.missing(row.querySelector(".wp-why"), this.t("need_dissent", {name: silent[0]}));
      return;
    }
    if (this.same(content, c.decision)) { this.tell(this.words.unchanged, true); return; }
    this.confirm(content);
  }
  takeOut() {
    const c = this.view.case, why = this.form.querySelector("#wp-out");
    if (!c || this.pending || this.form.inert) return;
    if (why.value.trim().length < 3) { this.missing(why.parentElement, this.words.need_reason); return; }
    this.ask(this.t("take_out_confirm", {n: c.position}), [[this.words.confirm_reason, why.value]], this.words.take_out_now,
      {kind: "withdraw", case_id: c.case_id, reason: why.value, supersedes: c.decision ? c.decision.seq : 0});
  }
  confirm(content) {
    const w = this.words, c = this.view.case;
    const dissent = content.dissent.map(([name, why]) => `${name}: ${why}`).join("; ") || w.nobody;
    this.ask(this.t("confirm_title", {n: c.position}), [[w.confirm_action, this.choiceWords(content)], [w.confirm_reason, content.reason],
      [w.confirm_present, `${content.present.join(", ")} (${this.t("quorum_now", {n: content.present.length, quorum: this.view.quorum})})`], [w.confirm_dissent, dissent]],
    c.decision ? w.change : w.save, {kind: "decide", case_id: c.case_id, run: c.run, ...content, supersedes: c.decision ? c.decision.seq : 0});
  }
  ask(title, facts, button, message) {
    this.asked = message;
    this.dialog.returnValue = "";
    this.dialog.replaceChildren(h("form", {method: "dialog"}, h("h2", {id: "wp-confirm"}, title),
      h("dl", {}, facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
      h("p", {class: "wp-act"}, h("button", {class: "main", value: "yes", autofocus: true}, button, h("kbd", {}, "Enter")), h("button", {value: "no"}, this.words.back, h("kbd", {}, "Esc")))));
    this.dialog.showModal();
  }
  afterDialog() {
    const message = this.asked;
    this.asked = null;
    if (message && this.dialog.returnValue === "yes") this.deliver(message);
  }
  // A second attempt at the same content keeps its key, also after a reload; a changed one is another submission.
  deliver(message) {
    const name = this.name("key", message.case_id), content = JSON.stringify(message), before = this.read(name);
    const key = before && before.content === content ? before.key : newKey();
    remember(name, JSON.stringify({content, key}));
    this.pending = {message: {...message, idempotency_key: key}, at: 0};
    this.tell(this.words.saving);
    this.sendPending();
  }
  find(event) {
    event.preventDefault();
    this.finding = this.send({kind: "find", wanted: this.side.querySelector("#wp-find").value});
  }
  invite() {
    const field = this.form.querySelector("#wp-guest"), name = field.value.trim().replace(/\s+/g, " ");
    if (!name) return;
    field.value = "";
    const content = this.content();
    content.present.push(name);
    remember(this.name("draft", this.view.case.case_id), JSON.stringify(content));
    remember(this.name("present"), JSON.stringify(content.present));
    this.attend([...this.guests(), name]);
  }
  guests() { return this.view.case.people.map((person) => person.name).filter((name) => name !== this.view.actor); }
  attend(names) {
    remember(this.name("guests"), JSON.stringify(names));
    this.backTo = "#wp-guest";
    this.send({kind: "attend", names});
  }

  onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || this.dialog.open) return;
    const target = event.target, inList = this.list.contains(target);
    const typing = target.tagName === "TEXTAREA" || (target.tagName === "INPUT" && target.type === "text");
    if (event.key === "Escape") { this.home(); return; }
    if (event.key === "Enter" && typing && target.id === "wp-guest") { event.preventDefault(); this.invite(); return; }
    if (event.key === "Enter" && target.id === "wp-out" && !event.shiftKey) { event.preventDefault(); this.takeOut(); return; }
    if (event.key === "Enter" && target.tagName === "TEXTAREA" && !event.shiftKey) { event.preventDefault(); this.submit(); return; }
    const move = {ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity}[event.key];
    if (inList && move) { event.preventDefault(); this.step(move); return; }
    const inForm = this.form.contains(target);
    const pressed = target.dataset.choice && target.getAttribute("aria-pressed") === "true";
    if (event.key === "Enter" && inForm && (pressed || !["BUTTON", "INPUT", "SUMMARY"].includes(target.tagName))) { event.preventDefault(); this.submit(); return; }
    // Single keys act only while list or form has the focus, never while somebody types, and can be switched off.
    if (!this.shortcuts || typing || event.key.length !== 1 || !(inList || inForm)) return;
    const key = event.key.toLowerCase(), decides = !inList && this.form.querySelector(".wp-decision");
    if (inList && (key === "j" || key === "k")) this.step(key === "j" ? 1 : -1);
    else if (decides && (/[1-9]/.test(key) || key === "r" || key === "x")) {
      if (/[1-9]/.test(key)) this.choose("box", Number(key));
      else this.choose(key === "r" ? "retest" : "withdraw");
      this.form.querySelector("#wp-reason").focus();
    } else return;
    event.preventDefault();
  }

  // ---- drawing

  draw() {
    this.drawTop();
    this.drawSide();
    this.drawCase();
    this.drawForm();
    this.wait();
  }
  helpText() {
    const help = h("details", {class: "wp-help", open: recall("wb-pleno-help") !== "closed", ontoggle: () => remember("wb-pleno-help", help.open ? null : "closed")},
      h("summary", {}, this.words.help), h("ol", {}, this.words.steps.map((step) => h("li", {}, step))));
    return help;
  }
  drawTop() {
    const v = this.view, w = this.words;
    this.top.replaceChildren(h("div", {class: "wb-name"}, h("h1", {}, w.page), h("p", {}, v.title)),
      h("div", {class: "wb-progress"}, h("p", {class: "wb-done"}, this.t("done", v)), h("progress", {max: v.total || 1, value: v.done, "aria-label": w.progress}),
        h("p", {class: "wb-who"}, this.t("who", {name: v.actor}))));
    document.title = `${w.page} · ${this.t("done", v)}`;
  }
  when(at) { return new Date(at).toLocaleString(this.words.locale, {dateStyle: "medium", timeStyle: "short"}); }
  choiceWords({action, box}) { return action === "box" ? this.t("box_n", {box}) : this.words.actions[action] || action; }

  drawSide() {
    const w = this.words, v = this.view, shown = Object.keys(w.lists).filter((name) => v.lists[name].length);
    const inList = this.list.contains(document.activeElement), typed = this.side.querySelector("#wp-find"), top = this.list.scrollTop;
    const row = (one) => h("div", {role: "option", id: `wp-${one.case_id}`, "data-id": one.case_id, "aria-selected": "false", onclick: () => { this.select(one.case_id); this.list.focus(); }},
      h("b", {}, String(one.position)), h("span", {}, one.participant), one.action ? h("span", {class: "wp-done"}, `✓ ${this.choiceWords(one)}${one.closed ? `, ${w.signed}` : ""}`) : null, h("small", {}, one.instansi));
    this.list.replaceChildren(...shown.map((name) => h("div", {role: "group", "aria-labelledby": `wp-list-${name}`},
      h("p", {class: "wp-head", id: `wp-list-${name}`, role: "presentation"}, `${w.lists[name]} (${v.lists[name].length})`), v.lists[name].map(row))));
    this.list.hidden = !shown.length;
    if (!this.side.firstChild || !typed !== !!v.why_not) {
      this.side.replaceChildren(this.list, this.note = h("p", {class: "soft"}), ...(v.why_not ? [] : [h("form", {class: "wp-find", onsubmit: (event) => this.find(event)},
        h("label", {for: "wp-find"}, w.find), h("input", {type: "text", id: "wp-find", autocomplete: "off"}), h("button", {}, w.open_case))]));
    }
    this.note.textContent = [shown.length ? "" : w.no_rows, v.votes_required > 1 ? (v.lists.conflict.length ? "" : w.no_conflict) : w.one_vote].filter(Boolean).join(" ");
    this.list.scrollTop = top;
    if (inList) this.list.focus({preventScroll: true});
    this.mark();
  }
  mark() {
    this.list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    const option = [...this.list.querySelectorAll("[role=option]")].find((one) => one.dataset.id === this.selected);
    if (!option) { this.list.removeAttribute("aria-activedescendant"); return; }
    option.setAttribute("aria-selected", "true");
    this.list.setAttribute("aria-activedescendant", option.id);
    const above = option.offsetTop - this.list.scrollTop, below = above + option.offsetHeight - this.list.clientHeight;
    if (above < 0) this.list.scrollTop += above;
    else if (below > 0) this.list.scrollTop += below;
  }

  drawCase() {
    const w = this.words, c = this.view.case;
    this.card.setAttribute("aria-label", c ? this.t("case_n", {n: c.position}) : w.no_case);
    if (!c) { this.card.replaceChildren(h("h2", {tabindex: "-1"}, w.no_case)); return; }
    const marks = {};
    for (const vote of c.votes) if (vote.action === "box") (marks[vote.box] ||= []).push(vote.actor);
    const tier = c.years_in_tier == null ? c.jenjang : this.t("tier_years", {tier: c.jenjang, n: this.number(c.years_in_tier)});
    this.identity = h("p", {class: "wp-identity"});
    this.card.replaceChildren(
      h("div", {class: "wp-title"}, h("h2", {tabindex: "-1"}, this.t("case_n", {n: c.position})), h("span", {class: `wp-state ${c.list}`}, w.states[c.list]), h("span", {class: "soft"}, c.participant)),
      h("p", {class: "wp-facts"}, [c.jabatan, tier, c.unit, c.instansi, c.policy].filter(Boolean).join(" · ")), this.identity,
      c.decision ? this.decisionText(c.decision) : "",
      h("section", {class: "wp-votes", "aria-label": this.t("votes", {n: c.votes.length})}, h("h3", {}, c.revealed ? this.t("votes", {n: c.votes.length}) : ""),
        c.votes.length ? h("ul", {}, c.votes.map((vote) => this.voteCard(vote))) : h("p", {class: "soft"}, c.revealed ? w.no_votes : w.blind)),
      h("div", {class: "wp-evidence"}, evidenceGrid(this, c, marks), evidenceLevels(this, c)),
      c.history.length ? h("section", {class: "wp-history", "aria-label": w.history}, h("h3", {}, w.history), h("ul", {}, c.history.map((past) => h("li", {}, fill(w.past[past.kind], {when: this.when(past.at_utc), who: past.actor,
        what: this.choiceWords(past).toLowerCase(), reason: past.reason ?? w.erased}))))) : "");
    this.drawIdentity(null);
    this.card.scrollTop = 0;
    for (const place of [this.card]) place.toggleAttribute("tabindex", false);
    if (this.card.scrollHeight > this.card.clientHeight + 1) this.card.setAttribute("tabindex", "0"); // must be reachable by keyboard
  }
  drawIdentity(answer) {
    const w = this.words, c = this.view.case;
    if (answer && (!c || answer.case_id !== c.case_id)) return;
    if (answer) {
      this.identity.replaceChildren(h("b", {}, this.t("identity_is", answer)), h("button", {type: "button", class: "link", onclick: () => this.drawIdentity(null)}, w.identity_hide));
      this.identity.querySelector("button").focus();
      return;
    }
    const inside = this.identity.contains(document.activeElement);
    const ask = h("button", {type: "button", onclick: () => this.send({kind: "identity", case_id: c.case_id})}, w.identity);
    this.identity.replaceChildren(...(c.identity === "may" ? [ask, h("span", {class: "soft"}, w.identity_logged)] : c.identity === "none" ? [h("span", {class: "soft"}, w.identity_none)] : []));
    if (inside) ask.focus();
  }
  voteCard(vote) {
    const w = this.words;
    return h("li", {class: "wp-vote"}, h("p", {}, h("b", {}, vote.actor), ` · ${this.choiceWords(vote)}`), h("p", {class: "soft"}, `${w.reasons[vote.reason_code] || vote.reason_code}, ${w.sure_words[vote.confidence]}`),
      h("p", {}, vote.reason), h("p", {class: "soft"}, this.when(vote.at_utc)));
  }
  decisionText(d) {
    const w = this.words;
    return h("section", {class: "wp-inforce", "aria-label": w.in_force}, h("p", {}, h("b", {}, `${w.in_force}: ${this.choiceWords(d)}. `), d.reason),
      h("p", {class: "soft"}, `${this.t("there", {n: d.present.length, quorum: d.quorum, names: d.present.join(", "), chair: d.actor})}; ${this.when(d.at_utc)}`),
      d.dissent.map(([name, why]) => h("p", {}, this.t("differs", {name, why}))));
  }

  drawForm() {
    const w = this.words, v = this.view, c = v.case;
    this.drawing = true;
    this.tell("");
    const note = (...parts) => this.form.replaceChildren(...parts.map((part) => h("p", {}, part)), this.status);
    if (!c) note(v.why_not || "");
    else if (c.closed) note(w.closed);
    else if (c.list === "withdrawn") note(w.gone);
    else if (v.why_not) note(h("b", {}, w.look_only), v.why_not);
    else if (c.list === "open" || c.list === "decided") this.drawDecision(c);
    else this.drawBring(c);
    this.drawing = false;
  }
  // A reason that belongs to no decision: kept like one until the server has it.
  reason(id, title, otherwise) {
    const name = this.name(id, this.view.case.case_id);
    return h("div", {class: "wp-reason"}, h("label", {for: id}, title), h("textarea", {id, maxlength: "2000", oninput: (event) => {
      event.target.parentElement.classList.remove("missing");
      remember(name, event.target.value || null);
    }}, recall(name) || otherwise));
  }
  tools(button, keys) {
    const w = this.words;
    const toggle = h("label", {class: "wp-toggle"}, h("input", {type: "checkbox", checked: this.shortcuts, onchange: (event) => this.switchShortcuts(event.target.checked)}), w.shortcuts);
    return [h("div", {class: "wp-foot"}, h("p", {class: "wp-act"}, h("button", {type: "submit", class: "main"}, button, this.shortcuts ? h("kbd", {}, "Enter") : null)), this.status),
      h("details", {class: "wp-out"}, h("summary", {}, w.take_out), h("p", {class: "soft"}, w.take_out_help), this.reason("wp-out", w.take_out_why, ""),
        h("button", {type: "button", onclick: () => this.takeOut()}, w.take_out_now)),
      ...(keys ? [h("p", {class: "soft wp-keys"}, this.shortcuts ? w.keys : w.no_keys), toggle] : [])];
  }
  drawBring(c) {
    const w = this.words;
    this.form.replaceChildren(h("h2", {}, w.bring_title), h("p", {class: "soft"}, w.bring_help),
      this.reason("wp-bring", w.bring_why, c.list === "conflict" ? w.bring_conflict : ""), ...this.tools(w.bring, false));
  }
  drawDecision(c) {
    const w = this.words;
    const key = (letter) => (this.shortcuts ? h("kbd", {}, letter) : null);
    const choice = (name, title, label) => h("button", {type: "button", "data-choice": name, "aria-pressed": "false", "aria-label": label, onclick: () => this.choose(...(Number(name) ? ["box", Number(name)] : [name]))}, title);
    this.form.replaceChildren(
      h("fieldset", {class: "wp-decision", tabindex: "-1"}, h("legend", {}, w.step_decision),
        h("div", {class: "wp-keys9"}, [1, 2, 3, 4, 5, 6, 7, 8, 9].map((box) => choice(String(box), String(box), this.t("box_n", {box})))),
        h("div", {class: "wp-others"}, choice("retest", [w.actions.retest, key("R")]), choice("withdraw", [w.actions.withdraw, key("X")]))),
      h("div", {class: "wp-reason"}, h("label", {for: "wp-reason"}, w.step_reason), h("textarea", {id: "wp-reason", maxlength: "2000", placeholder: w.placeholder, oninput: () => this.changed(".wp-reason")})),
      h("fieldset", {class: "wp-present"}, h("legend", {}, w.step_present, this.count = h("span", {class: "wp-count"})), c.people.map((person) => this.personRow(person)),
        this.view.listed ? null : h("div", {class: "wp-guest"}, h("label", {for: "wp-guest"}, w.guest), h("input", {type: "text", id: "wp-guest", autocomplete: "off", maxlength: "128"}), h("button", {type: "button", onclick: () => this.invite()}, w.guest_add))),
      ...this.tools(c.decision ? w.change : w.save, true));
    this.restore(c);
  }
  personRow(person) {
    const w = this.words, chairs = person.name === this.view.actor, guest = !this.view.listed && !chairs;
    const about = [chairs ? w.chairs : null, ...person.roles.filter((role) => !(chairs && role === "chair")).map((role) => w.roles[role])].filter(Boolean).join(", ");
    const why = h("textarea", {"aria-label": this.t("differs_why", {name: person.name}), placeholder: this.t("differs_why", {name: person.name}), maxlength: "2000", oninput: () => this.changed(".wp-why")});
    return h("div", {class: "wp-person", "data-name": person.name},
      h("label", {}, h("input", {type: "checkbox", name: "wp-there", disabled: !!person.obstacle, onchange: () => this.changed(".wp-present")}), h("span", {}, person.name, about ? h("small", {}, ` ${about}`) : null)),
      h("label", {class: "wp-differs"}, h("input", {type: "checkbox", name: "wp-differs", disabled: !!person.obstacle, onchange: (event) => { this.changed(".wp-why"); if (event.target.checked) why.focus(); }}), w.differs_tick),
      guest ? h("button", {type: "button", class: "link", "aria-label": this.t("guest_remove", {name: person.name}), onclick: () => this.attend(this.guests().filter((name) => name !== person.name))}, "✕") : null,
      person.obstacle ? h("p", {class: "wb-flag"}, person.obstacle) : null, h("div", {class: "wp-why"}, why));
  }
  // Shows what belongs to what is ticked, and keeps it.
  changed(place) {
    this.form.querySelectorAll(place).forEach((one) => one.classList.remove("missing"));
    let n = 0;
    for (const row of this.form.querySelectorAll(".wp-person")) {
      const there = row.querySelector("input[name=wp-there]").checked, differs = row.querySelector("input[name=wp-differs]");
      n += there;
      row.querySelector(".wp-differs").hidden = !there;
      row.querySelector(".wp-why").hidden = !there || !differs.checked;
    }
    const short = Math.max(1, this.view.quorum) - n;
    this.count.textContent = `${this.t("quorum_now", {n, quorum: this.view.quorum})}${short > 0 ? ` · ⚠ ${this.t("quorum_short", {n: short})}` : " ✓"}`;
    this.count.classList.toggle("short", short > 0);
    this.keep();
  }
  restore(c) {
    const draft = this.read(this.name("draft", c.case_id)), valid = draft && Array.isArray(draft.present) && Array.isArray(draft.dissent) ? draft : null;
    if (valid && this.same(valid, c.decision)) remember(this.name("draft", c.case_id), null);
    const from = valid || c.decision || {action: "", box: null, reason: "", dissent: [], present: this.read(this.name("present"), [])};
    const present = new Set([...from.present, ...(valid || c.decision ? [] : [this.view.actor])]), dissent = new Map(from.dissent);
    for (const row of this.form.querySelectorAll(".wp-person")) {
      const {name} = row.dataset, there = row.querySelector("input[name=wp-there]"), differs = row.querySelector("input[name=wp-differs]");
      there.checked = present.has(name) && !there.disabled;
      differs.checked = there.checked && dissent.has(name);
      row.querySelector("textarea").value = dissent.get(name) || "";
    }
    this.form.querySelector("#wp-reason").value = from.reason;
    this.choice = {action: from.action, box: from.box};
    this.markChoice();
    this.changed(".missing");
    if (valid && !this.same(valid, c.decision) && (valid.action || valid.reason)) this.tell(this.words.draft);
    else if (c.decision) this.tell(this.words.decided_note);
  }
}

export default {
  render({model, el}) {
    const screen = new Pleno(model, el);
    return () => screen.stop();
  },
};
