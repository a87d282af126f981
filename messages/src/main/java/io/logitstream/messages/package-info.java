/** How failures and foreign texts read in messages to users. */
package io.logitstream.messages;
