// A small host for one component: it opens the kernel's message channel, asks the widget for its state, loads the
// component that the kernel hands over, and passes custom messages both ways. Nothing else of the notebook's front end
// is needed, so the page is a few files instead of several megabytes.
const page = JSON.parse(document.getElementById("workbench-page").textContent);
const session = Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
const listeners = {"msg:custom": [], connection: []};
let state = null;
let socket = null;
let sent = 0;

function message(data) {
  sent += 1;
  return JSON.stringify({
    channel: "shell",
    header: {msg_id: `${session}-${sent}`, msg_type: "comm_msg", username: "", session, date: new Date().toISOString(), version: "5.3"},
    parent_header: {}, metadata: {}, buffers: [],
    content: {comm_id: page.model, data},
  });
}

const tell = (event, value) => listeners[event].forEach((listener) => listener(value));

const model = {
  get: (name) => state[name],
  on: (event, listener) => { if (event in listeners) listeners[event].push(listener); },
  off: () => {},
  // A message that cannot be sent is not lost: what was typed is a draft in the browser until it is acknowledged.
  send: (content) => { if (socket && socket.readyState === WebSocket.OPEN) socket.send(message({method: "custom", content})); },
};

async function render() {
  const style = document.createElement("style");
  style.textContent = state._css || "";
  document.head.append(style);
  const address = URL.createObjectURL(new Blob([state._esm], {type: "text/javascript"}));
  const component = (await import(address)).default;
  URL.revokeObjectURL(address);
  document.getElementById("loading").remove();
  component.render({model, el: document.getElementById("screen")});
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${location.host}${page.base}api/kernels/${page.kernel}/channels?session_id=${session}`);
  socket.addEventListener("open", () => { if (!state) socket.send(message({method: "request_state"})); });
  socket.addEventListener("message", (event) => {
    if (typeof event.data !== "string") return;
    const received = JSON.parse(event.data);
    if (received.msg_type === "status" && ["dead", "restarting"].includes(received.content.execution_state)) tell("connection", false);
    if (received.msg_type !== "comm_msg" || received.content.comm_id !== page.model) return;
    const data = received.content.data;
    if (data.method === "update" && !state) { state = data.state; render(); }
    else if (data.method === "custom") tell("msg:custom", data.content);
  });
  socket.addEventListener("close", () => { tell("connection", false); setTimeout(connect, 1500); });
}

connect();
