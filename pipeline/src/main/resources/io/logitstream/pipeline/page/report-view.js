// State of the report that all its parts read; set by showReport.
let data, results, variants, shown, report, finished, runsById, indexOf;
const metricNames = {loss: 'loss', perplexity: 'perplexity', bitsPerByte: 'bits per byte', klToTeacher: 'KL to teacher',
  top1Agreement: 'top-1 agreement', calibrationError: 'calibration error'};
const unitOf = {loss: 'nats per token', klToTeacher: 'nats per token'};
const what = () => data.about && !data.about.configurationOf ? 'student' : 'variant';
const withUnit = metric => metricNames[metric] + (unitOf[metric] ? `, ${unitOf[metric]}` : '');
const better = metric => metric === 'top1Agreement' ? 1 : -1;
const percent = v => (100 * v).toFixed(1) + ' %';
const show = (metric, v) => metric === 'top1Agreement' ? percent(v) : v.toFixed(metric === 'perplexity' ? 1 : 4);
const isBaseline = v => v.baseline === v.name;
// In a grid the values are enough: "9%, best".
const shortName = v => v.name.includes(',') ? Object.values(v.choices).join(', ') || v.name : v.name;
const tone = v => isBaseline(v) && baselines().length === 1 ? 'var(--soft)' : color(indexOf.get(v.name));
const baselines = () => variants.filter(isBaseline);
const severalSeeds = () => variants.some(v => v.metrics.loss.count > 1);
const labelOf = v => results.baseline === v.baseline ? '' : ` against ${v.baseline}`;

function look(json, into) {
  data = json;
  report = into;
  results = data.results;
  variants = results.variants.filter(v => v.metrics.loss);
  const names = new Set(variants.map(v => v.name));
  // The selected curves stay selected when the live page redraws the report.
  const kept = shown ? [...shown].filter(name => names.has(name)) : [];
  shown = new Set(kept.length ? kept : variants.filter((v, i) => i < 6 || isBaseline(v) && (i < 12 || baselines().length === 1)).map(v => v.name));
  finished = results.runs.filter(r => r.state === 'finished');
  const kinds = new Set(finished.map(r => Boolean(r.run.evaluation.keptOnly)));
  metricNames.klToTeacher = kinds.size > 1 ? 'KL to teacher, or over kept' : kinds.has(true) ? 'KL over kept' : 'KL to teacher';
  runsById = new Map(results.runs.filter(r => r.run).map(r => [r.run.id, r.run]));
  indexOf = new Map(variants.map((v, i) => [v.name, i]));
}

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
