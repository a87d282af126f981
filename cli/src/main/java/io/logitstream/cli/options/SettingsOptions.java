package io.logitstream.cli.options;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.Secrets;
import io.logitstream.messages.UsageException;
import io.logitstream.pipeline.config.ConfigFile;
import io.logitstream.pipeline.config.ConfigurationPrecedence;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.report.CommandLineText;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options of the commands that have a configuration. */
@SuppressWarnings("unused") // Options that only the parsed command line is asked for.
public class SettingsOptions {
    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "one configuration value, as in --set training.seed=2; overrides the file. May be repeated")
    private List<String> settings = new ArrayList<>();

    @Option(names = "--stacktrace", description = "print the stack trace of an error")
    private boolean stackTrace;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    /** The command line that was given, with secrets masked, for a report. */
    public final String commandLine() {
        return Secrets.masked(
                CommandLineText.of(command.root().commandLine().getParseResult().originalArgs()));
    }

    /** The values of --set, each {@code KEY=VALUE}. */
    public final List<String> settings() {
        return settings;
    }

    /**
     * The configuration of the command, resolved by {@link ConfigurationPrecedence}.
     *
     * @throws UsageException naming the key that is unknown or whose value is out of its range
     */
    public final LogitstreamConfig load() {
        SettingFlags flags = SettingFlags.of(command);
        ConfigurationPrecedence sources = new ConfigurationPrecedence()
                .file(file())
                .set(settings)
                .flags(flags.settings())
                .studentFlags(flags.ofStudents());
        if (command.userObject() instanceof CommandSettings own) {
            sources.commandDefaults(own.ownDefaults()).flags(flags.settings().with(own.dependentFlags()));
        }
        return sources.resolve();
    }

    /** The settings of the configuration file; none unless the command has --config. */
    ObjectNode file() {
        return ConfigFile.empty();
    }
}
