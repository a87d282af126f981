/** What the Markdown files say, held against the repository, the command line and the class path. */
package io.logitstream.cli.documents;
