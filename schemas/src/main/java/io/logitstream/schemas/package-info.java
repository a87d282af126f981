/**
 * The wire contract: what lies in the tokens and logits topics, how it gets in and out of bytes, and the
 * settings that all clients of the topics share. Nothing in here knows a model, a corpus file or a command
 * line.
 */
package io.logitstream.schemas;
