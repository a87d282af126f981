/** Results of explorations: statistics, comparisons, scaling studies, result files, tables and the report page. */
package io.logitstream.exploration.results;
