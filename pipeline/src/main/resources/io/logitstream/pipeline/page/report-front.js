// Size against quality, and scaling laws.
function front() {
  const points = variants.filter(v => v.bytesPerToken != null);
  if (new Set(points.map(v => v.bytesPerToken.toFixed(2))).size < 2) return;
  const holder = chart(node => {
    const xs = points.map(v => v.bytesPerToken), m = v => v.metrics.loss;
    const f = frame(node, {x: {low: Math.min(...xs) * 0.9, high: Math.max(...xs) * 1.1, log: true, label: 'bytes per token on disk'},
      top: 30, y: extent(points.flatMap(v => [m(v).least, m(v).most]), 0.1)});
    svg(f.root, 'text', {x: 2, y: 10}, withUnit('loss'));
    const best = points.slice().sort((a, b) => a.bytesPerToken - b.bytesPerToken || m(a).mean - m(b).mean);
    let least = Infinity;
    const edge = best.filter(v => m(v).mean < least && (least = m(v).mean, true));
    const steps = edge.flatMap((v, i) => i ? [[v.bytesPerToken, m(edge[i - 1]).mean], [v.bytesPerToken, m(v).mean]] : [[v.bytesPerToken, m(v).mean]]);
    svg(f.root, 'path', {d: path(steps, f.x, f.y), fill: 'none', stroke: 'var(--c1)', 'stroke-width': 1.5, 'stroke-dasharray': '4 3'});
    points.forEach(v => {
      const x = f.x(v.bytesPerToken);
      svg(f.root, 'line', {x1: x, x2: x, y1: f.y(m(v).least), y2: f.y(m(v).most), stroke: 'var(--soft)', opacity: 0.5});
      tip(svg(f.root, 'circle', {cx: x, cy: f.y(m(v).mean), r: 5, fill: edge.includes(v) ? 'var(--c1)' : 'var(--soft)'}),
        `${v.name}\n${v.support}, ${v.bytesPerToken.toFixed(1)} bytes per token\nloss ${m(v).mean.toFixed(4)}`);
    });
    const labelled = [];
    edge.forEach(v => {
      const x = f.x(v.bytesPerToken), y = f.y(m(v).mean), end = x > f.width * 0.7;
      if (labelled.some(([a, b]) => Math.abs(a - x) < 90 && Math.abs(b - y) < 14)) return;
      labelled.push([x, y]);
      svg(f.root, 'text', {x: x + (end ? -8 : 8), y: y - 8, 'text-anchor': end ? 'end' : 'start', class: 'ink'}, shortName(v).slice(0, 26));
    });
  });
  section('Size against quality', holder, el('p', {class: 'soft small'}, 'Held-out loss in nats per token by the size of the selection on disk; bars from the best to '
    + 'the worst seed. Orange: no other variant is both smaller and better. A run that reads a wider topic counts the size of a topic of its own.'));
}

function scaling() {
  const laws = data.scaling;
  if (!laws || !laws.length) return;
  laws.forEach(law => {
    const holder = chart(node => {
      const all = law.curves.flatMap(c => c.points.flatMap(p => [p.low, p.high])).concat(law.runs.map(r => r.loss));
      const xs = law.curves[0].points.map(p => p.tokens);
      const f = frame(node, {x: {low: xs[0], high: xs[xs.length - 1], log: true, label: 'tokens trained on'}, y: {...extent(all), log: true, ticks: ticks(...Object.values(extent(all, 0)), 5)}});
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
    section('Scaling: ' + law.name, el('p', {class: 'soft small'}, `${law.law}; ${law.runs.length} runs, residuals ${(100 * law.deviation).toFixed(2)} %, 95 % bootstrap bands`
      + (law.determined !== false ? '' : '. These runs do not determine the constants: the law is valid for students between them only.')),
      el('div', {class: 'two'}, el('div', {}, holder, el('div', {class: 'controls'}, law.curves.map((c, i) =>
        el('span', {class: 'chip small'}, el('i', {style: `background:${color(i)}`}), number(c.parameters, 3))))),
        el('div', {class: 'scroll'}, el('table', {class: 'plain'}, el('thead', {}, el('tr', {}, ['constant', 'value', '95 % interval'].map(t => el('th', {}, t)))), el('tbody', {}, rows)))));
  });
}
