addEventListener('error', event => { document.documentElement.dataset.error = event.message; });
const data = JSON.parse(document.getElementById('data').textContent);
const results = data.results, variants = results.variants.filter(v => v.metrics.loss);
const shown = new Set(variants.filter((v, i) => i < 6 || v.name === results.baseline).map(v => v.name));
const report = document.getElementById('report');
const metricNames = {loss: 'loss', perplexity: 'perplexity', bitsPerByte: 'bits a byte', klToTeacher: 'KL to teacher',
  top1Agreement: 'top-1 agreement', calibrationError: 'calibration error'};
const better = metric => metric === 'top1Agreement' ? 1 : -1;
const percent = v => (100 * v).toFixed(1) + ' %';
const show = (metric, v) => metric === 'top1Agreement' ? percent(v) : v.toFixed(metric === 'perplexity' ? 1 : 4);
const finished = results.runs.filter(r => r.state === 'finished');
const runsById = new Map(results.runs.filter(r => r.run).map(r => [r.run.id, r.run]));
const indexOf = new Map(variants.map((v, i) => [v.name, i]));

const tone = v => v.name === results.baseline ? 'var(--ink)' : color(indexOf.get(v.name));

function section(title, ...content) {
  const node = el('section', {}, title ? el('h2', {}, title) : null, ...content);
  report.append(node);
  return node;
}

function choose(values, labels, pick) {
  const buttons = values.map((value, i) => el('button', {'aria-pressed': i === 0, onclick: () => {
    buttons.forEach((b, j) => b.setAttribute('aria-pressed', i === j));
    pick(value);
  }}, labels[i]));
  return el('div', {class: 'controls'}, buttons);
}

function head() {
  const forwards = results.topics.reduce((sum, t) => sum + t.teacherForwards, 0);
  const seconds = finished.reduce((sum, r) => sum + r.run.seconds, 0);
  const fact = (value, label) => el('div', {}, el('b', {}, value), el('span', {}, label));
  report.append(el('header', {}, el('h1', {}, results.name), el('p', {class: 'soft'}, results.description || ''),
    el('div', {class: 'facts'}, fact(`${finished.length} of ${results.runs.length}`, 'runs finished'),
      fact(String(results.variants.length), 'variants'), fact(String(results.seeds.length), results.seeds.length === 1 ? 'seed' : 'seeds'),
      fact(String(results.topics.filter(t => t.support).length), 'teacher passes'),
      forwards ? fact(forwards.toLocaleString('en'), 'teacher forwards') : null,
      seconds ? fact(seconds < 5400 ? Math.ceil(seconds / 60) + ' min' : (seconds / 3600).toFixed(1) + ' h', 'of training, summed over runs') : null)));
  if (results.paper) report.append(el('div', {class: 'paper'}, el('b', {}, 'The paper'), el('div', {class: 'soft'}, results.paper)));
}

function table() {
  const columns = [
    ['variant', v => v.name, v => v.name],
    ['seeds', v => v.metrics.loss.count, v => v.metrics.loss.count],
    ...Object.entries(metricNames).flatMap(([metric, name]) => {
      const mean = [name, v => v.metrics[metric].mean, v => show(metric, v.metrics[metric].mean)
        + (metric === 'loss' && v.metrics[metric].deviation != null ? ' ± ' + v.metrics[metric].deviation.toFixed(4) : '')];
      return metric !== 'loss' ? [mean] : [mean, ['against baseline', v => v.differences.loss ? v.differences.loss.difference : 0, difference]];
    }),
    ['bytes a token', v => v.bytesPerToken, v => v.bytesPerToken == null ? '' : v.bytesPerToken.toFixed(1)],
    ['parameters', v => v.parameters, v => v.parameters ? number(v.parameters, 3) : ''],
  ];
  let sorted = variants.slice(), by = null, down = false;
  const body = el('tbody');
  const fill = () => body.replaceChildren(...sorted.map(v => el('tr', {class: v.name === results.baseline ? 'base' : null},
    columns.map(([name, , text]) => {
      const d = name === 'against baseline' && v.differences.loss;
      return el('td', {class: d && d.adjustedP != null && d.adjustedP < 0.05 ? (d.difference < 0 ? 'good' : 'bad') : null}, String(text(v)));
    }))));
  const headers = columns.map(([name, value]) => el('th', {title: 'sort', onclick: () => {
    down = by === name ? !down : false;
    by = name;
    sorted = variants.slice().sort((a, b) => {
      const x = value(a), y = value(b);
      return (x == null) - (y == null) || (x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1);
    });
    fill();
  }}, name));
  fill();
  section('Variants', el('p', {class: 'soft small'}, 'Means over seeds ± standard deviation. Differences are paired by seed, with '
    + `95 % intervals, against ${results.baseline}; a star: p below 0.05 after Holm's correction.`),
    el('div', {class: 'scroll'}, el('table', {}, el('thead', {}, el('tr', {}, headers)), body)));
}

