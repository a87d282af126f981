/** The command under locales that are not UTF-8. */
package io.logitstream.cli.locale;
