/** Execution of an exploration: teaching, training and evaluation, and the folder that records what is done. */
package io.logitstream.exploration.run;
