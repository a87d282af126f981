// The live page of a running command: polls its server every 1.5 seconds and draws what has changed.
const POLL = 1500;
const byId = id => document.getElementById(id);
let version = 0, term, growing = {curves: {}}, growingChart, names = new Map(), budgets = new Map();

const time = seconds => seconds == null ? '' : duration(seconds);
const whole = value => value == null ? '' : Math.round(value).toLocaleString('en');

async function ask(what) {
  const answer = await fetch(what, {cache: 'no-store'});
  if (!answer.ok) throw new Error(`${what}: ${answer.status}`);
  return answer.json();
}

async function poll() {
  let live;
  try {
    live = await ask('live.json');
    if (live.students.some(s => s.state === 'running' || s.state === 'trained')) growing = await ask('curves.json');
    else growing = {curves: {}};
    showLive(live);
    // At the end the report is fetched in any case: the server waits a few seconds for that request.
    if (live.version !== version || live.state !== 'running') {
      const json = await ask('report.json');
      if (json && live.version !== version) {
        showReport(json, byId('report'));
        version = live.version;
      }
    }
  } catch (error) {
    if (live) document.documentElement.dataset.error = error.message;
    byId('state').replaceChildren(el('b', {class: 'bad'}, 'no answer'), ' The command may have stopped; this is the last known state. '
      + 'If it is started again with the same page.port, this page continues.');
  }
  if (live && live.state !== 'running') document.documentElement.dataset.over = live.state;
  else setTimeout(poll, POLL);
}

function showLive(live) {
  document.documentElement.dataset.ready = 'live';
  document.title = `${live.state === 'running' ? '' : live.state + ': '}${live.title}`;
  names = new Map(live.students.map(s => [s.id, s.name]));
  budgets = new Map(live.students.filter(s => growing.curves[s.id]).map(s => [s.id, s.budget || 0]));
  showHead(live);
  showStages(live);
  showStudents(live.students);
  byId('growing').hidden = !Object.keys(growing.curves).length;
  if (Object.keys(growing.curves).length) showGrowing();
}

function showHead(live) {
  const count = state => live.students.filter(s => s.state === state).length;
  const fact = (value, label) => el('div', {}, el('b', {}, value), el('span', {}, label));
  const over = live.state !== 'running';
  byId('head').replaceChildren(el('h1', {}, `${live.command}: ${live.title}`),
    el('p', {id: 'state', class: 'soft'}, el('b', {class: live.state === 'failed' ? 'bad' : 'good'}, live.state), ' ' + live.doing),
    el('div', {class: 'facts'}, fact(`${count('finished')} of ${live.students.length}`, 'runs finished'),
      count('running') ? fact(String(count('running')), 'in training') : null,
      count('failed') ? fact(String(count('failed')), 'failed') : null,
      fact(time(live.seconds) || '0 s', over ? 'it took' : 'since the start'),
      over ? null : live.secondsLeft == null ? fact('not known yet', 'time left') : fact(`about ${time(live.secondsLeft)}`, 'left, at the current rate')));
}

/** A fraction in percent, rounded down so that 100 % means complete. */
const share = part => `${Math.floor(100 * Math.max(0, Math.min(1, part || 0)))} %`;

function bar(part) {
  const width = share(part);
  return el('div', {class: 'bar', role: 'progressbar', 'aria-valuenow': parseInt(width), title: width}, el('i', {style: `width:${width.replace(' ', '')}`}));
}

