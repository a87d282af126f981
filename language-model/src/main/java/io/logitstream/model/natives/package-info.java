/** The native libraries that a process unpacks when it starts. */
package io.logitstream.model.natives;
