/** What {@code inspect} shows of topics. */
package io.logitstream.cli.inspect;
