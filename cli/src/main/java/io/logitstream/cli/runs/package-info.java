/** What makes a run the same run, and what keeps the results of several apart. */
package io.logitstream.cli.runs;
