// The head of the report and its tables.
function head() {
  const forwards = results.topics.reduce((sum, t) => sum + t.teacherForwards, 0);
  const seconds = finished.reduce((sum, r) => sum + r.run.seconds, 0);
  const fact = (value, label) => el('div', {}, el('b', {}, value), el('span', {}, label));
  const teachers = teacherRuns();
  report.append(el('header', {}, el('h1', {}, results.name), el('p', {class: 'soft'}, results.description || ''),
    el('div', {class: 'facts'}, fact(`${finished.length} of ${results.runs.length}`, 'runs finished'),
      fact(String(results.variants.length), plural(results.variants.length, what())), fact(String(results.seeds.length), results.seeds.length === 1 ? 'seed' : 'seeds'),
      teachers.length === 1 ? fact(teachers[0][1].loss.toFixed(4), `held-out loss of the teacher, ${fileName(teachers[0][0])}`)
        : teachers.length ? fact(String(teachers.length), 'teachers') : null,
      fact(...counted(results.topics.filter(t => t.support).length, 'teacher pass', 'teacher passes')),
      forwards ? fact(forwards.toLocaleString('en'), 'teacher forwards') : null,
      ...results.topics.filter(t => t.teacherText).map(t => fact((t.teacherText.nats / t.teacherText.tokens).toFixed(4),
        `loss of the teacher on the corpus, ${t.teacherText.tokens.toLocaleString('en')} tokens`)),
      seconds ? fact(duration(seconds), 'of training, summed over runs') : null)));
  const a = data.about;
  if (a) {
    report.append(el('p', {class: 'small soft command'}, a.command ? el('code', {}, a.command) : null, a.command ? el('br') : null,
      `${a.date}, logitstream ${a.versions.logitstream}${a.teacher ? `, teacher ${a.teacher}` : ''}`));
  }
  const notes = [['Results of the paper', results.paper], ['Earlier results of this plan', results.found]];
  for (const [title, text] of notes.filter(note => note[1])) {
    report.append(el('div', {class: 'paper'}, el('b', {}, title), el('div', {class: 'soft'}, text)));
  }
}

const counted = (count, one, many) => [String(count), count === 1 ? one : many];
const plural = (count, name) => count === 1 ? name : name + 's';
const fileName = path => String(path || '').split('/').filter(Boolean).pop() || '';

/** Evaluations of the runs' teachers, by the teacher's folder. */
function teacherRuns() {
  return [...new Map(finished.filter(r => r.run.teacher && r.run.settings.teacher).map(r => [r.run.settings.teacher, r.run.teacher]))];
}

/** Command, versions and configuration. */
function about() {
  const a = data.about;
  if (!a) return;
  const row = (name, value) => value ? el('tr', {}, el('td', {}, name), el('td', {}, value)) : null;
  report.append(el('section', {}, el('details', {class: 'about'}, el('summary', {}, 'Command, versions and configuration'),
    el('table', {class: 'plain facts-table'}, el('tbody', {}, row('command', a.command ? el('code', {}, a.command) : null), row('written', a.date),
      row('versions', Object.entries(a.versions).map(v => v.join(' ')).join(', ')), row('teacher', a.teacher))),
    el('p', {class: 'small soft'}, 'Resolved configuration' + (a.configurationOf ? ` of ${a.configurationOf}` + (data.differing.length
      ? `; the runs differ in ${data.differing.join(', ')}, see the table of all runs.` : '.') : ', as a file for --config.')),
    el('pre', {class: 'config'}, a.configuration))));
}

