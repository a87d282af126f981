/** The commands, one class each: their options, and calls of the stages. */
package io.logitstream.cli.commands;
