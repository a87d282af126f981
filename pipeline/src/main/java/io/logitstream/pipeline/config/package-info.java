/**
 * The configuration: sources and their precedence ({@link io.logitstream.pipeline.config.ConfigurationPrecedence}), and
 * the records that it is bound to.
 */
package io.logitstream.pipeline.config;
