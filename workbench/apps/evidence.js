// The evidence about one case, small and read only; component.js and figures.js stand before it. `c` is the content of a case as the
// run prepared it, `marks` what is written into boxes: names by box.

function evidenceCell(screen, c, box, marks) {
  const w = screen.words, p = c.p ? c.p[box - 1] : null, stated = box === c.box, pool = c.pool.includes(box);
  const said = [p == null ? screen.t("box_n", {box}) : screen.t("cell", {box, p: shownPercent(p)}), stated ? w.stated : null, pool ? w.pool : null].filter(Boolean).join(", ");
  return h("td", {class: `${stated ? "stated" : ""}${pool ? " pool" : ""}`},
    p ? h("i", {class: "we-fill", style: `height:${(100 * p).toFixed(1)}%`, "aria-hidden": "true"}) : null,
    h("span", {class: "hidden"}, said),
    h("span", {class: "we-no", "aria-hidden": "true"}, h("b", {}, String(box)), pool ? " ★" : "", p == null ? null : h("span", {class: p ? "we-p" : "we-p nil"}, shownPercent(p))),
    stated ? h("span", {class: "we-tag", "aria-hidden": "true"}, w.stated) : null,
    (marks[box] || []).map((name) => h("span", {class: "we-tag vote"}, name)));
}

function evidenceGrid(screen, c, marks = {}) {
  const w = screen.words;
  const rows = c.grid.map((line, r) => h("tr", {}, h("th", {scope: "row"}, w.rows[r]), line.map((box) => evidenceCell(screen, c, box, marks))));
  const fact = (title, value, sd) => h("span", {}, `${title} `, h("b", {}, screen.number(value) + (sd ? ` ± ${screen.number(sd)}` : "")));
  return h("section", {class: "we-nine", "aria-label": w.nine},
    c.mark ? h("p", {class: "wb-flag"}, c.mark) : null,
    h("p", {class: "we-head"}, h("b", {}, screen.t("box_n", {box: c.box})), ` ${w.stated}`,
      c.p ? h("span", {}, h("b", {}, shownPercent(c.p_pool)), ` ${w.in_pool}`) : null,
      c.p ? h("span", {class: "warn"}, h("b", {}, shownPercent(c.risk)), ` ${w.wrong}`) : null),
    h("table", {class: "we-grid"}, h("caption", {}, `${w.kinerja} ↑ · ${w.potensial} → · ★ ${w.pool}`), h("tbody", {}, rows),
      h("tfoot", {}, h("tr", {}, h("td", {}), w.columns.map((title) => h("th", {scope: "col"}, title))))),
    c.p ? null : h("p", {class: "soft"}, w.unknown),
    h("p", {class: "we-facts"}, fact(w.potensial, c.potensial, c.potensial_sd), fact(w.kinerja, c.kinerja, c.kinerja_sd),
      c.jpm == null ? null : h("span", {}, `${w.jpm} `, h("b", {}, `${screen.number(c.jpm)} ${c.jpm_category}`))),
    h("p", {class: "we-flip"}, c.flip),
    c.box_printed != null && c.box_printed !== c.box ? h("p", {class: "wb-flag"}, screen.t("printed", {box: c.box_printed})) : null,
    c.box_source === "official" ? h("p", {class: "wb-flag"}, w.official) : null);
}

const SMALL = {step: 18, middle: 8, size: 6};

function evidenceLevels(screen, c) {
  const w = screen.words;
  const below = (level) => level.required != null && level.level < level.required;
  return h("section", {class: "we-levels", "aria-label": w.evidence},
    h("h3", {}, w.evidence),
    h("table", {}, h("thead", {}, h("tr", {}, h("th", {scope: "col"}, w.competency), h("th", {scope: "col", class: "n"}, w.level), h("th", {scope: "col", class: "n"}, h("abbr", {title: w.standard_long}, w.standard)), h("td", {}))),
      h("tbody", {}, c.levels.map((level) => h("tr", {}, h("th", {scope: "row"}, level.title), h("td", {class: below(level) ? "n below" : "n"}, String(level.level)), h("td", {class: "n"}, level.required == null ? "–" : String(level.required)),
        h("td", {}, whiskers(level, SMALL), h("span", {class: "hidden"}, screen.t("range", level))))))),
    h("p", {class: "soft"}, w.legend),
    h("h3", {}, w.quality),
    c.flags.length ? c.flags.map((flag) => h("p", {class: "wb-flag"}, `${flag.flag}: ${flag.detail}`)) : h("p", {class: "soft"}, w.no_flags),
    h("h3", {}, w.performance),
    c.performance.length ? h("ul", {class: "we-years"}, c.performance.map((y) => h("li", {}, `${y.year}: ${screen.t("work", {predicate: y.predicate, result: y.hasil_kerja})}`))) : h("p", {class: "soft"}, w.no_performance));
}