function table() {
  const columns = [
    [what(), v => v.name, shortName],
    ...(results.seeds.length > 1 ? [['seeds', v => v.metrics.loss.count, v => v.metrics.loss.count]] : []),
    ...Object.entries(metricNames).flatMap(([metric, name]) => {
      const mean = [name + (unitOf[metric] ? '|' + unitOf[metric] : ''), v => v.metrics[metric].mean, v => show(metric, v.metrics[metric].mean)
        + (metric === 'loss' && v.metrics[metric].deviation != null ? ' ± ' + v.metrics[metric].deviation.toFixed(4) : '')];
      return metric !== 'loss' ? [mean] : [mean, ['against baseline', v => v.differences.loss ? v.differences.loss.difference : 0, difference]];
    }),
    ['logits|bytes per token', v => v.bytesPerToken, v => v.bytesPerToken == null ? '' : v.bytesPerToken.toFixed(1)],
    ['parameters', v => v.parameters, v => v.parameters ? number(v.parameters, 3) : ''],
  ];
  let sorted = variants.slice(), by = null, down = false;
  const body = el('tbody');
  const teacherRows = () => teacherRuns().map(([folder, e]) => el('tr', {class: 'soft'}, columns.map(([name], i) => el('td', {},
    i === 0 ? 'teacher' + (fileName(folder) ? ` ${fileName(folder)}` : '') : ofTeacher(e, name)))));
  const fill = () => body.replaceChildren(...teacherRows(), ...sorted.map(v => el('tr', {class: isBaseline(v) ? 'base' : null},
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
  }}, name.split('|')[0], name.includes('|') ? el('small', {}, name.split('|')[1]) : null));
  fill();
  const comparisons = new Set(variants.filter(v => v.differences.loss).map(v => Object.values(v.runs).join() + v.baseline)).size;
  section(what() === 'student' ? 'Students on held-out text' : 'Variants on held-out text', el('p', {class: 'soft small'}, (severalSeeds() ? 'Means over seeds ± standard deviation. Differences are paired by seed, with '
    + `95 % intervals, against ${results.baseline}${baselines().length > 1 ? ' with all other choices equal' : ''}; star: p below 0.05 after Holm's correction for the `
    + `${counted(comparisons, 'comparison', 'comparisons').join(' ')} of the table. Without a star: seeds that find a difference of this size with probability 0.8.` : `Differences are against ${results.baseline}. One seed has neither spread nor interval: differences may be noise.`) + teachers()),
    el('div', {class: 'scroll'}, el('table', {}, el('thead', {}, el('tr', {}, headers)), body)));
}

/** A cell of a teacher's row, by the column's header. */
function ofTeacher(evaluation, header) {
  const metric = Object.keys(metricNames).find(key => metricNames[key] === header.split('|')[0]);
  return metric && evaluation[metric] != null ? show(metric, evaluation[metric]) : '';
}

function teachers() {
  const of = new Set(finished.filter(r => r.run.support).map(r => r.run.settings.teacher));
  return of.size > 1 ? ` KL and agreement are with the teacher that a run was evaluated beside: ${of.size} teachers here, so that they do not compare across them.` : '';
}

function difference(v) {
  const d = v.differences.loss;
  if (!d) return isBaseline(v) ? 'baseline' : '';
  const text = (d.difference < 0 ? '−' : '+') + Math.abs(d.difference).toFixed(4);
  return d.low == null ? text : `${text} ± ${(d.high - d.difference).toFixed(4)}${d.adjustedP < 0.05 ? ' *' : ` (${needed(d)})`}`;
}

/** Number of seeds that an undecided difference of this size needs. */
function needed(d) {
  return d.seedsNeeded > 1000 ? 'needs over 1,000 seeds' : `needs ${d.seedsNeeded} seeds`;
}

function samples() {
  const with_ = variants.map(v => [v, Object.values(v.runs).map(id => runsById.get(id)).find(r => r && r.samples && data.prompts.some(p => p in r.samples))]).filter(([, r]) => r);
  if (!with_.length) return;
  data.prompts.forEach(prompt => section(`Samples: ${prompt.trim().split('\n')[0]}`, el('div', {class: 'samples'},
    with_.map(([v, run]) => el('article', {}, el('b', {}, shortName(v)), el('pre', {}, el('b', {}, prompt), run.samples[prompt] || ''))))));
}

function runs() {
  const settings = data.differing, rows = results.runs.filter(r => r.run).map(r => el('tr', {}, [r.variant + ', seed ' + r.run.seed, r.state,
    r.run.evaluation ? r.run.evaluation.loss.toFixed(4) : r.run.failure || '', number(r.run.tokens), r.run.seconds ? duration(r.run.seconds) : '', r.run.topic,
    ...settings.map(key => r.run.settings[key] ?? '')].map(text => el('td', {}, String(text)))));
  report.append(el('section', {}, el('details', {ontoggle: hints}, el('summary', {}, `All runs (${rows.length})`), el('div', {class: 'scroll'}, el('table', {},
    el('thead', {}, el('tr', {}, ['run', 'state', 'held-out loss', 'tokens', 'training time', 'topic', ...settings].map(t => el('th', {}, t)))), el('tbody', {}, rows))))));
}
