/** The commands, one class each. */
package io.logitstream.cli.commands;
