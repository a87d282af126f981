/** The page that shows a command at work, for a browser on the same machine. */
package io.logitstream.cli.page;
