addEventListener('error', event => { document.documentElement.dataset.error = event.message; });
showReport(JSON.parse(document.getElementById('data').textContent), document.getElementById('report'));
document.documentElement.dataset.ready = Math.round(performance.now());