function difference(v) {
  const d = v.differences.loss;
  if (!d) return v.name === results.baseline ? 'baseline' : '';
  const text = (d.difference < 0 ? '−' : '+') + Math.abs(d.difference).toFixed(4);
  return d.low == null ? text : `${text} ± ${(d.high - d.difference).toFixed(4)}${d.adjustedP < 0.05 ? ' *' : ''}`;
}

function forest() {
  const compared = variants.filter(v => v.differences.loss);
  if (!compared.length) return;
  let metric = 'loss';
  const holder = chart(node => {
    const rows = compared.filter(v => v.differences[metric]), short = node.clientWidth < 560;
    const left = Math.min(short ? 130 : 240, 14 + 7 * Math.max(...rows.map(v => v.name.length)));
    const values = rows.flatMap(v => { const d = v.differences[metric]; return [d.difference, d.low, d.high]; }).concat([0]);
    const height = 60 + 24 * rows.length;
    const f = frame(node, {x: {...extent(values), label: `difference in ${metricNames[metric]}`}, y: {low: 0, high: rows.length, ticks: []}, left, height});
    svg(f.root, 'line', {x1: f.x(0), x2: f.x(0), y1: f.top, y2: f.height - f.bottom, stroke: 'var(--soft)'});
    rows.forEach((v, i) => {
      const d = v.differences[metric], y = f.top + 24 * i + 10;
      const sure = d.adjustedP != null && d.adjustedP < 0.05;
      const tone = !sure ? 'var(--soft)' : d.difference * better(metric) > 0 ? 'var(--good)' : 'var(--bad)';
      const most = Math.floor((left - 14) / 6.6), label = v.name.length > most ? v.name.slice(0, most - 1) + '…' : v.name;
      svg(f.root, 'text', {x: left - 10, y: y + 4, 'text-anchor': 'end', class: 'ink'}, label);
      if (d.low != null) svg(f.root, 'line', {x1: f.x(d.low), x2: f.x(d.high), y1: y, y2: y, stroke: tone, 'stroke-width': 2.5, 'stroke-linecap': 'round'});
      tip(svg(f.root, 'circle', {cx: f.x(d.difference), cy: y, r: 5, fill: tone}),
        `${v.name}\n${number(d.difference)}${d.low == null ? '' : ` (${number(d.low)} to ${number(d.high)}), p ${number(d.p, 2)}, adjusted ${number(d.adjustedP, 2)}`}`);
    });
  });
  section(`Against ${results.baseline}`, choose(Object.keys(metricNames), Object.values(metricNames), m => { metric = m; redraw(holder); }),
    holder, el('p', {class: 'soft small'}, 'Intervals of 95 %. Green and red: better and worse after Holm\'s correction; grey: not told apart.'));
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
    el('div', {class: 'two'}, holders.map(h => el('div', {}, h))));
}

