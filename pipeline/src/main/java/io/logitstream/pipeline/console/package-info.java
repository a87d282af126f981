/** Progress on standard error: lines that fit the terminal, rates and durations. */
package io.logitstream.pipeline.console;
