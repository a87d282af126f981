// The report in its order.
function showReport(json, into) {
  look(json, into);
  into.replaceChildren();
  head();
  if (variants.length) {
    for (const part of [table, forest, axes, curves, front, scaling, samples]) part();
  } else {
    section(null, el('p', {class: 'soft'}, 'No run is finished yet.'));
  }
  runs();
  into.append(el('footer', {}, 'logitstream. The same data: results.json, results.csv, variants.csv.'));
  drawCharts();
}