function line(node, axis, metric) {
  const labels = results.axes[axis];
  const points = labels.map(label => variants.find(v => v.choices[axis] === label));
  const base = variants.find(v => v.name === results.baseline);
  const all = points.concat([base]).filter(Boolean).flatMap(v => [v.metrics[metric].least, v.metrics[metric].most]);
  if (!points.some(Boolean)) return;
  const crowded = labels.length * Math.max(...labels.map(l => l.length)) * 7 > node.clientWidth - 60;
  const f = frame(node, {x: {low: -0.5, high: labels.length - 0.5, label: axis, ticks: labels.map((_, i) => i),
    format: i => crowded ? labels[i].slice(0, Math.max(2, Math.floor((node.clientWidth - 60) / labels.length / 7.5))) : labels[i]}, y: extent(all, 0.1)});
  if (base) {
    const y = f.y(base.metrics[metric].mean);
    svg(f.root, 'line', {x1: f.left, x2: f.width - f.right, y1: y, y2: y, stroke: 'var(--soft)', 'stroke-dasharray': '4 4'});
    svg(f.root, 'text', {x: f.width - f.right, y: y - 5, 'text-anchor': 'end'}, results.baseline);
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
  const root = svg(node, 'svg', {viewBox: `0 0 ${width} ${rows.length * tall + 62}`, width, height: rows.length * tall + 62, role: 'img'});
  // Further axes are averaged over.
  const value = (r, c) => {
    const hit = variants.filter(v => v.choices[rowAxis] === r && v.choices[columnAxis] === c).map(v => v.metrics[metric].mean);
    return hit.length ? hit.reduce((a, b) => a + b) / hit.length : null;
  };
  const range = extent(rows.flatMap(r => columns.map(c => value(r, c))), 0);
  svg(root, 'text', {x: 0, y: 14}, `${rowAxis} by ${columnAxis}: ${metricNames[metric]}`);
  columns.forEach((c, j) => svg(root, 'text', {x: left + cell * (j + 0.5), y: 38, 'text-anchor': 'middle'}, c.slice(0, Math.max(2, Math.floor(cell / 7)))));
  rows.forEach((r, i) => {
    svg(root, 'text', {x: left - 8, y: 50 + tall * (i + 0.5) + 4, 'text-anchor': 'end'}, r.slice(0, 14));
    columns.forEach((c, j) => {
      const v = value(r, c);
      if (v == null) return;
      const part = (v - range.low) / (range.high - range.low), good = better(metric) > 0 ? part : 1 - part;
      tip(svg(root, 'rect', {x: left + cell * j + 1, y: 50 + tall * i + 1, width: cell - 2, height: tall - 2, rx: 4,
        fill: `color-mix(in oklab, var(--c0) ${Math.round(6 + 74 * good)}%, var(--card))`}), `${r}, ${c}\n${metricNames[metric]} ${show(metric, v)}`);
      svg(root, 'text', {x: left + cell * (j + 0.5), y: 50 + tall * (i + 0.5) + 4, 'text-anchor': 'middle', class: 'ink', 'pointer-events': 'none',
        style: good > 0.6 ? 'fill:var(--card)' : ''}, cell < 46 ? number(v, 3) : show(metric, v));
    });
  });
}

function curves() {
  const terms = data.terms.filter(term => Object.values(data.curves).some(c => c[term]));
  if (!terms.length) return;
  let term = terms[0];
  const mean = v => {
    const of = Object.values(v.runs).map(id => data.curves[id]).filter(c => c && c[term]);
    if (!of.length) return [];
    const count = Math.min(...of.map(c => c.tokens.length));
    return Array.from({length: count}, (_, i) => [of[0].tokens[i], of.reduce((s, c) => s + c[term][i], 0) / of.length]);
  };
  const holder = chart(node => {
    const lines = variants.filter(v => shown.has(v.name)).map(v => [v, mean(v)]).filter(([, points]) => points.length);
    if (!lines.length) { node.append(el('p', {class: 'soft'}, 'No variant is chosen.')); return; }
    const ys = lines.flatMap(([, points]) => points.slice(Math.floor(points.length * 0.04)).map(p => p[1])).sort((a, b) => a - b);
    const y = extent(ys.slice(0, Math.max(1, Math.ceil(ys.length * 0.995))));
    const f = frame(node, {x: {low: 0, high: Math.max(...lines.map(([, p]) => p[p.length - 1][0])), label: 'tokens'}, y});
    const clip = svg(svg(f.root, 'clipPath', {id: 'plot'}), 'rect', {x: f.left, y: f.top - 4, width: f.width - f.left - f.right, height: f.height - f.top - f.bottom + 4});
    lines.forEach(([v, points]) => {
      const i = indexOf.get(v.name);
      tip(svg(f.root, 'path', {d: path(points, f.x, f.y), fill: 'none', stroke: tone(v), 'stroke-dasharray': v.name === results.baseline ? '' : dash(i), 'stroke-width': v.name === results.baseline ? 2.6 : 1.6,
        'stroke-linejoin': 'round', 'clip-path': 'url(#plot)'}), `${v.name}\nat the end ${number(points[points.length - 1][1])}`);
    });
  });
  const chips = el('div', {class: 'controls'}, variants.map((v, i) => el('button', {class: 'chip', 'aria-pressed': shown.has(v.name), onclick: event => {
    const button = event.currentTarget;
    if (!shown.delete(v.name)) shown.add(v.name);
    button.setAttribute('aria-pressed', shown.has(v.name));
    redraw(holder);
  }}, el('i', {style: `background:${tone(v)}`}), v.name)));
  section('Curves', choose(terms, terms.map(t => data.termNames[t]), t => { term = t; redraw(holder); }), holder, chips,
    el('p', {class: 'soft small'}, 'Training, means over seeds, each point the mean of its stretch of steps. Schedules are those of alpha and learning rate. '
      + 'kd is the distillation loss of a variant\'s own kind: kinds cannot be compared by it.'));
}

function front() {
  const points = variants.filter(v => v.bytesPerToken != null);
  if (points.length < 2) return;
  const holder = chart(node => {
    const xs = points.map(v => v.bytesPerToken), m = v => v.metrics.loss;
    const f = frame(node, {x: {low: Math.min(...xs) * 0.9, high: Math.max(...xs) * 1.1, log: true, label: 'bytes a token on disk'},
      y: extent(points.flatMap(v => [m(v).least, m(v).most]), 0.1)});
    const best = points.slice().sort((a, b) => a.bytesPerToken - b.bytesPerToken || m(a).mean - m(b).mean);
    let least = Infinity;
    const edge = best.filter(v => m(v).mean < least && (least = m(v).mean, true));
    const steps = edge.flatMap((v, i) => i ? [[v.bytesPerToken, m(edge[i - 1]).mean], [v.bytesPerToken, m(v).mean]] : [[v.bytesPerToken, m(v).mean]]);
    svg(f.root, 'path', {d: path(steps, f.x, f.y), fill: 'none', stroke: 'var(--c1)', 'stroke-width': 1.5, 'stroke-dasharray': '4 3'});
    points.forEach(v => {
      const x = f.x(v.bytesPerToken);
      svg(f.root, 'line', {x1: x, x2: x, y1: f.y(m(v).least), y2: f.y(m(v).most), stroke: 'var(--soft)', opacity: 0.5});
      tip(svg(f.root, 'circle', {cx: x, cy: f.y(m(v).mean), r: 5, fill: edge.includes(v) ? 'var(--c1)' : 'var(--soft)'}),
        `${v.name}\n${v.support}, ${v.bytesPerToken.toFixed(1)} bytes a token\nloss ${m(v).mean.toFixed(4)}`);
    });
    const labelled = [];
    edge.forEach(v => {
      const x = f.x(v.bytesPerToken), y = f.y(m(v).mean), end = x > f.width * 0.7;
      if (labelled.some(([a, b]) => Math.abs(a - x) < 90 && Math.abs(b - y) < 14)) return;
      labelled.push([x, y]);
      svg(f.root, 'text', {x: x + (end ? -8 : 8), y: y - 8, 'text-anchor': end ? 'end' : 'start', class: 'ink'}, v.name.slice(0, 26));
    });
  });
  section('Size against quality', holder, el('p', {class: 'soft small'}, 'Held-out loss by what the selection takes on disk; bars from the best seed to '
    + 'the worst. Orange: no other variant is smaller and better. A run that cuts down a wider topic counts what its own would take.'));
}

function scaling() {
  const laws = data.scaling;
  if (!laws || !laws.length) return;
  laws.forEach(law => {
    const holder = chart(node => {
      const all = law.curves.flatMap(c => c.points.flatMap(p => [p.low, p.high])).concat(law.runs.map(r => r.loss));
      const xs = law.curves[0].points.map(p => p.tokens);
      const f = frame(node, {x: {low: xs[0], high: xs[xs.length - 1], log: true, label: 'tokens'}, y: {...extent(all), log: true, ticks: ticks(...Object.values(extent(all, 0)), 5)}});
      law.curves.forEach((curve, i) => {
        const upper = curve.points.map(p => [p.tokens, p.high]), lower = curve.points.map(p => [p.tokens, p.low]).reverse();
        svg(f.root, 'path', {d: path(upper, f.x, f.y) + path(lower, f.x, f.y).replace('M', 'L') + 'Z', fill: color(i), opacity: 0.15});
        tip(svg(f.root, 'path', {d: path(curve.points.map(p => [p.tokens, p.value]), f.x, f.y), fill: 'none', stroke: color(i), 'stroke-width': 1.8}),
          `${number(curve.parameters, 3)} parameters`);
        law.runs.filter(r => r.parameters === curve.parameters).forEach(r => tip(svg(f.root, 'circle', {cx: f.x(r.tokens), cy: f.y(r.loss), r: 4, fill: color(i)}),
          `${number(r.parameters, 3)} parameters, ${number(r.tokens)} tokens\nloss ${r.loss.toFixed(4)}`));
      });
    });
    const rows = Object.entries(law.constants).map(([name, c]) => el('tr', {}, el('td', {}, name), el('td', {}, number(c.value)), el('td', {}, `${number(c.low)} to ${number(c.high)}`)));
    section('Scaling: ' + law.name, el('p', {class: 'soft small'}, `${law.law}; ${law.runs.length} runs, residuals ${(100 * law.deviation).toFixed(2)} %, bands of 95 % by bootstrap`),
      el('div', {class: 'two'}, el('div', {}, holder, el('div', {class: 'controls'}, law.curves.map((c, i) =>
        el('span', {class: 'chip small'}, el('i', {style: `background:${color(i)}`}), number(c.parameters, 3))))),
        el('div', {class: 'scroll'}, el('table', {}, el('tbody', {}, rows)))));
  });
}

function samples() {
  const with_ = variants.map(v => [v, Object.values(v.runs).map(id => runsById.get(id)).find(r => r && r.samples && r.samples.length)]).filter(([, r]) => r);
  if (!with_.length) return;
  data.prompts.forEach((prompt, i) => section(`Samples: ${prompt.trim().split('\n')[0]}`, el('div', {class: 'samples'},
    with_.map(([v, run]) => el('article', {}, el('b', {}, v.name), el('pre', {}, el('b', {}, prompt), run.samples[i]))))));
}

function runs() {
  const settings = data.differing, rows = results.runs.filter(r => r.run).map(r => el('tr', {}, [r.variant + ', seed ' + r.run.seed, r.state,
    r.run.evaluation ? r.run.evaluation.loss.toFixed(4) : r.run.failure || '', number(r.run.tokens), r.run.seconds ? Math.round(r.run.seconds) + ' s' : '', r.run.topic,
    ...settings.map(key => r.run.settings[key] ?? '')].map(text => el('td', {}, String(text)))));
  report.append(el('section', {}, el('details', {}, el('summary', {}, `All runs (${rows.length})`), el('div', {class: 'scroll'}, el('table', {},
    el('thead', {}, el('tr', {}, ['run', 'state', 'loss', 'tokens', 'training', 'topic', ...settings].map(t => el('th', {}, t)))), el('tbody', {}, rows))))));
}

head();
if (variants.length) { table(); forest(); axes(); curves(); front(); scaling(); samples(); }
else section(null, el('p', {class: 'soft'}, 'No run is finished yet.'));
runs();
report.append(el('footer', {}, 'logitstream explore. The same data: results.json, results.csv, variants.csv.'));
drawCharts();
document.documentElement.dataset.ready = Math.round(performance.now());
