/** Failures and foreign text as they appear in messages to users, and the exceptions that carry them. */
package io.logitstream.messages;
