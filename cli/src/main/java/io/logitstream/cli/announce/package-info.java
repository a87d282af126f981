/** Checks before a teacher is announced. */
package io.logitstream.cli.announce;
