// Variants compared with their baselines, and along the plan's axes.
function forest() {
  const compared = variants.filter(v => v.differences.loss);
  // A single difference without an interval is in the table already.
  if (!compared.length || compared.length === 1 && !severalSeeds()) return;
  let metric = 'loss';
  const holder = chart(node => {
    const rows = compared.filter(v => v.differences[metric]), short = node.clientWidth < 560;
    const left = Math.min(short ? 130 : 240, 14 + 7 * Math.max(...rows.map(v => shortName(v).length)));
    const values = rows.flatMap(v => { const d = v.differences[metric]; return [d.difference, d.low, d.high]; }).concat([0]);
    const height = 60 + 24 * rows.length;
    const f = frame(node, {x: {...extent(values), label: `difference in ${withUnit(metric)}`}, y: {low: 0, high: rows.length, ticks: []}, left, height});
    svg(f.root, 'line', {x1: f.x(0), x2: f.x(0), y1: f.top, y2: f.height - f.bottom, stroke: 'var(--soft)'});
    rows.forEach((v, i) => {
      const d = v.differences[metric], y = f.top + 24 * i + 10;
      const sure = d.adjustedP != null && d.adjustedP < 0.05;
      const tone = !sure ? 'var(--soft)' : d.difference * better(metric) > 0 ? 'var(--good)' : 'var(--bad)';
      const most = Math.floor((left - 14) / 6.6), name = shortName(v), label = name.length > most ? name.slice(0, most - 1) + '…' : name;
      svg(f.root, 'text', {x: left - 10, y: y + 4, 'text-anchor': 'end', class: 'ink'}, label);
      if (d.low != null) svg(f.root, 'line', {x1: f.x(d.low), x2: f.x(d.high), y1: y, y2: y, stroke: tone, 'stroke-width': 2.5, 'stroke-linecap': 'round'});
      tip(svg(f.root, 'circle', {cx: f.x(d.difference), cy: y, r: 5, fill: tone}),
        `${v.name}${labelOf(v)}\n${number(d.difference)}${d.low == null ? '' : ` (${number(d.low)} to ${number(d.high)}; bootstrap ${number(d.bootstrapLow)} to ${number(d.bootstrapHigh)}), p ${number(d.p, 2)}, adjusted ${number(d.adjustedP, 2)}`}`);
    });
  });
  section(`Against ${results.baseline}${baselines().length > 1 ? ', all other choices equal' : ''}`, choose(Object.keys(metricNames), Object.values(metricNames), m => { metric = m; redraw(holder); }),
    holder, el('p', {class: 'soft small'}, severalSeeds() ? '95 % intervals, each for its own variant. Green and red: significantly better or worse after Holm\'s correction for all comparisons; '
      + 'grey: not significant after it, even if the interval excludes zero.'
      : 'One seed: no intervals; differences may be noise.'));
}

function axes() {
  const names = Object.keys(results.axes);
  let metric = 'loss';
  const grid = variants.some(v => Object.keys(v.choices).length > 1);
  const holders = [];
  if (grid && names.length >= 2) {
    for (let a = 0; a < names.length; a++) for (let b = a + 1; b < names.length; b++) holders.push(chart(n => heat(n, names[a], names[b], metric)));
  } else {
    names.forEach(name => holders.push(chart(n => line(n, name, metric))));
  }
  if (!holders.length) return;
  section(grid ? 'Two axes at a time' : 'One axis at a time',
    choose(Object.keys(metricNames), Object.values(metricNames), m => { metric = m; holders.forEach(redraw); }),
    el('div', {class: 'two'}, holders.map(h => el('div', {}, h))),
    el('p', {class: 'soft small'}, grid ? `Means over ${severalSeeds() ? 'seeds and ' : ''}all other axes. The scale below each map goes from the worst to the best value.`
      : severalSeeds() ? 'Means over seeds; bars show the minimum and maximum. Dashed: the baseline.' : 'One seed: no spread. Dashed: the baseline.'));
}

