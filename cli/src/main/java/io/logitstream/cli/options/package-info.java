/** Options that commands share, and the configuration that they load. */
package io.logitstream.cli.options;
