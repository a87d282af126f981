/** Messages to users: the exceptions that carry them, descriptions of failures, escaping and masking. */
package io.logitstream.messages;
