/** Scaling laws: their forms, a robust fit, bootstrap intervals, and advice on distilling a student. */
package io.logitstream.exploration.scaling;
