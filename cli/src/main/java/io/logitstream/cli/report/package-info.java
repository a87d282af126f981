/** What a report says of the command that it is about: command line, versions, configuration, files. */
package io.logitstream.cli.report;
