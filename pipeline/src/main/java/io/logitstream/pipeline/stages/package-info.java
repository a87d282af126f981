/** The stages of a run (produce, teach, train, evaluate) as calls, and the threads they run on. */
package io.logitstream.pipeline.stages;