function line(node, axis, metric) {
  const labels = results.axes[axis];
  const points = labels.map(label => variants.find(v => v.choices[axis] === label));
  const base = baselines().length === 1 ? baselines()[0] : null;
  const all = points.concat([base]).filter(Boolean).flatMap(v => [v.metrics[metric].least, v.metrics[metric].most]);
  if (!points.some(Boolean)) return;
  const crowded = labels.length * Math.max(...labels.map(l => l.length)) * 7 > node.clientWidth - 60;
  const f = frame(node, {x: {low: -0.5, high: labels.length - 0.5, label: axis, ticks: labels.map((_, i) => i),
    format: i => crowded ? labels[i].slice(0, Math.max(2, Math.floor((node.clientWidth - 60) / labels.length / 7.5))) : labels[i]}, y: extent(all, 0.1)});
  if (base) {
    const y = f.y(base.metrics[metric].mean);
    svg(f.root, 'line', {x1: f.left, x2: f.width - f.right, y1: y, y2: y, stroke: 'var(--soft)', 'stroke-dasharray': '4 4'});
    svg(f.root, 'text', {x: f.width - f.right, y: y - 5, 'text-anchor': 'end'}, base.name);
  }
  const drawn = points.map((v, i) => [i, v && v.metrics[metric].mean]);
  if (labels.every(l => isFinite(l))) svg(f.root, 'path', {d: path(drawn, f.x, f.y), fill: 'none', stroke: 'var(--c0)', 'stroke-width': 1.5, opacity: 0.5});
  points.forEach((v, i) => {
    if (!v) return;
    const m = v.metrics[metric];
    svg(f.root, 'line', {x1: f.x(i), x2: f.x(i), y1: f.y(m.least), y2: f.y(m.most), stroke: 'var(--c0)', 'stroke-width': 2, 'stroke-linecap': 'round', opacity: 0.6});
    tip(svg(f.root, 'circle', {cx: f.x(i), cy: f.y(m.mean), r: 5, fill: 'var(--c0)'}),
      `${axis} ${labels[i]}\n${metricNames[metric]} ${show(metric, m.mean)}, from ${show(metric, m.least)} to ${show(metric, m.most)}`);
  });
}

function heat(node, rowAxis, columnAxis, metric) {
  const rows = results.axes[rowAxis], columns = results.axes[columnAxis], width = Math.max(260, node.clientWidth);
  const left = Math.min(110, 16 + 7 * Math.max(...rows.map(r => r.length))), cell = (width - left) / columns.length, tall = 38;
  const root = svg(node, 'svg', {viewBox: `0 0 ${width} ${rows.length * tall + 92}`, width, height: rows.length * tall + 92, role: 'img'});
  // Mean over all other axes.
  const value = (r, c) => {
    const hit = variants.filter(v => v.choices[rowAxis] === r && v.choices[columnAxis] === c).map(v => v.metrics[metric].mean);
    return hit.length ? hit.reduce((a, b) => a + b) / hit.length : null;
  };
  const range = extent(rows.flatMap(r => columns.map(c => value(r, c))), 0);
  const shade = good => `color-mix(in oklab, var(--c0) ${Math.round(6 + 74 * good)}%, var(--card))`;
  svg(root, 'text', {x: 0, y: 14}, `${rowAxis} by ${columnAxis}: ${withUnit(metric)}`);
  columns.forEach((c, j) => svg(root, 'text', {x: left + cell * (j + 0.5), y: 38, 'text-anchor': 'middle'}, c.slice(0, Math.max(2, Math.floor(cell / 7)))));
  rows.forEach((r, i) => {
    svg(root, 'text', {x: left - 8, y: 50 + tall * (i + 0.5) + 4, 'text-anchor': 'end'}, r.slice(0, 14));
    columns.forEach((c, j) => {
      const v = value(r, c);
      if (v == null) return;
      const part = (v - range.low) / (range.high - range.low), good = better(metric) > 0 ? part : 1 - part;
      tip(svg(root, 'rect', {x: left + cell * j + 1, y: 50 + tall * i + 1, width: cell - 2, height: tall - 2, rx: 4,
        fill: shade(good)}), `${r}, ${c}\n${metricNames[metric]} ${show(metric, v)}`);
      svg(root, 'text', {x: left + cell * (j + 0.5), y: 50 + tall * (i + 0.5) + 4, 'text-anchor': 'middle', class: 'ink', 'pointer-events': 'none',
        style: good > 0.6 ? 'fill:var(--card)' : ''}, cell < 46 ? number(v, 3) : show(metric, v));
    });
  });
  // Colour scale: the best value has the strongest colour, dark on a light page and bright on a dark one.
  const [worst, best] = better(metric) > 0 ? [range.low, range.high] : [range.high, range.low];
  const y = 62 + rows.length * tall, part = Math.min(160, (width - left) / 3), from = left + (width - left - part) / 2;
  for (let i = 0; i < 16; i++) svg(root, 'rect', {x: from + i * part / 16, y, width: part / 16 + 0.5, height: 10, fill: shade(i / 15)});
  svg(root, 'text', {x: from - 6, y: y + 10, 'text-anchor': 'end'}, `worst ${show(metric, worst)}`);
  svg(root, 'text', {x: from + part + 6, y: y + 10}, `${show(metric, best)} best`);
}
