// Charts: uPlot draws lines with many points, the others are small SVGs. A chart is drawn for its current width, and
// redrawn when the width or the theme changes.
const NS = 'http://www.w3.org/2000/svg';
const color = i => `var(--c${i % 8})`;
const dash = i => [[], [5, 3], [2, 3], [8, 3, 2, 3]][Math.floor(i / 8) % 4];
// A canvas cannot use CSS variables.
const paint = value => value.startsWith('var(') ? getComputedStyle(document.documentElement).getPropertyValue(value.slice(4, -1)).trim() : value;
const charts = [];

function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (value != null) node.setAttribute(key, value);
  }
  children.flat().forEach(child => child != null && node.append(child));
  return node;
}

function svg(parent, name, attributes = {}, text) {
  const node = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) if (value != null && value !== '') node.setAttribute(key, value);
  if (text != null) node.textContent = text;
  parent.append(node);
  return node;
}

/** Shows a text or nodes beside a point of the window; hides the box when called without content. */
function showTip(x, y, ...content) {
  const box = document.getElementById('tip');
  box.style.display = content.length ? 'block' : 'none';
  box.replaceChildren(...content);
  const left = x + 14 + box.offsetWidth > innerWidth - 8 ? x - 14 - box.offsetWidth : x + 14;
  box.style.left = Math.max(4, left) + 'px';
  box.style.top = Math.max(4, Math.min(y - box.offsetHeight - 10, innerHeight - box.offsetHeight - 4)) + 'px';
}

function tip(node, text) {
  node.addEventListener('pointermove', event => showTip(event.clientX, event.clientY, text));
  node.addEventListener('pointerleave', () => showTip(0, 0));
  return node;
}

function number(value, digits = 4) {
  if (value == null) return '';
  const size = Math.abs(value);
  if (size >= 1e9) return +(value / 1e9).toPrecision(3) + 'B';
  if (size >= 1e6) return +(value / 1e6).toPrecision(3) + 'M';
  if (size >= 1e4) return +(value / 1e3).toPrecision(3) + 'k';
  return String(+value.toPrecision(digits));
}

/** A duration in its two largest units: 45 s, 2 min 5 s, 1 h 20 min, 3 d 4 h. */
function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds)), units = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  const largest = units.findIndex(([size]) => whole >= size);
  if (largest < 0) return '0 s';
  const parts = units.slice(largest, largest + 2).map(([size, name], i) => [Math.floor(i ? whole % units[largest][0] / size : whole / size), name]);
  return parts.filter(([count], i) => !i || count).map(part => part.join(' ')).join(' ');
}

