/** Options that commands share, and how they become settings: flags win over --set, --set wins over --config. */
package io.logitstream.cli.options;
