/** A whole pipeline as processes on a cluster of three brokers, and the faults that are done to it. */
package io.logitstream.cli.faults;
