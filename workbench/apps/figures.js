// The small drawings of a case, for every screen that shows one: the cloud of a box, and a level beside its standard.

const DOTS = 100; // the cloud: one dot is one per cent
const GOLDEN = Math.PI * (3 - Math.sqrt(5));

// How many of a hundred dots fall into each box: whole numbers that sum to a hundred (largest remainders).
function dotsOf(shares) {
  const exact = shares.map((p) => p * DOTS);
  const counts = exact.map(Math.floor);
  const order = exact.map((e, i) => [e - counts[i], i]).sort((a, b) => b[0] - a[0]);
  for (let left = DOTS - counts.reduce((a, b) => a + b, 0), i = 0; left > 0; left--, i++) counts[order[i % 9][1]] += 1;
  return counts;
}

function cloud(count) {
  const dots = Array.from({length: count}, (_, i) => {
    const radius = 2.75 * Math.sqrt(i + 0.5);
    return s("circle", {cx: (radius * Math.cos(i * GOLDEN)).toFixed(1), cy: (radius * Math.sin(i * GOLDEN)).toFixed(1), r: 1.75});
  });
  return s("svg", {class: "wb-cloud", viewBox: "-30 -30 60 60", "aria-hidden": "true"}, dots);
}

const BELOW = "↓"; // beside a level below its standard, so that colour and weight are not the only sign
const DIAMOND = (x, y = 9, r = 6.5) => `M${x} ${y - r}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`;

// Level scale 1 to 5: the line is where two thirds of the probability lies, the dot the level, the diamond the standard.
function whiskers(level, {step = 24, middle = 9, size = 6.5} = {}) {
  const x = (v) => size + 3.5 + (v - 1) * step;
  const ticks = [1, 2, 3, 4, 5].map((v) => s("line", {x1: x(v), x2: x(v), y1: middle - 5, y2: middle + 5, class: "tick"}));
  const standard = level.required == null ? null : s("path", {d: DIAMOND(x(level.required), middle, size), class: "standard"});
  return s("svg", {class: "wb-whiskers", width: x(5) + size + 3.5, height: 2 * middle, "aria-hidden": "true"}, ticks,
    s("line", {x1: x(level.low), x2: x(level.high), y1: middle, y2: middle, class: "range"}), standard,
    s("circle", {cx: x(level.level), cy: middle, r: 0.6 * size, class: "level"}));
}

// A probability that is neither none nor certain is not shown as if it were.
function shownPercent(p) { return p > 0 && p < 0.005 ? "<1 %" : p < 1 && p >= 0.995 ? ">99 %" : `${Math.round(100 * p)} %`; }

// One sign of those drawings by itself, for the legend.
function sign(...parts) { return s("svg", {class: "wb-whiskers", width: 36, height: 18, "aria-hidden": "true"}, ...parts); }

