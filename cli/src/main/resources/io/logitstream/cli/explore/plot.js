'use strict';
// Small SVG charts. Every chart is drawn for the width that it has and drawn again when the width changes.
const NS = 'http://www.w3.org/2000/svg';
const color = i => `var(--c${i % 8})`;
const dash = i => ['', '5 3', '2 3', '8 3 2 3'][Math.floor(i / 8) % 4];
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

function tip(node, text) {
  const box = document.getElementById('tip');
  node.addEventListener('pointermove', event => {
    box.textContent = text;
    box.style.display = 'block';
    box.style.left = Math.min(event.clientX + 12, innerWidth - box.offsetWidth - 8) + 'px';
    box.style.top = Math.max(4, event.clientY - box.offsetHeight - 10) + 'px';
  });
  node.addEventListener('pointerleave', () => { box.style.display = 'none'; });
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
  const left = options.left || 54, bottom = options.x.label ? 42 : 26, right = 10, top = 12;
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
  // Those that have been taken off the page are forgotten.
  charts.splice(0, charts.length, ...charts.filter(one => one.holder.isConnected));
  for (const one of charts) {
    if (one.holder.clientWidth && one.holder.clientWidth !== one.width) {
      one.width = one.holder.clientWidth;
      redraw(one.holder);
    }
  }
}

function redraw(holder) {
  holder.replaceChildren();
  const one = charts.find(one => one.holder === holder);
  if (one) one.draw(holder);
}
addEventListener('resize', drawCharts);
