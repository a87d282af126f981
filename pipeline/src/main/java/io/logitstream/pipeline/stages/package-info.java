/**
 * The stages produce, teach, train and evaluate, one class each, with the checks before them and the threads they run
 * on.
 */
package io.logitstream.pipeline.stages;
