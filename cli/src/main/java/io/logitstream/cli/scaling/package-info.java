/** Scaling laws: their forms, a robust fit, bootstrap intervals, and what they say about distilling a student. */
package io.logitstream.cli.scaling;
