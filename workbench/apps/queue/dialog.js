// The one dialog of the case screen. Escape closes it, and the focus returns to where it was.

class Dialog {
  constructor(words) {
    this.words = words;
    this.element = h("dialog", {class: "wb-dialog", "aria-labelledby": "wb-dialog-title"});
  }
  get open() { return this.element.open; }
  close() { this.element.close(); }

  show(title, content, last = this.words.close) {
    this.element.replaceChildren(
      h("div", {class: "wb-head"}, h("h2", {id: "wb-dialog-title"}, title), h("button", {type: "button", class: last === this.words.close ? "wb-shut" : "wb-shut main", onclick: () => this.close()}, last)),
      h("div", {class: "wb-scroll", tabindex: "0", role: "region", "aria-label": title}, content));
    if (!this.open) this.element.showModal();
    this.element.querySelector(".wb-shut").focus();
  }

  // Sections that the server wrote: title, sentence, table, note.
  showSections(answer) {
    this.show(answer.title, answer.sections.map((part) => h("section", {},
      part.title ? h("h3", {}, part.title) : null,
      part.sentence ? h("p", {}, part.sentence) : null,
      part.rows.length ? table(part.columns, part.rows) : null,
      part.note ? h("p", {class: "soft"}, part.note) : null)));
  }

  // What somebody who has never seen the page needs in order to decide a first case.
  showGuide() {
    const w = this.words, g = w.guide;
    const tag = h("span", {class: "tag"}, w.stated), dots = cloud(7);
    dots.setAttribute("viewBox", "-10 -10 20 20");
    const signs = [dots, h("span", {class: "star"}, "★"), tag,
      sign(s("line", {x1: 4, x2: 32, y1: 9, y2: 9, class: "range"}), s("circle", {cx: 18, cy: 9, r: 4.5, class: "level"})),
      sign(s("path", {d: DIAMOND(18), class: "standard"})), h("b", {class: "below"}, `2 ${BELOW}`), h("span", {class: "bar"})];
    this.show(g.title, [
      h("p", {}, g.task),
      h("div", {class: "wb-guide"},
        h("section", {}, h("h3", {}, g.steps_title), h("ul", {}, g.steps.map((step) => h("li", {}, h("b", {}, `${step[0]} `), step[1])))),
        h("section", {}, h("h3", {}, g.signs_title), h("dl", {}, signs.map((drawn, i) => h("div", {}, h("dt", {}, drawn), h("dd", {}, g.signs[i])))))),
      h("p", {class: "soft"}, g.again)], g.begin);
  }
}

function table(columns, rows) {
  return h("table", {class: columns.length ? null : "pairs"}, columns.length ? h("thead", {}, h("tr", {}, columns.map((title) => h("th", {scope: "col"}, title)))) : null,
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell, i) => (i ? h("td", {}, cell) : h("th", {scope: "row"}, cell)))))));
}

