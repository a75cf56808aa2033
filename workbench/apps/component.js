// What every screen shares; the screen's own file stands behind it. All truth is in the log on the server: the page
// shows what comes back, and keeps what was typed in the browser until the server has acknowledged it. Every text comes
// from the server, in the language of the workspace.

const SILENCE = 6000; // milliseconds without an answer after which the connection counts as lost
const SVG = "http://www.w3.org/2000/svg";

const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
const fill = (text, values = {}) => text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));

function node(make, tag, attributes, children) {
  const element = make(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null));
  return element;
}
const h = (tag, attributes = {}, ...children) => node((t) => document.createElement(t), tag, attributes, children);
const s = (tag, attributes = {}, ...children) => node((t) => document.createElementNS(SVG, t), tag, attributes, children);

function remember(name, value) {
  try { value == null ? localStorage.removeItem(name) : localStorage.setItem(name, value); } catch { /* private window */ }
}
function recall(name) {
  try { return localStorage.getItem(name); } catch { return null; }
}

// Messages to the model and answers from it, a heartbeat, and the one submission that waits for its acknowledgement.
class Component {
  constructor(model) {
    this.model = model;
    this.view = model.get("first");
    this.words = model.get("words");
    this.pending = null; // the submission that waits for its acknowledgement
    this.unanswered = 0; // since when a request waits
    this.banner = h("div", {class: "wb-banner", role: "alert", hidden: true}, h("span", {}, this.words.lost),
      h("button", {type: "button", onclick: () => location.reload()}, this.words.reload));
    this.status = h("p", {class: "wb-say", role: "status"});
    this.nav = this.navigation(this.words.navigation);
  }

  // The way to the other screens; a single screen, or one inside a notebook, has none.
  navigation({label, current, screens}) {
    if (screens.length < 2) return null;
    return h("nav", {class: "wb-nav", "aria-label": label}, screens.map(([key, title]) =>
      h("a", {href: `./${key}`, "aria-current": key === current ? "page" : null}, title)));
  }

  listen() {
    this.model.on("msg:custom", (answer) => this.onAnswer(answer));
    this.model.on("connection", (alive) => { if (!alive) this.lose(); });
    this.heart = setInterval(() => this.beat(), 2000);
  }
  stop() { clearInterval(this.heart); }
  t(name, values) { return fill(this.words[name], values); }
  number(x, digits = 1) {
    return x == null ? "–" : x.toLocaleString(this.words.locale, {minimumFractionDigits: digits, maximumFractionDigits: digits});
  }
  tell(text, bad = false) {
    this.status.textContent = text;
    this.status.classList.toggle("bad", bad);
  }

  send(message) {
    const token = newKey();
    if (!this.unanswered) this.unanswered = Date.now();
    this.model.send({...message, token});
    return token;
  }
  sendPending() {
    this.pending.at = Date.now();
    this.pending.token = this.send(this.pending.message);
  }
  beat() {
    if (this.unanswered && Date.now() - this.unanswered > SILENCE) this.lose();
    this.send({kind: "ping"});
  }
  lose() {
    this.banner.hidden = false;
    this.root.dataset.connection = "lost";
    if (this.pending) this.tell(this.words.not_saved, true);
  }
  switchShortcuts(on) {
    this.shortcuts = on;
    remember("wb-shortcuts", on ? "on" : "off");
    this.keep();
    this.drawing = true;
    this.drawForm();
    this.drawing = false;
    this.form.querySelector("input[type=checkbox]").focus();
  }
  onAnswer(answer) {
    const returned = this.root.dataset.connection === "lost";
    this.unanswered = 0;
    this.banner.hidden = true;
    this.root.dataset.connection = "alive";
    if (answer.kind === "pong") {
      // The same key makes sending again harmless where the first one did arrive.
      if (this.pending && (returned || Date.now() - this.pending.at > SILENCE)) this.sendPending();
      return;
    }
    if (answer.kind === "error") {
      if (this.pending && this.pending.token === answer.token) this.pending = null;
      this.tell(answer.sentence, true);
      return;
    }
    this.receive(answer);
  }
}

