// The head of the report and its tables.
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
  const notes = [['The paper', results.paper], ['Found before with this plan', results.found]];
  for (const [title, text] of notes.filter(note => note[1])) {
    report.append(el('div', {class: 'paper'}, el('b', {}, title), el('div', {class: 'soft'}, text)));
  }
}

function table() {
  const columns = [
    ['variant', v => v.name, shortName],
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
  const fill = () => body.replaceChildren(...sorted.map(v => el('tr', {class: isBaseline(v) ? 'base' : null},
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
    + `95 % intervals, against ${results.baseline}${baselines().length > 1 ? ' with all else the same' : ''}; a star: p below 0.05 after Holm's correction for the `
    + `${new Set(variants.filter(v => v.differences.loss).map(v => Object.values(v.runs).join() + v.baseline)).size} comparisons of the table.${severalSeeds() ? '' : ' With one seed there is neither spread nor interval: differences may be noise.'}${teachers()}`),
    el('div', {class: 'scroll'}, el('table', {}, el('thead', {}, el('tr', {}, headers)), body)));
}

function teachers() {
  const of = new Set(finished.filter(r => r.run.support).map(r => r.run.settings.teacher));
  return of.size > 1 ? ` KL and agreement are with the teacher that a run was evaluated beside: ${of.size} teachers here, so that they do not compare across them.` : '';
}

function difference(v) {
  const d = v.differences.loss;
  if (!d) return isBaseline(v) ? 'baseline' : '';
  const text = (d.difference < 0 ? '−' : '+') + Math.abs(d.difference).toFixed(4);
  return d.low == null ? text : `${text} ± ${(d.high - d.difference).toFixed(4)}${d.adjustedP < 0.05 ? ' *' : ''}`;
}

function samples() {
  const with_ = variants.map(v => [v, Object.values(v.runs).map(id => runsById.get(id)).find(r => r && r.samples && data.prompts.some(p => p in r.samples))]).filter(([, r]) => r);
  if (!with_.length) return;
  data.prompts.forEach(prompt => section(`Samples: ${prompt.trim().split('\n')[0]}`, el('div', {class: 'samples'},
    with_.map(([v, run]) => el('article', {}, el('b', {}, shortName(v)), el('pre', {}, el('b', {}, prompt), run.samples[prompt] || ''))))));
}

function runs() {
  const settings = data.differing, rows = results.runs.filter(r => r.run).map(r => el('tr', {}, [r.variant + ', seed ' + r.run.seed, r.state,
    r.run.evaluation ? r.run.evaluation.loss.toFixed(4) : r.run.failure || '', number(r.run.tokens), r.run.seconds ? Math.round(r.run.seconds) + ' s' : '', r.run.topic,
    ...settings.map(key => r.run.settings[key] ?? '')].map(text => el('td', {}, String(text)))));
  report.append(el('section', {}, el('details', {}, el('summary', {}, `All runs (${rows.length})`), el('div', {class: 'scroll'}, el('table', {},
    el('thead', {}, el('tr', {}, ['run', 'state', 'loss', 'tokens', 'training', 'topic', ...settings].map(t => el('th', {}, t)))), el('tbody', {}, rows))))));
}
