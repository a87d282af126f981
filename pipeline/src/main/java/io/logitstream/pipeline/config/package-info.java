/** The configuration: YAML files, settings and defaults, bound once to records. */
package io.logitstream.pipeline.config;
