/** Orderly stops on SIGTERM and Ctrl-C. */
package io.logitstream.pipeline.stop;
