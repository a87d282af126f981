package io.logitstream.cli.options;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.pipeline.config.ConfigFile;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Options of the commands whose configuration may come from a file. */
public class ConfigOptions extends SettingsOptions {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            defaultValue = "${env:LOGITSTREAM_CONFIG}",
            description =
                    "YAML configuration; its keys are in docs/reference/configuration.md. Default: LOGITSTREAM_CONFIG, if set")
    private Path config;

    @Override
    final ObjectNode file() {
        return config == null ? super.file() : ConfigFile.read(config);
    }
}
