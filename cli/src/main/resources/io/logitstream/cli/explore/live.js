// The page of a running command: asks its server every second and a half, and draws what has changed.
const POLL = 1500;
const byId = id => document.getElementById(id);
let version = 0, term = 'lm', growing = {curves: {}}, growingChart, names = new Map();

const time = seconds => seconds == null ? '' : seconds < 100 ? `${Math.round(seconds)} s`
  : seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
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
    // The end is to be seen, also by the server, which waits a little for it.
    if (live.version !== version || live.state !== 'running') {
      const json = await ask('report.json');
      if (json && live.version !== version) {
        showReport(json, byId('report'));
        version = live.version;
      }
    }
  } catch (error) {
    if (live) document.documentElement.dataset.error = error.message;
    byId('state').replaceChildren(el('b', {class: 'bad'}, 'no answer'), ' The command may have been stopped; below is what was seen last. '
      + 'Started again with the same page.port, it goes on here.');
  }
  if (live && live.state !== 'running') document.documentElement.dataset.over = live.state;
  else setTimeout(poll, POLL);
}

function showLive(live) {
  document.documentElement.dataset.ready = 'live';
  document.title = `${live.state === 'running' ? '' : live.state + ': '}${live.title}`;
  names = new Map(live.students.map(s => [s.id, s.name]));
  showHead(live);
  showWay(live);
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
      over ? null : fact(live.secondsLeft == null ? '?' : time(live.secondsLeft), 'of training left, some')));
}

function showWay(live) {
  const running = live.students.filter(s => s.state === 'running');
  const sum = key => running.reduce((total, s) => total + (s[key] || 0), 0);
  const card = (stage, name, position, unit, part, notes) => el('article', {}, el('span', {class: 'soft small'}, stage),
    el('b', {}, position, el('span', {class: 'soft small'}, ' ' + unit)), el('span', {class: 'name soft small', title: name}, name),
    el('div', {class: 'bar'}, el('i', {style: `width:${(100 * Math.max(0, Math.min(1, part || 0))).toFixed(1)}%`})),
    el('span', {class: 'small'}, notes.filter(Boolean).join(', ')));
  const cards = live.way.map(s => card(s.stage === 'produce' ? 'text' : s.end == null ? 'logits' : 'teacher', s.name, whole(s.position),
    s.end == null ? 'offsets' : 'offsets read', s.complete ? 1 : s.end ? s.position / s.end : 0,
    [s.complete ? 'complete' : null, s.lag == null || s.complete ? null : `lag ${whole(s.lag)}`,
      s.perSecond == null || s.complete ? null : `${s.perSecond.toFixed(1)} a second`]));
  const tokens = live.students.reduce((total, s) => total + s.tokens, 0), budget = live.students.reduce((total, s) => total + (s.budget || 0), 0);
  cards.push(card('students', running.map(s => s.name).join(', ') || 'none in training', whole(tokens), 'tokens', budget ? tokens / budget : 0,
    [running.length ? `${whole(sum('perSecond'))} tokens a second` : null, running.length ? `lag ${whole(Math.max(...running.map(s => s.lag || 0)))}` : null]));
  byId('way').querySelector('.way').replaceChildren(...cards);
}

function showStudents(students) {
  const order = ['running', 'trained', 'failed', 'waiting', 'finished'];
  // What is finished is in the report's tables, once there is one.
  const rows = students.filter(s => !version || s.state !== 'finished').sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state)).map(s => {
    const done = s.state === 'finished' || s.state === 'trained' ? 1 : s.budget ? s.tokens / s.budget : 0;
    return el('tr', {}, [s.name, el('span', {class: s.state === 'failed' ? 'bad' : s.state === 'finished' ? 'good' : null, title: s.failure}, s.state),
      el('div', {class: 'bar'}, el('i', {style: `width:${(100 * done).toFixed(1)}%`})), whole(s.tokens), whole(s.perSecond),
      s.loss == null ? '' : s.loss.toFixed(3), s.lm == null ? '' : s.lm.toFixed(3), s.kd ? s.kd.toFixed(3) : '', whole(s.lag),
      s.heldOut == null ? '' : s.heldOut.toFixed(4), time(s.secondsLeft)].map(cell => el('td', {}, cell)));
  });
  byId('students').hidden = !rows.length;
  byId('students').querySelector('.scroll').replaceChildren(el('table', {class: 'plain'}, el('thead', {}, el('tr', {},
    ['run', 'state', '', 'tokens', 'a second', 'loss', 'lm', 'kd', 'lag', 'held-out loss', 'left'].map(t => el('th', {}, t)))), el('tbody', {}, rows)));
}

function showGrowing() {
  const node = byId('growing');
  if (!growingChart) {
    growingChart = chart(drawGrowing);
    node.append(choose(growing.terms, growing.terms.map(t => growing.termNames[t]), t => { term = t; redraw(growingChart); }), growingChart, el('div', {class: 'controls legend'}));
  }
  redraw(growingChart);
  node.querySelector('.legend').replaceChildren(...Object.keys(growing.curves).map((id, i) =>
    el('span', {class: 'chip small'}, el('i', {style: `background:${color(i)}`}), names.get(id))));
}

function drawGrowing(holder) {
  const lines = Object.entries(growing.curves).map(([id, c], i) => [names.get(id), c[term] ? c.tokens.map((t, j) => [t, c[term][j]]) : [], i]).filter(([, p]) => p.length);
  if (!lines.length) { holder.append(el('p', {class: 'soft'}, 'No run in training has this curve.')); return; }
  curveLines(holder, lines.map(([name, points, i]) => ({name, points, color: color(i), dash: dash(i), width: 1.8})), 'plot-growing');
}

function startLive() {
  poll();
}