function showStages(live) {
  const running = live.students.filter(s => s.state === 'running');
  const sum = key => running.reduce((total, s) => total + (s[key] || 0), 0);
  const card = (stage, name, tokens, of, part, notes) => el('article', {}, el('span', {class: 'soft small'}, stage),
    el('b', {}, tokens == null ? (part >= 1 ? 'complete' : 'waits') : number(tokens), el('span', {class: 'soft small'}, tokens == null ? '' : of ? ` of ${number(of)} tokens` : ' tokens')),
    el('span', {class: 'name soft small', title: name}, name), bar(part), el('span', {class: 'small'}, notes.filter(Boolean).join(', ')));
  const cards = live.stages.map(s => card(s.stage === 'produce' ? 'publisher' : 'teacher', s.name, s.tokens, s.tokensEnd,
    s.complete ? 1 : s.part, [s.complete ? 'complete' : s.part == null ? null : share(s.part),
      s.complete || s.tokensPerSecond == null ? null : `${number(s.tokensPerSecond, 3)} tokens/s`,
      s.complete || s.secondsLeft == null || !s.lag ? null : `about ${time(s.secondsLeft)} left`]));
  const tokens = live.students.reduce((total, s) => total + s.tokens, 0), budget = live.students.reduce((total, s) => total + (s.budget || 0), 0);
  const lag = Math.max(0, ...running.map(s => s.lag || 0)), all = live.students.length && live.students.every(s => s.state === 'trained' || s.state === 'finished');
  cards.push(card(live.students.length === 1 ? 'student' : 'students', running.map(s => s.name).join(', ') || 'none in training', tokens, budget, all ? 1 : budget ? tokens / budget : 0,
    [all ? 'complete' : budget ? share(tokens / budget) : null, running.length ? `${number(sum('perSecond'), 3)} tokens/s` : null, lag ? `lag ${counted(lag, 'batch', 'batches').join(' ')}` : null]));
  byId('stages').querySelector('.stages').replaceChildren(...cards);
}

function showStudents(students) {
  const order = ['running', 'trained', 'failed', 'waiting', 'finished'];
  // Finished runs are in the report's tables, once there is a report.
  const rows = students.filter(s => !version || s.state !== 'finished').sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state)).map(s => {
    const done = s.state === 'finished' || s.state === 'trained' ? 1 : s.budget ? s.tokens / s.budget : 0;
    return el('tr', {}, [s.name, el('span', {class: s.state === 'failed' ? 'bad' : s.state === 'finished' ? 'good' : null, title: s.failure}, s.state),
      el('div', {}, share(done), bar(done)), number(s.tokens), s.budget ? number(s.budget) : '', s.perSecond == null ? '' : number(s.perSecond, 3),
      s.loss == null ? '' : s.loss.toFixed(3), s.lm == null ? '' : s.lm.toFixed(3), s.kd ? s.kd.toFixed(3) : '', s.lag ? whole(s.lag) : '',
      s.heldOut == null ? '' : s.heldOut.toFixed(4), time(s.secondsLeft)].map(cell => el('td', {}, cell)));
  });
  byId('students').hidden = !rows.length;
  byId('students').querySelector('.scroll').replaceChildren(el('table', {class: 'plain'}, el('thead', {}, el('tr', {},
    ['run', 'state', 'progress', 'tokens', 'budget|tokens', 'rate|tokens/s', 'loss|nats per token', 'text loss', 'distillation loss', 'lag|batches', 'held-out loss', 'time left'].map(t =>
      el('th', {}, t.split('|')[0], t.includes('|') ? el('small', {}, t.split('|')[1]) : null)))), el('tbody', {}, rows)));
  hints();
}

function showGrowing() {
  const node = byId('growing');
  if (!growingChart) {
    growingChart = chart(drawGrowing);
    term = growing.terms[0];
    node.append(choose(growing.terms, growing.terms.map(t => growing.termNames[t]), t => { term = t; redraw(growingChart); }), growingChart, el('div', {class: 'controls legend'}));
  }
  redraw(growingChart);
  node.querySelector('.legend').replaceChildren(...Object.keys(growing.curves).map((id, i) =>
    el('span', {class: 'chip small'}, el('i', {style: `background:${color(i)}`}), names.get(id))));
}

function drawGrowing(holder) {
  const lines = Object.entries(growing.curves).map(([id, c], i) => [names.get(id), c[term] ? c.tokens.map((t, j) => [t, c[term][j]]) : [], i]).filter(([, p]) => p.length);
  if (!lines.length) { holder.append(el('p', {class: 'soft'}, 'No run in training has this curve.')); return null; }
  // The x axis ends at the budget, so that the curve also shows the progress of the run.
  return curveLines(holder, lines.map(([name, points, i]) => ({name, points, color: color(i), dash: dash(i), width: 1.8})),
    {unit: termUnits[term], most: Math.max(...budgets.values()), label: 'tokens trained on, up to the budget'});
}

addEventListener('error', event => { document.documentElement.dataset.error = event.message; });
poll();