function ticks(low, high, count) {
  const raw = (high - low) / Math.max(1, count);
  if (!(raw > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(f => f * power).find(s => s >= raw);
  const result = [];
  for (let t = Math.ceil(low / step) * step; t <= high + step * 1e-9; t += step) result.push(Math.abs(t) < step * 1e-9 ? 0 : t);
  return result;
}

function logTicks(low, high) {
  const result = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) {
    for (const f of high / low > 60 ? [1] : [1, 2, 5]) {
      const t = f * 10 ** e;
      if (t >= low * 0.999 && t <= high * 1.001) result.push(t);
    }
  }
  return result;
}

/** A frame with axes; returns functions from values to pixels. options: x, y = {low, high, log, label, format}, height. */
function frame(holder, options) {
  const width = Math.max(260, holder.clientWidth), height = options.height || Math.max(240, Math.min(380, width * 0.48));
  const left = options.left || 54, bottom = options.x.label ? 42 : 26, right = 10, top = options.top || 12;
  const root = svg(holder, 'svg', {viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': options.label || ''});
  const scale = (axis, from, to) => {
    const f = axis.log ? Math.log : v => v, a = f(axis.low), b = f(axis.high);
    return v => from + (to - from) * (b > a ? (f(v) - a) / (b - a) : 0.5);
  };
  const x = scale(options.x, left, width - right), y = scale(options.y, height - bottom, top);
  const format = axis => axis.format || (v => number(v));
  for (const t of options.y.ticks || (options.y.log ? logTicks(options.y.low, options.y.high) : ticks(options.y.low, options.y.high, height / 48))) {
    svg(root, 'line', {x1: left, x2: width - right, y1: y(t), y2: y(t), class: 'gridline'});
    svg(root, 'text', {x: left - 8, y: y(t) + 4, 'text-anchor': 'end'}, format(options.y)(t));
  }
  for (const t of options.x.ticks || (options.x.log ? logTicks(options.x.low, options.x.high) : ticks(options.x.low, options.x.high, width / 110))) {
    svg(root, 'text', {x: x(t), y: height - bottom + 18, 'text-anchor': 'middle'}, format(options.x)(t));
  }
  svg(root, 'line', {x1: left, x2: width - right, y1: height - bottom, y2: height - bottom, class: 'axis'});
  if (options.x.label) svg(root, 'text', {x: (left + width - right) / 2, y: height - 4, 'text-anchor': 'middle'}, options.x.label);
  return {root, x, y, width, height, left, right, top, bottom};
}

/** Index of the value nearest to an index at which the line has a value. */
function nearest(values, index) {
  for (let away = 0; away < values.length; away++) {
    if (values[index - away] != null) return index - away;
    if (values[index + away] != null) return index + away;
  }
  return index;
}

/** Lines over tokens. lines: [{name, points, color, dash, width}], axes: {most, unit, label}. Returns the plot. */
function linePlot(holder, lines, axes, low, high) {
  const width = Math.max(240, holder.clientWidth), soft = paint('var(--soft)');
  const axis = {stroke: soft, grid: {stroke: paint('var(--grid)'), width: 1}, ticks: {show: false}, font: '12px system-ui, sans-serif', labelFont: '12px system-ui, sans-serif'};
  const values = (u, ticks) => ticks.map(tick => number(tick));
  const plot = new uPlot({
    width, height: Math.max(240, Math.min(380, width * 0.48)), padding: [12, 12, 0, 0], legend: {show: false},
    scales: {x: {time: false, range: [0, axes.most]}, y: {range: [low, high]}},
    axes: [{...axis, label: axes.label || 'tokens trained on', size: 30, labelSize: 22, space: 90, values},
      {...axis, label: axes.unit || null, size: 48, labelSize: 20, space: 44, values}],
    series: [{}, ...lines.map(line => ({stroke: paint(line.color), width: line.width, dash: line.dash, spanGaps: true, points: {show: line.points.length < 2}}))],
    cursor: {drag: {setScale: false, x: false, y: false}, dataIdx: (u, series, index) => series ? nearest(u.data[series], index) : index},
    hooks: {setCursor: [u => underPointer(u, lines)]},
  }, uPlot.join(lines.map(line => [line.points.map(p => p[0]), line.points.map(p => p[1])])), holder);
  plot.root.setAttribute('role', 'img');
  plot.root.setAttribute('aria-label', lines.map(line => `${line.name}: ${number(line.points[line.points.length - 1][1])} at the end`).join('; '));
  plot.over.addEventListener('pointerleave', () => showTip(0, 0));
  return plot;
}

function underPointer(u, lines) {
  const {left, top, idx} = u.cursor;
  if (idx == null || left < 0) return;
  const box = u.over.getBoundingClientRect();
  const rows = lines.map((line, i) => [line, u.data[i + 1][nearest(u.data[i + 1], idx)]]).sort((a, b) => b[1] - a[1]).slice(0, 14);
  showTip(box.left + left, box.top + top, el('b', {}, `${number(u.data[0][idx])} tokens`), ...rows.map(([line, value]) =>
    el('div', {class: 'row'}, el('i', {style: `background:${line.color}`}), el('span', {}, line.name), el('b', {}, number(value)))));
}

function path(points, x, y) {
  let d = '';
  points.forEach(([a, b]) => { if (b != null && isFinite(b)) d += (d ? 'L' : 'M') + x(a).toFixed(1) + ' ' + y(b).toFixed(1); });
  return d;
}

function extent(values, pad = 0.05) {
  const finite = values.filter(v => v != null && isFinite(v));
  let low = Math.min(...finite), high = Math.max(...finite);
  if (!(high > low)) { low -= Math.abs(low) * 0.05 + 1e-6; high += Math.abs(high) * 0.05 + 1e-6; }
  const room = (high - low) * pad;
  return {low: low - room, high: high + room};
}

/** Draws into a holder now and whenever its width changes. */
function chart(draw) {
  const holder = el('div');
  charts.push({holder, draw, width: 0});
  return holder;
}

function drawCharts() {
  // Drops charts that were removed from the page.
  charts.filter(one => !one.holder.isConnected && one.plot).forEach(one => one.plot.destroy());
  charts.splice(0, charts.length, ...charts.filter(one => one.holder.isConnected));
  hints();
  for (const one of charts) {
    if (one.holder.clientWidth && one.holder.clientWidth !== one.width) {
      one.width = one.holder.clientWidth;
      redraw(one.holder);
    }
  }
}

function redraw(holder) {
  const one = charts.find(one => one.holder === holder);
  const pointer = one && one.plot ? one.plot.cursor : null;
  if (one && one.plot) one.plot.destroy();
  holder.replaceChildren();
  if (!one) return;
  one.plot = one.draw(holder);
  // The tooltip stays when the live page redraws a chart.
  if (one.plot && pointer && pointer.left >= 0) one.plot.setCursor({left: pointer.left, top: pointer.top});
}

/** Adds a hint to tables that are wider than the page. */
function hints() {
  document.querySelectorAll('.scroll').forEach(node => {
    if (!node.clientWidth) return;
    if (!node.nextElementSibling || !node.nextElementSibling.classList.contains('hint')) {
      node.after(el('p', {class: 'hint soft small'}, 'more columns to the right: scroll the table \u2192'));
      node.addEventListener('scroll', () => node.classList.toggle('end', node.scrollLeft + node.clientWidth >= node.scrollWidth - 4));
    }
    node.classList.toggle('wide', node.scrollWidth > node.clientWidth + 4);
  });
}

addEventListener('resize', drawCharts);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => charts.forEach(one => redraw(one.holder)));
