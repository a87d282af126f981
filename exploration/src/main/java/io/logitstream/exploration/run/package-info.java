/** Running an exploration: teaching, training, evaluation and the folder that remembers what is done. */
package io.logitstream.exploration.run;
