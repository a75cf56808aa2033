// The card of one person, and people side by side; figures.js and evidence.js stand before it.

// As the reports write it: never more than it is.
function percent(words, p) { return p >= 0.995 ? words.surest : p <= 0.005 ? words.least : `${Math.round(100 * p)} %`; }

// Real tables: heads with a scope; the first cell of a row names it.
function plainTable(caption, heads, rows, attributes = {}) {
  return h("table", attributes, h("caption", {class: "hidden"}, caption),
    h("thead", {}, h("tr", {}, heads.map((title) => h("th", {scope: "col"}, title)))),
    h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell, i) => (i ? h("td", {}, cell) : h("th", {scope: "row"}, cell)))))));
}

function personCell(screen, c, box, count) {
  const w = screen.words, p = c.p ? c.p[box - 1] : null, here = box === c.box, pool = c.pool.includes(box);
  const mark = here ? (screen.view.signed ? w.minuted : w.stated) : null;
  const label = [p == null ? screen.t("box_n", {box}) : screen.t("cell_p", {box, p: percent(w, p)}), mark, pool ? w.pool : null].filter(Boolean).join(", ");
  return h("li", {class: `wt-box${here ? " here" : ""}${pool ? " pool" : ""}`},
    h("span", {class: "hidden"}, label),
    h("span", {class: "no", "aria-hidden": "true"}, h("b", {}, String(box)), pool ? h("span", {class: "star"}, "★") : null),
    p ? h("span", {class: "p", "aria-hidden": "true"}, percent(w, p)) : null,
    here ? h("span", {class: "tag", "aria-hidden": "true"}, mark) : null,
    count ? cloud(count) : null);
}

function placementPart(screen, c) {
  const w = screen.words, number = (x) => screen.number(x);
  if (c.withheld) return h("section", {}, h("p", {class: "wb-flag"}, screen.t("withheld", {why: c.withheld})));
  const dots = c.p ? dotsOf(c.p) : new Array(9).fill(0);
  const axis = (value, sd) => (sd ? `${number(value)} ± ${number(sd)}` : number(value));
  const fact = (title, value) => h("span", {}, `${title} `, h("b", {}, value));
  const figure = (p, words) => h("p", {class: "wt-figure"}, h("b", {}, percent(w, p)), ` ${words}`);
  return h("section", {"aria-label": w.nine},
    h("h3", {}, screen.t("box_n", {box: c.box}), h("small", {}, ` ${screen.view.signed ? w.minuted : w.stated}`)),
    c.decided ? h("p", {class: "wt-review"}, c.box === c.box_stated ? w.kept : screen.t("was_stated", {box: c.box_stated})) : null,
    c.p ? figure(c.p_pool, w.in_pool) : null,
    c.p && c.risk != null ? figure(c.risk, w.wrong) : null,
    h("ul", {class: "wt-cells", "aria-label": w.nine}, c.grid.flat().map((box) => personCell(screen, c, box, dots[box - 1]))),
    h("p", {class: "soft"}, c.p ? w.cloud : w.unknown),
    h("p", {class: "wt-facts"}, fact(w.potensial, axis(c.potensial, c.potensial_sd)), fact(w.kinerja, axis(c.kinerja, c.kinerja_sd)),
      c.jpm == null ? null : fact(w.jpm, `${number(c.jpm)} ${c.jpm_category}`)),
    h("p", {}, c.flip),
    c.box_printed != null && c.box_printed !== c.box_stated ? h("p", {class: "wb-flag"}, screen.t("printed", {box: c.box_printed})) : null,
    c.box_source === "official" ? h("p", {class: "wb-flag"}, w.official) : null,
    c.follow_up ? h("p", {class: "soft"}, h("b", {}, `${screen.t("follow_up", {box: c.box})}: `), c.follow_up) : null);
}

// Levels, flags and record are those that assessors and the pleno see.
function recordPart(screen, c) {
  const w = screen.words, m = w.match_heads;
  const posts = c.posts.map((post) => [post.title, post.p_standard, post.p_all, post.competency, post.field, post.education, post.tenure]);
  return [
    h("div", {}, c.levels.length ? null : h("p", {}, w.no_levels), evidenceLevels(screen, c), c.facts.map((fact) => h("p", {class: "wt-fact"}, fact))),
    h("section", {class: "wide"}, h("h3", {}, w.posts), posts.length
      ? h("div", {class: "wt-scroll", tabindex: "0", role: "region", "aria-label": w.posts}, plainTable(w.posts, [w.vacancy, m.p_standard, m.p_all, m.competency, m.field, m.education, m.tenure], posts))
      : h("p", {class: "soft"}, w.no_posts)),
  ];
}

// Fills a dialog with the card of a person; `pick` adds the person to the comparison or takes them out.
function drawCard(screen, dialog, card, pick) {
  const w = screen.words;
  const tier = card.years_in_tier == null ? card.jenjang : screen.t("tier_years", {tier: card.jenjang, n: screen.number(card.years_in_tier)});
  dialog.replaceChildren(
    h("div", {class: "wt-dialog-head"}, h("div", {}, h("h2", {id: "wt-card-title"}, screen.t("card", {name: card.participant})),
      h("p", {class: "soft"}, [card.jabatan, tier, card.unit, card.instansi].join(" · "))),
    h("div", {class: "wt-acts"}, pick, h("button", {type: "button", class: "wt-close", onclick: () => dialog.close()}, w.close))),
    h("div", {class: "wt-card wt-scroll", tabindex: "0", role: "region", "aria-labelledby": "wt-card-title"},
      h("p", {class: "wt-state"}, h("b", {class: "wt-mark"}, screen.view.state), ` ${screen.view.state_words}`),
      placementPart(screen, card), recordPart(screen, card)));
}

function comparison(screen, answer) {
  const w = screen.words;
  const heads = [w.aspect, ...answer.people.map((name) => h("button", {type: "button", class: "link", onclick: () => screen.openCard(name)}, name))];
  const levels = answer.levels.map(([title, cells]) => [title, ...cells.map(([words, below]) => h("span", {class: below ? "below" : ""}, below ? `${words} ↓` : words))]);
  const lines = answer.lines.map(([title, cells]) => [title, ...cells]);
  return [
    h("h3", {}, w.difference),
    h("ul", {class: "wt-differences"}, answer.sentences.map((sentence) => h("li", {}, sentence))),
    h("p", {class: "soft"}, answer.note),
    h("h3", {}, w.side),
    h("div", {class: "wt-scroll", tabindex: "0", role: "region", "aria-label": w.side}, plainTable(w.side, heads, lines, {class: "wt-side"})),
    levels.length ? [h("h3", {}, w.evidence), h("div", {class: "wt-scroll", tabindex: "0", role: "region", "aria-label": w.evidence}, plainTable(w.evidence, [w.competency, ...answer.people], levels, {class: "wt-side"}))] : null,
  ];
}
