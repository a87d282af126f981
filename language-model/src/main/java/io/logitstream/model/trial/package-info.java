/** Trials in a child process, for native libraries that crash on bad files. */
package io.logitstream.model.trial;
