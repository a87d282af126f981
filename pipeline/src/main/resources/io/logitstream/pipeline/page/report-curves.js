// Training curves.

/** Moving average over 11 points, fewer at the ends. */
function smooth(points) {
  return points.map(([x], i) => {
    const near = points.slice(Math.max(0, i - 5), i + 6);
    return [x, near.reduce((sum, p) => sum + p[1], 0) / near.length];
  });
}

const termUnits = {lm: 'nats per token', loss: 'nats per token', kd: 'by loss.kind, per token'};

/** Curves over tokens, see linePlot. The y range leaves out the steep beginning and rare peaks. */
function curveLines(node, lines, axes) {
  const ys = lines.flatMap(({points}) => points.slice(Math.floor(points.length * 0.04)).map(p => p[1])).sort((a, b) => a - b);
  const {low, high} = extent(ys.slice(0, Math.max(1, Math.ceil(ys.length * 0.995))));
  const last = Math.max(...lines.map(({points}) => points[points.length - 1][0]));
  return linePlot(node, lines, {...axes, most: Math.max(last, axes.most || 0)}, low, high);
}

/** Baselines are thin and dashed. */
const lineStyle = v => isBaseline(v) ? {dash: [4, 3], width: 1.2} : {dash: dash(indexOf.get(v.name)), width: 2};
const swatch = (tone, {dash, width}) => el('i', {class: 'line', style: `border-top:${width}px ${dash.length ? 'dashed' : 'solid'} ${tone}`});

function curves() {
  const terms = data.terms.filter(term => Object.values(data.curves).some(c => c[term]));
  if (!terms.length) return;
  let term = terms[0], mode = 'smooth';
  const mean = v => {
    const ids = Object.values(v.runs).filter(id => (runsById.get(id) || {}).evaluation);
    const of = ids.map(id => data.curves[id]).filter(c => c && c[term]);
    if (!of.length) return [];
    // Finished runs with the same budget have the same points.
    const count = Math.min(...of.map(c => c.tokens.length));
    return Array.from({length: count}, (_, i) => [of[0].tokens[i], of.reduce((s, c) => s + c[term][i], 0) / of.length]);
  };
  const points = v => {
    const own = mean(v);
    if (mode === 'raw' || term === 'alpha' || term === 'learningRate') return own;
    if (mode === 'smooth') return smooth(own);
    // At the same token count both runs have seen the same data, so the difference is due to the variant.
    const other = v.baseline && indexOf.has(v.baseline) ? mean(variants[indexOf.get(v.baseline)]) : [];
    return smooth(own.filter((p, i) => other[i] && other[i][0] === p[0]).map((p, i) => [p[0], p[1] - other[i][1]]));
  };
  const holder = chart(node => {
    const lines = variants.filter(v => shown.has(v.name)).map(v => [v, points(v)]).filter(([, points]) => points.length);
    if (!lines.length) { node.append(el('p', {class: 'soft'}, 'No curve is selected.')); return null; }
    return curveLines(node, lines.map(([v, points]) => ({name: shortName(v), points, color: tone(v), ...lineStyle(v)})), {unit: termUnits[term]});
  });
  const chips = el('div', {class: 'controls'}, variants.map((v, i) => el('button', {class: 'chip', 'aria-pressed': shown.has(v.name), onclick: event => {
    const button = event.currentTarget;
    if (!shown.delete(v.name)) shown.add(v.name);
    button.setAttribute('aria-pressed', shown.has(v.name));
    redraw(holder);
  }}, swatch(tone(v), lineStyle(v)), shortName(v))));
  section('Curves', choose(terms, terms.map(t => data.termNames[t]), t => { term = t; redraw(holder); }),
    choose(['smooth', 'raw', 'difference'], ['smoothed', 'raw', `minus ${results.baseline}`], m => { mode = m; redraw(holder); }), holder, chips,
    el('p', {class: 'soft small'}, `Training${severalSeeds() ? ', means over seeds' : ''}. Each point is the mean of several steps; smoothed curves are averages over 11 points. `
      + `${baselines().length ? 'Dashed and thin: the baseline. ' : ''}In metrics.jsonl the text loss is lm and the distillation loss kd; distillation losses of different kinds are not comparable.`));
}
