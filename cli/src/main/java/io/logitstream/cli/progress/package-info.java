/** Progress of running stages on standard error: lines that fit the terminal, rates and times. */
package io.logitstream.cli.progress;
