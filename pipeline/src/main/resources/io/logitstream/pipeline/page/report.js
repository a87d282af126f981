// Draws the report, from top to bottom.
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
  about();
  const files = data.about && data.about.files || [];
  into.append(el('footer', {}, `logitstream${data.about ? ' ' + data.about.versions.logitstream : ''}${files.length ? `. The same data, beside this file: ${files.join(', ')}.` : ''}`));
  drawCharts();
}
